"""Own styles: ordered, learned once all pictures are there, recorded, used in looks, deleted."""

from datetime import timedelta

import pytest

from limner.catalogue import catalogue
from limner.contracts import EndpointNotification
from limner.errors import (
    InvalidRequest,
    ObjectMissing,
    QuotaExceeded,
    StaleWrite,
    StyleInUse,
    StyleNotFound,
    TooManyStyles,
)
from limner.intake import Limits
from limner.looks import Look
from limner.own_styles import MAX_STYLES, OwnStyleStatus, StyleFailure, StyleProblem
from limner.photos import Source
from limner.quotas import Quotas
from limner.style_contracts import (
    LearnReport,
    LearnTicket,
    learned_prefix,
    style_of_job,
    style_picture_key,
    style_report_key,
)
from limner.tenants import Rule
from limner.use_cases.learn_style import LearnStyle
from limner.use_cases.outcomes import Outcome
from limner.use_cases.own_styles import DeleteStyle, OrderStyle, RequireStyles
from limner.use_cases.record_style import RecordStyle
from limner.use_cases.sweep_styles import SweepStyles
from tests import makers
from tests.fake_own_styles import InMemoryOwnStyles
from tests.fake_tenants import InMemoryTenants
from tests.fakes import InMemoryEndpoint, InMemoryLinks, InMemoryObjects, InMemoryPhotos
from tests.fakes_usage import InMemoryUsage

IN_FLIGHT = timedelta(hours=6, minutes=15)


class World:
    def __init__(self, *styles):
        self.styles = InMemoryOwnStyles(*styles)
        self.objects = InMemoryObjects()
        self.endpoint = InMemoryEndpoint()
        self.photos = InMemoryPhotos()
        self.time = makers.NOON
        self.is_paused = False
        self.erased = []
        self.learn = LearnStyle(
            styles=self.styles,
            objects=self.objects,
            endpoint=self.endpoint,
            now=lambda: self.time,
            limits=Limits(),
            uploads_bucket="uploads",
            results_bucket="results",
            model="fusenet-lite@abc",
            in_flight=IN_FLIGHT,
            is_paused=lambda: self.is_paused,
        )
        self.record = RecordStyle(
            styles=self.styles, objects=self.objects, now=lambda: self.time, results_bucket="results"
        )
        self.sweep = SweepStyles(styles=self.styles, record_style=self.record, now=lambda: self.time)
        self.tenants = InMemoryTenants(makers.tenant(), styles=self.styles)
        self.delete = DeleteStyle(
            styles=self.styles, erasures=self, find_tenant=self.tenants.get, now=lambda: self.time
        )
        self.require = RequireStyles(catalogue=catalogue(), styles=self.styles, now=lambda: self.time)

    def order(self, quotas=None):
        return OrderStyle(
            styles=self.styles,
            photos=self.photos,
            links=InMemoryLinks(lambda: self.time),
            usage=InMemoryUsage(),
            quotas_of=lambda tenant: quotas or Quotas(),
            find_tenant=InMemoryTenants(makers.tenant()).get,
            new_id=lambda: makers.PHOTO_ID,
            now=lambda: self.time,
            max_bytes=1000,
        )

    def erase_style(self, tenant, style_id):
        self.erased.append((tenant, style_id))

    def upload(self, number, data=None):
        key = style_picture_key(makers.TENANT, makers.STYLE_ID, number)
        self.objects.put("uploads", key, data or makers.jpeg(), "image/jpeg")
        return self.learn(Source(bucket="uploads", key=key, sequencer=makers.SEQUENCER, bytes=1))

    def submitted(self):
        return self.endpoint.submitted[-1][0]

    def report(self, job_id, **result):
        facts = {"job_id": job_id, "model": "fusenet-lite@abc", "seconds": 1.0}
        report = LearnReport.model_validate(facts | result)
        key = style_report_key(*style_of_job(job_id))
        self.objects.put("results", key, report.model_dump_json().encode(), "application/json")

    def status(self):
        return self.styles.get(makers.TENANT, makers.STYLE_ID).status(self.time)


def ended(job_id, status="Completed"):
    return EndpointNotification(inferenceId=job_id, invocationStatus=status)


STYLE_KEY = f"{learned_prefix(makers.TENANT, makers.STYLE_ID)}1/style.safetensors"


def test_an_order_has_a_form_for_each_picture():
    world = World()
    style, forms, _ = world.order()(makers.TENANT, "Autumn", ["image/jpeg", "image/png"], 0)
    assert style.style_id == "own-0123456789ab"
    assert [form.fields["key"] for form in forms] == [
        "style-pictures/main/own-0123456789ab/1",
        "style-pictures/main/own-0123456789ab/2",
    ]
    assert world.status() is OwnStyleStatus.AWAITING_UPLOAD


def test_the_shops_newest_photo_is_for_the_preview():
    world = World()
    world.photos.record_upload(makers.photo(source=makers.source()))
    style, _, _ = world.order()(makers.TENANT, "Autumn", ["image/jpeg"], 0)
    assert style.preview_photo == makers.source()


def test_a_style_counts_as_an_order():
    with pytest.raises(QuotaExceeded):
        World().order(Quotas(orders_per_day=0))(makers.TENANT, "Autumn", ["image/jpeg"], 0)


def test_styles_have_a_limit():
    styles = [makers.own_style(style_id=f"own-{number:012x}") for number in range(MAX_STYLES)]
    with pytest.raises(TooManyStyles):
        World(*styles).order()(makers.TENANT, "Autumn", ["image/jpeg"], 0)


def test_it_is_learned_when_the_last_picture_has_come():
    world = World(makers.own_style())
    assert world.upload(2) is Outcome.STYLE_PICTURE_RECEIVED
    assert world.endpoint.submitted == []
    assert world.upload(1) is Outcome.SUBMITTED
    assert world.status() is OwnStyleStatus.LEARNING
    ticket = LearnTicket.model_validate_json(
        world.objects.get("results", f"tickets/main/{world.submitted()}.json")
    )
    assert [picture.key for picture in ticket.pictures] == [
        style_picture_key(makers.TENANT, makers.STYLE_ID, number) for number in (1, 2)
    ]


def test_a_repeated_event_starts_nothing():
    world = World(makers.own_style(pictures=1))
    world.upload(1)
    assert world.upload(1) is Outcome.SUPERSEDED
    assert len(world.endpoint.submitted) == 1


def test_an_interrupted_submission_is_repeated_as_the_same_job():
    world = World(makers.own_style(pictures=1))
    world.upload(1)
    first = world.submitted()
    interrupted = World(makers.own_style(pictures=1))
    interrupted.upload(1)
    assert interrupted.submitted() == first


def test_a_picture_that_is_none_is_refused_before_the_endpoint():
    world = World(makers.own_style(pictures=1))
    assert world.upload(1, b"%PDF-1.7 no picture") is Outcome.STYLE_REFUSED
    assert world.endpoint.submitted == []
    assert world.styles.get(makers.TENANT, makers.STYLE_ID).failure.code == "unsupported_format"


def test_nothing_is_learned_while_submissions_are_paused():
    world = World(makers.own_style(pictures=1))
    world.is_paused = True
    assert world.upload(1) is Outcome.STYLE_REFUSED
    assert world.endpoint.submitted == []


@pytest.mark.parametrize("key", ["style-pictures/main/own-1/1", "style-pictures/main/own-0123456789ab/6"])
def test_a_foreign_key_is_counted_and_left_alone(key):
    source = Source(bucket="uploads", key=key, sequencer=makers.SEQUENCER, bytes=1)
    assert World(makers.own_style()).learn(source) is Outcome.FOREIGN_UPLOAD


def test_the_report_makes_it_ready():
    world = World(makers.own_style(pictures=1))
    world.upload(1)
    world.report(world.submitted(), style_key=STYLE_KEY)
    assert world.record(ended(world.submitted())) is Outcome.STYLE_LEARNED
    assert world.status() is OwnStyleStatus.READY
    assert world.record(ended(world.submitted())) is Outcome.SUPERSEDED


def test_a_refusal_is_recorded_with_its_code():
    world = World(makers.own_style(pictures=1))
    world.upload(1)
    world.report(world.submitted(), refusal=StyleFailure(code=StyleProblem.PEOPLE, message="people"))
    assert world.record(ended(world.submitted())) is Outcome.STYLE_REFUSED
    assert world.styles.get(makers.TENANT, makers.STYLE_ID).failure.code == "style_picture_shows_people"


def test_a_failed_job_without_a_report_fails_the_style():
    world = World(makers.own_style(pictures=1))
    world.upload(1)
    assert world.record(ended(world.submitted(), "Failed")) is Outcome.STYLE_REFUSED
    assert world.status() is OwnStyleStatus.FAILED


def test_a_completed_job_without_a_report_is_asked_for_again():
    world = World(makers.own_style(pictures=1))
    world.upload(1)
    with pytest.raises(ObjectMissing):
        world.record(ended(world.submitted()))


def test_lost_events_end_at_the_deadline():
    world = World(makers.own_style())
    world.time += timedelta(hours=1)
    assert world.status() is OwnStyleStatus.FAILED
    assert world.styles.get(makers.TENANT, makers.STYLE_ID).failure_at(world.time).code == "deadline_passed"


def test_a_style_whose_pictures_never_come_is_ended_once():
    world = World(
        makers.own_style(), makers.own_style(style_id="own-ffffffffffff", learned=makers.learned_style())
    )
    assert list(world.sweep()) == [], "its forms are still good"
    world.time += timedelta(hours=1)
    assert list(world.sweep()) == [Outcome.STYLE_REFUSED]
    assert world.styles.get(makers.TENANT, makers.STYLE_ID).failure.code == "deadline_passed"
    assert list(world.sweep()) == []


def test_a_style_whose_notification_was_lost_is_recorded_by_its_report():
    world = World(makers.own_style(pictures=1))
    world.upload(1)
    world.report(world.submitted(), style_key=STYLE_KEY)
    world.time += IN_FLIGHT
    assert list(world.sweep()) == [Outcome.STYLE_LEARNED]
    assert world.status() is OwnStyleStatus.READY


def test_a_job_that_waits_at_the_endpoint_is_not_ended():
    world = World(makers.own_style(pictures=1))
    world.time += timedelta(minutes=44)
    world.upload(1)
    world.time += IN_FLIGHT - timedelta(seconds=1)
    assert list(world.sweep()) == []
    assert world.status() is OwnStyleStatus.LEARNING
    world.report(world.submitted(), style_key=STYLE_KEY)
    assert world.record(ended(world.submitted())) is Outcome.STYLE_LEARNED


def test_a_result_after_the_deadline_is_without_effect():
    """FAILED is final: whoever was notified of it may have ordered the style again."""
    world = World(makers.own_style(pictures=1))
    world.upload(1)
    world.time += IN_FLIGHT
    assert list(world.sweep()) == [Outcome.STYLE_REFUSED]
    world.report(world.submitted(), style_key=STYLE_KEY)
    assert world.record(ended(world.submitted())) is Outcome.SUPERSEDED
    assert world.status() is OwnStyleStatus.FAILED


def test_a_learned_style_is_used_in_looks_by_its_id():
    world = World(makers.own_style(learned=makers.learned_style()))
    world.require(makers.TENANT, (Look(styles={makers.STYLE_ID: 0.5, "oil": 0.5}),))


@pytest.mark.parametrize("style", [makers.own_style(), makers.own_style(tenant="walnut")])
def test_a_style_that_is_not_learned_or_anothers_is_not_known(style):
    with pytest.raises(InvalidRequest, match=makers.STYLE_ID):
        World(style).require(makers.TENANT, (Look(styles={makers.STYLE_ID: 1.0}),))


def test_deleting_erases_its_files_and_ends_its_use():
    world = World(makers.own_style(learned=makers.learned_style()))
    world.delete(makers.TENANT, makers.STYLE_ID)
    assert world.erased == [(makers.TENANT, makers.STYLE_ID)]
    with pytest.raises(StyleNotFound):
        world.delete(makers.TENANT, makers.STYLE_ID)


def test_a_style_that_is_being_learned_is_not_deleted():
    world = World(makers.own_style(job_id="main.own-0123456789ab.aaaaaaaaaaaa"))
    with pytest.raises(StyleInUse):
        world.delete(makers.TENANT, makers.STYLE_ID)
    assert world.erased == []


def test_a_style_that_was_ended_as_its_job_was_submitted_is_not_deleted_before_the_job_has_ended():
    world = World(makers.own_style(pictures=1))
    submit = world.endpoint.submit

    def submit_and_sweep(*job):
        world.time += timedelta(hours=1)
        assert list(world.sweep()) == [Outcome.STYLE_REFUSED]
        return submit(*job)

    world.endpoint.submit = submit_and_sweep
    world.upload(1)
    assert world.status() is OwnStyleStatus.FAILED
    with pytest.raises(StyleInUse):
        world.delete(makers.TENANT, makers.STYLE_ID)
    world.time += IN_FLIGHT
    world.delete(makers.TENANT, makers.STYLE_ID)
    assert world.erased == [(makers.TENANT, makers.STYLE_ID)]


def test_a_style_whose_job_has_failed_is_deleted_at_once():
    world = World(makers.own_style(pictures=1))
    world.upload(1)
    world.record(ended(world.submitted(), "Failed"))
    world.delete(makers.TENANT, makers.STYLE_ID)
    assert world.erased == [(makers.TENANT, makers.STYLE_ID)]


@pytest.mark.parametrize("place", ["looks", "rules"])
def test_a_style_that_the_settings_use_is_not_deleted(place):
    world = World(makers.own_style(learned=makers.learned_style()))
    looks = (Look(styles={makers.STYLE_ID: 1.0}),)
    changes = {"looks": looks} if place == "looks" else {"rules": (Rule(prefix="a/", looks=looks),)}
    world.tenants.put(makers.tenant(version=2, **changes), 1)
    with pytest.raises(StyleInUse, match="settings"):
        world.delete(makers.TENANT, makers.STYLE_ID)
    assert world.erased == []
    world.tenants.put(makers.tenant(version=3), 2)
    world.delete(makers.TENANT, makers.STYLE_ID)
    assert world.erased == [(makers.TENANT, makers.STYLE_ID)]


def test_settings_that_begin_to_use_a_style_while_it_is_deleted_keep_it():
    world = World(makers.own_style(learned=makers.learned_style()))
    looks = (Look(styles={makers.STYLE_ID: 1.0}),)
    world.erase_style = lambda *_: world.tenants.put(makers.tenant(version=2, looks=looks), 1)
    with pytest.raises(StaleWrite):
        world.delete(makers.TENANT, makers.STYLE_ID)
    assert world.status() is OwnStyleStatus.READY
