"""Routes that will be gone: they say so in every answer, and name the route that takes their place.

docs/api-versioning.md is the policy.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from typing import Any

from fastapi import Depends, Response

LEAST_NOTICE = timedelta(days=180)
"""Between the day on which a route is deprecated and the day from which on it may be gone."""


def deprecated(*, since: date, sunset: date, successor: str) -> dict[str, Any]:
    """Options of a route: `@router.post("/uploads", **deprecated(...))`. Its answers get the fields
    Deprecation (RFC 9745), Sunset (RFC 8594) and Link with the relation successor-version (RFC 5829).

    Raises:
        ValueError: the notice is shorter than LEAST_NOTICE.
    """
    if sunset - since < LEAST_NOTICE:
        raise ValueError(f"a route is deprecated for {LEAST_NOTICE.days} days at least")
    return {"deprecated": True, "dependencies": [Depends(_announcing(since, sunset, successor))]}


def _announcing(since: date, sunset: date, successor: str) -> Callable[[Response], None]:
    headers = {
        "Deprecation": f"@{int(_midnight(since).timestamp())}",
        "Sunset": format_datetime(_midnight(sunset), usegmt=True),
        "Link": f'<{successor}>; rel="successor-version"',
    }

    def announce(response: Response) -> None:
        response.headers.update(headers)

    return announce


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
