"""Conditions of writes to a photo's row, and what a write removes with a photo's last part.

In all of them `#part` is the part that is written, `:sequencer` that of its upload, and `:revision` its
revision. Rows and parts without a revision have revision 0.
"""

from datetime import UTC, datetime

from limner.adapters.dynamodb_items import to_map
from limner.counters import Counter, counters_of_job, jobs_counter
from limner.keys import FOUND_SUFFIX
from limner.photos import Photo, Source, StylizeJob
from limner.quotas import Charge

IS_NEWEST_UPLOAD = "#source.#sequencer = :sequencer"
CHANGE = "changed_at = :changed_at, list_state = :list_state"
"""Set by a write that changes what a caller sees (`dynamodb_items.change_attributes`)."""
NAMES = {"#source": "source", "#sequencer": "sequencer"}
_OF_ANY_REVISION = "variants"
"""The part that has no revision."""
_IS_EARLIER = " OR attribute_not_exists({part}.revision) OR {part}.revision < :revision"
_IS_OTHER_VERSION = "(attribute_not_exists(#source.version_id) OR #source.version_id <> :version)"
_IS_NOT_THE_FOUND_UPLOAD = "NOT contains(#source.#sequencer, :found_suffix) OR #source.etag <> :etag"
_MAY_BE_REPLACED = "(attribute_not_exists(replaceable) OR replaceable = #source.#sequencer)"
_HAS_VERSION = "attribute_exists(#source.version_id)"
_IS_FREE = "(attribute_not_exists(#part.submitted_at) AND #part.lease_until < :now)"
_IS_OTHER_JOB = "(attribute_not_exists(#part) OR #part.job_id <> :job_id)"


def is_newest(revision: int) -> str:
    """Upload and revision are the row's."""
    missing = "attribute_not_exists(revision) OR " if revision == 0 else ""
    return f"{IS_NEWEST_UPLOAD} AND ({missing}revision = :revision)"


def is_new(part: str, revision: int) -> str:
    """The row has no such part of this upload and revision; of variants, of this upload. It has none of a
    later revision either, where `is_newest` holds."""
    earlier = "" if part == _OF_ANY_REVISION or revision == 0 else _IS_EARLIER.format(part=part)
    return f"(attribute_not_exists({part}) OR {part}.#sequencer <> :sequencer{earlier})"


def is_there(part: str, revision: int) -> str:
    """The contrary of `is_new`."""
    current = "" if part == _OF_ANY_REVISION or revision == 0 else f" AND {part}.revision = :revision"
    return f"{part}.#sequencer = :sequencer{current}"


def same_parts(row: Photo) -> str:
    """The parts that decide the status are those of `row`, as far as they are current."""
    newest = row.newest
    return " AND ".join(
        is_new(name, row.revision) if getattr(newest, name) is None else is_there(name, row.revision)
        for name in ("variants", "results", "failure")
    )


def same_reviews(row: Photo) -> str:
    """Nobody has written the photo's reviews since `row` was read."""
    missing = "attribute_not_exists(reviews_version) OR " if row.reviews_version == 0 else ""
    return f"({missing}reviews_version = :reviews_version_before)"


def reviews_value(row: Photo) -> dict[str, int]:
    """The value of `same_reviews`."""
    return {":reviews_version_before": row.reviews_version}


def is_newer(arriving: Source) -> str:
    """The row's upload may be replaced by `arriving`.

    When the sweeper has found an upload, its late event has a greater sequencer and must not count as a newer
    upload. It is recognised by its version id, or by its ETag where either upload has no version id.
    """
    not_found_upload = [_IS_NOT_THE_FOUND_UPLOAD, *([_HAS_VERSION] if arriving.version_id else [])]
    return (
        "attribute_not_exists(#source) OR (#source.#sequencer < :sequencer"
        f" AND {_IS_OTHER_VERSION} AND {_MAY_BE_REPLACED} AND ({' OR '.join(not_found_upload)}))"
    )


def values_of_newer(arriving: Source) -> dict[str, str | None]:
    """The values of `is_newer`."""
    return {
        ":sequencer": arriving.sequencer,
        ":version": arriving.version_id,
        ":etag": arriving.etag,
        ":found_suffix": FOUND_SUFFIX,
    }


def is_leasable(row: Photo, job: StylizeJob) -> str:
    """Nobody else has the job (`:now`, `:job_id`), and the row still needs the charges that `row` did."""
    is_charged = "#part.job_id = :job_id" if _is_charged(row, job) else _IS_OTHER_JOB
    free = f"({is_new('#part', job.revision)} OR {_IS_FREE})"
    ended = [is_new(name, job.revision) for name in ("failure", "results")]
    return " AND ".join([free, *ended, is_charged, same_place(row)])


def is_same_submission(job: StylizeJob) -> tuple[str, dict[str, str]]:
    """The row's job is this one, submitted when it was and without results; with the values of it."""
    held = {":job_id": job.job_id}
    no_results = is_new("results", job.revision)
    if job.submitted_at is None:
        return f"#part.job_id = :job_id AND attribute_not_exists(#part.submitted_at) AND {no_results}", held
    held[":submitted_at"] = to_map(job)["submitted_at"]
    return f"#part.job_id = :job_id AND #part.submitted_at = :submitted_at AND {no_results}", held


def counters_to_charge(row: Photo, job: StylizeJob, now: int, charge: Charge) -> list[Counter]:
    """Caps of the day and the month first: a photo over one of them need not wait for a place. `now` in Unix
    seconds."""
    time = datetime.fromtimestamp(now, UTC)
    size = [] if _is_charged(row, job) else counters_of_job(row.tenant, charge, time)
    place = [] if row.in_flight else [jobs_counter(row.tenant, charge.quotas)]
    return size + place


def _is_charged(row: Photo, job: StylizeJob) -> bool:
    """A job is charged at its first lease; one that is leased again has been."""
    return row.job is not None and row.job.job_id == job.job_id


def same_place(row: Photo) -> str:
    """The photo's place among the jobs in flight is that of `row`."""
    return "in_flight.job_id = :place_before" if row.in_flight else "attribute_not_exists(in_flight)"


def place_value(row: Photo) -> dict[str, str]:
    """The value of `same_place`."""
    return {":place_before": row.in_flight.job_id} if row.in_flight else {}


def closing(row: Photo) -> str:
    """What the write that makes a photo final removes."""
    return "REMOVE due_at, open_shard" + (", in_flight" if row.in_flight else "")
