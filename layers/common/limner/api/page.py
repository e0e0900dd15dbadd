"""The page, and how it signs a person in. Public: whoever wants to sign in has no identity yet."""

import re

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from limner.api.page_assets import PageAssets
from limner.api.strict_route import StrictRoute
from limner.bootstrap import storefront
from limner.views.sign_in import SignInView, sign_in_view

_MAX_BYTES = re.compile(r'data-max-bytes="[^"]*"')
_MAX_MEGAPIXELS = re.compile(r'data-max-megapixels="[^"]*"')


def page_router(assets: PageAssets) -> APIRouter:
    router = APIRouter()

    @router.get("/", include_in_schema=False)  # takes any parameter: an issuer sends its answer to it
    def page() -> HTMLResponse:
        settings = storefront.storefront_settings()
        return HTMLResponse(with_limits(assets.page, settings.max_upload_bytes, settings.max_megapixels))

    router.add_api_route("/v1/sign-in", get_sign_in, methods=["GET"], route_class_override=StrictRoute)
    return router


def with_limits(page: str, max_bytes: int, max_megapixels: float) -> str:
    """The page with the largest file that is taken, which it refuses before the upload."""
    page = _MAX_BYTES.sub(f'data-max-bytes="{max_bytes}"', page, count=1)
    return _MAX_MEGAPIXELS.sub(f'data-max-megapixels="{max_megapixels:g}"', page, count=1)


def get_sign_in() -> SignInView | None:
    """Where a person signs in, by authorization code with PKCE (RFC 7636); null without an issuer."""
    return sign_in_view(storefront.storefront_settings())
