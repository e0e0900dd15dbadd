"""The ZIP archive of a pack's pictures for one marketplace, written to S3 while it is made.

The pictures are JPEG or PNG, which a ZIP does not make smaller: they are stored as they are.
"""

import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from limner.errors import MalformedMessage, ObjectMissing, StaleWrite
from limner.packs.contracts import PackReport, archive_key, pack_report_key, parse_pack_report
from limner.packs.errors import PackNotFound
from limner.packs.file_names import file_names, safe_stem
from limner.packs.pack import Pack, PackedPhoto, PackKey, PackOutcome, PackRepository
from limner.photos import Photo
from limner.ports import ObjectStore, PhotosByKey
from limner.renditions import Rendition
from limner.tenancy import PhotoKey
from limner.use_cases.outcomes import Outcome

FETCHED_AT_ONCE = 8
"""Below the ten connections that a boto3 client keeps."""
ARCHIVE_TYPE = "application/zip"
MAX_ARCHIVED_BYTES = 4_000_000_000
"""Of its pictures: at 50 MB a second, two thirds of the function's 120 seconds."""
_EARLIEST_DATE = (1980, 1, 1, 0, 0, 0)
"""Of ZIP: archives of equal pictures are equal."""


class StreamStore(Protocol):
    def put_stream(self, bucket: str, key: str, chunks: Iterator[bytes], content_type: str) -> None:
        """Write an object in parts, whose whole is never in memory. Nothing is there until it is whole."""


@dataclass(frozen=True)
class PackedFile:
    """A picture of a pack, and its name in the archive."""

    name: str
    rendition: Rendition


@dataclass(frozen=True, kw_only=True)
class AssembleArchive:
    packs: PackRepository
    photos: PhotosByKey
    objects: ObjectStore
    streams: StreamStore
    now: Callable[[], datetime]
    results_bucket: str

    def __call__(self, key: PackKey, profile: str) -> Outcome:
        """Photos that were erased meanwhile are left out. Raises Unavailable."""
        try:
            outcome = self._assembled(self.packs.get(*key), profile)
        except PackNotFound:
            outcome = Outcome.SUPERSEDED
        self.packs.give_archive_turn_back(key.tenant, self.now())
        return outcome

    def _assembled(self, pack: Pack, profile: str) -> Outcome:
        if pack.finished_at is None or profile not in pack.profiles:
            return Outcome.SUPERSEDED
        files = self._files(pack, profile)
        if sum(file.rendition.bytes for file in files) > MAX_ARCHIVED_BYTES:
            self._refuse(pack, profile)
            return Outcome.ARCHIVE_REFUSED
        archive = self._archive(files)
        self.streams.put_stream(
            self.results_bucket, archive_key(pack.tenant, pack.pack_id, profile), archive, ARCHIVE_TYPE
        )
        return Outcome.ARCHIVE_ASSEMBLED

    def _refuse(self, pack: Pack, profile: str) -> None:
        """Where others write at the same time, the next call asks for the archive once more."""
        too_large = tuple(dict.fromkeys([*pack.too_large, profile]))
        with suppress(StaleWrite):
            self.packs.replace(pack, pack.model_copy(update={"too_large": too_large}))

    def _files(self, pack: Pack, profile: str) -> list[PackedFile]:
        """In the order of the pack's photos."""
        rows = self.packs.photos(pack.key, pack.photo_ids)
        keys = [PhotoKey(pack.tenant, photo_id) for photo_id in pack.photo_ids]
        photos = {photo.photo_id: photo for photo in self.photos.those_of(keys, whole=False)}
        made = [rows[each] for each in pack.photo_ids if each in photos and _is_made(rows.get(each))]
        reports = zip(made, find_reports(self.objects, self.results_bucket, made), strict=True)
        found = [
            (photos[row.photo_id], rendition)
            for row, report in reports
            if report is not None and (rendition := _file_for(report, profile)) is not None
        ]
        return list(named_files(found))

    def _archive(self, files: Sequence[PackedFile]) -> Iterator[bytes]:
        written = _Written()
        with (
            ThreadPoolExecutor(FETCHED_AT_ONCE, thread_name_prefix="archive") as fetchers,
            zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as archive,
        ):
            for first in range(0, len(files), FETCHED_AT_ONCE):
                some = files[first : first + FETCHED_AT_ONCE]
                for file, data in zip(some, fetchers.map(self._fetched, some), strict=True):
                    if data is not None:
                        archive.writestr(zipfile.ZipInfo(file.name, _EARLIEST_DATE), data)
                        yield written.taken()
        yield written.taken()

    def _fetched(self, file: PackedFile) -> bytes | None:
        try:
            return self.objects.get(self.results_bucket, file.rendition.key)
        except ObjectMissing:  # erased since the report was read
            return None


class _Written(io.RawIOBase):
    """What a ZipFile writes, until it is taken. It cannot be sought in, so that nothing is written twice."""

    def __init__(self) -> None:
        super().__init__()
        self._chunks: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        chunk = bytes(data)  # type: ignore[call-overload]  # a buffer, as io.RawIOBase.write takes it
        self._chunks.append(chunk)
        return len(chunk)

    def taken(self) -> bytes:
        chunks, self._chunks = self._chunks, []
        return b"".join(chunks)


def find_report(objects: ObjectStore, bucket: str, job_id: str) -> PackReport | None:
    """None where it is not there, or none of this job."""
    try:
        return parse_pack_report(job_id, objects.get(bucket, pack_report_key(job_id)))
    except (ObjectMissing, MalformedMessage):
        return None


def find_reports(objects: ObjectStore, bucket: str, photos: Sequence[PackedPhoto]) -> list[PackReport | None]:
    """Of photos whose jobs have made something; None where the report is gone, as after an erasure."""

    def report_of(photo: PackedPhoto) -> PackReport | None:
        return find_report(objects, bucket, photo.job.job_id) if _is_made(photo) and photo.job else None

    with ThreadPoolExecutor(FETCHED_AT_ONCE, thread_name_prefix="reports") as readers:
        return list(readers.map(report_of, photos))


def named_files(found: Sequence[tuple[Photo, Rendition]]) -> Iterator[PackedFile]:
    """By the shop's own ids."""
    extension = "png" if found and found[0][1].content_type == "image/png" else "jpg"
    stems = [safe_stem(photo.external_id, photo.photo_id) for photo, _ in found]
    for name, (_, rendition) in zip(file_names(stems, extension), found, strict=True):
        yield PackedFile(name, rendition)


def _is_made(photo: PackedPhoto | None) -> bool:
    return photo is not None and photo.outcome is PackOutcome.MADE


def _file_for(report: PackReport, profile: str) -> Rendition | None:
    return next((each.file for each in report.profiles if each.profile == profile), None)
