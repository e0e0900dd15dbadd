"""The styles that can be ordered: those released with the model, and those built into the engine.

`make catalogue` generates catalogue.json from the model; built_in.json is written by hand.
"""

from functools import cache
from importlib.resources import files

from pydantic import TypeAdapter

from limner.looks import FrozenModel, Look, StyleId


class CatalogueStyle(FrozenModel):
    id: StyleId
    name: str
    family: str
    tags: tuple[str, ...] = ()
    words: dict[str, str]


class Catalogue(FrozenModel):
    model_name: str
    model_version: str
    styles: tuple[CatalogueStyle, ...]

    @property
    def model(self) -> str:
        return f"{self.model_name}@{self.model_version}"

    @property
    def offered(self) -> tuple[CatalogueStyle, ...]:
        """All styles in the order in which they are listed: `auto` first, `enhance` and the grades last."""
        automatic, *corrections = built_in()
        return (automatic, *self.styles, *corrections)

    def missing(self, looks: tuple[Look, ...]) -> list[str]:
        """Style ids of the looks that are not in the catalogue."""
        offered = {style.id for style in self.offered}
        return sorted({style for look in looks for style in look.styles} - offered)


@cache
def built_in() -> tuple[CatalogueStyle, ...]:
    """`auto`, `enhance` and the grades."""
    styles = TypeAdapter(tuple[CatalogueStyle, ...])
    return styles.validate_json(files("limner").joinpath("built_in.json").read_bytes())


@cache
def catalogue() -> Catalogue:
    return Catalogue.model_validate_json(files("limner").joinpath("catalogue.json").read_bytes())
