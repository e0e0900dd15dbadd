"""Send photos through the running stack and wait for what becomes of each."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from local.client.sent import Sent
from local.client.shop import Refused, Shop

POLL_SECONDS = 0.1
ASKED_AT_ONCE = 8
GRACE_SECONDS = 300
"""How long nothing may move before the rest is given up."""

Look = Mapping[str, Any]


def files_in(folder: Path) -> tuple[list[Path], list[str]]:
    """The files to send, in order of name, and a note for each entry that is left out."""
    files, notes = [], []
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        if entry.is_file() and not entry.name.startswith("."):
            files.append(entry)
        else:
            notes.append(f"{entry.name}: skipped, {_what_it_is(entry)}")
    return files, notes


def _what_it_is(entry: Path) -> str:
    if entry.is_dir():
        return "a folder"
    return "a hidden file" if entry.is_file() else "not a file"


def send_all(
    shop: Shop, files: Iterable[Path], looks: Sequence[Look], watch: Callable[[Sequence[Sent]], None]
) -> list[Sent]:
    """Send one after the other, asking in between how the earlier ones go; `watch` sees every round.

    Each ends READY or FAILED; nothing that a file holds raises.
    """
    photos = [Sent(file) for file in files]
    unsent, grace_period = deque(photos), _GracePeriod()
    while not all(photo.settled for photo in photos):
        if unsent:
            _send(shop, unsent.popleft(), looks)
        else:
            time.sleep(POLL_SECONDS)
        for photo in _next_to_ask(photos):
            _ask(shop, photo)
        watch(photos)
        if not grace_period.lasts(photos):
            _give_up(photos)
    watch(photos)
    return photos


def _next_to_ask(photos: Sequence[Sent]) -> list[Sent]:
    """Those asked longest ago, so that a large folder does not ask for all of it in every round."""
    waiting = [photo for photo in photos if photo.photo_id and not photo.settled]
    return sorted(waiting, key=lambda photo: photo.asked_at)[:ASKED_AT_ONCE]


class _GracePeriod:
    """Lasts while any photo's status still changes."""

    def __init__(self) -> None:
        self._statuses: list[str] = []
        self._moved_at = time.monotonic()

    def lasts(self, photos: Sequence[Sent]) -> bool:
        statuses = [photo.status for photo in photos]
        if statuses != self._statuses:
            self._statuses, self._moved_at = statuses, time.monotonic()
        return time.monotonic() - self._moved_at < GRACE_SECONDS


def _send(shop: Shop, photo: Sent, looks: Sequence[Look]) -> None:
    try:
        photo.mark("started")
        order = shop.order(photo.file, looks)
        photo.mark("ordered")
        shop.upload(order, photo.file)
        photo.mark("uploaded")
        photo.photo_id = order.photo_id
    except Refused as refusal:
        photo.fail(refusal.code, str(refusal))
    except (OSError, ValueError, httpx.HTTPError) as error:
        photo.fail("not_sent", f"{type(error).__name__}: {error}")


def _ask(shop: Shop, photo: Sent) -> None:
    photo.asked_at = time.monotonic()
    try:
        photo.view = shop.photo(photo.photo_id or "")
    except (Refused, httpx.HTTPError):
        return  # asked again in a later round
    if failure := photo.view["failure"]:
        photo.fail(failure["code"], failure["message"])
    elif photo.settled:
        photo.mark("settled")


def _give_up(photos: Sequence[Sent]) -> None:
    for photo in photos:
        if not photo.settled:
            photo.fail("no_answer", f"nothing moved for {GRACE_SECONDS} s after {photo.status}")
