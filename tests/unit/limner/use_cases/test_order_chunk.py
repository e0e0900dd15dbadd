"""Chunks of a restyle: which photos are ordered, with which tickets, and what a second attempt finds."""

from datetime import timedelta

import pytest

from limner.contracts import EndpointNotification, StylizeTicket
from limner.errors import StaleWrite
from limner.keys import report_key, styled_prefix, upload_key
from limner.looks import MAX_LOOKS, MAX_PICTURES, Look
from limner.photos import Failure, PhotoStatus
from limner.restyles.restyle import (
    ChunkKey,
    ChunkPhotos,
    Restyle,
    RestyleKey,
    RestyleObjects,
    RestyleOutcome,
    failure_key,
)
from limner.reviews.certainty import visibility_of_picture
from limner.reviews.publication import waiting_pictures
from limner.revisions import cancelled, with_more_looks
from limner.tenancy import PhotoKey, Visibility
from limner.use_cases.check_ticket import TicketCheck
from limner.use_cases.new_photos import UploadOwners
from limner.use_cases.order_chunk import OrderChunk
from limner.use_cases.outcomes import Outcome
from limner.use_cases.record_result import RecordResult
from limner.use_cases.revise_photo import RevisePhoto
from limner.versions import VersionSource
from tests import makers
from tests.campaign_world import CARTOON
from tests.campaign_world import ready_photos as ready_campaign_photos
from tests.fakes import Clock, InMemoryObjects, InMemoryPhotos, InMemoryPictureHashes, InMemoryUploadEvents

MODEL = "fusenet-lite@abc"
KEY = RestyleKey(makers.TENANT, "e" * 32)
CHUNK = ChunkKey(KEY, "000000")
WATERCOLOUR = Look(styles={"watercolour": 1.0})


def ready_photos(count):
    """READY, each with the picture OIL and an upload of its own."""
    photos = ready_campaign_photos(count, makers.TENANT, 0)
    return [photo.model_copy(update={"source": makers.source(key=upload_key(photo.key))}) for photo in photos]


class Photos(InMemoryPhotos):
    def put_all(self, photos):
        self._rows |= {photo.key: photo for photo in photos}


class World:
    def __init__(self) -> None:
        self.clock = Clock()
        self.tenant, self.is_paused = makers.tenant(), False
        self.objects = InMemoryObjects()
        self.photos = Photos(now=self.clock)
        self.restyles = RestyleObjects(self.objects, "results")
        self.order = OrderChunk(
            objects=self.restyles,
            revise_for=lambda tenant: RevisePhoto(photos=self.photos, now=self.clock),
            find_tenant=lambda tenant: self.tenant,
            is_paused=lambda: self.is_paused,
            model=MODEL,
            now=self.clock,
        )
        self.record = RecordResult(
            photos=self.photos,
            objects=self.objects,
            now=self.clock,
            results_bucket="results",
            hashes=InMemoryPictureHashes(),
            **makers.attempts(InMemoryUploadEvents()),
        )

    def add(self, *photos, looks=(CARTOON,), more_ids=()):
        self.photos.put_all(photos)
        ids = (*(photo.photo_id for photo in photos), *more_ids)
        self.restyles.put(CHUNK.photos, ChunkPhotos(photo_ids=ids))
        facts = {"photos": len(ids), "chunks": 1, "estimated_micro_usd": 0, "created_at": self.clock()}
        self.restyles.put_restyle(Restyle(restyle_id=KEY.restyle_id, tenant=KEY.tenant, looks=looks, **facts))

    @property
    def tickets(self) -> tuple[StylizeTicket, ...]:
        return self.restyles.tickets(CHUNK).tickets

    @property
    def outcomes(self):
        report = self.restyles.report(CHUNK)
        return dict(report.outcomes if report else self.restyles.tickets(CHUNK).others)


@pytest.fixture
def world():
    return World()


def test_each_photo_is_ordered_in_one_write_and_has_a_ticket_that_the_stylizer_accepts(world):
    world.add(*ready_photos(3))
    assert world.order(CHUNK) == 3
    check = TicketCheck(UploadOwners(uploads_bucket="uploads", attached_prefixes=lambda bucket: ()))
    for ticket in world.tickets:
        check(ticket)
        assert ticket.looks == (CARTOON,)
        photo = world.photos.get(PhotoKey(makers.TENANT, ticket.job_id.split(".")[1]))
        assert photo.status is PhotoStatus.PROCESSING
        assert photo.revised_by is VersionSource.LOOKS
        assert photo.newest.job.job_id == ticket.job_id
        assert photo.due_at >= int((world.clock() + timedelta(hours=24)).timestamp())


def test_an_order_takes_no_place_in_the_tenants_line_and_counts_against_no_cap(world):
    world.add(*ready_photos(3))
    world.order(CHUNK)
    assert all(world.photos.get(photo.key).in_flight is None for photo in ready_photos(3))
    assert not world.photos.usage.rows


def test_the_recorder_records_what_a_worker_reports(world):
    (photo,) = ready_photos(1)
    world.add(photo)
    world.order(CHUNK)
    (ticket,) = world.tickets
    made = makers.results().pictures[0].model_copy(update={"look": CARTOON})
    report = makers.report(ticket.job_id, made).model_dump_json().encode()
    world.objects.put("results", report_key(ticket.job_id), report, "application/json")
    notified = EndpointNotification(job_id=ticket.job_id, status="Completed")
    assert world.record(notified) == Outcome.STYLED
    assert world.record(notified) == Outcome.SUPERSEDED, "a second notification changes nothing"
    after = world.photos.get(photo.key)
    assert after.status is PhotoStatus.READY
    assert [picture.look for picture in after.results.pictures] == [makers.OIL, CARTOON]
    assert [version.number for version in after.versions] == [1, 2]


def test_of_a_tenant_with_review_what_the_gates_are_not_sure_of_waits_and_is_private(world):
    world.tenant = makers.tenant(review=True, pictures=Visibility.PUBLIC)
    (photo,) = ready_photos(1)
    world.add(photo)
    world.order(CHUNK)
    (ticket,) = world.tickets
    unsure = makers.full_picture(look=CARTOON, renditions=(_rendition_of(ticket.job_id),))
    assert visibility_of_picture(ticket, unsure.verdict) is Visibility.PRIVATE
    report = makers.report(ticket.job_id, unsure).model_dump_json().encode()
    world.objects.put("results", report_key(ticket.job_id), report, "application/json")
    assert world.record(EndpointNotification(job_id=ticket.job_id, status="Completed")) == Outcome.STYLED
    assert [picture.look for picture in waiting_pictures(world.photos.get(photo.key))] == [CARTOON]


def test_a_ticket_that_is_made_again_is_reviewed_as_its_job_is(world):
    world.tenant = makers.tenant(review=True)
    world.add(*ready_photos(1))
    world.order(CHUNK)
    world.tenant = makers.tenant(review=False)
    world.order(CHUNK)
    (again,) = world.tickets
    assert again.is_reviewed


def test_tickets_of_a_tenant_without_review_have_no_field_that_older_workers_refuse(world):
    world.add(*ready_photos(1))
    world.order(CHUNK)
    assert b"is_reviewed" not in world.objects.get("results", CHUNK.tickets)


def test_a_second_attempt_at_a_chunk_makes_the_same_tickets_and_orders_nothing(world):
    world.add(*ready_photos(3))
    world.order(CHUNK)
    before, revisions = world.tickets, [world.photos.get(photo.key).revision for photo in ready_photos(3)]
    world.clock.advance(minutes=5)
    assert world.order(CHUNK) == 3
    assert world.tickets == before
    assert [world.photos.get(photo.key).revision for photo in ready_photos(3)] == revisions


def test_an_attempt_that_is_interrupted_is_continued(world):
    world.add(*ready_photos(4))
    revise, calls = world.photos.revise, []

    def interrupted(before, after):
        calls.append(after)
        if len(calls) == 3:
            raise RuntimeError("the function ends")
        revise(before, after)

    world.photos.revise = interrupted
    with pytest.raises(RuntimeError):
        world.order(CHUNK)
    assert world.order(CHUNK) == 4
    assert all(world.photos.get(photo.key).revision == 1 for photo in ready_photos(4))


def test_what_needs_nothing_or_cannot_be_ordered_is_counted(world):
    made, running, failed, no_pictures, full = ready_photos(5)
    made = made.model_copy(update={"results": _with_look(made.results, CARTOON)})
    running = with_more_looks(running, (WATERCOLOUR,), world.clock(), 1)
    failed = failed.model_copy(update={"results": None, "failure": _refused_file(world.clock())})
    no_pictures = no_pictures.model_copy(update={"results": None})
    full = full.model_copy(
        update={"looks": _many_looks(MAX_PICTURES), "results": _with_many(full, MAX_PICTURES)}
    )
    world.add(made, running, failed, no_pictures, full, more_ids=("f" * 32,))
    assert world.order(CHUNK) == 0
    assert world.outcomes == {
        RestyleOutcome.MADE: 1,
        RestyleOutcome.RUNNING: 2,
        RestyleOutcome.UNSUITABLE: 2,
        RestyleOutcome.GONE: 1,
    }


def test_a_chunk_that_is_done_or_paused_is_left(world):
    world.add(*ready_photos(2))
    world.restyles.set_paused(KEY, True)
    assert world.order(CHUNK) == 0
    assert world.restyles.report(CHUNK) is None, "it is not done"
    world.restyles.set_paused(KEY, False)
    assert world.order(CHUNK) == 2


def test_nothing_is_ordered_while_the_stacks_submissions_are_paused(world):
    world.add(*ready_photos(2))
    world.is_paused = True
    assert world.order(CHUNK) == 0
    assert world.restyles.report(CHUNK) is None, "it is not done"
    assert all(world.photos.get(photo.key).revision == 0 for photo in ready_photos(2))
    world.is_paused = False
    assert world.order(CHUNK) == 2


def test_looks_that_were_ordered_before_take_only_the_room_that_is_left(world):
    (photo,) = ready_photos(1)
    former = _many_looks(MAX_LOOKS)
    world.add(photo.model_copy(update={"looks": (makers.OIL, *former)}), looks=(CARTOON, WATERCOLOUR))
    assert world.order(CHUNK) == 1
    (ticket,) = world.tickets
    assert ticket.looks == (CARTOON, WATERCOLOUR, *former[: MAX_LOOKS - 2])


def test_a_job_that_the_endpoint_has_taken_over_is_not_the_chunks_any_more(world):
    (photo,) = ready_photos(1)
    world.add(photo)
    world.order(CHUNK)
    (ticket,) = world.tickets
    world.objects.put("results", failure_key(ticket.job_id), b"E", "text/plain")
    failed = EndpointNotification(job_id=ticket.job_id, status="Failed")
    assert world.record(failed) == Outcome.RESTYLE_ATTEMPT_FAILED, (
        "it is counted apart from the endpoint's failures"
    )
    world.order(CHUNK)
    assert world.outcomes == {RestyleOutcome.RUNNING: 1}


def test_a_cancelled_order_is_the_sellers_decision(world):
    (photo,) = ready_photos(1)
    world.add(photo)
    world.order(CHUNK)
    ordered = world.photos.get(photo.key)
    world.photos.revise(ordered, cancelled(ordered, world.clock()))
    (ticket,) = world.tickets
    with pytest.raises(StaleWrite):
        world.photos.record_results(photo.key, makers.results(revision=ordered.revision))
    assert world.record(EndpointNotification(job_id=ticket.job_id, status="Completed")) == Outcome.SUPERSEDED


def _with_look(results, look):
    return results.model_copy(
        update={"pictures": (*results.pictures, results.pictures[0].model_copy(update={"look": look}))}
    )


def _refused_file(now):
    return Failure(sequencer=makers.SEQUENCER, code="too_small", message="small", at=now)


def _many_looks(count):
    return tuple(Look(styles={"oil": 1.0}, strength=(number + 1) / 100) for number in range(count))


def _with_many(photo, count):
    picture = photo.results.pictures[0]
    pictures = tuple(picture.model_copy(update={"look": look}) for look in _many_looks(count))
    return photo.results.model_copy(update={"pictures": pictures})


def _rendition_of(job_id):
    return makers.rendition(key=f"{styled_prefix(job_id)}1a/cartoon/full.jpg")
