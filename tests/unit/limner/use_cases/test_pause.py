"""Submissions to the endpoint are paused and go on: uploads wait, nothing is paid for and nothing is lost."""

from datetime import timedelta

import pytest

from limner.photos import PhotoStatus
from limner.use_cases.outcomes import Outcome
from limner.use_cases.record_result import RecordResult
from limner.use_cases.route_upload import RouteUpload
from limner.use_cases.sweep import Sweep
from photo_files.intake import Limits
from tests import makers
from tests.fakes import (
    Clock,
    InMemoryBacklog,
    InMemoryEndpoint,
    InMemoryObjects,
    InMemoryPhotos,
    InMemoryPictureHashes,
    InMemoryUploadEvents,
)


class World:
    def __init__(self) -> None:
        self.paused = True
        self.clock = Clock()
        self.clock.time = makers.NOON
        self.photos, self.objects = InMemoryPhotos(), InMemoryObjects()
        self.events, self.endpoint = InMemoryUploadEvents(), InMemoryEndpoint()
        ports = {"photos": self.photos, "objects": self.objects, "now": self.clock}
        self.route = RouteUpload(
            **ports,
            endpoint=self.endpoint,
            new_photo=lambda source: makers.photo(
                source=source, due_at=int((self.clock() + timedelta(minutes=30)).timestamp())
            ),
            limits=Limits(),
            results_bucket="results",
            model="m@1",
            lease=timedelta(seconds=60),
            is_paused=lambda: self.paused,
            events=self.events,
            **makers.router_caps(),
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
            grace_period=timedelta(minutes=30),
            retries=2,
            in_flight=timedelta(minutes=25),
            is_paused=lambda: self.paused,
        )

    def upload(self, data=None):
        data = makers.jpeg() if data is None else data
        source = makers.source(bytes=len(data))
        self.objects.put(source.bucket, source.key, data, "image/jpeg")
        return source

    @property
    def photo(self):
        return self.photos.get(makers.KEY)


@pytest.fixture
def world():
    return World()


def test_an_upload_waits_through_any_pause_and_is_submitted_after_it(world):
    assert world.route(world.upload()) == Outcome.PAUSED
    for _ in range(20):
        world.clock.advance(minutes=31)
        assert list(world.sweep()) == [Outcome.WAITING]
    assert (world.endpoint.submitted, world.events.routed) == ([], [])
    assert (world.photo.status, world.photo.retried) == (PhotoStatus.UPLOADED, None)

    world.paused = False
    world.clock.advance(minutes=10)
    assert list(world.sweep()) == [Outcome.RESENT]
    (source,) = world.events.routed
    assert world.route(source) == Outcome.SUBMITTED


def test_a_photo_of_a_short_pause_is_looked_at_after_ten_minutes(world):
    world.route(world.upload())
    world.paused = False
    world.clock.advance(minutes=9)
    assert list(world.sweep()) == []
    world.clock.advance(minutes=1)
    assert list(world.sweep()) == [Outcome.RESENT]


def test_a_file_that_cannot_be_accepted_is_refused_during_a_pause(world):
    assert world.route(world.upload(b"text")) == Outcome.REFUSED
    assert world.photo.status == PhotoStatus.FAILED


def test_a_job_submitted_before_the_pause_is_not_submitted_again(world):
    world.paused = False
    source = world.upload()
    world.route(source)
    world.paused = True
    assert world.route(source) == Outcome.SUPERSEDED
    world.clock.advance(hours=5)
    assert list(world.sweep()) == [Outcome.WAITING]
    assert world.photo.status == PhotoStatus.PROCESSING
    assert len(world.endpoint.submitted) == 1
