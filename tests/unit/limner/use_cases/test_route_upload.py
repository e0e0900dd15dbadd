from dataclasses import replace
from datetime import timedelta

import pytest

from limner.contracts import StylizeTicket
from limner.errors import JobInProgress, PhotoRefused, RefusalCode, Unavailable
from limner.keys import job_id_for
from limner.photos import PhotoStatus
from limner.tenancy import Visibility
from limner.use_cases.outcomes import Outcome
from limner.use_cases.route_upload import RouteUpload
from photo_files.intake import Limits
from tests import makers
from tests.fakes import Clock, InMemoryEndpoint, InMemoryObjects, InMemoryPhotos, InMemoryUploadEvents


class World:
    def __init__(self) -> None:
        self.photos = InMemoryPhotos()
        self.objects = InMemoryObjects()
        self.endpoint = InMemoryEndpoint()
        self.clock = Clock()
        self.route = RouteUpload(
            photos=self.photos,
            objects=self.objects,
            endpoint=self.endpoint,
            new_photo=lambda source: makers.photo(source=source),
            now=self.clock,
            limits=Limits(),
            results_bucket="results",
            model="m@1",
            lease=timedelta(seconds=60),
            events=InMemoryUploadEvents(),
            **makers.router_caps(),
        )

    def upload(self, data=None, **changes):
        data = makers.jpeg() if data is None else data
        source = makers.source(bytes=len(data), **changes)
        self.objects.put(source.bucket, source.key, data, "image/jpeg")
        return source

    @property
    def photo(self):
        return self.photos.get(makers.KEY)


@pytest.fixture
def world():
    return World()


def test_a_valid_photo_is_submitted_with_a_ticket(world):
    assert world.route(world.upload()) == Outcome.SUBMITTED
    assert world.photo.status == PhotoStatus.PROCESSING
    ((job_id, location),) = world.endpoint.submitted
    assert job_id == world.photo.job.job_id
    ticket = StylizeTicket.model_validate_json(
        world.objects.get("results", location.removeprefix("s3://results/"))
    )
    assert ticket.job_id == job_id
    assert ticket.looks == world.photo.looks
    assert ticket.photo == world.photo.source
    assert job_id_for(makers.KEY, ticket.photo, ticket.looks, ticket.model) == job_id, (
        "the stylizer checks it"
    )


@pytest.mark.parametrize("visibility", list(Visibility))
def test_a_ticket_says_who_may_read_the_pictures(world, visibility):
    world.route = replace(world.route, visibility_of={makers.TENANT: visibility}.__getitem__)
    world.route(world.upload())
    ((_, location),) = world.endpoint.submitted
    stored = world.objects.get("results", location.removeprefix("s3://results/"))
    assert StylizeTicket.model_validate_json(stored).visibility == visibility


@pytest.mark.parametrize("review", [True, False])
def test_job_and_ticket_say_whether_a_person_decides_about_unsure_pictures(world, review):
    world.route = replace(world.route, is_reviewed={makers.TENANT: review}.__getitem__)
    world.route(world.upload())
    ((_, location),) = world.endpoint.submitted
    stored = world.objects.get("results", location.removeprefix("s3://results/"))
    assert StylizeTicket.model_validate_json(stored).is_reviewed is review
    assert (b"is_reviewed" in stored) is review, (
        "a stylizer of the last release refuses what it does not know"
    )
    assert world.photos.get(makers.KEY).job.is_reviewed is review


def test_a_refused_tenants_photo_fails_without_a_job_but_a_running_job_goes_on(world):
    def refuse(tenant):
        raise PhotoRefused(RefusalCode.TENANT_SUSPENDED, f"{tenant} is suspended")

    running = world.upload()
    world.route(running)
    world.route = replace(world.route, check_tenant=refuse)
    assert world.route(running) == Outcome.SUPERSEDED
    assert world.route(world.upload(sequencer="F" * 32)) == Outcome.REFUSED
    assert world.photo.status == PhotoStatus.FAILED
    assert world.photo.failure.code == "tenant_suspended"
    assert len(world.endpoint.submitted) == 1


def test_a_duplicate_event_submits_nothing_more(world):
    source = world.upload()
    outcomes = [world.route(source) for _ in range(3)]
    assert outcomes == [Outcome.SUBMITTED, Outcome.SUPERSEDED, Outcome.SUPERSEDED]
    assert len(world.endpoint.submitted) == 1


def test_two_concurrent_workers_submit_once(world):
    source = world.upload()

    def submit_concurrently():
        with pytest.raises(JobInProgress):
            world.route(source)

    world.endpoint.before_answer = submit_concurrently
    assert world.route(source) == Outcome.SUBMITTED
    assert len(world.endpoint.submitted) == 1


def test_a_late_event_of_an_older_upload_is_ignored(world):
    world.route(world.upload(sequencer="2" * 32))
    assert world.route(world.upload(sequencer="1" * 32)) == Outcome.SUPERSEDED
    assert world.photo.source.sequencer == "2" * 32
    assert len(world.endpoint.submitted) == 1


def test_a_newer_upload_gets_its_own_job(world):
    world.route(world.upload(sequencer="1" * 32))
    assert world.route(world.upload(sequencer="2" * 32)) == Outcome.SUBMITTED
    assert len({job_id for job_id, _ in world.endpoint.submitted}) == 2


def test_a_failed_submission_is_retried_after_the_lease_expires(world):
    source = world.upload()

    def fail():
        raise Unavailable("endpoint is down")

    world.endpoint.before_answer = fail
    with pytest.raises(Unavailable):
        world.route(source)
    assert world.photo.status == PhotoStatus.UPLOADED
    world.endpoint.before_answer = lambda: None
    with pytest.raises(JobInProgress):
        world.route(source)
    world.clock.advance(seconds=61)
    assert world.route(source) == Outcome.SUBMITTED


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b"hello, this is text", "not_an_image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unsupported_format"),
        (b"GIF89a" + bytes(100), "unsupported_format"),
        (makers.jpeg(4, 400), "too_small"),
        (makers.jpeg(2000, 40), "extreme_aspect"),
    ],
)
def test_invalid_files_fail_with_a_reason_and_are_not_submitted(world, data, code):
    assert world.route(world.upload(data)) == Outcome.REFUSED
    assert world.photo.status == PhotoStatus.FAILED
    assert world.photo.failure.code == code
    assert len(world.photo.failure.message) > 20
    assert world.endpoint.submitted == []


def test_a_deleted_upload_fails_with_a_reason(world):
    assert world.route(makers.source()) == Outcome.REFUSED
    assert world.photo.failure.code == "upload_gone"


def test_a_file_that_is_too_large_is_refused_without_reading_it(world):
    assert world.route(makers.source(bytes=21 * 2**20)) == Outcome.REFUSED
    assert world.photo.failure.code == "too_many_bytes"
