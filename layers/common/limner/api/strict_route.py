"""What every route refuses before it parses a request: unknown query parameters, bodies of another type."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response, params
from fastapi.dependencies.utils import get_flat_params
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from limner.errors import UnsupportedMediaType

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
JSON_TYPE = "application/json"


class StrictRoute(APIRoute):
    """A misspelled filter would otherwise list all photos, and a form would be an invalid JSON document."""

    body_types: tuple[str, ...] = (JSON_TYPE,)
    """Media types of the body, where the route takes one."""

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()
        known = {
            field.alias
            for field in get_flat_params(self.dependant)
            if isinstance(field.field_info, params.Query)
        }
        takes_body = self.body_field is not None

        async def check_and_handle(request: Request) -> Response:
            _refuse_unknown(request, known)
            if takes_body and int(request.headers.get("content-length") or 0):
                refuse_other_type(request, self.body_types)
            return await handle(request)

        return check_and_handle


def _refuse_unknown(request: Request, known: set[str]) -> None:
    """Raises RequestValidationError, which names every unknown parameter."""
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        allowed = f"known are {', '.join(sorted(known))}" if known else "this takes none"
        raise RequestValidationError(
            [
                {"loc": ("query", name), "type": "unknown_parameter", "msg": f"no such parameter; {allowed}"}
                for name in unknown
            ]
        )


def refuse_other_type(request: Request, allowed: tuple[str, ...]) -> None:
    """Raises UnsupportedMediaType."""
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if sent not in allowed:
        raise UnsupportedMediaType(f"the body must have one of these content types: {', '.join(allowed)}")
