"""What the orders for an uploaded photo share: read it, change it in one conditional write, and again if the
photo has changed in between."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from limner.errors import FILE_REFUSALS, OrderProblem, OrderRefused, OrderRunning, StaleWrite
from limner.photos import FINAL_STATUSES, Photo
from limner.ports import PhotoRepository
from limner.tenancy import PhotoKey

REVISION_ATTEMPTS = 4
Change = Callable[[Photo, datetime], Photo]
"""A photo as it is, and the present time → the photo as ordered, or the same where there is nothing to do.
Raises OrderRefused or OrderRunning where the photo's state does not allow the order."""


_ORDERED = ("revision", "revised_by", "looks", "versions", "updated_at")
"""What a revision has of its order and no worker writes."""


@dataclass(frozen=True, kw_only=True)
class RevisePhoto:
    photos: PhotoRepository
    now: Callable[[], datetime]

    def __call__(self, key: PhotoKey, change: Change) -> Photo:
        """The photo as it is afterwards.

        Raises:
            PhotoNotFound: there is no such photo.
            OrderRefused: it has no file yet.
            StaleWrite: others wrote the photo between each reading and writing.
        """
        for _ in range(REVISION_ATTEMPTS):
            before, after = self.planned(key, change)
            if after == before:
                return before
            try:
                self.photos.revise(before, after)
            except StaleWrite:
                if not self._is_written(after):
                    continue
            return after
        raise StaleWrite(f"photo {key.photo_id} is being changed by others")

    def _is_written(self, after: Photo) -> bool:
        """Whether this very change has been written: its answer was lost, and the SDK has tried again."""
        row = self.photos.get(after.key)
        return all(getattr(row, name) == getattr(after, name) for name in _ORDERED)

    def planned(self, key: PhotoKey, change: Change) -> tuple[Photo, Photo]:
        """The photo as it is, and as the order would make it. Raises PhotoNotFound, OrderRefused."""
        before = self.photos.get(key)
        if before.source is None:
            message = "the photo has no file yet; send it with the form of its order"
            raise OrderRefused(OrderProblem.NOT_UPLOADED, message)
        return before, change(before, self.now())


def require_final(photo: Photo) -> None:
    """Raises OrderRunning."""
    if photo.status not in FINAL_STATUSES:
        raise OrderRunning("an order for this photo is running; wait for its end, or cancel it")


def require_accepted_file(photo: Photo) -> None:
    """Raises OrderRefused for a photo whose file is the reason why it failed."""
    failure = photo.newest.failure
    if failure is not None and failure.code in FILE_REFUSALS:
        message = f"the photo's file was refused ({failure.code}); replace it"
        raise OrderRefused(OrderProblem.FILE_REFUSED, message)
