"""For every change of a photo's row: publish the events that follow from it.

Events are derived from the row before and after one write, so that no part of the system that changes photos
has to think of them, and none is lost between a write and its event.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time

from limner.errors import RefusalCode
from limner.events import (
    Event,
    EventBus,
    EventType,
    FailedPhotoData,
    FailureData,
    PhotoData,
    PhotoFailed,
    PhotoReady,
    PhotoRefused,
    PhotoUploaded,
    QuotaData,
    QuotaReached,
    event_id,
    photo_sequence,
)
from limner.photos import FINAL_STATUSES, Failure, Photo, PhotoStatus
from limner.tenancy import is_live
from photo_files.errors import FileProblem

FILE_FAULTS = frozenset(problem.value for problem in FileProblem) | {RefusalCode.UPLOAD_GONE.value}
"""Codes of failures that are the file's fault: another file is needed."""
_UPLOADED, _ENDED = 0, 1
"""Steps of one order, in a sequence."""


@dataclass(frozen=True)
class PhotoChange:
    """One write to a photo's row; `before` is None for a new row. `at` is the time of the write."""

    before: Photo | None
    after: Photo
    at: datetime


@dataclass(frozen=True, kw_only=True)
class AnnounceChanges:
    bus: EventBus
    source: str
    """Of the events (CloudEvents): the stack."""

    def __call__(self, changes: Iterable[PhotoChange]) -> Sequence[Event]:
        """The events that were published. Raises Unavailable; then some may have been published."""
        events = [event for change in changes for event in events_of(change, self.source)]
        if events:
            self.bus.publish(events)
        return events


def events_of(change: PhotoChange, source: str) -> Iterator[Event]:
    """In the order in which they have happened."""
    before, after = change.before, change.after
    if after.source and _sequencer(before) != after.source.sequencer:
        yield PhotoUploaded(
            **_attributes(EventType.PHOTO_UPLOADED, change, source, _UPLOADED), data=_photo_data(after)
        )
    if after.status in FINAL_STATUSES and _ending(before) != _ending(after):
        yield from _ended(change, source)


def _ended(change: PhotoChange, source: str) -> Iterator[Event]:
    failure = change.after.newest.failure
    if change.after.status is PhotoStatus.READY or failure is None:
        attributes = _attributes(EventType.PHOTO_READY, change, source, _ENDED)
        yield PhotoReady(**attributes, data=_photo_data(change.after))
        return
    kind, model = (
        (EventType.PHOTO_REFUSED, PhotoRefused)
        if failure.code in FILE_FAULTS
        else (EventType.PHOTO_FAILED, PhotoFailed)
    )
    yield model(**_attributes(kind, change, source, _ENDED), data=_failed_data(change.after, failure))
    if failure.code == RefusalCode.QUOTA_EXCEEDED:
        yield _quota_reached(change.after, failure, source)


def _quota_reached(photo: Photo, failure: Failure, source: str) -> Event:
    day = datetime.combine(failure.at.date(), time(), failure.at.tzinfo)
    return QuotaReached(
        id=event_id(EventType.QUOTA_REACHED, photo.tenant, day.date()),
        source=source,
        subject=photo.tenant,
        time=day,
        sequence=day.date().isoformat(),
        data=QuotaData(
            tenant=photo.tenant,
            livemode=is_live(photo.tenant),
            photo_id=photo.photo_id,
            message=failure.message,
        ),
    )


def _attributes(kind: EventType, change: PhotoChange, source: str, step: int) -> dict[str, object]:
    photo, sequencer = change.after, _sequencer(change.after)
    return {
        "id": event_id(kind, photo.key, sequencer, photo.revision),
        "source": source,
        "subject": photo.photo_id,
        "time": change.at,
        "sequence": photo_sequence(sequencer, photo.revision, step),
    }


def _photo_data(photo: Photo) -> PhotoData:
    return PhotoData(**_facts(photo))


def _failed_data(photo: Photo, failure: Failure) -> FailedPhotoData:
    return FailedPhotoData(**_facts(photo), failure=FailureData(code=failure.code, message=failure.message))


def _facts(photo: Photo) -> dict[str, object]:
    return {
        "tenant": photo.tenant,
        "livemode": is_live(photo.tenant),
        "photo_id": photo.photo_id,
        "external_id": photo.external_id,
        "batch_id": photo.batch_id,
        "status": photo.status,
        "revision": photo.revision,
        "looks": tuple(look.slug for look in photo.looks),
    }


def _sequencer(photo: Photo | None) -> str:
    return photo.source.sequencer if photo and photo.source else ""


def _ending(photo: Photo | None) -> tuple[str, int, PhotoStatus] | None:
    """What distinguishes one end of a photo from another; None while it has not ended."""
    if photo is None or photo.status not in FINAL_STATUSES:
        return None
    return _sequencer(photo), photo.revision, photo.status
