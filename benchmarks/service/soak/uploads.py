"""The uploads of a soak: half ordered through the API, half put into the bucket directly."""

import hashlib
import random
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from PIL import Image, ImageDraw

from local.client.api_client import ApiClient, ApiError

from .settings import UNSTYLED_LOOK

STYLES = ("oil", "watercolour", "cartoon", "mosaic")
STYLED_ORDER_EVERY = 50
SAMPLE_COUNT = 60
MAX_ATTEMPTS = 5
RETRY_SECONDS = 0.5


@dataclass(frozen=True)
class Upload:
    """One uploaded object: its key, its size in bytes, its ETag, and the time when the upload ended."""

    key: str
    size: int
    etag: str
    at: datetime


@dataclass
class Uploader:
    """Uploads through the API and with `s3` into `bucket`; counts the `failed_requests`."""

    api: ApiClient
    s3: Any
    bucket: str
    rng: random.Random
    failed_requests: int = 0

    def upload(self, number: int, file: Path) -> Upload:
        """Upload the file, with up to MAX_ATTEMPTS attempts. Raises the last attempt's error."""
        for _ in range(MAX_ATTEMPTS - 1):
            try:
                return self._upload_once(number, file)
            except (ApiError, httpx.HTTPError):
                self.failed_requests += 1
                time.sleep(RETRY_SECONDS)
        return self._upload_once(number, file)

    def _upload_once(self, number: int, file: Path) -> Upload:
        body = unique_body(file, number)
        if number % 2:
            key = self._put(f"soak {number:05} 100%+é{file.suffix}", body)
        else:
            key = self._order(file, body, choose_looks(self.rng, number))
        return Upload(key, len(body), hashlib.md5(body).hexdigest(), datetime.now(UTC))

    def _put(self, name: str, body: bytes) -> str:
        key = f"uploads/main/{name}"
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)
        return key

    def _order(self, file: Path, body: bytes, looks: Sequence[dict[str, Any]]) -> str:
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / file.name
            copy.write_bytes(body)
            order = self.api.order(copy, looks)
            self.api.upload(order, copy)
        return f"uploads/main/{order.photo_id}"


def unique_body(file: Path, number: int) -> bytes:
    """The file's bytes with a suffix, so that no two uploads are equal; decoders ignore it."""
    return file.read_bytes() + f"\0{number}".encode()


def choose_looks(rng: random.Random, number: int) -> list[dict[str, Any]]:
    """One or two unstyled looks; one styled look in every STYLED_ORDER_EVERY-th order."""
    is_styled = number % STYLED_ORDER_EVERY == 0
    count = 1 if is_styled else rng.randint(1, 2)
    settings = {} if is_styled else UNSTYLED_LOOK
    return [{"styles": {style: 1.0}, **settings} for style in rng.sample(STYLES, count)]


def draw_samples(folder: Path, rng: random.Random) -> list[Path]:
    """SAMPLE_COUNT pictures of ellipses on a plain background: sides 64-128 px, three formats."""
    files = []
    for n in range(SAMPLE_COUNT):
        width, height = rng.randint(64, 128), rng.randint(64, 128)
        picture = Image.new("RGB", (width, height), _random_colour(rng))
        pen = ImageDraw.Draw(picture)
        for _ in range(6):
            x, y, size = rng.randrange(width), rng.randrange(height), rng.randint(8, 60)
            pen.ellipse((x - size, y - size // 2, x + size, y + size // 2), fill=_random_colour(rng))
        suffix, kind = (("jpg", "JPEG"), ("png", "PNG"), ("webp", "WEBP"))[n % 3]
        files.append(folder / f"{n:03}.{suffix}")
        picture.save(files[-1], kind)
    return files


def _random_colour(rng: random.Random) -> tuple[int, int, int]:
    return rng.randrange(256), rng.randrange(256), rng.randrange(256)
