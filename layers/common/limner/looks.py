"""Looks: what to make of a photo. Styles by weight, strength, levels, protection, enhancement."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

StyleId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
MAX_LOOKS = 8
MAX_STYLES_IN_A_LOOK = 4
AUTO, ENHANCE, GRADE = "auto", "enhance", "grade-"
"""Style ids with a meaning of their own: the stylizer chooses; the enhanced photo; prefix of the grades."""
Share = Annotated[float, Field(ge=0, le=1)]
FORMER_NAMES = {"beautify": "enhance"}
"""Names of the first release, read until the next one."""


class FrozenModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Protection(StrEnum):
    """What of the product a style may touch."""

    OFF = "off"
    SOFT = "soft"
    STRICT = "strict"
    BACKGROUND_ONLY = "background-only"
    PRODUCT_ONLY = "product-only"


class Levels(FrozenModel):
    """The style's share at each level."""

    colour: Share = 1
    stroke: Share = 1
    motif: Share = 1


class Look(FrozenModel):
    """One picture to make: a weighted mix of styles (weights > 0) at a strength in [0, 1]; 0 is the photo.

    With `enhance` light, colour and noise of the photo are corrected first. `auto`, `enhance` and the
    grades cannot be mixed. Names of the first release (`beautify`) are still read.
    """

    styles: dict[StyleId, Annotated[float, Field(gt=0, le=1)]] = Field(
        min_length=1, max_length=MAX_STYLES_IN_A_LOOK
    )
    strength: Share = 1
    protection: Protection = Protection.SOFT
    levels: Levels = Levels()
    enhance: bool = True

    @model_validator(mode="before")
    @classmethod
    def _read_former_names(cls, data: object) -> object:
        return renamed(data, FORMER_NAMES) | _renamed_styles(data) if isinstance(data, Mapping) else data

    @model_validator(mode="after")
    def _some_styles_stand_alone(self) -> Self:
        alone = [style for style in self.styles if stands_alone(style)]
        if alone and len(self.styles) > 1:
            raise PydanticCustomError("style_stands_alone", "{style} cannot be mixed", {"style": alone[0]})
        return self

    @property
    def slug(self) -> str:
        """ASCII name, the same for the same look: `oil-70.watercolour-30.s80`, then what is unusual."""
        mix = ".".join(f"{style}-{_percent(weight)}" for style, weight in sorted(self.shares.items()))
        return ".".join([mix, f"s{_percent(self.strength)}", *self._unusual()])

    def _unusual(self) -> list[str]:
        levels = "-".join(_percent(share) for share in self.levels.model_dump().values())
        given = {
            self.protection.value: self.protection != Protection.SOFT,
            f"levels-{levels}": self.levels != Levels(),
            "as-is": not self.enhance,
        }
        return [name for name, differs in given.items() if differs]

    @property
    def shares(self) -> dict[str, float]:
        """The weights scaled to sum to 1."""
        total = sum(self.styles.values())
        return {style: weight / total for style, weight in self.styles.items()}


def renamed(data: Mapping[str, object], names: Mapping[str, str]) -> dict[str, object]:
    """The data under today's names; a name that is given in both forms is left for validation to refuse."""
    return {name if names.get(name, name) in data else names.get(name, name): data[name] for name in data}


def _renamed_styles(data: Mapping[str, object]) -> dict[str, object]:
    styles = data.get("styles")
    return {"styles": renamed(styles, FORMER_NAMES)} if isinstance(styles, Mapping) else {}


def stands_alone(style: str) -> bool:
    return style in {AUTO, ENHANCE} or style.startswith(GRADE)


def _percent(share: float) -> str:
    return f"{share:.0%}".rstrip("%")


def _distinct(looks: tuple[Look, ...]) -> tuple[Look, ...]:
    slugs = [look.slug for look in looks]
    if len(set(slugs)) != len(slugs):
        names = {"names": ", ".join(slugs)}
        raise PydanticCustomError("same_look_twice", "the same look is asked for twice: {names}", names)
    return looks


Looks = Annotated[tuple[Look, ...], Field(max_length=MAX_LOOKS), AfterValidator(_distinct)]
