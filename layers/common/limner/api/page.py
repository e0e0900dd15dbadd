"""The page, and how it signs a person in. Public: whoever wants to sign in has no identity yet."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from limner import storefront_bootstrap
from limner.api.page_assets import PageAssets
from limner.api.strict_route import StrictRoute
from limner.views.sign_in import SignInView, sign_in_view


def page_router(assets: PageAssets) -> APIRouter:
    router = APIRouter()

    @router.get("/", include_in_schema=False)  # takes any parameter: an issuer sends its answer to it
    def page() -> HTMLResponse:
        return HTMLResponse(assets.page)

    router.add_api_route("/v1/sign-in", get_sign_in, methods=["GET"], route_class_override=StrictRoute)
    return router


def get_sign_in() -> SignInView | None:
    """Where a person signs in, by authorization code with PKCE (RFC 7636); null without an issuer."""
    return sign_in_view(storefront_bootstrap.storefront_settings())
