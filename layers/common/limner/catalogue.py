"""The styles on offer, as released with the model; `make catalogue` rewrites the file from the model."""

from functools import cache
from importlib.resources import files

from limner.photos import AUTO, Frozen, Look, StyleId


class CatalogueStyle(Frozen):
    id: StyleId
    name: str
    family: str
    words: dict[str, str]


AUTOMATIC = CatalogueStyle(
    id=AUTO,
    name="Automatic",
    family=AUTO,
    words={
        "en": "automatic",
        "zh": "自动",
        "es": "automático",
        "de": "automatisch",
        "fr": "automatique",
        "ja": "自動",
    },
)
"""No style of the model's: it picks one, its strength and the protection for each photo."""


class Catalogue(Frozen):
    model_name: str
    model_version: str
    styles: tuple[CatalogueStyle, ...]

    @property
    def model(self) -> str:
        return f"{self.model_name}@{self.model_version}"

    @property
    def offer(self) -> tuple[CatalogueStyle, ...]:
        """What can be ordered."""
        return (AUTOMATIC, *self.styles)

    def missing(self, looks: tuple[Look, ...]) -> list[str]:
        """Styles asked for that are not on offer."""
        offered = {style.id for style in self.offer}
        return sorted({style for look in looks for style in look.styles} - offered)


@cache
def catalogue() -> Catalogue:
    return Catalogue.model_validate_json(files("limner").joinpath("catalogue.json").read_bytes())
