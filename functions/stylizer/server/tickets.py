"""Which tickets the stylizer works for: those whose job, photo and looks belong together.

Whoever may invoke the endpoint may send any ticket, and the stylizer's role reaches all tenants' photos. A
job's id is derived from its photo, looks and model, and says whose it is; so a ticket for another's job, or
with another's photo, contradicts itself.
"""

from collections.abc import Callable

from limner.contracts import StylizeTicket
from limner.errors import ForeignTicket, ForeignUpload, MalformedMessage
from limner.keys import job_id_for, photo_key_for, photo_key_of_job
from limner.tenancy import PhotoKey

PhotoOfObject = Callable[[str, str], PhotoKey]
"""Bucket and key of an uploaded object → its photo. Raises ForeignUpload for an object of no tenant."""


def photo_of_upload(uploads_bucket: str) -> PhotoOfObject:
    """For the objects of the stack's own bucket."""

    def photo_of(bucket: str, key: str) -> PhotoKey:
        if bucket != uploads_bucket:
            raise ForeignUpload(f"s3://{bucket}/{key} is in no bucket for uploads")
        return photo_key_for(bucket, key)

    return photo_of


class TicketCheck:
    def __init__(self, photo_of: PhotoOfObject) -> None:
        self._photo_of = photo_of

    def __call__(self, ticket: StylizeTicket) -> None:
        """Raises ForeignTicket."""
        try:
            named = photo_key_of_job(ticket.job_id)
            uploaded = self._photo_of(ticket.photo.bucket, ticket.photo.key)
        except (MalformedMessage, ForeignUpload) as error:
            raise ForeignTicket(str(error)) from error
        if uploaded != named:
            raise ForeignTicket(
                f"job {ticket.job_id} is not of s3://{ticket.photo.bucket}/{ticket.photo.key}"
            )
        if job_id_for(named, ticket.photo, ticket.looks, ticket.model) != ticket.job_id:
            raise ForeignTicket(f"job {ticket.job_id} is of another upload, other looks or another model")
