"""Marketplace packs: the marketplaces there are, orders of packs, and what has come of them."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Path, Query, Response

from limner.api.conditional import Answer
from limner.api.identity import CurrentCaller, private_router
from limner.api.photo_queries import verdict_languages
from limner.api.problems import problem_responses
from limner.bootstrap import packs, pipeline, storefront
from limner.errors import InvalidRequest
from limner.identity import Identity, Scope
from limner.languages import Language
from limner.packs.pack import PACK_ID_PATTERN, PackStatus, ProfileId
from limner.views.packs import (
    ArchiveView,
    MarketplacesView,
    PackRequest,
    PackView,
    archive_view,
    marketplaces_view,
    pack_view,
)
from limner.views.photos import LANGUAGES_OF_CARDS
from limner.views.rate_limits import rate_limit_headers
from photo_files.packs.profile import load_profile, profile_ids

marketplaces_router = private_router(Scope.PHOTOS_READ, prefix="/v1/marketplaces")
reading = private_router(Scope.PHOTOS_READ, prefix="/v1/packs")
writing = private_router(Scope.PHOTOS_WRITE, prefix="/v1/packs")
MAX_LISTED_PACKED_PHOTOS = 50
PACK_RUNNING_SECONDS = 3
"""After which a pack that is running, or an archive that is being assembled, is worth another look."""
PackPath = Annotated[str, Path(pattern=rf"^{PACK_ID_PATTERN}$", description="The id of a pack.")]
MarketplacePath = Annotated[ProfileId, Path(description="The id of a marketplace of the pack.")]
Languages = Annotated[tuple[Language, ...] | None, Depends(verdict_languages)]


@marketplaces_router.get("")
def list_marketplaces(caller: CurrentCaller) -> MarketplacesView:
    """The marketplaces that packs can be made for: each rule with the page that states it and the day on
    which it was read, and the canvas that meets them."""
    return marketplaces_view([load_profile(each) for each in profile_ids()])


@writing.post("", status_code=HTTPStatus.ACCEPTED, responses=problem_responses(429))
def order_pack(caller: CurrentCaller, requested: PackRequest, response: Response) -> PackView:
    """Put up to 500 photos on the canvases of marketplaces, and check them by their rules. Each photo counts
    as an order, and each of its marketplaces as a look."""
    pack, standing = packs.request_pack(caller.tenant)(
        caller.tenant,
        requested.marketplaces,
        photo_ids=requested.photo_ids,
        collection_id=requested.collection_id,
        look_name=requested.look.slug if requested.look else None,
        key_id=caller.key_id,
    )
    response.headers["Location"] = f"packs/{pack.pack_id}"
    response.headers.update(rate_limit_headers(standing, pipeline.now()))
    return _without_photos(caller, pack.pack_id)


@reading.get("/{pack_id}")
def get_pack(  # noqa: PLR0917
    caller: CurrentCaller,
    pack_id: PackPath,
    response: Response,
    answer: Answer,
    languages: Languages,
    limit: Annotated[int, Query(ge=0, le=MAX_LISTED_PACKED_PHOTOS)] = 20,
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
) -> PackView:
    """How far a pack is, and for some of its photos the verdicts by rule, and links to the pictures that
    expire. With a `limit` of 0 it has no photos."""
    cursors, scope = storefront.cursors(), f"photos of pack {pack_id} of {caller.tenant}"
    first = _number(cursors.position(cursor, scope)) if cursor is not None else 0
    page = packs.read_pack(caller.tenant)(caller.tenant, pack_id, first=first, limit=limit)
    if page.pack.status is PackStatus.RUNNING:
        response.headers["Retry-After"] = str(PACK_RUNNING_SECONDS)
    next_cursor = cursors.sign(str(page.next), scope) if page.next and limit else None
    return answer(
        lambda link: pack_view(page, link, languages or LANGUAGES_OF_CARDS, next_cursor),
        storefront.tenant_stores(caller.tenant).links,
    )


@reading.get("/{pack_id}/archives/{marketplace}", responses=problem_responses(409))
def get_pack_archive(
    caller: CurrentCaller, pack_id: PackPath, marketplace: MarketplacePath, response: Response
) -> ArchiveView:
    """A ZIP archive of the pack's pictures for one marketplace, named by the shop's own ids. The first call
    has it assembled; ask again after `Retry-After` until `is_ready`."""
    nbytes = packs.request_archive(caller.tenant)(caller.tenant, pack_id, marketplace)
    if nbytes is None:
        response.headers["Retry-After"] = str(PACK_RUNNING_SECONDS)
    link = storefront.tenant_stores(caller.tenant).links.download_link
    return archive_view(pack_id, marketplace, nbytes, link, caller.tenant)


def _without_photos(caller: Identity, pack_id: str) -> PackView:
    page = packs.read_pack(caller.tenant)(caller.tenant, pack_id, first=0, limit=0)
    link = storefront.tenant_stores(caller.tenant).links.download_link
    return pack_view(page, link, LANGUAGES_OF_CARDS, None)


def _number(position: str) -> int:
    """Raises InvalidRequest."""
    if not position.isdecimal():
        raise InvalidRequest("cursor: not a place in a pack")
    return int(position)
