"""The styles that can be ordered. Public: they are the same for everybody."""

from fastapi import APIRouter, Response

from limner.api.page_assets import PageAssets
from limner.api.strict_route import StrictRoute
from limner.catalogue import catalogue
from limner.views.headers import CATALOGUE
from limner.views.styles import ModelView, StylesView, StyleView


def styles_router(assets: PageAssets) -> APIRouter:
    """`assets` are the page's files, with the previews of the styles."""
    router = APIRouter(prefix="/v1", route_class=StrictRoute)

    @router.get("/styles")
    def list_styles(response: Response) -> StylesView:
        """The styles that can be ordered, and the model that paints them."""
        response.headers["Cache-Control"] = CATALOGUE
        styles = catalogue()
        return StylesView(
            model=ModelView(name=styles.model_name, version=styles.model_version),
            styles=[
                StyleView(**style.model_dump(), preview=assets.address(f"previews/{style.id}.webp"))
                for style in styles.offered
            ],
        )

    return router
