"""Which tickets the stylizer and the sandbox work for: those whose job, photo and looks belong together, and
are of their mode; and those whose job and style pictures, or job and packed picture, do.

Whoever may invoke the endpoint may send any ticket, and the stylizer's role reaches all tenants' photos. A
job's id is derived from its photo, looks and model, or from its style pictures and model, and says whose it
is; so a ticket for another's job, or with another's photo, contradicts itself.
"""

from collections.abc import Callable

from limner.contracts import StylizeTicket
from limner.errors import ForeignTicket, ForeignUpload, MalformedMessage
from limner.keys import job_id_for, job_id_of_picture, photo_key_of_job
from limner.packs.contracts import PackTicket, pack_job_id, photo_key_of_pack_job
from limner.photos import Source
from limner.style_contracts import LearnTicket, style_job_id, style_of_job, style_of_picture
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


class StyleTicketCheck:
    """`livemode` is that of the tenants that are worked for."""

    def __init__(self, owner_of: OwnerOfObject, *, livemode: bool = True) -> None:
        self._owner_of = owner_of
        self._livemode = livemode

    def __call__(self, ticket: LearnTicket) -> None:
        """Raises ForeignTicket unless job and pictures are of one style, and the preview's photo is of its
        tenant."""
        try:
            named = style_of_job(ticket.job_id)
            of_pictures = {style_of_picture(picture.key) for picture in ticket.pictures}
            photo = ticket.preview_photo
            tenant_of_photo = self._owner_of(photo.bucket, photo.key)[0].tenant if photo else named[0]
        except (MalformedMessage, ForeignUpload) as error:
            raise ForeignTicket(str(error)) from error
        if is_live(named[0]) != self._livemode:
            raise ForeignTicket(f"job {ticket.job_id} is of a tenant in the other mode")
        is_same_job = style_job_id(*named, ticket.pictures, ticket.model) == ticket.job_id
        if of_pictures != {named} or tenant_of_photo != named[0] or not is_same_job:
            raise ForeignTicket(f"job {ticket.job_id} and its pictures do not belong together")


class PackTicketCheck:
    """`livemode` is that of the tenants that are worked for."""

    def __init__(self, owner_of: OwnerOfObject, *, results_bucket: str, livemode: bool = True) -> None:
        self._owner_of = owner_of
        self._results_bucket = results_bucket
        self._livemode = livemode

    def __call__(self, ticket: PackTicket) -> None:
        """Raises ForeignTicket unless job and picture are of one photo."""
        try:
            named = photo_key_of_pack_job(ticket.job_id)
            of_picture = self._photo_of(ticket.picture)
        except (MalformedMessage, ForeignUpload) as error:
            raise ForeignTicket(str(error)) from error
        if is_live(named.tenant) != self._livemode:
            raise ForeignTicket(f"job {ticket.job_id} is of a tenant in the other mode")
        job_id = pack_job_id(named, ticket.pack_id, ticket.picture, ticket.profiles, ticket.model)
        if of_picture != named or job_id != ticket.job_id:
            raise ForeignTicket(f"job {ticket.job_id} and its picture do not belong together")

    def _photo_of(self, picture: Source) -> PhotoKey:
        """Of an upload, or of a styled picture. Raises ForeignUpload, MalformedMessage."""
        if picture.bucket != self._results_bucket:
            return self._owner_of(picture.bucket, picture.key)[0]
        return photo_key_of_job(job_id_of_picture(picture.key) or "")
