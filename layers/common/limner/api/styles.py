"""The styles that can be ordered. Public: they are the same for everybody."""

from pathlib import Path

from fastapi import APIRouter

from limner.api.strict_route import StrictRoute
from limner.catalogue import catalogue
from limner.views.styles import ModelView, StylesView, StyleView


def styles_router(pages: Path) -> APIRouter:
    """`pages` has the page's files, with the previews of the styles."""
    router = APIRouter(prefix="/v1", route_class=StrictRoute)

    def preview(style_id: str) -> str | None:
        name = f"previews/{style_id}.webp"
        return f"assets/{name}" if (pages / name).is_file() else None

    @router.get("/styles")
    def list_styles() -> StylesView:
        """The styles that can be ordered, and the model that paints them."""
        styles = catalogue()
        return StylesView(
            model=ModelView(name=styles.model_name, version=styles.model_version),
            styles=[StyleView(**style.model_dump(), preview=preview(style.id)) for style in styles.offered],
        )

    return router
