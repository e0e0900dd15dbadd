"""For every change of the row of a photo, a batch or an own style: publish the events that follow from it.

Events are derived from the row before and after one write, so that no part of the system that writes these
rows has to think of them, and none is lost between a write and its event.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time

from limner.batches import Batch, BatchKey
from limner.errors import RefusalCode
from limner.events import (
    BatchCompleted,
    BatchData,
    Event,
    EventBus,
    EventType,
    FailedPhotoData,
    FailedStyleData,
    FailureData,
    PhotoData,
    PhotoFailed,
    PhotoReady,
    PhotoRefused,
    PhotoReviewed,
    PhotoUploaded,
    QuotaData,
    QuotaReached,
    ReviewedPhotoData,
    StyleData,
    StyleFailed,
    StyleReady,
    event_id,
    photo_sequence,
)
from limner.own_styles import OwnStyle
from limner.photos import FILE_FAULTS, FINAL_STATUSES, Failure, Photo, PhotoStatus
from limner.reviews.publication import reviewed_pictures, waiting_pictures

_UPLOADED, _ENDED, _REVIEWED = 0, 1, 2
"""Steps of one order, in a sequence."""


@dataclass(frozen=True)
class PhotoChange:
    """One write to a photo's row; `before` is None for a new row, `after` for a photo that is being erased or
    whose row was deleted. `at` is the time of the write."""

    before: Photo | None
    after: Photo | None
    at: datetime


@dataclass(frozen=True)
class BatchChange:
    before: Batch | None
    after: Batch


@dataclass(frozen=True)
class StyleChange:
    """`at` is the time of the write."""

    before: OwnStyle | None
    after: OwnStyle
    at: datetime


Change = PhotoChange | BatchChange | StyleChange


@dataclass(frozen=True, kw_only=True)
class AnnounceChanges:
    """`complete_batches` is asked for the batches of which something has ended: completing one is a write,
    and so a change that is announced in its turn."""

    bus: EventBus
    complete_batches: Callable[[Iterable[BatchKey]], None]
    source: str
    """Of the events (CloudEvents): the stack."""

    def __call__(self, changes: Iterable[Change]) -> Sequence[Event]:
        """The events that were published. Raises Unavailable; then some may have been published."""
        changes = list(changes)
        events = [event for change in changes for event in events_of(change, self.source)]
        if events:
            self.bus.publish(events)
        self.complete_batches(key for change in changes if (key := batch_to_check(change)))
        return events


def batch_to_check(change: Change) -> BatchKey | None:
    """The batch that may be complete after the change."""
    match change:
        case BatchChange(after=batch):
            return batch.key if batch.completion is None else None
        case PhotoChange(before, after):
            photo = after or before
            has_ended = after is None or after.outcome not in {None, before and before.outcome}
            return BatchKey(photo.tenant, photo.batch_id) if photo and photo.batch_id and has_ended else None
        case _:
            return None


def events_of(change: Change, source: str) -> Iterator[Event]:
    """In the order in which they have happened."""
    match change:
        case PhotoChange(after=Photo() as photo):
            yield from _events_of_photo(change, photo, source)
        case BatchChange():
            yield from _events_of_batch(change, source)
        case StyleChange():
            yield from _events_of_style(change, source)


def _events_of_batch(change: BatchChange, source: str) -> Iterator[Event]:
    batch, completion = change.after, change.after.completion
    if completion and (change.before is None or change.before.completion is None):
        yield BatchCompleted(
            id=event_id(EventType.BATCH_COMPLETED, *batch.key),
            source=source,
            subject=batch.batch_id,
            time=completion.at,
            sequence=completion.at.isoformat(),
            data=BatchData(tenant=batch.tenant, batch_id=batch.batch_id, outcomes=completion.outcomes),
        )


def _events_of_style(change: StyleChange, source: str) -> Iterator[Event]:
    before, style = change.before, change.after
    attributes = {
        "source": source,
        "subject": style.style_id,
        "time": change.at,
        "sequence": change.at.isoformat(),
    }
    facts = {"tenant": style.tenant, "style_id": style.style_id}
    if style.learned and not (before and before.learned):
        event = event_id(EventType.STYLE_READY, style.tenant, style.style_id)
        yield StyleReady(id=event, **attributes, data=StyleData(**facts))
    if style.failure and not (before and before.failure):
        event = event_id(EventType.STYLE_FAILED, style.tenant, style.style_id)
        failure = FailureData(code=style.failure.code, message=style.failure.message)
        yield StyleFailed(id=event, **attributes, data=FailedStyleData(**facts, failure=failure))


def _events_of_photo(change: PhotoChange, after: Photo, source: str) -> Iterator[Event]:
    before = change.before
    if after.source and _sequencer(before) != after.source.sequencer:
        yield PhotoUploaded(
            **_attributes(EventType.PHOTO_UPLOADED, after, change.at, source, _UPLOADED),
            data=_photo_data(after),
        )
    if after.status in FINAL_STATUSES and _ending(before) != _ending(after):
        yield from _ended(after, change.at, source)
    yield from _reviewed(before, after, source)


def _reviewed(before: Photo | None, after: Photo, source: str) -> Iterator[Event]:
    """The decisions that this write has made."""
    known = set(before.reviews or ()) if before else set()
    for picture, review in reviewed_pictures(after):
        if review.at is None or review in known:
            continue
        sequence = photo_sequence(_sequencer(after), after.revision, _REVIEWED)
        yield PhotoReviewed(
            id=event_id(EventType.PHOTO_REVIEWED, after.key, review.picture_id, review.at),
            source=source,
            subject=after.photo_id,
            time=review.at,
            sequence=f"{sequence}+{review.at.isoformat()}",
            data=ReviewedPhotoData(
                **_facts(after), look=picture.look.slug, state=review.state, reason=review.reason
            ),
        )


def _ended(photo: Photo, at: datetime, source: str) -> Iterator[Event]:
    failure = photo.newest.failure
    if photo.status is PhotoStatus.READY or failure is None:
        attributes = _attributes(EventType.PHOTO_READY, photo, at, source, _ENDED)
        yield PhotoReady(**attributes, data=_photo_data(photo))
        return
    kind, model = (
        (EventType.PHOTO_REFUSED, PhotoRefused)
        if failure.code in FILE_FAULTS
        else (EventType.PHOTO_FAILED, PhotoFailed)
    )
    yield model(**_attributes(kind, photo, at, source, _ENDED), data=_failed_data(photo, failure))
    if failure.code == RefusalCode.QUOTA_EXCEEDED:
        yield _quota_reached(photo, failure, source)


def _quota_reached(photo: Photo, failure: Failure, source: str) -> Event:
    day = datetime.combine(failure.at.date(), time(), failure.at.tzinfo)
    return QuotaReached(
        id=event_id(EventType.QUOTA_REACHED, photo.tenant, day.date()),
        source=source,
        subject=photo.tenant,
        time=day,
        sequence=day.date().isoformat(),
        data=QuotaData(tenant=photo.tenant, photo_id=photo.photo_id, message=failure.message),
    )


def _attributes(kind: EventType, photo: Photo, at: datetime, source: str, step: int) -> dict[str, object]:
    sequencer = _sequencer(photo)
    return {
        "id": event_id(kind, photo.key, sequencer, photo.revision),
        "source": source,
        "subject": photo.photo_id,
        "time": at,
        "sequence": photo_sequence(sequencer, photo.revision, step),
    }


def _photo_data(photo: Photo) -> PhotoData:
    return PhotoData(**_facts(photo))


def _failed_data(photo: Photo, failure: Failure) -> FailedPhotoData:
    return FailedPhotoData(**_facts(photo), failure=FailureData(code=failure.code, message=failure.message))


def _facts(photo: Photo) -> dict[str, object]:
    return {
        "tenant": photo.tenant,
        "photo_id": photo.photo_id,
        "external_id": photo.external_id,
        "batch_id": photo.batch_id,
        "status": photo.status,
        "revision": photo.revision,
        "looks": tuple(look.slug for look in photo.looks),
        "waiting": tuple(picture.look.slug for picture in waiting_pictures(photo)),
    }


def _sequencer(photo: Photo | None) -> str:
    return photo.source.sequencer if photo and photo.source else ""


def _ending(photo: Photo | None) -> tuple[str, int, PhotoStatus] | None:
    """What distinguishes one end of a photo from another; None while it has not ended."""
    if photo is None or photo.status not in FINAL_STATUSES:
        return None
    return _sequencer(photo), photo.revision, photo.status
