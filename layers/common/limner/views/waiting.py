"""When to ask again for a photo that is not final: the header Retry-After."""

import math
from datetime import datetime

from limner.costs import JobSize, cost_model
from limner.photos import FINAL_STATUSES, Photo

ASSUMED_PIXELS = 12_000_000
"""Of a photo whose size is not known here: that of most telephones' cameras."""
MIN_RETRY_SECONDS = 1
MAX_RETRY_SECONDS = 30
_SHARE_OF_WAITED_TIME = 4


def retry_after_seconds(photo: Photo, now: datetime) -> int | None:
    """None for a photo that is final.

    What is left of the time that the cost model measures for such a job; once that is over, the photo waits
    for something else (a queue, an endpoint that wakes up), and a quarter of the time it has waited is waited
    again. Where it stands in the endpoint's queue is not known: SageMaker does not say.
    """
    if photo.status in FINAL_STATUSES:
        return None
    started = photo.newest.job.submitted_at if photo.newest.job else None
    waited = max(0.0, (now - (started or photo.updated_at or photo.created_at)).total_seconds())
    expected = cost_model().instance_seconds(JobSize(looks=len(photo.looks), nbytes=0, pixels=_pixels(photo)))
    left = expected - waited if waited < expected else waited / _SHARE_OF_WAITED_TIME
    return min(MAX_RETRY_SECONDS, max(MIN_RETRY_SECONDS, math.ceil(left)))


def _pixels(photo: Photo) -> int:
    """Of the widest variant, where there is one: at most the photo's own."""
    variants = photo.newest.variants
    if variants is None or not variants.renditions:
        return ASSUMED_PIXELS
    return max(rendition.width * rendition.height for rendition in variants.renditions)
