"""Responses of GET /v1/styles and GET /v1/styles/search."""

from collections.abc import Callable, Iterable, Sequence

from pydantic import BaseModel

from limner.catalogue import Catalogue
from limner.looks import Look
from limner.own_styles import OwnStyle
from limner.style_search.ranking import Found
from limner.views.renditions import Link

OWN_FAMILY = "own"
"""Of the styles that the tenant had learned."""


class StyleView(BaseModel):
    """One style that can be ordered."""

    id: str
    name: str
    family: str
    tags: list[str]
    words: dict[str, str]
    preview: str | None
    score: float | None


class ModelView(BaseModel):
    """The model that paints the styles."""

    name: str
    version: str


class StylesView(BaseModel):
    """The styles that can be ordered, and their model. With `q`, the styles that were found, the best first,
    and a look to order."""

    model: ModelView
    styles: list[StyleView]
    language: str | None
    suggestion: Look | None


def catalogue_views(catalogue: Catalogue, address: Callable[[str], str | None]) -> list[StyleView]:
    """`address` gives that of one of the page's files."""
    return [
        StyleView(**style.model_dump(), preview=address(f"previews/{style.id}.webp"), score=None)
        for style in catalogue.offered
    ]


def own_views(styles: Iterable[OwnStyle], link: Link) -> list[StyleView]:
    """Of styles that are ready."""
    return [
        StyleView(
            id=style.style_id,
            name=style.name,
            family=OWN_FAMILY,
            tags=[],
            words={},
            preview=link(style.learned.preview.key).url if style.learned and style.learned.preview else None,
            score=None,
        )
        for style in styles
    ]


def styles_view(catalogue: Catalogue, styles: Sequence[StyleView], found: Found | None) -> StylesView:
    """All `styles` in their order, or of them those that were found."""
    model = ModelView(name=catalogue.model_name, version=catalogue.model_version)
    if found is None:
        return StylesView(model=model, styles=list(styles), language=None, suggestion=None)
    by_id = {style.id: style for style in styles}
    ranked = [by_id[each.style_id].model_copy(update={"score": each.score}) for each in found.styles]
    return StylesView(model=model, styles=ranked, language=found.language, suggestion=found.suggestion)
