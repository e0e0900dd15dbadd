"""Caps in the router and the sweeper: photos over a cap of the day are refused; photos over the number of
jobs in flight wait, and nothing gives them up."""

from datetime import timedelta

import pytest

from limner.costs import JobSize
from limner.errors import QuotaExceeded, Unavailable
from limner.keys import upload_key
from limner.orders import Order
from limner.photos import PhotoStatus
from limner.quotas import Quotas
from limner.tenancy import PhotoKey
from limner.use_cases.outcomes import Outcome
from limner.use_cases.record_result import RecordResult
from limner.use_cases.request_upload import RequestUpload
from limner.use_cases.route_upload import LONGEST_WAIT, RouteUpload
from limner.use_cases.sweep import Sweep
from photo_files.intake import Limits
from tests import makers
from tests.fake_tenants import InMemoryTenants
from tests.fakes import (
    Clock,
    InMemoryBacklog,
    InMemoryEndpoint,
    InMemoryLinks,
    InMemoryObjects,
    InMemoryPhotos,
    InMemoryPictureHashes,
    InMemoryUploadEvents,
)
from tests.fakes_usage import InMemoryUsage

DEADLINE = timedelta(minutes=30)

MUG = Order(filename="mug.jpg", content_type="image/jpeg")


class World:
    def __init__(self) -> None:
        self.quotas = Quotas(concurrent_jobs=1)
        self.clock = Clock()
        self.clock.time = makers.NOON
        self.usage = InMemoryUsage()
        self.photos, self.objects = InMemoryPhotos(self.usage), InMemoryObjects()
        self.events, self.endpoint = InMemoryUploadEvents(), InMemoryEndpoint()
        self.sizes: list[JobSize] = []
        ports = {"photos": self.photos, "objects": self.objects, "now": self.clock}
        self.route = RouteUpload(
            **ports,
            endpoint=self.endpoint,
            new_photo=self.new_photo,
            limits=Limits(),
            results_bucket="results",
            model="m@1",
            lease=timedelta(seconds=60),
            events=self.events,
            quotas_of=lambda tenant: self.quotas,
            estimate=self.estimate,
            deadline=DEADLINE,
        )
        self.sweep = Sweep(
            **ports,
            events=self.events,
            backlog=InMemoryBacklog(),
            record_result=RecordResult(
                **ports,
                results_bucket="results",
                hashes=InMemoryPictureHashes(),
                **makers.attempts(self.events),
            ),
            grace_period=DEADLINE,
            retries=2,
            in_flight=timedelta(minutes=25),
        )

    def new_photo(self, source):
        photo_id = source.key.rpartition("/")[2]
        due_at = int((self.clock() + DEADLINE).timestamp())
        return makers.photo(photo_id=photo_id, source=source, due_at=due_at)

    def estimate(self, tenant, size):
        self.sizes.append(size)
        return 1_000

    def upload(self, number):
        key = key_of(number)
        data = makers.jpeg(640, 480)
        source = makers.source(bytes=len(data), key=upload_key(key))
        self.objects.put(source.bucket, source.key, data, "image/jpeg")
        return source

    def finish(self, number):
        self.photos.record_variants(key_of(number), makers.variants())
        self.photos.record_results(key_of(number), makers.results())


def key_of(number):
    return PhotoKey(makers.TENANT, f"{number:032x}")


@pytest.fixture
def world():
    return World()


def test_a_job_is_estimated_by_its_looks_bytes_and_pixels(world):
    source = world.upload(1)
    world.route(source)
    assert world.sizes == [JobSize(looks=1, nbytes=source.bytes, pixels=640 * 480)]


def test_a_photo_over_the_jobs_in_flight_waits_and_is_submitted_when_one_ends(world):
    first, second = world.upload(1), world.upload(2)
    assert world.route(first) == Outcome.SUBMITTED
    assert world.route(second) == Outcome.DEFERRED
    assert world.events.waiting == [(makers.TENANT, second)]
    assert world.photos.get(key_of(2)).status == PhotoStatus.UPLOADED
    assert world.route(second, is_first_in_line=True) == Outcome.WAITING_IN_LINE
    assert world.events.waiting == [(makers.TENANT, second)], "it stays where it is in the line"
    world.finish(1)
    assert world.route(second, is_first_in_line=True) == Outcome.SUBMITTED


def test_variants_of_a_photo_that_waits_are_made_when_it_has_a_place(world):
    world.route(world.upload(1))
    second = world.upload(2)
    world.route(second)
    assert second not in world.events.for_variants
    world.finish(1)
    world.route(second, is_first_in_line=True)
    assert world.events.for_variants[-1] == second


def test_variants_are_made_though_the_router_fails_after_the_lease(world):
    world.route(world.upload(1))
    second = world.upload(2)
    world.route(second)
    world.finish(1)
    world.events.make_variants = fails_once(world.events.make_variants)
    with pytest.raises(Unavailable):
        world.route(second, is_first_in_line=True)
    world.clock.advance(seconds=61)  # the lease has expired
    assert world.route(second) == Outcome.SUBMITTED
    assert world.events.for_variants[-1] == second


def fails_once(call):
    failures = [Unavailable("throttled")]

    def failing(*arguments):
        if failures:
            raise failures.pop()
        call(*arguments)

    return failing


def test_the_sweeper_leaves_a_photo_alone_that_waits_and_looks_after_it_once_it_has_a_place(world):
    world.route(world.upload(1))
    second = world.upload(2)
    world.route(second)
    world.finish(1)
    for _ in range(12):
        world.clock.advance(minutes=31)
        assert list(world.sweep()) == []
    world.route(second, is_first_in_line=True)
    due_at = world.photos.get(key_of(2)).due_at
    assert due_at == (world.clock() + DEADLINE).timestamp()


def test_a_photo_whose_event_is_lost_from_the_line_is_sent_again(world):
    world.route(world.upload(1))
    second = world.upload(2)
    world.route(second)
    world.finish(1)
    world.clock.advance(minutes=LONGEST_WAIT.total_seconds() / 60 + 1)
    assert list(world.sweep()) == [Outcome.RESENT]
    assert world.events.routed == [second]


@pytest.mark.parametrize("quotas", [{"looks_per_day": 0}, {"monthly_budget_usd": 0}])
def test_no_variants_are_made_of_a_photo_over_a_cap(world, quotas):
    world.quotas = Quotas(**quotas)
    assert world.route(world.upload(1)) == Outcome.QUOTA_EXCEEDED
    assert world.events.for_variants == []


def test_a_photo_over_a_cap_of_the_day_fails_and_the_message_says_until_when(world):
    world.quotas = Quotas(looks_per_day=1)
    world.route(world.upload(1))
    assert world.route(world.upload(2)) == Outcome.QUOTA_EXCEEDED
    photo = world.photos.get(key_of(2))
    assert photo.status == PhotoStatus.FAILED
    assert photo.failure.code == "quota_exceeded"
    assert "quota of looks" in photo.failure.message
    assert "2026-01-02 00:00 UTC" in photo.failure.message


def test_a_photo_over_a_cap_of_the_day_does_not_wait_for_a_place(world):
    world.quotas = Quotas(looks_per_day=1, concurrent_jobs=1)
    world.route(world.upload(1))
    assert world.route(world.upload(2)) == Outcome.QUOTA_EXCEEDED


def test_a_file_that_cannot_be_accepted_is_charged_nothing(world):
    source = makers.source(bytes=4, key=upload_key(key_of(1)))
    world.objects.put(source.bucket, source.key, b"text", "image/jpeg")
    assert world.route(source) == Outcome.REFUSED
    assert world.usage.rows == {}


def test_orders_are_counted_and_the_one_after_the_last_is_refused(world):
    request = RequestUpload(
        photos=world.photos,
        links=InMemoryLinks(world.clock),
        require_styles=lambda tenant, looks: None,
        new_id=iter(f"{n:032x}" for n in range(9)).__next__,
        now=world.clock,
        find_tenant=InMemoryTenants(makers.tenant()).get,
        max_bytes=1,
        deadline=DEADLINE,
        usage=world.usage,
        quotas_of=lambda tenant: Quotas(orders_per_key_per_day=1),
    )
    request("main", MUG, key_id="k1")
    with pytest.raises(QuotaExceeded) as refusal:
        request("main", MUG, key_id="k1")
    assert refusal.value.retry_after_seconds(world.clock()) == 12 * 3600
    request("main", MUG, key_id="k2")
    request("main", MUG)
