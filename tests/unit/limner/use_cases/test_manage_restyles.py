"""Restyles as an operator sees them: estimated, begun, paused, resumed, watched."""

from dataclasses import replace

import pytest

from limner.costs import JobSize, cost_model
from limner.errors import InvalidRequest
from limner.restyles.errors import RestyleNotFound, RestyleProblem, RestyleRefused
from limner.restyles.manifest import ManifestReader
from limner.restyles.restyle import (
    MAX_CHUNKS,
    ChunkKey,
    ChunkReport,
    RestyleKey,
    RestyleObjects,
    RestyleOutcome,
    chunk_key,
)
from limner.use_cases.manage_restyles import (
    MANIFEST_SAMPLE_PHOTOS,
    EstimateRestyle,
    PauseRestyle,
    ResumeRestyle,
    ShowRestyle,
    StartRestyle,
)
from tests import makers
from tests.campaign_world import CARTOON, ready_photos
from tests.fakes import Clock, InMemoryObjects, InMemoryPhotos

TYPE = "g4dn.xlarge"
KEY = RestyleKey(makers.TENANT, "e" * 32)


class InMemoryWorkflow:
    def __init__(self):
        self.started, self.running = [], set()

    def start(self, key):
        self.started.append(key)
        self.running.add(key)
        return str(len(self.started))

    def is_running(self, key):
        return key in self.running


class Desk:
    def __init__(self):
        self.clock, self.objects, self.workflow = Clock(), InMemoryObjects(), InMemoryWorkflow()
        self.photos = InMemoryPhotos()
        self.restyles = RestyleObjects(self.objects, "results")
        self.estimator = EstimateRestyle(
            photos=self.photos,
            costs=cost_model(),
            bulk_instance_type=TYPE,
            require_styles=self.require_styles,
        )
        of_all = {"objects": self.restyles, "workflow": self.workflow}
        self.begin = StartRestyle(**of_all, new_id=lambda: KEY.restyle_id, now=self.clock)
        self.pause = PauseRestyle(objects=self.restyles)
        self.resume, self.show = ResumeRestyle(**of_all), ShowRestyle(**of_all)

    @staticmethod
    def require_styles(tenant, looks):
        if any("unknown" in look.styles for look in looks):
            raise InvalidRequest("unknown")

    def put_all(self, photos):
        self.photos._rows |= {photo.key: photo for photo in photos}
        return [photo.photo_id for photo in photos]

    def estimate(self, ids, looks=(CARTOON,), tenant=makers.TENANT):
        reader = ManifestReader(tenant, "uploads")
        return self.estimator(reader, reader.of_csv(["photo_id\n", *(f"{each}\n" for each in ids)]), looks)

    def start(self, ids, budget_usd=100.0, photos_in_a_chunk=4):
        found = self.estimate(ids)
        return self.begin(
            makers.TENANT, (CARTOON,), ids, found, budget_usd=budget_usd, photos_in_a_chunk=photos_in_a_chunk
        )

    def finish(self, number, **outcomes):
        counted = {RestyleOutcome(name): count for name, count in outcomes.items()}
        self.restyles.put(ChunkKey(KEY, number).done, ChunkReport(outcomes=counted, finished_at=self.clock()))


@pytest.fixture
def desk():
    return Desk()


def ready(count):
    return ready_photos(count, makers.TENANT, 0)


def test_an_estimate_has_photos_pictures_hours_and_money(desk):
    ids = desk.put_all(ready(10))
    found = desk.estimate(ids)
    size = JobSize(looks=1, nbytes=makers.source().bytes, pixels=640 * 480)
    assert (found.photos, found.pictures, found.missing, found.made) == (10, 10, 0, 0)
    assert found.instance_seconds == pytest.approx(10 * cost_model().instance_seconds(size))
    assert found.micro_usd == 10 * cost_model().estimate(size, TYPE)
    assert found.hours(5) == pytest.approx(found.instance_seconds / 5 / 3600)


def test_an_estimate_leaves_out_what_there_is_what_is_gone_and_what_is_others(desk):
    first, *others = ready(4)
    first = first.model_copy(
        update={
            "results": makers.results(
                pictures=tuple(
                    makers.results().pictures[0].model_copy(update={"look": look})
                    for look in (makers.OIL, CARTOON)
                )
            )
        }
    )
    ids = desk.put_all([first, *others])
    found = desk.estimate([*ids, "f" * 32, "x"])
    assert (found.rows, found.others, found.sampled) == (6, 1, 5)
    assert desk.estimate([*ids, ids[0]]).sampled == 4, "a row that is there twice is read once"
    assert (found.missing, found.made, found.pictures) == (1, 1, 3)


def test_a_large_manifest_is_judged_by_photos_spread_over_it(desk):
    """Only the second half has pictures: a sample of the first rows would find none."""
    ids = [f"{number:032x}" for number in range(20 * MANIFEST_SAMPLE_PHOTOS)]
    half = ready(1)[0]
    later = [half.model_copy(update={"photo_id": each}) for each in ids[len(ids) // 2 :]]
    desk.put_all(later)
    found = desk.estimate(ids)
    assert found.sampled == MANIFEST_SAMPLE_PHOTOS
    assert found.pictures == pytest.approx(len(ids) / 2, rel=0.15)


def test_estimates_of_test_tenants_of_no_photos_and_of_unknown_styles_are_refused(desk):
    with pytest.raises(RestyleRefused) as refused:
        desk.estimate(["f" * 32], tenant="test_main")
    assert refused.value.code == RestyleProblem.TEST_TENANT
    with pytest.raises(RestyleRefused) as refused:
        desk.estimate(["x"])
    assert refused.value.code == RestyleProblem.NO_PHOTOS
    with pytest.raises(InvalidRequest):
        desk.estimate(["f" * 32], looks=(CARTOON.model_copy(update={"styles": {"unknown": 1.0}}),))


def test_a_start_cuts_the_manifest_into_chunks_and_begins_one_execution(desk):
    ids = desk.put_all(ready(10))
    restyle = desk.start(ids)
    assert (restyle.photos, restyle.chunks) == (10, 3)
    listed = [each.key for each in desk.objects.list("results", KEY.chunks_prefix, after="", limit=10)]
    assert [each.rpartition("/")[2] for each in listed] == ["000000.json", "000001.json", "000002.json"]
    found = [photo_id for key in listed for photo_id in desk.restyles.photos(chunk_key(key)).photo_ids]
    assert found == ids
    assert desk.workflow.started == [KEY]


def test_nothing_is_begun_above_the_budget(desk):
    ids = desk.put_all(ready(10))
    with pytest.raises(RestyleRefused) as refused:
        desk.start(ids, budget_usd=0.001)
    assert refused.value.code == RestyleProblem.OVER_BUDGET
    assert not desk.objects.bodies
    assert not desk.workflow.started


def test_nothing_is_begun_that_has_more_chunks_than_numbers(desk):
    found = replace(desk.estimate(desk.put_all(ready(1))), rows=MAX_CHUNKS + 1)
    with pytest.raises(RestyleRefused) as refused:
        desk.begin(makers.TENANT, (CARTOON,), [], found, budget_usd=10**9, photos_in_a_chunk=1)
    assert refused.value.code == RestyleProblem.TOO_MANY_CHUNKS
    assert not desk.objects.bodies
    assert chunk_key(ChunkKey(KEY, str(MAX_CHUNKS - 1)).photos)


def test_a_paused_restyle_is_resumed_once_its_execution_has_ended(desk):
    desk.start(desk.put_all(ready(10)))
    desk.pause(KEY)
    assert desk.show(KEY).is_paused
    with pytest.raises(RestyleRefused) as refused:
        desk.resume(KEY)
    assert refused.value.code == RestyleProblem.STILL_RUNNING
    desk.workflow.running.clear()
    desk.resume(KEY)
    assert not desk.show(KEY).is_paused
    assert desk.workflow.started == [KEY, KEY]


def test_progress_counts_the_photos_of_chunks_that_are_done(desk):
    desk.start(desk.put_all(ready(10)))
    desk.finish("000000", stylized=4)
    desk.finish("000002", stylized=1, made=1)
    progress = desk.show(KEY)
    assert (progress.done, progress.restyle.chunks, progress.is_finished) == (2, 3, False)
    assert progress.outcomes == {RestyleOutcome.STYLIZED: 5, RestyleOutcome.MADE: 1}
    desk.finish("000001", failed=4)
    assert desk.show(KEY).is_finished


def test_another_tenants_restyle_is_not_found(desk):
    desk.start(desk.put_all(ready(3)))
    for call in (desk.show, desk.pause, desk.resume):
        with pytest.raises(RestyleNotFound):
            call(RestyleKey("other", KEY.restyle_id))
