"""Test mode: every order of the table ends as it says, by the use cases of every photo and style."""

import hashlib
import io
import json
from datetime import timedelta
from itertools import count

import pytest
from PIL import Image, ImageChops

from limner.contracts import EndpointNotification, StylizeTicket, parse_report_of
from limner.errors import (
    ForeignTicket,
    MalformedMessage,
    PhotoRefused,
    QuotaExceeded,
    RefusalCode,
)
from limner.events import EventType
from limner.intake import Limits
from limner.keys import report_key, ticket_key, upload_key
from limner.looks import Look
from limner.orders import Order
from limner.own_styles import OwnStyleStatus, StyleProblem
from limner.packs.contracts import pack_report_key, parse_pack_report
from limner.photos import FILE_FAULTS, PhotoStatus
from limner.ports import Submission
from limner.quotas import TEST_QUOTAS, Cap
from limner.report import ENGINE
from limner.sandbox import (
    CASES,
    GATES,
    ORDINARY,
    SLOW,
    STYLE_CASES,
    SandboxJob,
    Stage,
    case_of,
    job_failure_key,
    parse_sandbox_job,
    refuse_as_ordered,
)
from limner.style_contracts import parse_learn_report, style_picture_key, style_report_key_of_job
from limner.tenancy import PhotoKey
from limner.use_cases.announce_changes import PhotoChange, events_of
from limner.use_cases.check_ticket import PackTicketCheck, StyleTicketCheck, TicketCheck
from limner.use_cases.first_reports import FirstReports
from limner.use_cases.import_photo import Fetched, ImportPhoto
from limner.use_cases.learn_style import LearnStyle
from limner.use_cases.new_photos import UploadOwners
from limner.use_cases.outcomes import Outcome
from limner.use_cases.record_result import RecordResult
from limner.use_cases.record_style import RecordStyle
from limner.use_cases.request_upload import RequestUpload
from limner.use_cases.route_upload import RouteUpload
from limner.use_cases.run_sandbox_job import RunSandboxJob
from limner.use_cases.sandbox_packs import SandboxPacks
from limner.use_cases.sandbox_pictures import LOWERED_SHARE, SandboxPictures
from limner.use_cases.sandbox_styles import SandboxStyles
from limner.use_cases.sweep import Sweep
from photo_files.mock_picture import mock_picture
from tests import makers
from tests.fake_own_styles import InMemoryOwnStyles
from tests.fake_tenants import InMemoryTenants
from tests.fakes import (
    Clock,
    InMemoryBacklog,
    InMemoryImportFailures,
    InMemoryLinks,
    InMemoryObjects,
    InMemoryPhotos,
    InMemoryPictureHashes,
    InMemoryUploadEvents,
)
from tests.fakes_usage import InMemoryUsage
from tests.template_reader import ROOT

TENANT = "test_main"
KEY = PhotoKey(TENANT, makers.PHOTO_ID)
WASH = Look(styles={"watercolour": 1.0}, strength=0.5)
AT_JOB = {name: case for name, case in CASES.items() if case.stage is Stage.JOB}
AT_INTAKE = {name: case for name, case in CASES.items() if case.stage is Stage.INTAKE}
AT_IMPORT = {name: case for name, case in CASES.items() if case.stage is Stage.IMPORT}


class Sandbox:
    """A queue of jobs that is worked off by `work`, and its notifications."""

    def __init__(self, objects):
        self.objects = objects
        self.jobs, self.delays, self.notified = [], [], []
        numbers = count()
        owner_of = UploadOwners(uploads_bucket="uploads", attached_prefixes=lambda bucket: ())
        shared = {
            "objects": objects,
            "limits": Limits(),
            "results_bucket": "results",
            "new_attempt": lambda: f"{next(numbers):08x}",
        }
        self.run = RunSandboxJob(
            objects=objects,
            queue=self,
            notifications=_Notifications(self.notified),
            check=TicketCheck(owner_of, livemode=False),
            check_style=StyleTicketCheck(owner_of, livemode=False),
            check_pack=PackTicketCheck(owner_of, results_bucket="results", livemode=False),
            pictures=SandboxPictures(**shared),
            styles=SandboxStyles(**shared),
            packs=SandboxPacks(**shared),
            photo_reports=FirstReports(objects, "results", report_key, parse_report_of),
            style_reports=FirstReports(objects, "results", style_report_key_of_job, parse_learn_report),
            pack_reports=FirstReports(objects, "results", pack_report_key, parse_pack_report),
            results_bucket="results",
        )

    def submit(self, job_id, ticket_location):
        assert ticket_location == f"s3://results/{ticket_key(job_id)}"
        self.send(SandboxJob(job_id=job_id))
        return Submission("s3://results/x", f"s3://results/{job_failure_key(job_id)}")

    def send(self, job, delay=timedelta(0)):
        self.jobs.append(job)
        self.delays.append(delay)

    def work(self):
        while self.jobs:
            self.run(parse_sandbox_job(self.jobs.pop(0).model_dump_json()))


class _Notifications:
    def __init__(self, notified):
        self.notified = notified

    def send(self, job_id, status):
        self.notified.append(EndpointNotification(job_id=job_id, status=status))


class World:
    def __init__(self):
        self.photos, self.objects, self.styles = InMemoryPhotos(), InMemoryObjects(), InMemoryOwnStyles()
        self.clock, self.refused_gates = Clock(), []
        self.sandbox = Sandbox(self.objects)
        shared = {"objects": self.objects, "now": self.clock, "results_bucket": "results"}
        self.route = RouteUpload(
            photos=self.photos,
            endpoint=self.sandbox,
            new_photo=lambda source: makers.photo(tenant=source.key.split("/")[1], source=source),
            limits=Limits(),
            model="m@1",
            lease=timedelta(seconds=60),
            events=InMemoryUploadEvents(),
            **makers.router_caps(),
            **shared,
        )
        self.record = RecordResult(
            photos=self.photos,
            hashes=InMemoryPictureHashes(),
            on_refusal=self.refused_gates.append,
            **makers.attempts(InMemoryUploadEvents()),
            **shared,
        )
        self.learn = LearnStyle(
            in_flight=timedelta(hours=6),
            styles=self.styles,
            endpoint=self.sandbox,
            limits=Limits(),
            uploads_bucket="uploads",
            model="m@1",
            **shared,
        )
        self.record_style = RecordStyle(styles=self.styles, **shared)

    def order(self, external_id, looks=(makers.OIL, WASH), **changes):
        facts = {"tenant": TENANT, "external_id": external_id, "looks": looks} | changes
        self.photos.add(makers.photo(**facts), makers.NOON)

    def upload(self):
        """The upload, routed; the outcome."""
        data = makers.jpeg()
        source = makers.source(key=upload_key(KEY), bytes=len(data))
        self.objects.put(source.bucket, source.key, data, "image/jpeg")
        return self.route(source)

    def finish(self):
        """Work the jobs off, and record what they are notified of."""
        self.sandbox.work()
        if self.photo.newest.variants is None and self.photo.source:
            self.photos.record_variants(KEY, makers.variants())
        return [self.record(notification) for notification in self.sandbox.notified]

    @property
    def photo(self):
        return self.photos.get(KEY)


@pytest.fixture
def world():
    return World()


def last_event(before, after):
    return [event.type for event in events_of(PhotoChange(before, after, makers.NOON), "limner/test")]


def test_the_table_has_every_end_of_an_order():
    ends = {case.code for case in CASES.values() if case.code}
    assert ends == set(RefusalCode) - {RefusalCode.CANCELLED}
    limits = json.loads((ROOT / "engine/style_engine/safety/gates.json").read_text())["limits"]
    assert {gate for gates in limits.values() for gate in gates} | {"finite"} == set(GATES)
    for outcome, gates in (("lowered", set(GATES)), ("fallback", {*GATES, ENGINE})):
        assert {case.refused_by for case in CASES.values() if case.outcome == outcome} == gates
    assert {case.code for case in STYLE_CASES.values()} == {None, *StyleProblem}


@pytest.mark.parametrize("name", AT_JOB)
def test_a_job_ends_as_its_external_id_says(world, name):
    case = CASES[name]
    world.order(name)
    assert world.upload() is Outcome.SUBMITTED
    before = world.photo
    assert before.status is PhotoStatus.PROCESSING
    (outcome,) = world.finish()
    photo = world.photo
    assert sum(world.sandbox.delays, timedelta(0)) == case.wait
    assert not world.refused_gates, "an ordered refusal alarms nobody"
    if case.code is not None:
        assert (photo.status, photo.failure.code) == (PhotoStatus.FAILED, case.code)
        assert outcome is Outcome.SANDBOX_PHOTO_FAILED
        assert last_event(before, photo) == [EventType.PHOTO_FAILED]
        return
    assert (photo.status, outcome) == (PhotoStatus.READY, Outcome.STYLED)
    assert last_event(before, photo) == [EventType.PHOTO_READY]
    first, second = photo.results.pictures
    assert (first.verdict.outcome, first.verdict.refused_by) == (
        case.outcome,
        (case.refused_by,) if case.refused_by else (),
    )
    shares = {"passed": 1.0, "lowered": LOWERED_SHARE, "fallback": 0.0}
    assert first.verdict.strength == pytest.approx(0.8 * shares[case.outcome])
    assert (second.verdict.outcome, second.verdict.strength) == ("passed", 0.5), "one look of two is refused"


@pytest.mark.parametrize("name", AT_INTAKE)
def test_the_router_refuses_a_file_as_its_external_id_says(world, name):
    code = CASES[name].code
    world.order(name)
    before = world.photo.model_copy(update={"source": makers.source(key=upload_key(KEY))})
    assert world.upload() is Outcome.SANDBOX_PHOTO_FAILED
    assert (world.photo.status, world.photo.failure.code) == (PhotoStatus.FAILED, code)
    assert world.sandbox.jobs == [], "nothing is made of it"
    refused = code in FILE_FAULTS
    expected = [EventType.PHOTO_REFUSED if refused else EventType.PHOTO_FAILED]
    if code == RefusalCode.QUOTA_EXCEEDED:
        expected.append(EventType.QUOTA_REACHED)
    assert last_event(before, world.photo) == expected


@pytest.mark.parametrize("name", AT_IMPORT)
def test_an_import_fails_as_its_external_id_says_and_nothing_is_fetched(world, name):
    asked = []
    run = ImportPhoto(
        photos=world.photos,
        failures=InMemoryImportFailures(world.photos),
        objects=world.objects,
        fetch=lambda url, limit: asked.append(url) or Fetched(200, makers.jpeg()),
        find_tenant=InMemoryTenants(makers.tenant(tenant=TENANT)).get,
        now=world.clock,
        uploads_bucket="uploads",
        max_bytes=20_000,
    )
    world.order(name, import_url="https://shop.example/mug.jpg")
    assert run(KEY) is Outcome.IMPORT_FAILED
    assert (world.photo.status, world.photo.failure.code) == (PhotoStatus.FAILED, CASES[name].code)
    assert not asked


def ordering(usage, tenant=TENANT):
    return RequestUpload(
        photos=InMemoryPhotos(),
        links=InMemoryLinks(lambda: makers.NOON),
        require_styles=lambda tenant, looks: None,
        new_id=lambda: makers.PHOTO_ID,
        now=lambda: makers.NOON,
        find_tenant=InMemoryTenants(makers.tenant(tenant=tenant)).get,
        max_bytes=1000,
        deadline=timedelta(minutes=30),
        usage=usage,
        quotas_of=lambda tenant: TEST_QUOTAS,
    )


def test_an_order_over_quota_is_refused_with_how_the_tenant_stands_and_costs_none_of_it():
    usage = InMemoryUsage()
    order = Order(filename="mug.jpg", content_type="image/jpeg", external_id="test_order_over_quota")
    with pytest.raises(QuotaExceeded) as refused:
        ordering(usage)(TENANT, order)
    assert refused.value.policy == Cap.ORDERS
    assert refused.value.standing.quotas == TEST_QUOTAS
    assert usage.read(TENANT, TEST_QUOTAS, makers.NOON).orders == 0


@pytest.mark.parametrize("name", CASES)
def test_live_tenants_are_not_concerned(name):
    assert case_of(makers.TENANT, name) is ORDINARY
    for stage in Stage:
        refuse_as_ordered(makers.TENANT, name, stage)


def test_other_external_ids_are_ordinary(world):
    world.order("SKU-1")
    world.upload()
    world.finish()
    assert {picture.verdict.outcome for picture in world.photo.results.pictures} == {"passed"}


def test_a_slow_job_waits_once_and_its_photo_is_processing_meanwhile(world):
    world.order("test_slow")
    world.upload()
    (job,) = world.sandbox.jobs
    assert world.sandbox.run(world.sandbox.jobs.pop()) is Outcome.SANDBOX_JOB_DELAYED
    assert world.sandbox.jobs == [job.model_copy(update={"has_waited": True})]
    assert world.sandbox.delays[-1] == SLOW
    assert world.photo.status is PhotoStatus.PROCESSING
    world.finish()
    assert world.photo.status is PhotoStatus.READY


def bodies(world):
    """Of the pictures, by look and name of the file."""
    return {
        (picture.look.slug, each.key.rpartition("/")[2]): world.objects.get("results", each.key)
        for picture in world.photo.results.pictures
        for each in picture.renditions
    }


def finished(external_id):
    world = World()
    world.order(external_id)
    world.upload()
    world.finish()
    return world


def test_equal_orders_have_equal_pictures_and_other_looks_others():
    first, second = finished("SKU-1"), finished("SKU-2")
    assert bodies(first) == bodies(second)
    digests = {
        look: hashlib.sha256(body).digest()
        for (look, name), body in bodies(first).items()
        if name == "full.jpg"
    }
    assert len(set(digests.values())) == len(digests) == 2
    oil = Image.open(io.BytesIO(bodies(first)[makers.OIL.slug, "full.jpg"]))
    assert oil.size == (64, 48)


def test_a_job_that_is_done_twice_has_one_report(world):
    world.order("SKU-1")
    world.upload()
    (job,) = world.sandbox.jobs
    world.sandbox.run(job)
    place = "results", report_key(job.job_id)
    report = world.objects.get(*place)
    objects = len(world.objects.bodies)
    world.sandbox.run(job)
    assert (world.objects.get(*place), len(world.objects.bodies)) == (report, objects)


def test_the_sweeper_sends_a_job_again_whose_message_was_lost_and_records_one_whose_notification_was(world):
    sweep = Sweep(
        photos=world.photos,
        objects=world.objects,
        events=InMemoryUploadEvents(),
        backlog=InMemoryBacklog(),
        record_result=world.record,
        now=world.clock,
        grace_period=timedelta(minutes=30),
        retries=2,
        in_flight=timedelta(minutes=25),
    )
    world.order("SKU-1")
    world.upload()
    world.photos.record_variants(KEY, makers.variants())
    (lost,) = world.sandbox.jobs
    world.sandbox.jobs.clear()
    world.clock.time = makers.NOON + timedelta(hours=1)
    assert list(sweep()) == [Outcome.RESENT]
    world.route(world.photo.source)
    assert world.sandbox.jobs == [lost]
    world.sandbox.work()
    world.clock.advance(hours=1)
    assert list(sweep()) == [Outcome.RECORDED_FROM_S3]
    assert world.photo.status is PhotoStatus.READY


def test_a_job_whose_ticket_was_erased_is_dropped(world):
    assert world.sandbox.run(SandboxJob(job_id=f"{TENANT}.{'a' * 32}.{'b' * 12}")) is Outcome.SUPERSEDED
    assert world.sandbox.notified == []


def test_a_file_that_cannot_be_opened_is_refused_as_by_the_stylizer(world):
    world.order("SKU-1")
    world.upload()
    world.objects.bodies["uploads", upload_key(KEY)] = makers.jpeg()[:200]
    world.finish()
    assert world.photo.failure.code == RefusalCode.DAMAGED_IMAGE


def test_the_sandbox_does_no_job_of_a_live_tenant_and_the_stylizer_none_of_a_test_tenant(world):
    owner_of = UploadOwners(uploads_bucket="uploads", attached_prefixes=lambda bucket: ())
    live, test = makers.ticket(), makers.ticket(KEY)
    world.objects.put("results", ticket_key(live.job_id), live.model_dump_json().encode(), "application/json")
    with pytest.raises(ForeignTicket, match="other mode"):
        world.sandbox.run(SandboxJob(job_id=live.job_id))
    with pytest.raises(ForeignTicket, match="other mode"):
        TicketCheck(owner_of)(test)
    TicketCheck(owner_of)(live)


@pytest.mark.parametrize("ticket", [b"", b"{}", makers.ticket(KEY, looks=(WASH,)).model_dump_json().encode()])
def test_a_ticket_that_is_none_or_another_jobs_is_malformed(world, ticket):
    job_id = makers.ticket(KEY).job_id
    world.objects.put("results", ticket_key(job_id), ticket, "application/json")
    with pytest.raises(MalformedMessage):
        world.sandbox.run(SandboxJob(job_id=job_id))


@pytest.mark.parametrize("body", ["", "{}", '{"job_id": ""}', '{"job_id": "x", "more": 1}'])
def test_what_is_no_job_is_malformed(body):
    with pytest.raises(MalformedMessage):
        parse_sandbox_job(body)


def test_a_live_tenants_ticket_has_no_field_that_an_older_stylizer_does_not_know(world):
    world.order("SKU-1")
    world.upload()
    (job,) = world.sandbox.jobs
    stored = world.objects.get("results", ticket_key(job.job_id))
    assert StylizeTicket.model_validate_json(stored).external_id == "SKU-1"
    live = World()
    live.photos.add(makers.photo(external_id="SKU-1"), makers.NOON)
    data = makers.jpeg()
    source = makers.source(bytes=len(data))
    live.objects.put(source.bucket, source.key, data, "image/jpeg")
    live.route(source)
    (job,) = live.sandbox.jobs
    assert b"external_id" not in live.objects.get("results", ticket_key(job.job_id))


def learn(world, name, **changes):
    """Order a style of one picture, upload it, and finish; the style."""
    style = makers.own_style(tenant=TENANT, name=name, pictures=1, created_at=world.clock(), **changes)
    world.styles.add(style)
    data = makers.jpeg()
    source = makers.source(key=style_picture_key(TENANT, style.style_id, 1), bytes=len(data))
    world.objects.put(source.bucket, source.key, data, "image/jpeg")
    assert world.learn(source) is Outcome.SUBMITTED
    world.sandbox.work()
    for notification in world.sandbox.notified:
        world.record_style(notification)
    return world.styles.get(TENANT, style.style_id)


@pytest.mark.parametrize("name", [*STYLE_CASES, "Autumn"])
def test_an_own_style_ends_as_its_name_says(world, name):
    style, case = learn(world, name), STYLE_CASES.get(name, ORDINARY)
    assert sum(world.sandbox.delays, timedelta(0)) == case.wait
    if case.code:
        assert style.failure.code == case.code
        assert style.status(world.clock()) is OwnStyleStatus.FAILED
    else:
        assert style.status(world.clock()) is OwnStyleStatus.READY
        assert world.objects.get("results", style.learned.key)


def test_an_own_style_is_shown_on_the_shops_photo(world):
    data = makers.jpeg()
    photo = makers.source(key=upload_key(KEY), bytes=len(data))
    world.objects.put(photo.bucket, photo.key, data, "image/jpeg")
    preview = learn(world, "Autumn", preview_photo=photo).learned.preview
    assert (preview.content_type, preview.width) == ("image/webp", 512)
    assert world.objects.get("results", preview.key)


def test_an_own_style_of_a_live_tenant_or_with_anothers_pictures_is_not_learned(world):
    style = makers.own_style(pictures=1, created_at=world.clock())
    world.styles.add(style)
    data = makers.jpeg()
    source = makers.source(key=style_picture_key(style.tenant, style.style_id, 1), bytes=len(data))
    world.objects.put(source.bucket, source.key, data, "image/jpeg")
    world.learn(source)
    with pytest.raises(ForeignTicket):
        world.sandbox.work()


@pytest.mark.parametrize(("mode", "size"), [("RGB", (640, 480)), ("RGBA", (50, 900)), ("RGB", (16, 16))])
def test_a_picture_of_test_mode_has_a_word_across_it_also_at_strength_0(mode, size):
    photo = Image.radial_gradient("L").resize(size).convert(mode)
    untouched, painted = (mock_picture(photo, "oil-100.s100", strength) for strength in (0.0, 1.0))
    changed = ImageChops.difference(photo.convert("RGB"), untouched.convert("RGB")).getbbox()
    assert changed
    assert changed[2] - changed[0] > 0.6 * size[0]
    assert (painted.mode, painted.size) == (mode, size)
    assert ImageChops.difference(painted.convert("RGB"), untouched.convert("RGB")).getbbox()


def test_the_word_is_visible_where_the_photo_is_transparent():
    cut_out = Image.new("RGBA", (200, 100), (0, 0, 0, 0))
    alpha = mock_picture(cut_out, "oil-100.s100", 1.0).getchannel("A")
    left, _, right, _ = alpha.getbbox()
    assert right - left > 120
    assert alpha.getpixel((0, 0)) == 0


def test_refusals_say_that_they_were_ordered():
    with pytest.raises(PhotoRefused, match="Test mode: too_small, as test_too_small orders"):
        refuse_as_ordered(TENANT, "test_too_small", Stage.INTAKE)
