"""Valid domain objects and pictures, with whatever a test cares about changed."""

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PIL import Image

from limner.keys import comparable_sequencer, upload_key
from limner.photos import Look, Photo, Rendition, Results, Source, StyledPicture, StylizeJob, Variants

PHOTO_ID = "0123456789abcdef0123456789abcdef"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
DUE = int(NOON.timestamp()) + 1800
SEQUENCER = comparable_sequencer("0061")
OIL = Look(styles={"oil": 1.0}, strength=0.8)


def source(**changes: Any) -> Source:
    facts = {"bucket": "uploads", "key": upload_key(PHOTO_ID), "sequencer": SEQUENCER, "bytes": 1234}
    return Source(**(facts | changes))


def photo(**changes: Any) -> Photo:
    facts = {
        "photo_id": PHOTO_ID,
        "shop": "main",
        "filename": "mug.jpg",
        "looks": (OIL,),
        "created_at": NOON,
        "due_at": DUE,
    }
    return Photo(**(facts | changes))


def job(**changes: Any) -> StylizeJob:
    facts = {
        "job_id": f"{PHOTO_ID}-{'a' * 16}",
        "sequencer": SEQUENCER,
        "lease_until": int(NOON.timestamp()) + 60,
    }
    return StylizeJob(**(facts | changes))


def rendition(**changes: Any) -> Rendition:
    facts = {"key": "styled/x.jpg", "width": 640, "height": 480, "bytes": 999, "content_type": "image/jpeg"}
    return Rendition(**(facts | changes))


def variants(**changes: Any) -> Variants:
    return Variants(**({"sequencer": SEQUENCER, "renditions": (rendition(),), "seconds": 0.25} | changes))


def results(**changes: Any) -> Results:
    picture = StyledPicture(look=OIL, renditions=(rendition(),), metrics={"ssim": 0.61})
    facts = {
        "sequencer": SEQUENCER,
        "pictures": (picture,),
        "model": "fusenet-lite@abc",
        "timings": {"total": 0.5},
        "finished_at": NOON,
    }
    return Results(**(facts | changes))


def jpeg(width: int = 64, height: int = 48, colour: str = "teal") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, "JPEG")
    return out.getvalue()


def save_jpeg(pixels: Any, path: Path) -> Path:
    """Write (height, width, 3) pixels as a JPEG file."""
    Image.fromarray(pixels).save(path, quality=90)
    return path
