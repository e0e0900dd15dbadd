"""Send photos through the running stack and poll each until it is READY or FAILED."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from local.client.api_client import ApiClient, ApiError
from local.client.sent_photo import SentPhoto

POLL_SECONDS = 0.1
POLL_MAX_PHOTOS = 8  # in one round, so that a large folder does not flood the API
GRACE_SECONDS = 300
"""Without a change of any photo's status for this long, the open photos fail."""

Look = Mapping[str, Any]


def files_in(folder: Path) -> tuple[list[Path], list[str]]:
    """The files to send, in order of name, and a note for each entry that is left out."""
    files, notes = [], []
    for entry in sorted(folder.iterdir(), key=lambda path: path.name):
        if entry.is_file() and not entry.name.startswith("."):
            files.append(entry)
        else:
            notes.append(f"{entry.name}: skipped, {_kind_of(entry)}")
    return files, notes


def _kind_of(entry: Path) -> str:
    if entry.is_dir():
        return "a folder"
    return "a hidden file" if entry.is_file() else "not a file"


def send_all(
    api: ApiClient,
    files: Iterable[Path],
    looks: Sequence[Look],
    on_round: Callable[[Sequence[SentPhoto]], None],
) -> list[SentPhoto]:
    """Send one file after the other and poll the earlier ones in between; call `on_round` after every round.

    Each photo ends READY or FAILED; no content of a file makes this raise.
    """
    photos = [SentPhoto(file) for file in files]
    unsent, grace_period = deque(photos), _GracePeriod()
    while not all(photo.has_ended for photo in photos):
        if unsent:
            _send(api, unsent.popleft(), looks)
        else:
            time.sleep(POLL_SECONDS)
        for photo in _next_to_poll(photos):
            _poll(api, photo)
        on_round(photos)
        if not grace_period.lasts(photos):
            _fail_open(photos)
    on_round(photos)
    return photos


def _next_to_poll(photos: Sequence[SentPhoto]) -> list[SentPhoto]:
    """The open photos that were polled longest ago."""
    waiting = [photo for photo in photos if photo.photo_id and not photo.has_ended]
    return sorted(waiting, key=lambda photo: photo.polled_at)[:POLL_MAX_PHOTOS]


class _GracePeriod:
    """Starts anew whenever a photo's status changes."""

    def __init__(self) -> None:
        self._statuses: list[str] = []
        self._changed_at = time.monotonic()

    def lasts(self, photos: Sequence[SentPhoto]) -> bool:
        statuses = [photo.status for photo in photos]
        if statuses != self._statuses:
            self._statuses, self._changed_at = statuses, time.monotonic()
        return time.monotonic() - self._changed_at < GRACE_SECONDS


def _send(api: ApiClient, photo: SentPhoto, looks: Sequence[Look]) -> None:
    try:
        photo.mark("started")
        order = api.order(photo.file, looks)
        photo.mark("ordered")
        api.upload(order, photo.file)
        photo.mark("uploaded")
        photo.photo_id = order.photo_id
    except ApiError as error:
        photo.fail(error.code, str(error))
    except (OSError, ValueError, httpx.HTTPError) as error:
        photo.fail("not_sent", f"{type(error).__name__}: {error}")


def _poll(api: ApiClient, photo: SentPhoto) -> None:
    photo.polled_at = time.monotonic()
    try:
        photo.view = api.photo(photo.photo_id or "")
    except (ApiError, httpx.HTTPError):
        return  # polled again in a later round
    if failure := photo.view["failure"]:
        photo.fail(failure["code"], failure["message"])
    elif photo.has_ended:
        photo.mark("observed")


def _fail_open(photos: Sequence[SentPhoto]) -> None:
    for photo in photos:
        if not photo.has_ended:
            photo.fail("no_answer", f"no change for {GRACE_SECONDS} s after {photo.status}")
