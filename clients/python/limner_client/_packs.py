"""What the sync and the async client and the command share of packs. No input or output."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any, Final

from limner_client.files import LookLike, as_looks
from limner_client.models import (
    PackedMarketplaceView,
    PackedPhotoView,
    PackRefusalView,
    PackView,
    RenditionView,
)

PACK_FINISHED: Final = "FINISHED"
PACK_PAGE_PHOTOS: Final = 50
PACK_MOST_POLL_SECONDS: Final = 3.0


def pack_body(
    photo_ids: Sequence[str], collection: str | None, marketplaces: Sequence[str], look: LookLike | None
) -> dict[str, Any]:
    """Body of an order of a pack; what is not given is left out."""
    given = {
        "photo_ids": list(photo_ids),
        "collection_id": collection,
        "look": as_looks([look])[0] if look is not None else None,
    }
    return {"marketplaces": list(marketplaces)} | {name: value for name, value in given.items() if value}


def pack_page(pack: PackView, cursor: str | None, lang: str | None) -> dict[str, Any]:
    """Parameters of `get_pack` for a page of photos."""
    return {"pack_id": pack.pack_id, "limit": PACK_PAGE_PHOTOS, "cursor": cursor, "lang": lang}


def pack_files(photos: Iterable[PackedPhotoView]) -> Iterator[tuple[Path, RenditionView]]:
    """Each picture with its path, `{marketplace}/{name}`; names that come again are numbered, as in
    archives."""
    used: set[str] = set()
    for photo in photos:
        for packed in photo.packed:
            if packed.picture:
                path = Path(packed.marketplace) / packed.picture.name
                path = next(each for each in _numbered(path) if str(each).lower() not in used)
                used.add(str(path).lower())
                yield path, packed.picture.file


def _numbered(path: Path) -> Iterator[Path]:
    yield path
    yield from (path.with_name(f"{path.stem}-{number}{path.suffix}") for number in count(2))


def pack_lines(photos: Iterable[PackedPhotoView]) -> Iterator[tuple[str, bool]]:
    """A line for each picture or refusal, and whether it was accepted; for a refusal, the rules that are
    broken."""
    for photo in photos:
        name = photo.external_id or photo.photo_id
        if photo.refusal:
            yield f"{name}: {_refusal(photo.refusal)}", False
        for packed in photo.packed:
            words = "accepted" if packed.accepted else "; ".join(_reasons(packed))
            yield f"{name} · {packed.marketplace}: {words}", packed.accepted


def _reasons(packed: PackedMarketplaceView) -> Iterator[str]:
    if packed.refusal:
        yield _refusal(packed.refusal)
    for verdict in packed.verdicts or packed.found:
        if verdict.required and verdict.outcome != "passed":
            yield f"{verdict.rule}: {_text(verdict.reasons)}"


def _refusal(refusal: PackRefusalView) -> str:
    return f"{refusal.code}: {_text(refusal.reasons)}"


def _text(reasons: dict[str, str]) -> str:
    return " · ".join(reasons.values())
