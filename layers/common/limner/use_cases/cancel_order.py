"""No further work for a photo: the order that runs ends unrecorded, and what was made before stays."""

from dataclasses import dataclass
from datetime import datetime

from limner.errors import OrderProblem, OrderRefused, RefusalCode
from limner.photos import Photo, PhotoStatus
from limner.revisions import cancelled, is_shown
from limner.tenancy import PhotoKey
from limner.use_cases.revise_photo import RevisePhoto


@dataclass(frozen=True, kw_only=True)
class CancelOrder:
    revise: RevisePhoto

    def __call__(self, key: PhotoKey) -> Photo:
        """READY with the pictures of earlier orders, or FAILED where there are none. A second cancellation
        changes nothing. A photo whose last order failed is READY again, too, if it has earlier pictures.

        Raises:
            PhotoNotFound: there is no such photo.
            OrderRefused: it is READY or has failed for good, or it has no file yet.
            StaleWrite: others changed the photo again and again.
        """
        return self.revise(key, _cancelled)


def _cancelled(photo: Photo, now: datetime) -> Photo:
    failure = photo.newest.failure
    if failure and not is_shown(photo) and failure.code == RefusalCode.CANCELLED:
        return photo
    if photo.status is PhotoStatus.READY or (failure and not is_shown(photo)):
        message = f"the photo is {photo.status}: there is no order to cancel"
        raise OrderRefused(OrderProblem.NOTHING_TO_CANCEL, message)
    return cancelled(photo, now)
