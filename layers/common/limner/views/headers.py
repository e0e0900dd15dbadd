"""Headers that every response of the API and its page has."""

from collections.abc import Iterable

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "Cross-Origin-Opener-Policy": "same-origin",
}
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'; form-action 'none'; base-uri 'none'"
"""Content security policy of responses that are no page: a browser that shows one runs and loads nothing."""
PRIVATE = "private, no-store"
"""Cache-Control of what belongs to a seller: photos, links, forms, and errors about them."""
PUBLIC = "no-cache"
"""Cache-Control of what is equal for everybody: kept, but validated before each use."""
IMMUTABLE = "public, max-age=31536000, immutable"
"""Cache-Control of what another content would have another address for."""
CATALOGUE = "public, max-age=300, stale-while-revalidate=86400"
"""Cache-Control of the styles, which change with a deployment. Browsers and CDNs ask again after five minutes
and need not wait for the answer."""
PUBLIC_PATHS = frozenset({"/", "/v1/styles", "/v1/sign-in", "/openapi.json"})
"""Answered without an identity, as everything under /assets/ is."""


def page_policy(origins: Iterable[str]) -> str:
    """Content security policy of the page. `origins` are those of S3, whose pictures it shows and which it
    uploads to, and of the server that gives it tokens.

    Trusted Types: no script may turn a text into markup or code, and none may make a policy to do so.
    """
    others = " ".join(sorted(origins))
    return "; ".join(
        [
            "default-src 'self'",
            f"img-src 'self' blob: data: {others}",
            f"connect-src 'self' {others}",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ]
    )


def cache_control(method: str, path: str) -> str:
    """Private unless what the path answers to this method is known to be equal for everybody."""
    is_public = path in PUBLIC_PATHS or path.startswith("/assets/")
    return PUBLIC if is_public and method in {"GET", "HEAD"} else PRIVATE
