"""What a tenant's retention no longer keeps is erased, and superseded results are, on moto."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from limner.adapters.audit import DynamoDbListingCursors
from limner.adapters.dynamodb_items import to_map
from limner.keys import picture_folder, styled_prefix, upload_key, variants_folder
from limner.looks import Look
from limner.revisions import history, restored, with_more_looks
from limner.tenancy import PhotoKey, Visibility
from limner.use_cases import expire as module
from limner.use_cases.expire import Expire
from limner.use_cases.outcomes import Outcome
from limner.versions import MAX_VERSIONS
from tests import makers
from tests.erasure_world import FIRST, RESULTS, SECOND, UPLOADS, World

PHOTO, OTHER = PhotoKey("main", "a" * 32), PhotoKey("other", "a" * 32)


@dataclass(frozen=True)
class Days:
    originals_days: int | None = None
    results_days: int | None = None


@pytest.fixture
def world(table, usage_table, hashes_table, audit_table, buckets):
    world = World(table, usage_table, hashes_table, audit_table, buckets)
    world.clock.time = datetime.now(UTC)  # moto's S3 has the real time
    for photo in (PHOTO, OTHER):
        world.publish(photo)
    return world


@pytest.fixture
def expire(world):
    def run(**days):
        use_case = Expire(
            retentions=lambda: [("main", Days(**days))],
            photos=world.photos,
            erasures=world.erasures,
            request=world.request,
            objects=world.objects,
            cursors=DynamoDbListingCursors(world.audit_table),
            now=world.clock,
            uploads_bucket=UPLOADS,
            results_bucket=RESULTS,
        )
        return list(use_case())

    return run


def has(world, prefix):
    return any(key.startswith(prefix) for key in world.versions())


def test_nothing_expires_without_a_retention(world, expire):
    before = world.stored()
    world.clock.advance(days=29)
    assert expire() == []
    assert world.stored() == before


def test_originals_expire_with_all_versions_and_the_photo_stays(world, expire):
    world.clock.advance(days=9)
    assert expire(originals_days=10) == []
    world.clock.advance(days=2)
    assert expire(originals_days=10) == [Outcome.ORIGINAL_EXPIRED]
    assert not has(world, f"{UPLOADS}/{upload_key(PHOTO)}")
    assert has(world, f"{UPLOADS}/{upload_key(OTHER)}"), "another tenant has another retention"
    assert world.photos.get(PHOTO).results


def test_a_photo_past_its_retention_is_erased_whole(world, expire):
    changed = world.photos.get(PHOTO).updated_at
    world.clock.time = changed + timedelta(days=29)
    assert Outcome.EXPIRED not in expire(results_days=30)
    world.clock.time = changed + timedelta(days=31)
    assert Outcome.EXPIRED in expire(results_days=30)
    assert world.photos.page("main", limit=9, cursor=None).photos == ()
    assert world.queue.sent == [(PHOTO, None)]
    assert world.erasures.get(PHOTO).requested_by == "retention"


def test_a_photo_that_was_uploaded_again_lives_on(world, expire):
    newer = makers.NOON + timedelta(days=300)
    key = PhotoKey("main", "b" * 32)
    source = makers.source(key=upload_key(key))
    world.photos.record_upload(makers.photo(photo_id=key.photo_id, source=source))
    world.photos.record_results(key, makers.results(finished_at=newer))
    world.clock.time = newer + timedelta(days=29)
    expire(results_days=30)
    assert world.photos.get(key)


def test_superseded_results_expire_and_those_that_the_row_names_stay(world, expire):
    world.make_variants(PHOTO, FIRST)
    earlier, current = (styled_prefix(world.job_id(PHOTO, number)) for number in (1, 2))
    world.clock.advance(days=29)
    assert expire() == []
    world.clock.advance(days=2)
    assert expire() == [Outcome.RESULT_EXPIRED] * 2
    assert not has(world, f"{RESULTS}/{earlier}")
    assert has(world, f"{RESULTS}/{current}")
    assert has(world, f"{RESULTS}/{styled_prefix(world.job_id(OTHER, 1))}")
    assert expire() == []


def test_public_pictures_of_an_earlier_upload_expire_and_those_of_the_newest_stay(world, expire):
    public = {
        number: (
            f"{picture_folder(world.job_id(PHOTO, number), '1', 'oil', Visibility.PUBLIC)}full.jpg",
            f"{variants_folder(PHOTO, sequencer, '1', Visibility.PUBLIC)}w640.avif",
        )
        for number, sequencer in ((1, FIRST), (2, SECOND))
    }
    for key in (*public[1], *public[2]):
        world.put(RESULTS, key)
    world.clock.advance(days=31)
    expire()
    assert not any(has(world, f"{RESULTS}/{key}") for key in public[1])
    assert all(has(world, f"{RESULTS}/{key}") for key in public[2])


def test_results_of_an_earlier_upload_that_the_row_still_names_stay(world, expire):
    """A later upload has no results yet."""
    newer = makers.source(key=upload_key(PHOTO), sequencer="FF" + "0" * 30)
    world.photos.record_upload(makers.photo(photo_id=PHOTO.photo_id, source=newer))
    kept = makers.rendition(key=f"{styled_prefix(world.job_id(PHOTO, 2))}full.jpg")
    results = world.photos.get(PHOTO).results
    (picture,) = results.pictures
    picture = picture.model_copy(update={"renditions": (kept,)})
    world.table.update_item(
        Key={"photo_key": str(PHOTO)},
        UpdateExpression="SET results = :results REMOVE job",
        ExpressionAttributeValues={":results": to_map(results.model_copy(update={"pictures": (picture,)}))},
    )
    world.clock.advance(days=31)
    expire()
    assert has(world, f"{RESULTS}/{kept.key}")
    assert not has(world, f"{RESULTS}/{styled_prefix(world.job_id(PHOTO, 1))}")


def test_a_run_goes_on_where_the_time_limit_ended_the_last(world, expire, monkeypatch):
    monkeypatch.setattr(module, "PAGE_SIZE", 2)
    for number in range(7):
        world.put(UPLOADS, f"uploads/main/file-{number}.jpg")
    world.clock.advance(days=11)
    listed = world.objects.list
    pages = []

    def slow(*arguments, **options):
        pages.append(options["after"])
        world.clock.advance(minutes=2)
        return listed(*arguments, **options)

    monkeypatch.setattr(world.objects, "list", slow)
    runs = []
    while not runs or runs[-1]:
        runs.append(expire(originals_days=10))
        world.clock.advance(minutes=1)
    assert len(runs) > 2
    assert sum(map(len, runs)) == 8
    assert not has(world, f"{UPLOADS}/uploads/main/")


INK = Look(styles={"ink-wash": 1.0})


def picture_of(world, look, number):
    """At the place of that job of the photo."""
    key = f"{styled_prefix(world.job_id(PHOTO, number))}1/{look.slug}/full.jpg"
    renditions = (makers.rendition(key=key),)
    return makers.results().pictures[0].model_copy(update={"look": look, "renditions": renditions})


def restore_oil(world):
    """A version with the picture of the second job alone."""
    before = world.photos.get(PHOTO)
    version = history(before)[-1].model_copy(update={"looks": (makers.OIL.slug,), "jobs": (f"{2:012x}",)})
    results = before.results.model_copy(update={"pictures": (picture_of(world, makers.OIL, 2),)})
    world.photos.revise(before, restored(before, version, results, world.clock()))


def test_pictures_of_a_version_stay_as_long_as_the_version_is_kept(world, expire):
    """A version has the picture of the third job too, and those after it have not."""
    before = world.photos.get(PHOTO)
    world.photos.revise(before, with_more_looks(before, (INK,), world.clock(), 0))
    world.make_pictures(PHOTO, world.job_id(PHOTO, 3))
    both = (picture_of(world, makers.OIL, 2), picture_of(world, INK, 3))
    world.photos.record_results(PHOTO, makers.results(sequencer=SECOND, pictures=both, revision=1))
    restore_oil(world)
    world.clock.advance(days=31)
    expire()
    second, third = (f"{RESULTS}/{styled_prefix(world.job_id(PHOTO, number))}" for number in (2, 3))
    assert has(world, third), "its version can be restored"
    for _ in range(MAX_VERSIONS):
        restore_oil(world)
    world.clock.advance(days=31)
    expire()
    assert not has(world, third), "no version names it any more"
    assert has(world, second)
