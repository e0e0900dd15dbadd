"""The Content Credentials that an upload has of its own, to be kept in every picture made of it.

They are a hostile file's bytes, so they are read in the bounded child. What reaches the caller is an archive
that the library made of them.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from typing import Any

INGREDIENT_ID = "upload"
MAX_ARCHIVE_BYTES = 4 * 2**20
_MAX_REDACTIONS = 64
_REDACTED_LABELS = ("c2pa.thumbnail.", "c2pa.metadata", "cawg.metadata", "stds.exif", "stds.iptc")
"""Assertions left out of pictures, by the beginning of their label: thumbnails, which are larger than a small
picture and may show what was cropped; and metadata, which may have a location."""


@dataclass(frozen=True)
class UploadCredentials:
    """`archive` is the ingredient with its manifests; `redactions` are the URLs of the assertions to leave
    out of pictures; `source_type` is the digital source type that they state for the upload, if any."""

    archive: bytes
    redactions: tuple[str, ...] = ()
    source_type: str = ""


def offline_settings() -> dict[str, Any]:
    """Settings of the library: no thumbnails, and nothing is fetched. A file could otherwise name an address
    that this machine then requests."""
    return {
        "version": 1,
        "builder": {"thumbnail": {"enabled": False}},
        "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
    }


def read_upload_credentials(data: bytes, content_type: str) -> UploadCredentials | None:
    """None if there are none, or if they cannot be read or exceed MAX_ARCHIVE_BYTES."""
    if b"jumb" not in data or b"c2pa" not in data:
        return None
    with suppress(Exception):  # a photo is not refused for invalid metadata
        return _read(data, content_type)
    return None


def _read(data: bytes, content_type: str) -> UploadCredentials | None:
    import c2pa  # noqa: PLC0415 - loads a library of 23 MB, for few uploads

    context = c2pa.Context.from_dict(offline_settings())
    with c2pa.Reader(content_type, BytesIO(data), context=context) as reader:
        store = json.loads(reader.detailed_json())
    archive = BytesIO()
    with c2pa.Builder({}, context) as builder:
        ingredient = {"title": "upload", "relationship": "parentOf", "label": INGREDIENT_ID}
        builder.add_ingredient(ingredient, content_type, BytesIO(data))
        builder.write_ingredient_archive(INGREDIENT_ID, archive)
    redactions = tuple(sorted(_redactions(store)))
    if len(archive.getvalue()) > MAX_ARCHIVE_BYTES or len(redactions) > _MAX_REDACTIONS:
        return None
    return UploadCredentials(archive.getvalue(), redactions, _source_type(store))


def _redactions(store: Mapping[str, Any]) -> Iterator[str]:
    for manifest, contents in store["manifests"].items():
        for label in contents.get("assertion_store", {}):
            if label.startswith(_REDACTED_LABELS):
                yield f"self#jumbf=/c2pa/{manifest}/c2pa.assertions/{label}"


def _source_type(store: Mapping[str, Any]) -> str:
    """The last that an action of the active manifest states."""
    source_type = ""
    assertions = store["manifests"][store["active_manifest"]].get("assertion_store", {})
    for label, assertion in assertions.items():
        if label.startswith("c2pa.actions"):
            for action in assertion["actions"]:
                source_type = action.get("digitalSourceType", source_type)
    return source_type
