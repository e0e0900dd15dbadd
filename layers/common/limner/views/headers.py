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
_PUBLIC_PATHS = frozenset({"/", "/styles", "/openapi.json"})


def page_policy(storage_origins: Iterable[str]) -> str:
    """Content security policy of the page, which loads pictures from S3 and uploads to it directly.

    Trusted Types: no script may turn a text into markup or code, and none may make a policy to do so.
    """
    storage = " ".join(sorted(storage_origins))
    return "; ".join(
        [
            "default-src 'self'",
            f"img-src 'self' blob: data: {storage}",
            f"connect-src 'self' {storage}",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ]
    )


def cache_control(path: str) -> str:
    """Private unless the path is known to be equal for everybody."""
    return PUBLIC if path in _PUBLIC_PATHS or path.startswith("/assets/") else PRIVATE
