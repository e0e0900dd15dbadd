"""The page, and how it signs a person in. Public: whoever wants to sign in has no identity yet."""

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse

from limner import storefront_bootstrap
from limner.views.sign_in import SignInView, sign_in_view


def page_router(pages: Path) -> APIRouter:
    router = APIRouter()

    @router.get("/", include_in_schema=False)
    def page() -> FileResponse:
        return FileResponse(pages / "index.html")

    @router.get("/v1/sign-in")
    def get_sign_in() -> SignInView | None:
        """Where a person signs in, by authorization code with PKCE (RFC 7636); null without an issuer."""
        return sign_in_view(storefront_bootstrap.storefront_settings())

    return router
