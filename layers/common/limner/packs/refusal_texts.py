"""Why a photo of a pack has no picture, in six languages: `refusal_texts.json`, by code."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from limner.languages import Language

FILE_REFUSED = "file_refused"
"""The text of codes that have none of their own: they are of files."""
RULE_BROKEN = "rule_broken"
"""The code of a picture that was made and still breaks a required rule."""


def texts_of_code(code: str, languages: Sequence[Language]) -> dict[str, str]:
    """By language."""
    translated = texts().get(code) or texts()[FILE_REFUSED]
    return {language: translated[language].format(code=code) for language in languages}


@cache
def texts() -> Mapping[str, Mapping[str, str]]:
    """By code and language."""
    content: dict[str, dict[str, str]] = json.loads(Path(__file__).with_suffix(".json").read_bytes())
    return content
