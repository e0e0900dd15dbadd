"""The styles that can be ordered: all, or those that words describe.

`/v1/styles` is public and kept at the edge, by its whole query: what it answers depends on nothing else, so
neither on Accept-Language nor on who is asking. `/v1/styles/search` knows the caller's own styles too.
"""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from limner.api.conditional import Answer
from limner.api.identity import CurrentCaller, private_router
from limner.api.page_assets import PageAssets
from limner.api.strict_route import StrictRoute
from limner.bootstrap import storefront
from limner.catalogue import catalogue
from limner.identity import Scope
from limner.style_search.ranking import search
from limner.views.headers import CATALOGUE
from limner.views.styles import StylesView, catalogue_views, own_views, styles_view

MAX_QUERY_CHARACTERS = 200
Words = Annotated[
    str | None,
    Query(
        max_length=MAX_QUERY_CHARACTERS,
        description="Words in English, German, Spanish, French, Japanese or Chinese, such as `warm vintage "
        "poster` or `half watercolour, half pencil`. Without words all styles are listed.",
    ),
]
Language = Annotated[
    str | None,
    Query(
        pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,4}$",
        description="Language of the words, as a tag such as `de` or `fr-CA`. Without it, and for a language "
        "that is not one of the six, it is detected.",
    ),
]


def styles_router(assets: PageAssets) -> APIRouter:
    """`assets` are the page's files, with the previews of the styles."""
    router = APIRouter(prefix="/v1", route_class=StrictRoute)

    @router.get("/styles")
    def list_styles(response: Response, q: Words = None, lang: Language = None) -> StylesView:
        """The styles that can be ordered, and the model that paints them; with `q`, the styles that these
        words describe, the best first, and a look to order. Equal for everybody: own styles are found by
        `GET /v1/styles/search`."""
        response.headers["Cache-Control"] = CATALOGUE
        found = search(q, lang) if q and q.strip() else None
        return styles_view(catalogue(), catalogue_views(catalogue(), assets.address), found)

    return router


def search_router(assets: PageAssets) -> APIRouter:
    """As the other router's, with the caller's own styles."""
    router = private_router(Scope.PHOTOS_READ, prefix="/v1/styles/search")

    @router.get("")
    def search_styles(
        caller: CurrentCaller, answer: Answer, q: Words = None, lang: Language = None
    ) -> StylesView:
        """The styles that these words describe, the best first, and a look to order. Own styles are found by
        their names. Without `q`, all styles that the caller's looks can use, the own ones first."""
        use_case = storefront.search_styles(caller.tenant)
        found, own = (
            use_case(caller.tenant, q, lang) if q and q.strip() else (None, use_case.ready(caller.tenant))
        )
        listed = catalogue_views(catalogue(), assets.address)
        links = storefront.tenant_stores(caller.tenant).links
        return answer(lambda link: styles_view(catalogue(), [*own_views(own, link), *listed], found), links)

    return router
