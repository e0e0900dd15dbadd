"""Which tickets the stylizer and the sandbox work for: those whose job, photo and looks belong together, and
are of their mode.

Whoever may invoke the endpoint may send any ticket, and the stylizer's role reaches all tenants' photos. A
job's id is derived from its photo, looks and model, and says whose it is; so a ticket for another's job, or
with another's photo, contradicts itself.
"""

from collections.abc import Callable

from limner.contracts import StylizeTicket
from limner.errors import ForeignTicket, ForeignUpload, MalformedMessage
from limner.keys import job_id_for, photo_key_of_job
from limner.tenancy import PhotoKey, is_live

OwnerOfObject = Callable[[str, str], tuple[PhotoKey, str]]
"""Bucket and key of an uploaded object → its photo, and a path (limner.use_cases.new_photos.UploadOwners).
Raises ForeignUpload for an object of no tenant."""


class TicketCheck:
    """`livemode` is that of the tenants that are worked for."""

    def __init__(self, owner_of: OwnerOfObject, *, livemode: bool = True) -> None:
        self._owner_of = owner_of
        self._livemode = livemode

    def __call__(self, ticket: StylizeTicket) -> None:
        """Raises ForeignTicket."""
        try:
            named = photo_key_of_job(ticket.job_id)
            uploaded, _ = self._owner_of(ticket.photo.bucket, ticket.photo.key)
        except (MalformedMessage, ForeignUpload) as error:
            raise ForeignTicket(str(error)) from error
        if is_live(named.tenant) != self._livemode:
            raise ForeignTicket(f"job {ticket.job_id} is of a tenant in the other mode")
        if uploaded != named:
            raise ForeignTicket(
                f"job {ticket.job_id} is not of s3://{ticket.photo.bucket}/{ticket.photo.key}"
            )
        if job_id_for(named, ticket.photo, ticket.looks, ticket.model) != ticket.job_id:
            raise ForeignTicket(f"job {ticket.job_id} is of another upload, other looks or another model")
