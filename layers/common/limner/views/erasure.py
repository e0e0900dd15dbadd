"""The erasure of a photo, as the API shows it."""

from typing import Literal

from pydantic import BaseModel

from limner.erasure import Erasure


class ErasureView(BaseModel):
    """`erasing` until the last check, from `last_check_at` on, has found nothing; then `erased`."""

    photo_id: str
    state: Literal["erasing", "erased"]
    requested_at: str
    last_check_at: str
    finished_at: str | None


def erasure_view(erasure: Erasure) -> ErasureView:
    finished_at = erasure.finished_at
    return ErasureView(
        photo_id=erasure.photo_id,
        state="erased" if finished_at else "erasing",
        requested_at=erasure.requested_at.isoformat(),
        last_check_at=erasure.last_check_at.isoformat(),
        finished_at=finished_at.isoformat() if finished_at else None,
    )
