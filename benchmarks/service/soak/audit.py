"""What must be true after a soak. Each check yields its breaches as text."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from limner.keys import photo_key_of_job
from limner.photos import FINAL_STATUSES, PhotoStatus

from ..fault_proxy import photo_of
from .evidence import Evidence
from .kills import MODEL_SERVER

CONNECTION_LOST = "no answer from model"
"""In the failure reason of an invocation whose model server was killed (local/sagemaker/model_server.py)."""
UNRECORDED_INVOCATION_SECONDS = 30
"""A router killed this shortly after its invocation was accepted may not have recorded it."""
CLOCK_TOLERANCE_SECONDS = 1


@dataclass
class Findings:
    """`lines`: check → its breaches."""

    lines: dict[str, list[str]] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        return not any(self.lines.values())


def audit(evidence: Evidence) -> Findings:
    repeated = list(_repeated_invocations(evidence))
    photos = evidence.photos
    failures = Counter(photo.newest.failure.code for photo in photos.values() if photo.newest.failure)
    lines = {
        "every upload is READY or FAILED, and none has a deadline": list(_unfinished(evidence)),
        "every FAILED photo has a reason that the soak caused": list(_failed_without_cause(evidence)),
        "no photo FAILED because a container died": list(_failed_with_a_container(evidence)),
        "every READY photo has all objects of its row, in the row's sizes": list(_missing_objects(evidence)),
        "every READY photo shows the newest upload": list(_outdated(evidence)),
        "no object without a photo": list(_orphaned_objects(evidence)),
        "no photo without an upload": [photo_id for photo_id in photos if photo_id not in evidence.uploads],
        "no invocation repeated without need": [text for text, needed in repeated if not needed],
        "no photo under two jobs": list(_photos_with_two_jobs(evidence)),
        "queues are empty": [f"{name}: {depth}" for name, depth in evidence.queue_depths.items() if depth],
        "every dead letter is about a finished photo": list(_unfinished_dead_letters(evidence)),
        "the uploads bucket holds what was uploaded": list(_changed_uploads(evidence)),
    }
    figures = {
        "ready": sum(photo.status is PhotoStatus.READY for photo in photos.values()),
        "failed": dict(failures),
        "invocations": sum(evidence.invocations.values()),
        "invocations_again_with_need": [text for text, needed in repeated if needed],
        "sent_round_again": sum(1 for photo in photos.values() if photo.newest.retried),
        "dead_letters": {name: len(bodies) for name, bodies in evidence.dead_letters.items()},
        "objects": len(evidence.result_objects),
    }
    return Findings(lines, figures)


def _unfinished(evidence: Evidence) -> Iterator[str]:
    for photo_id, upload in evidence.uploads.items():
        photo = evidence.photos.get(photo_id)
        if photo is None:
            yield f"{upload.key}: no row"
        elif photo.status not in FINAL_STATUSES or photo.due_at is not None:
            yield f"{upload.key}: {photo.status}, due {photo.due_at}, {photo.retried}"


def _failed_without_cause(evidence: Evidence) -> Iterator[str]:
    """The only cause in a soak is a model server that was killed during the photo's invocation."""
    for photo in evidence.photos.values():
        failure, job = photo.newest.failure, photo.newest.job
        if failure is None:
            continue
        reason = evidence.failure_reasons.get(job.job_id if job else "", "")
        caused = CONNECTION_LOST in reason and evidence.kills.of(MODEL_SERVER)
        if failure.code != "stylization_failed" or not caused:
            yield f"{photo.photo_id}: {failure.code}, {reason[:200] or 'no reason given'}"


def _failed_with_a_container(evidence: Evidence) -> Iterator[str]:
    """A job whose model server was killed is tried again; only one that is killed at every attempt fails."""
    for photo in evidence.photos.values():
        failure, job = photo.newest.failure, photo.newest.job
        reason = evidence.failure_reasons.get(job.job_id if job else "", "")
        if failure is not None and CONNECTION_LOST in reason:
            yield f"{photo.photo_id}: {failure.code}, {failure.message}"


def _missing_objects(evidence: Evidence) -> Iterator[str]:
    for photo in evidence.photos.values():
        if photo.status is PhotoStatus.READY and photo.results and photo.variants:
            styled = [each for picture in photo.results.pictures for each in picture.renditions]
            for rendition in (*photo.variants.renditions, *styled):
                size = evidence.result_objects.get(rendition.key)
                if size != rendition.bytes:
                    yield f"{rendition.key}: {size} bytes, {rendition.bytes} in the row"


def _outdated(evidence: Evidence) -> Iterator[str]:
    for photo_id, photo in evidence.photos.items():
        upload = evidence.uploads.get(photo_id)
        if (
            photo.status is PhotoStatus.READY
            and upload
            and photo.source
            and photo.source.bytes != upload.size
        ):
            yield f"{upload.key}: {photo.source.bytes} bytes shown, {upload.size} uploaded last"


def _orphaned_objects(evidence: Evidence) -> Iterator[str]:
    for key in evidence.result_objects:
        kind, *rest = key.split("/")
        if kind in ("styled", "variants") and rest[1] not in evidence.photos:
            yield key
        if (
            kind in {"tickets", "submissions"}
            and _photo_id_of(rest[-1].removesuffix(".json")) not in evidence.photos
        ):
            yield key


def _photo_id_of(job_id: str) -> str:
    return photo_key_of_job(job_id).photo_id


def _repeated_invocations(evidence: Evidence) -> Iterator[tuple[str, bool]]:
    """Jobs that were invoked more than once, and whether retries and killed routers explain it."""
    for job_id, count in evidence.invocations.items():
        photo = evidence.photos.get(_photo_id_of(job_id))
        if count > 1 and photo is not None:
            again = photo.newest.retried
            lost, failed = (again.count, again.failed) if again else (0, 0)
            killed = sum(_router_killed_after(evidence, at) for at in evidence.accepted_at[job_id][:-1])
            needed = count <= 1 + lost + failed + killed
            text = f"{lost} times lost, {failed} times failed, {killed} routers killed"
            yield f"{job_id}: {count} invocations, {text}", needed


def _photos_with_two_jobs(evidence: Evidence) -> Iterator[str]:
    """A soak uploads every photo once, so that each has one job."""
    jobs = Counter(_photo_id_of(job_id) for job_id in evidence.invocations)
    return (photo_id for photo_id, count in jobs.items() if count > 1)


def _router_killed_after(evidence: Evidence, accepted_at: datetime) -> bool:
    latest = accepted_at + timedelta(seconds=UNRECORDED_INVOCATION_SECONDS)
    tolerance = timedelta(seconds=CLOCK_TOLERANCE_SECONDS)
    return any(accepted_at <= kill.at + tolerance <= latest for kill in evidence.kills.of("Router"))


def _unfinished_dead_letters(evidence: Evidence) -> Iterator[str]:
    for name, bodies in evidence.dead_letters.items():
        for body in bodies:
            photo = evidence.photos.get(photo_of(body))
            if photo is None or photo.status not in FINAL_STATUSES:
                yield f"{name}: {body[:200]}"


def _changed_uploads(evidence: Evidence) -> Iterator[str]:
    sent = {upload.key: (upload.size, upload.etag) for upload in evidence.uploads.values()}
    for key in sent.keys() | evidence.uploaded_objects.keys():
        if sent.get(key) != evidence.uploaded_objects.get(key):
            yield f"{key}: sent {sent.get(key)}, stored {evidence.uploaded_objects.get(key)}"
    if evidence.versions != len(sent):
        yield f"{evidence.versions} versions of {len(sent)} uploads"
