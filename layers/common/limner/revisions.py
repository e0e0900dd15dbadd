"""What an order for an uploaded photo makes of it: more looks, another attempt, the end of an order, an
earlier version. Each raises the revision by one, so that nothing that was under way changes the photo.

Also the history of finished versions, which grows with results.
"""

from datetime import datetime

from limner.errors import RefusalCode
from limner.keys import job_digits_of_picture
from limner.looks import MAX_LOOKS, Look
from limner.photos import Failure, Photo, Results
from limner.versions import MAX_VERSIONS, Version, VersionSource


def with_more_looks(photo: Photo, looks: tuple[Look, ...], now: datetime, due_at: int) -> Photo:
    """The looks of an order that was cancelled before any picture was made are not made after all."""
    is_cancelled = photo.newest.failure is not None and photo.newest.failure.code == RefusalCode.CANCELLED
    ordered = photo.looks if not is_cancelled else looks_made(photo)
    names = {look.slug for look in ordered}
    added = tuple(look for look in looks if look.slug not in names)
    return _revised(photo, now, looks=ordered + added, revised_by=VersionSource.LOOKS, due_at=due_at)


def retried(photo: Photo, now: datetime, due_at: int) -> Photo:
    """Where every picture is made, as by a job that ended after its photo was given up, the pictures stay as
    they are; with their variants the photo is READY."""
    after = _revised(photo, now, revised_by=VersionSource.RETRY, due_at=due_at)
    if photo.missing_looks:
        return after
    kept = _with_pictures_kept(after)
    return kept.model_copy(update={"due_at": None, "in_flight": None}) if is_shown(photo) else kept


def cancelled(photo: Photo, now: datetime) -> Photo:
    """READY with the pictures that there are, otherwise FAILED. The job is forgotten: it may end, unrecorded,
    and another one is charged anew."""
    after = _revised(photo, now, revised_by=None, job=None, due_at=None, in_flight=None)
    if is_shown(photo):
        return _with_pictures_kept(after).model_copy(update={"looks": looks_made(photo)})
    assert photo.source, "only an uploaded photo is cancelled"  # noqa: S101 - a caller's bug
    failure = Failure(
        sequencer=photo.source.sequencer,
        revision=after.revision,
        code=RefusalCode.CANCELLED,
        message="The order was cancelled.",
        at=now,
    )
    return after.model_copy(update={"failure": failure})


def restored(photo: Photo, version: Version, results: Results, now: datetime) -> Photo:
    """READY with the pictures of an earlier version, `results`; `photo` has the variants of its upload."""
    after = _revised(photo, now, revised_by=None, job=None, due_at=None, in_flight=None)
    current = results.model_copy(update={"revision": after.revision})
    looks = tuple(picture.look for picture in results.pictures)
    restored_version = version.model_copy(
        update={
            "number": after.versions[-1].number + 1,
            "at": now,
            "source": VersionSource.RESTORE,
            "restored": version.number,
        }
    )
    versions = _newest_of((*after.versions, restored_version))
    return after.model_copy(update={"results": current, "looks": looks, "versions": versions})


def is_shown(photo: Photo) -> bool:
    """Whether pictures and variants of the newest upload are there, whatever has been ordered since."""
    return photo.published is not None and photo.newest.variants is not None


def is_of_newest_upload(photo: Photo, version: Version) -> bool:
    return photo.source is not None and version.sequencer == photo.source.sequencer


def is_restorable(photo: Photo, version: Version) -> bool:
    """The version's pictures are known, and of the photo's present file, which has its variants."""
    return bool(version.jobs) and is_of_newest_upload(photo, version) and photo.newest.variants is not None


def history(photo: Photo) -> tuple[Version, ...]:
    """Oldest first. A photo of an earlier release has one version, the pictures that it has."""
    is_unfinished = photo.published is not None and photo.newest.results is None
    if photo.versions or photo.results is None or is_unfinished:
        return photo.versions
    return (_version(photo.results, 1, VersionSource.ORDER),)


def history_with(row: Photo, results: Results) -> tuple[Version, ...]:
    """The row's versions after these results were recorded; the same where more pictures are to come."""
    before = history(row)
    if looks_after(row, results):
        return before
    return _newest_of(
        (*before, _version(results, before[-1].number + 1 if before else 1, _source(row, before)))
    )


def looks_after(row: Photo, results: Results) -> tuple[Look, ...]:
    """The looks that need a further job: those that had no place in the ticket."""
    if len(row.looks) <= MAX_LOOKS:
        return ()
    return row.model_copy(update={"results": results}).missing_looks


def _source(row: Photo, before: tuple[Version, ...]) -> VersionSource:
    if row.revised_by:
        return row.revised_by
    return VersionSource.REPLACE if before else VersionSource.ORDER


def _version(results: Results, number: int, source: VersionSource) -> Version:
    """Without jobs where a picture is not at a job's place, as in rows that were migrated."""
    digits = [
        job_digits_of_picture(rendition.key)
        for picture in results.pictures
        for rendition in picture.renditions[:1]
    ]
    return Version(
        number=number,
        at=results.finished_at,
        source=source,
        model=results.model,
        sequencer=results.sequencer,
        looks=tuple(picture.look.slug for picture in results.pictures),
        jobs=() if None in digits else tuple(dict.fromkeys(each for each in digits if each)),
    )


def _newest_of(versions: tuple[Version, ...]) -> tuple[Version, ...]:
    return versions[-MAX_VERSIONS:]


def _revised(photo: Photo, now: datetime, **changes: object) -> Photo:
    return photo.model_copy(
        update={
            "revision": photo.revision + 1,
            "versions": history(photo),
            "updated_at": now,
            **changes,
        }
    )


def _with_pictures_kept(after: Photo) -> Photo:
    assert after.published, "there are pictures"  # noqa: S101 - a caller's bug
    results = after.published.model_copy(update={"revision": after.revision})
    return after.model_copy(update={"results": results})


def looks_made(photo: Photo) -> tuple[Look, ...]:
    return tuple(picture.look for picture in photo.published.pictures) if photo.published else ()
