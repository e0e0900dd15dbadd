"""Reasons of verdicts in six languages: `texts.json`, whose placeholders are a finding's values.

Numbers and lists are written as the language writes them.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

Value = str | int | float | tuple[str, ...]
TEXTS_FILE = Path(__file__).with_suffix(".json")
PERCENT_DECIMALS: Mapping[str, int] = MappingProxyType(
    {"fill": 0, "least_fill": 0, "most_fill": 0, "overlay": 1}
)
"""Values that are shares, 0..1."""
MEGABYTE_VALUES = frozenset({"size", "most_size"})
"""Values that are bytes, written in megabytes."""
DECIMAL_COMMA_LANGUAGES = frozenset({"de", "es", "fr"})
"""They also have a space before the percent sign."""
_BYTES_PER_MEGABYTE = 2**20
_NO_BREAK_SPACE = "\u00a0"
_COMMA_BY_LANGUAGE = {"ja": "、", "zh": "、"}


def reason_in(language: str, text: str, values: Mapping[str, Value]) -> str:
    """The text of this name. Raises KeyError for an unknown text or language."""
    written = {name: _written(name, value, language) for name, value in values.items()}
    return texts()[text][language].format(**written)


def _written(name: str, value: Value, language: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (tuple, list)):
        return _COMMA_BY_LANGUAGE.get(language, ", ").join(value)
    if name in PERCENT_DECIMALS:
        space = _NO_BREAK_SPACE if language in DECIMAL_COMMA_LANGUAGES else ""
        return _decimal(f"{value * 100:.{PERCENT_DECIMALS[name]}f}", language) + f"{space}%"
    if name in MEGABYTE_VALUES:
        return _decimal(f"{value / _BYTES_PER_MEGABYTE:.1f}", language)
    return _decimal(f"{value:g}", language) if isinstance(value, float) else str(value)


def _decimal(number: str, language: str) -> str:
    return number.replace(".", ",") if language in DECIMAL_COMMA_LANGUAGES else number


@cache
def texts() -> Mapping[str, Mapping[str, str]]:
    """By the text's name and the language's code."""
    content: dict[str, dict[str, str]] = json.loads(TEXTS_FILE.read_bytes())
    return content
