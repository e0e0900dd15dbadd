"""Body of every error response: problem details (RFC 9457)."""

from pydantic import BaseModel


class Problem(BaseModel):
    """Problem details (RFC 9457) with a stable `code` and the request's id. For an invalid request `errors`
    lists each invalid field, with a stable code of its own."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    request_id: str
    errors: list[dict[str, str]] = []
