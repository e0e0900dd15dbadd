"""Query parameters of a list of photos: its filters, its order, and how much of each photo it has."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query

from limner.errors import InvalidRequest
from limner.json_types import Time
from limner.languages import LANGUAGES, Language
from limner.orders import ExternalId, Label
from limner.photo_lists import MAX_LISTED_PHOTOS, PhotoQuery, Sort
from limner.photos import PhotoStatus
from limner.tenancy import PHOTO_ID_PATTERN
from limner.views.photos import Expandable

LIST_OF_IDS = rf"^{PHOTO_ID_PATTERN}(,{PHOTO_ID_PATTERN}){{0,{MAX_LISTED_PHOTOS - 1}}}$"


_EXPANDABLE = "|".join(Expandable)
_LANGUAGE = "|".join(LANGUAGES)
_LIST_OF_LANGUAGES = rf"^({_LANGUAGE})(,({_LANGUAGE})){{0,{len(LANGUAGES) - 1}}}$"


def photo_query(  # noqa: PLR0917
    status: PhotoStatus | None = None,
    external_id: Annotated[ExternalId | None, Query()] = None,
    updated_since: Annotated[Time | None, Query(description="RFC 3339, with a time zone.")] = None,
    tag: Annotated[Label | None, Query()] = None,
    ids: Annotated[
        str | None,
        Query(
            pattern=LIST_OF_IDS,
            description="Up to 50 photos' ids, with commas between; a list by ids has one page.",
        ),
    ] = None,
    sort: Annotated[Sort, Query(description="By which time; newest first.")] = Sort.CREATED_AT,
) -> PhotoQuery:
    """Raises InvalidRequest."""
    asked = tuple(ids.split(",")) if ids else ()
    if status is PhotoStatus.AWAITING_UPLOAD and not (asked or external_id):
        raise InvalidRequest(
            "status: AWAITING_UPLOAD needs ids or an external_id; lists have uploaded photos"
        )
    since = updated_since and _in_utc(updated_since)
    return PhotoQuery(
        status=status, external_id=external_id, updated_since=since, tag=tag, ids=asked, sort=sort
    )


def _in_utc(time: datetime) -> datetime:
    """Raises InvalidRequest for a time that is in no year from 1 to 9999 there."""
    try:
        return time.astimezone(UTC)
    except OverflowError as error:
        raise InvalidRequest("updated_since: not a time between the years 1 and 9999 in UTC") from error


def expansion(
    expand: Annotated[
        str | None,
        Query(
            pattern=rf"^({_EXPANDABLE})(,({_EXPANDABLE}))?$",
            description="Whole photos instead of cards, with `results`, `original`, or both (`results,original`).",  # noqa: E501
        ),
    ] = None,
) -> frozenset[Expandable]:
    """Empty for cards."""
    return frozenset(map(Expandable, expand.split(","))) if expand else frozenset()


def alt_languages(
    lang: Annotated[
        str | None,
        Query(
            pattern=_LIST_OF_LANGUAGES,
            description="Languages of the texts in `alt`, with commas between (`de,fr`). Without it, a photo "
            "has en, de, es, fr, ja and zh, and a card en.",
        ),
    ] = None,
) -> tuple[Language, ...] | None:
    """None where none are asked for."""
    return _languages_in(lang)


def verdict_languages(
    lang: Annotated[
        str | None,
        Query(
            pattern=_LIST_OF_LANGUAGES,
            description="Languages of the reasons, of en, de, es, fr, ja and zh, with commas between "
            "(`de,fr`). Without it, en.",
        ),
    ] = None,
) -> tuple[Language, ...] | None:
    """None where none are asked for."""
    return _languages_in(lang)


def _languages_in(text: str | None) -> tuple[Language, ...] | None:
    return tuple(language for language in LANGUAGES if language in text.split(",")) if text else None


def next_link(parameters: Mapping[str, str], cursor: str) -> str:
    """The field Link (RFC 8288) with the address of the next page, relative to this page's: it is right at
    every domain and stage that the API is reached by."""
    return f'<photos?{urlencode({**parameters, "cursor": cursor})}>; rel="next"'
