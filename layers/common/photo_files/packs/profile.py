"""Profiles: the rules of one marketplace for one kind of picture, and the canvas that meets them.

Ours are the files `profiles/<id>.toml`; a shop writes its own in the same form.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from photo_files.packs.facts import FileFacts, PictureMeasures
from photo_files.packs.rules import RULES, Finding, IllustrationRule, MarketplaceRule, RuleOutcome

PROFILES_FOLDER = Path(__file__).parent / "profiles"
CANVAS_FORMATS = ("JPEG", "PNG")
_LISTS = ("formats",)
_T = TypeVar("_T")


class ProfileInvalid(ValueError):
    """A profile that is unknown or not of the form that the documentation describes."""

    code = "profile_invalid"


@dataclass(frozen=True)
class Canvas:
    """The picture that a pack holds. `white`: the product on exact white; otherwise the photo as it is.

    `fill`: share of the canvas' side that the product spans. `aspect`: width over height; 0 keeps the
    photo's. A photo is never enlarged, so the canvas can be smaller than `long_side_px`.
    """

    white: bool
    long_side_px: int
    aspect: float = 1.0
    fill: float = 0.88
    format: str = "JPEG"


@dataclass(frozen=True)
class RuleVerdict:
    """One rule's finding about one picture."""

    rule: MarketplaceRule
    finding: Finding

    def to_json(self) -> dict[str, Any]:
        return {
            "rule": self.rule.kind,
            "required": self.rule.required,
            "outcome": self.finding.outcome.value,
            "code": self.finding.code,
            "reason": self.finding.reason,
            "source": self.rule.source,
            "read_on": self.rule.read_on.isoformat(),
        }


@dataclass(frozen=True)
class Profile:
    id: str
    name: str
    canvas: Canvas
    rules: tuple[MarketplaceRule, ...]

    def check(self, file: FileFacts, picture: PictureMeasures) -> tuple[RuleVerdict, ...]:
        """The verdict by rule, in the profile's order."""
        return tuple(RuleVerdict(rule, rule.check(file, picture)) for rule in self.rules)

    def rule(self, kind: str) -> MarketplaceRule | None:
        return next((rule for rule in self.rules if rule.kind == kind), None)


def is_accepted(verdicts: tuple[RuleVerdict, ...]) -> bool:
    """Whether no required rule failed or could not be checked."""
    return all(v.finding.outcome is RuleOutcome.PASSED for v in verdicts if v.rule.required)


def illustration_verdict(verdicts: tuple[RuleVerdict, ...]) -> RuleVerdict | None:
    """The verdict of a required rule that refuses illustrations, if it refuses the picture: no canvas makes a
    photograph of a styled one."""
    for verdict in verdicts:
        is_failed = verdict.finding.outcome is RuleOutcome.FAILED
        if isinstance(verdict.rule, IllustrationRule) and verdict.rule.required and is_failed:
            return verdict
    return None


def profile_ids() -> list[str]:
    return sorted(path.stem for path in PROFILES_FOLDER.glob("*.toml"))


def load_profile(id_or_path: str) -> Profile:
    """One of ours by its id, or a shop's own by the path of its TOML file. Raises ProfileInvalid."""
    path = PROFILES_FOLDER / f"{id_or_path}.toml"
    if id_or_path not in profile_ids():
        path = Path(id_or_path)
        if path.suffix != ".toml" or not path.is_file():
            known = ", ".join(profile_ids())
            raise ProfileInvalid(f"{id_or_path!r} is neither a profile ({known}) nor a TOML file")
    try:
        return read_profile(path.stem, tomllib.loads(path.read_text("utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ProfileInvalid(f"{path.name}: {error}") from error


def read_profile(profile_id: str, content: Mapping[str, Any]) -> Profile:
    """A profile from its parsed file. Raises ProfileInvalid that names the entry."""
    entry = content.get("canvas", {})
    if not isinstance(entry, dict):
        raise ProfileInvalid(f"{profile_id}: canvas is a table, [canvas]")
    canvas = _read(Canvas, entry, f"{profile_id}: canvas")
    if canvas.format not in CANVAS_FORMATS or not 0 < canvas.fill <= 1 or canvas.long_side_px < 1:
        raise ProfileInvalid(
            f"{profile_id}: canvas: format is JPEG or PNG, fill above 0 to 1, long_side_px 1 or more"
        )
    if not canvas.white and canvas.aspect:
        raise ProfileInvalid(f"{profile_id}: canvas: only a white one has an aspect; otherwise aspect is 0")
    tables = content.get("rules", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ProfileInvalid(f"{profile_id}: rules are a list of tables, [[rules]]")
    rules = tuple(_read_rule(profile_id, table) for table in tables)
    return Profile(profile_id, str(content.get("name", profile_id)), canvas, rules)


def _read_rule(profile_id: str, table: Mapping[str, Any]) -> MarketplaceRule:
    kind = table.get("rule")
    if not isinstance(kind, str) or kind not in RULES:
        raise ProfileInvalid(f"{profile_id}: rule {kind!r}; there are {', '.join(RULES)}")
    values = {key: tuple(value) if key in _LISTS else value for key, value in table.items() if key != "rule"}
    return _read(RULES[kind], values, f"{profile_id}: rule {kind}")


def _read(kind: type[_T], values: Mapping[str, Any], entry: str) -> _T:
    """A dataclass from a table with its fields. Raises ProfileInvalid for other, missing or wrong ones."""
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]  # dataclasses all
    needed = {name for name, field in known.items() if field.default is MISSING}
    if unknown := sorted(set(values) - set(known)):
        raise ProfileInvalid(f"{entry} has no {', '.join(unknown)}; it has {', '.join(known)}")
    if missing := sorted(needed - set(values)):
        raise ProfileInvalid(f"{entry} lacks {', '.join(missing)}")
    for name, value in values.items():
        if not _is_of_type(value, known[name].type):
            raise ProfileInvalid(f"{entry}: {name} = {value!r} is not a {known[name].type}")
    return kind(**values)


def _is_of_type(value: object, annotation: object) -> bool:
    """Whether a TOML value fits a field's type. TOML has whole numbers where a float is meant."""
    types: dict[object, tuple[type, ...]] = {
        str: (str,), bool: (bool,), int: (int,), float: (int, float), date: (date,),
        tuple[str, ...]: (tuple,),
    }  # fmt: skip
    expected = types[annotation]
    return isinstance(value, expected) and (bool in expected or not isinstance(value, bool))
