"""The container's HTTP contract, with a fake engine and in-memory objects."""

import asyncio
import io
import itertools
import json
import subprocess
import sys
import threading
import time
import weakref
from collections import Counter
from dataclasses import dataclass, field, replace
from types import SimpleNamespace

import httpx
import pyexiv2
import pytest
import torch
from fastapi.testclient import TestClient
from PIL import Image, ImageOps
from pytest_socket import enable_socket

from limner.contracts import StylizeTicket, parse_report, parse_report_of
from limner.errors import Unavailable
from limner.keys import attempt_prefix, report_key, upload_key
from limner.looks import Look
from limner.tenancy import Visibility
from limner.use_cases.new_photos import UploadOwners
from photo_files.credentials.content_credentials import read_credentials
from photo_files.intake import Limits
from style_engine import UnknownStyle
from tests import makers, staged_engine
from tests.fakes import InMemoryObjects
from tests.pictures import chart, encoded
from tests.staged_engine import StagedEngine
from tests.template_reader import ROOT

NEGATIVE = (Look(styles={"negative": 1.0}, strength=1),)
JOB_ID = makers.ticket(looks=NEGATIVE).job_id

sys.path.insert(0, str(ROOT / "functions/stylizer"))  # as in the container

from limner.use_cases.check_ticket import TicketCheck  # noqa: E402
from server import app as server  # noqa: E402
from server import health, retrying_engine, service  # noqa: E402
from server.processor_pool import ProcessorPool  # noqa: E402
from server.retrying_engine import RetryingEngine  # noqa: E402

PROCESSOR_THREADS = 2
PASSED = {"outcome": "passed", "strength": 1.0, "refused_by": (), "gates": ()}


@dataclass(frozen=True)
class FakeStyledPicture:
    """An engine's result, with the report's field names."""

    image: Image.Image
    look: object
    metrics: dict
    verdict: object = field(default_factory=lambda: SimpleNamespace(**PASSED))
    regions: object = None
    steps: tuple = ()
    chosen: object = None
    explanation: object = None


class Inverter(StagedEngine):
    """A fake engine with the styles `negative`, `enhance` and `poison`, which raises."""

    model = SimpleNamespace(name="inverter")
    version = "1"
    failure: Exception | None = None
    is_broken = False

    def stylize_all(self, image, looks):
        if self.failure:
            raise self.failure
        if [list(look.styles) for look in looks] == [["enhance"]]:
            steps = (SimpleNamespace(name="exposure", amount=0.1, note="darkened a little"),)
            return [FakeStyledPicture(image.point(lambda value: value * 0.9), looks[0], {}, steps=steps)]
        if "poison" in {style for look in looks for style in look.styles}:
            raise RuntimeError("unsupported look")
        for look in looks:
            if unknown := set(look.styles) - {"negative"}:
                raise UnknownStyle(unknown.pop(), {"negative": None})
        return [FakeStyledPicture(ImageOps.invert(image), look, {"ssim": 0.5}) for look in looks]

    def warm_up(self):
        if self.is_broken:
            raise RuntimeError("CUDA error: an illegal memory access was encountered")


@pytest.fixture
def objects():
    return InMemoryObjects()


@pytest.fixture
def engine():
    return Inverter()


@pytest.fixture
def process_ended():
    return threading.Event()


@pytest.fixture
def app(engine, objects, process_ended, monkeypatch, signing_key):
    enable_socket()  # asyncio wakes itself through a socket pair
    monkeypatch.setattr(health, "UNHEALTHY_SECONDS", 0.01)
    engine_with_retry = RetryingEngine(engine)
    stylize = stylizer(engine_with_retry, objects, lambda: signing_key)
    return server.make_app(stylize, health.Health(engine_with_retry.self_test, process_ended.set))


def stylizer(engine, objects, signing_key):
    """Its attempts are named 1, 2, 3, …"""
    attempts = itertools.count(1)
    return service.StylizeService(
        engine,
        objects,
        processors=ProcessorPool(PROCESSOR_THREADS),
        limits=Limits(),
        signing_key=signing_key,
        check=TicketCheck(UploadOwners(uploads_bucket="uploads", attached_prefixes=lambda bucket: ())),
        results_bucket="results",
        own_styles=lambda job_id, looks: (),
        new_attempt=lambda: str(next(attempts)),
    )


@pytest.fixture
def container(app):
    return TestClient(app)


def ticket(objects, data, looks=NEGATIVE, key=makers.KEY, **changes):
    if data is not None:
        objects.put("uploads", upload_key(key), data, "image/jpeg")
    return makers.ticket(key, looks=looks, **changes).model_dump_json()


def photo_key(number):
    return replace(makers.KEY, photo_id=f"{number:032x}")


def test_ping_is_200(container):
    assert container.get("/ping").status_code == 200


def test_a_ticket_becomes_pictures_in_web_sizes_and_formats_and_a_report(container, objects):
    looks = (Look(styles={"negative": 1.0}, strength=1), Look(styles={"negative": 1.0}, strength=0.5))
    answer = container.post("/invocations", content=ticket(objects, makers.jpeg(400, 200, "white"), looks))
    assert answer.status_code == 200
    report = parse_report(answer.content)
    assert report.model == "inverter@1"
    assert [picture.look for picture in report.pictures] == list(looks)
    files = {
        rendition.key.rpartition("/")[2]: (rendition.width, rendition.height, rendition.content_type)
        for rendition in report.pictures[0].renditions
    }
    assert files == {
        "full.jpg": (400, 200, "image/jpeg"),
        "w400.avif": (400, 200, "image/avif"),
        "w400.webp": (400, 200, "image/webp"),
        "w400.jpg": (400, 200, "image/jpeg"),
        "w320.avif": (320, 160, "image/avif"),
        "w320.webp": (320, 160, "image/webp"),
        "w320.jpg": (320, 160, "image/jpeg"),
    }
    assert report.pictures[0].dominant_colour == "#000000"
    assert report.pictures[0].placeholder
    for rendition in report.pictures[0].renditions:
        body = objects.get("results", rendition.key)
        assert len(body) == rendition.bytes
        assert max(Image.open(io.BytesIO(body)).convert("L").getextrema()) < 8, "white is inverted to black"
    steps = {"fetch", "decode", "prepare", "paint", "marks", "compose", "encode", "store", "total"}
    assert steps <= set(report.timings)


def test_every_object_of_a_job_is_signed(container, objects, signing_folder):
    looks = (
        Look(styles={"negative": 1.0}, strength=1),
        Look(styles={"poison": 1.0}, enhance=True, protection="off"),
    )
    body = makers.jpeg(400, 300)
    report = parse_report(container.post("/invocations", content=ticket(objects, body, looks)).content)
    trusted = (signing_folder / "ca.pem").read_text()
    pictures = [
        (key, data)
        for (bucket, key), data in objects.bodies.items()
        if bucket == "results" and "report" not in key
    ]
    assert len(pictures) == 14
    for key, data in pictures:
        content_type = objects.content_types["results", key]
        credentials = read_credentials(data, content_type, trusted)
        assert credentials.is_trusted, key
        edited = ["c2pa.edited"] if "negative" in key else ["c2pa.enhanced"]
        resized = ["c2pa.resized"] if "w320" in key else []
        names = [action["action"] for action in credentials.actions]
        assert names == ["c2pa.opened", *edited, "c2pa.converted", *resized]
    assert [picture.is_signed for picture in report.pictures] == [True, True]
    assert {picture.hash for picture in report.pictures} == {"0" * 16}, "a flat photo"


def test_without_certificates_pictures_are_reported_unsigned(objects, engine):
    stylize = stylizer(RetryingEngine(engine), objects, lambda: None)
    report = stylize(StylizeTicket.model_validate_json(ticket(objects, makers.jpeg())))
    assert [picture.is_signed for picture in report.pictures] == [False]
    key = report.pictures[0].renditions[0].key
    assert read_credentials(objects.get("results", key), "image/jpeg") is None


def test_a_missing_signing_key_is_noticed_before_the_engine_works(objects, engine):
    def missing():
        raise Unavailable("no certificates")

    engine.failure = AssertionError("the engine ran")
    stylize = stylizer(RetryingEngine(engine), objects, missing)
    with pytest.raises(Unavailable):
        stylize(StylizeTicket.model_validate_json(ticket(objects, makers.jpeg())))


def test_the_report_is_also_stored_in_s3(container, objects):
    answer = container.post("/invocations", content=ticket(objects, makers.jpeg()))
    assert objects.get("results", report_key(JOB_ID)) == answer.content


def test_a_repeated_ticket_returns_the_stored_report(container, objects, engine):
    body = ticket(objects, makers.jpeg())
    first = container.post("/invocations", content=body)
    engine.failure = AssertionError("the engine ran again")
    again = container.post("/invocations", content=body)
    assert (again.status_code, again.content) == (200, first.content)


def test_a_stored_refusal_is_the_result_of_its_job(container, objects):
    first = container.post("/invocations", content=ticket(objects, b"no picture at all"))
    assert container.post("/invocations", content=ticket(objects, makers.jpeg())).content == first.content


@pytest.mark.parametrize("stored", [b"{", b"", b"another job's"], ids=["truncated", "empty", "another's"])
def test_a_report_that_is_not_the_jobs_is_replaced(container, objects, stored):
    if stored == b"another job's":
        other = ticket(objects, makers.jpeg(), key=photo_key(1))
        stored = container.post("/invocations", content=other).content
    objects.put("results", report_key(JOB_ID), stored, "application/json")
    answer = container.post("/invocations", content=ticket(objects, makers.jpeg()))
    assert parse_report(answer.content).job_id == JOB_ID
    assert objects.get("results", report_key(JOB_ID)) == answer.content


def test_an_attempt_that_was_interrupted_is_begun_anew_and_overwrites_nothing(
    container, objects, monkeypatch
):
    put, full = objects.put, f"{attempt_prefix(JOB_ID, '1')}{NEGATIVE[0].slug}/full.jpg"

    def fail_with_the_second_picture(bucket, key, *rest, **options):
        if key.endswith("w300.webp"):
            raise Unavailable("slow down")
        return put(bucket, key, *rest, **options)

    body = ticket(objects, makers.jpeg(300, 200))
    monkeypatch.setattr(objects, "put", fail_with_the_second_picture)
    assert container.post("/invocations", content=body).status_code == 503
    first = objects.get("results", full)
    monkeypatch.setattr(objects, "put", put)
    (picture,) = parse_report(container.post("/invocations", content=body).content).pictures
    assert objects.get("results", full) is first
    prefix = attempt_prefix(JOB_ID, "2")
    assert {rendition.key.startswith(prefix) for rendition in picture.renditions} == {True}
    assert {rendition.key for rendition in picture.renditions} <= {key for _, key in objects.bodies}


def test_of_two_attempts_at_once_both_answer_with_the_report_that_was_first(
    container, objects, engine, monkeypatch
):
    body, stylize_all, answers = ticket(objects, makers.jpeg()), engine.stylize_all, []

    def overtaken(image, looks, **options):
        monkeypatch.setattr(engine, "stylize_all", stylize_all)
        slow = RetryingEngine(engine)
        second = stylizer(slow, objects, lambda: None)
        second._new_attempt = lambda: "second"
        answers.append(second(StylizeTicket.model_validate_json(body)))
        return stylize_all(image, looks, **options)

    monkeypatch.setattr(engine, "stylize_all", overtaken)
    report = parse_report(container.post("/invocations", content=body).content)
    assert [report] == answers
    assert report.pictures[0].renditions[0].key.startswith(attempt_prefix(JOB_ID, "second"))


def test_small_photos_are_not_upscaled(container, objects):
    answer = container.post("/invocations", content=ticket(objects, makers.jpeg(100, 80)))
    assert {rendition.width for rendition in parse_report(answer.content).pictures[0].renditions} == {100}


def test_pictures_of_a_public_ticket_are_under_the_public_prefix_and_their_exhibits_are_not(
    container, objects, engine, monkeypatch
):
    styled_by(monkeypatch, engine, full_result)
    body = ticket(objects, makers.jpeg(300, 200), visibility=Visibility.PUBLIC)
    (picture,) = parse_report_of(JOB_ID, container.post("/invocations", content=body).content).pictures
    folder = f"public/main/{makers.PHOTO_ID}/{JOB_ID[-12:]}-1/{NEGATIVE[0].slug}"
    assert {rendition.key.rpartition("/")[0] for rendition in picture.renditions} == {folder}
    assert picture.exhibits
    assert all(exhibit.key.startswith(attempt_prefix(JOB_ID, "1")) for exhibit in picture.exhibits.values())
    public = {key.rpartition("/")[0] for _, key in objects.bodies if key.startswith("public/")}
    assert public == {folder}


def test_a_ticket_of_the_release_before_is_accepted_and_private(container, objects):
    body = json.loads(ticket(objects, makers.jpeg(300, 200)))
    del body["visibility"]
    body["long_sides"] = [1024, 512]
    (picture,) = parse_report(container.post("/invocations", content=json.dumps(body)).content).pictures
    assert all(rendition.key.startswith("styled/") for rendition in picture.renditions)


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "empty_file"), (b"no picture at all", "not_an_image"), (makers.jpeg(300, 300)[:-300], "damaged_image"),
     (None, "upload_gone")],
)  # fmt: skip
def test_a_photo_that_cannot_be_styled_gives_a_report_with_a_refusal(container, objects, data, code):
    answer = container.post("/invocations", content=ticket(objects, data))
    assert answer.status_code == 200
    assert parse_report(answer.content).refusal.code == code
    assert container.post("/invocations", content=ticket(objects, makers.jpeg())).status_code == 200


def test_an_unknown_style_gives_a_refusal_that_names_it(container, objects):
    looks = (Look(styles={"nosuch": 1.0}),)
    report = parse_report(
        container.post("/invocations", content=ticket(objects, makers.jpeg(), looks)).content
    )
    assert report.refusal.code == "unknown_style"
    assert "nosuch" in report.refusal.message


def test_an_invalid_ticket_is_400(container):
    for body in (b"", b"{}", b"\xff", b'{"ticket_version": 1}'):
        answer = container.post("/invocations", content=body)
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_ticket")


def test_unavailable_s3_is_503(container, objects, monkeypatch):
    body = ticket(objects, makers.jpeg())

    def down(*_args, **_options):
        raise Unavailable("slow down")

    monkeypatch.setattr(objects, "put", down)
    answer = container.post("/invocations", content=body)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


# ── Engine failures ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "failure", [MemoryError(), torch.OutOfMemoryError("CUDA out of memory"), RuntimeError("odd")]
)
def test_an_engine_that_fails_with_one_photo_stays_healthy(
    container, objects, engine, failure, process_ended
):
    body = ticket(objects, makers.jpeg())
    engine.failure = failure
    for _ in range(5):
        answer = container.post("/invocations", content=body)
        assert (answer.status_code, answer.json()["code"]) == (500, "engine_failed")
    engine.failure = None
    assert container.get("/ping").status_code == 200
    assert container.post("/invocations", content=body).status_code == 200
    assert not process_ended.wait(0.05)


def test_looks_that_exceed_memory_together_are_painted_one_by_one(objects, engine, monkeypatch):
    paint_together, batches = engine.paint_together, []

    def one_at_a_time(requests):
        batches.append(len(requests))
        if len(requests) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return paint_together(requests)

    monkeypatch.setattr(engine, "paint_together", one_at_a_time)
    monkeypatch.setattr(retrying_engine, "BATCH_WAIT_SECONDS", 5)
    stylize = stylizer(RetryingEngine(engine, looks_at_once=3), objects, lambda: None)
    looks = tuple(Look(styles={"negative": 1.0}, strength=strength) for strength in (1, 0.5, 0.25))
    report = stylize(StylizeTicket.model_validate_json(ticket(objects, makers.jpeg(), looks)))
    assert [picture.look for picture in report.pictures] == list(looks)
    assert batches == [3, 1, 1, 1]


def test_a_picture_that_cannot_be_composed_is_tried_again_and_then_the_photo_is_published(
    container, objects, engine, monkeypatch
):
    """The engine composes on the threads of the other stages, with less memory left than there was."""
    composed = Counter()

    def compose(painted):
        composed[painted.look.strength] += 1
        if painted.look.strength == 0.5:
            raise MemoryError
        return painted.picture

    monkeypatch.setattr(staged_engine.Painted, "compose", compose)
    looks = tuple(Look(styles={"negative": 1.0}, strength=strength) for strength in (1, 0.5))
    answer = container.post("/invocations", content=ticket(objects, makers.jpeg(), looks))
    assert [each.verdict.outcome for each in parse_report(answer.content).pictures] == ["passed", "fallback"]
    assert composed == {1: 1, 0.5: 2}


def test_memory_of_the_failed_attempt_is_freed_before_the_retry(container, objects, engine, monkeypatch):
    class Tensor:
        pass

    held = []

    def stylize_all(image, looks, **_options):
        if not held:
            tensor = Tensor()
            held.append(weakref.ref(tensor))
            raise MemoryError
        assert held[0]() is None, "the traceback keeps the first attempt's tensors alive"
        return [FakeStyledPicture(image, look, {}) for look in looks]

    monkeypatch.setattr(engine, "stylize_all", stylize_all)
    assert container.post("/invocations", content=ticket(objects, makers.jpeg())).status_code == 200


POISON = Look(styles={"poison": 1.0})


def test_a_ticket_that_breaks_the_engine_fails_alone(container, objects):
    answer = container.post("/invocations", content=ticket(objects, makers.jpeg(), (POISON,)))
    assert (answer.status_code, answer.json()["detail"]) == (500, "RuntimeError: unsupported look")
    assert container.post("/invocations", content=ticket(objects, makers.jpeg())).status_code == 200


@pytest.mark.parametrize(
    ("enhance", "protection", "white"),
    [(False, "off", 255), (True, "off", 230), (True, "soft", 255), (True, "strict", 255)],
)
def test_for_a_look_that_fails_twice_the_photo_is_published(container, objects, enhance, protection, white):
    photo = makers.jpeg(300, 200, "white")
    poison = Look(styles={"poison": 1.0}, enhance=enhance, protection=protection)
    looks = (Look(styles={"negative": 1.0}), poison)
    answer = container.post("/invocations", content=ticket(objects, photo, looks))
    painted, failed = parse_report(answer.content).pictures
    assert painted.verdict.outcome == "passed"
    assert (failed.verdict.outcome, failed.verdict.strength) == ("fallback", 0)
    assert failed.verdict.refused_by == ("engine",)
    assert bool(failed.steps) == (white == 230), "a protected product is not enhanced without the gates"
    shown = Image.open(io.BytesIO(objects.get("results", failed.renditions[0].key)))
    assert set(shown.convert("L").getextrema()) == {white}, "the photo, not the negative"


def test_the_unchanged_photo_is_published_if_enhancing_fails_too(container, objects, engine, monkeypatch):
    stylize_all = engine.stylize_all

    def fail_to_enhance(image, looks, **options):
        if "enhance" in looks[0].styles:
            raise RuntimeError("enhancing fails too")
        return stylize_all(image, looks, **options)

    monkeypatch.setattr(engine, "stylize_all", fail_to_enhance)
    poison = Look(styles={"poison": 1.0}, enhance=True, protection="off")
    looks = (Look(styles={"negative": 1.0}), poison)
    answer = container.post("/invocations", content=ticket(objects, makers.jpeg(), looks))
    failed = parse_report(answer.content).pictures[1]
    assert (failed.verdict.outcome, failed.steps) == ("fallback", ())


@pytest.mark.parametrize(
    ("looks", "ends"), [((POISON,), True), ((POISON, Look(styles={"negative": 1})), False)]
)
def test_failed_looks_count_against_health_only_if_all_of_a_photo_fail(container, objects, looks, ends):
    for number in range(health.FAILED_PHOTOS_UNTIL_UNHEALTHY):
        body = ticket(objects, makers.jpeg(), looks, key=photo_key(number))
        container.post("/invocations", content=body)
    assert (container.get("/ping").status_code == 503) == ends


def test_an_invalid_report_of_the_engine_is_500(container, objects, engine, monkeypatch):
    def not_a_number(image, looks, **_options):
        return [FakeStyledPicture(image, look, {"ssim": float("nan")}) for look in looks]

    monkeypatch.setattr(engine, "stylize_all", not_a_number)
    answer = container.post("/invocations", content=ticket(objects, makers.jpeg()))
    assert (answer.status_code, answer.json()["code"]) == (500, "engine_failed")


def test_a_failing_self_test_makes_the_container_unhealthy_and_ends_it(
    container, objects, engine, process_ended
):
    engine.failure = RuntimeError("CUDA error: an illegal memory access was encountered")
    engine.is_broken = True
    container.post("/invocations", content=ticket(objects, makers.jpeg()))
    assert container.get("/ping").status_code == 503
    assert process_ended.wait(2)
    engine.failure = None
    answer = container.post("/invocations", content=ticket(objects, makers.jpeg()))
    assert (answer.status_code, answer.json()["code"]) == (503, "unhealthy")


@pytest.mark.parametrize(("successes_between", "status"), [(False, 503), (True, 200)])
def test_consecutive_failures_of_different_photos_make_it_unhealthy(
    container, objects, engine, process_ended, successes_between, status
):
    for number in range(health.FAILED_PHOTOS_UNTIL_UNHEALTHY):
        body = ticket(objects, makers.jpeg(), key=photo_key(number))
        engine.failure = RuntimeError("odd")
        container.post("/invocations", content=body)
        engine.failure = None
        if successes_between:
            container.post("/invocations", content=body)
    assert container.get("/ping").status_code == status
    assert process_ended.wait(0.1) == (status == 503)


def test_a_hang_makes_it_unhealthy_and_ends_it(container, objects, engine, monkeypatch, process_ended):
    released = threading.Event()
    monkeypatch.setattr(server, "TICKET_TIMEOUT_SECONDS", 0.2)
    monkeypatch.setattr(engine, "stylize_all", lambda *_, **_options: released.wait(10) and [])
    answer = container.post("/invocations", content=ticket(objects, makers.jpeg()))
    assert (answer.status_code, answer.json()["code"]) == (504, "too_slow")
    assert container.get("/ping").status_code == 503
    assert process_ended.wait(2)
    released.set()


# ── The engine's results ─────────────────────────────────────────────────────────────────────────────


def full_result(image, look, outcome="lowered", **more):
    gate = SimpleNamespace(name="text", value=float("inf"), limit=0.9, passed=False)
    report_fields = {
        "verdict": SimpleNamespace(
            outcome=outcome, strength=0 if outcome == "fallback" else 0.6, refused_by=("text",), gates=(gate,)
        ),
        "regions": SimpleNamespace(found=True, confidence=0.93, product_share=0.4, text_share=0.05),
        "steps": (SimpleNamespace(name="white_balance", amount=0.1, note="warmer"),),
        "explanation": SimpleNamespace(
            levels={"colour": 0.5, "stroke": 0.3, "motif": 0.2},
            styles={"negative": 1.0},
            difference={"structure": 0.2, "colour": 0.7, "texture": 0.1},
            strip=(SimpleNamespace(strength=0.5, gates={"text": 0.95}, passed=True),),
            words="Most of it is colour.",
            pictures={"strip": image.resize((1600, 100)), "difference-colour": image.convert("L")},
        ),
    }
    return FakeStyledPicture(ImageOps.invert(image), look, {"ssim": 0.5}, **(report_fields | more))


def styled_by(monkeypatch, engine, make_result):
    monkeypatch.setattr(
        engine, "stylize_all", lambda image, looks, **_: [make_result(image, look) for look in looks]
    )


def test_the_engines_results_are_in_the_report_and_its_exhibits_are_stored(
    container, objects, engine, monkeypatch
):
    styled_by(monkeypatch, engine, full_result)
    answer = container.post("/invocations", content=ticket(objects, makers.jpeg(300, 200)))
    (picture,) = parse_report(answer.content).pictures
    assert (picture.verdict.outcome, picture.verdict.strength, picture.verdict.refused_by) == (
        "lowered",
        0.6,
        ("text",),
    )
    assert picture.verdict.gates[0].value is None, "not finite"
    assert picture.regions.product_share == 0.4
    assert [step.note for step in picture.steps] == ["warmer"]
    assert picture.explanation.strip[0].gates == {"text": 0.95}
    sizes = {name: (rendition.width, rendition.height) for name, rendition in picture.exhibits.items()}
    assert sizes == {"strip": (1280, 80), "difference-colour": (300, 200)}
    for name, exhibit in picture.exhibits.items():
        assert exhibit.key == f"{attempt_prefix(JOB_ID, '1')}negative-100.s100/{name}.webp"
        assert len(objects.get("results", exhibit.key)) == exhibit.bytes


def source_types(objects):
    """The digital source type of each stored picture, as read by Exiv2."""
    types = set()
    for (bucket, key), body in objects.bodies.items():
        if bucket == "results" and not key.endswith(".json"):
            with pyexiv2.ImageData(body) as image:
                assert image.read_xmp().get("Xmp.dc.creator") == ["Zoë"], key
                assert "Exif.GPSInfo.GPSLatitudeRef" not in image.read_exif()
                types.add(image.read_xmp().get("Xmp.iptcExt.DigitalSourceType", "").rpartition("/")[2])
    return types


def chose(style):
    look = SimpleNamespace(styles={style: 1.0}, strength=0.8, protection="strict", levels={}, enhance=True)
    return SimpleNamespace(look=look, reasons=("The background is plain.",))


@pytest.mark.parametrize(
    ("style", "make_result", "source"),
    [
        ("oil", full_result, "compositeWithTrainedAlgorithmicMedia"),
        (
            "auto",
            lambda image, look: full_result(image, look, chosen=chose("oil")),
            "compositeWithTrainedAlgorithmicMedia",
        ),
        (
            "auto",
            lambda image, look: full_result(image, look, chosen=chose("enhance")),
            "algorithmicallyEnhanced",
        ),
        ("oil", lambda image, look: full_result(image, look, outcome="fallback"), "algorithmicallyEnhanced"),
        ("enhance", full_result, "algorithmicallyEnhanced"),
        ("grade-autumn", full_result, "algorithmicallyEnhanced"),
        ("enhance", lambda image, look: FakeStyledPicture(image.copy(), look, {}), ""),
        (
            "oil",
            lambda image, look: FakeStyledPicture(
                image.copy(), look, {}, SimpleNamespace(**PASSED | {"strength": 0.0})
            ),
            "",
        ),
    ],
)
def test_every_picture_has_creator_and_source_type(
    container, objects, engine, monkeypatch, style, make_result, source
):
    styled_by(monkeypatch, engine, make_result)
    exif = Image.Exif()
    exif[315] = "Zoë".encode()
    exif.get_ifd(0x8825)[1] = "N"
    photo = encoded(chart(300, 200), "JPEG", exif=exif.tobytes())
    answer = container.post("/invocations", content=ticket(objects, photo, (Look(styles={style: 1.0}),)))
    assert parse_report(answer.content).pictures
    assert source_types(objects) == {source}


# ── Limits of requests ───────────────────────────────────────────────────────────────────────────────


def test_a_ticket_that_is_too_large_is_413(container, objects):
    answer = container.post("/invocations", content=b" " * server.MAX_TICKET_BYTES)
    assert answer.status_code == 400
    answer = container.post("/invocations", content=b" " * (server.MAX_TICKET_BYTES + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "ticket_too_large")


def posts(app, *waves):
    """The responses of each wave; a wave's bodies are sent concurrently, all in one event loop."""

    async def run():
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://container", timeout=30) as client:
            return [
                await asyncio.gather(*(client.post("/invocations", content=body) for body in wave))
                for wave in waves
            ]

    return asyncio.run(run())


async def trickle():
    yield b"{"
    await asyncio.sleep(5)


def test_a_ticket_that_is_sent_too_slowly_is_408(app, monkeypatch):
    monkeypatch.setattr(server, "TICKET_READ_TIMEOUT_SECONDS", 0.1)
    ((answer,),) = posts(app, [trickle()])
    assert (answer.status_code, answer.json()["code"]) == (408, "ticket_incomplete")


def test_tickets_beyond_the_admission_limit_are_503_with_retry_after(app, objects, engine, monkeypatch):
    running, maximum, lock = set(), [0], threading.Lock()
    fetch = objects.get

    def slow(*args):
        with lock:
            running.add(threading.get_ident())
            maximum[0] = max(maximum[0], len(running))
        time.sleep(0.05)
        with lock:
            running.discard(threading.get_ident())
        return fetch(*args)

    body = ticket(objects, makers.jpeg())
    monkeypatch.setattr(objects, "get", slow)
    admitted = server.MAX_CONCURRENT_TICKETS + server.MAX_WAITING_TICKETS
    answers, later = posts(app, [body] * 20, [body] * admitted)
    assert Counter(answer.status_code for answer in answers) == {200: admitted, 503: 20 - admitted}
    assert {answer.headers.get("Retry-After") for answer in answers if answer.status_code == 503} == {"5"}
    assert maximum[0] == server.MAX_CONCURRENT_TICKETS
    assert {answer.status_code for answer in later} == {200}, "admitted again afterwards"


def test_settings_are_read_from_the_environment(monkeypatch):
    monkeypatch.setenv("MAX_UPLOAD_BYTES", "1000")
    monkeypatch.setenv("MAX_MEGAPIXELS", "25")
    monkeypatch.setenv("STYLIZER_DEVICE", "cpu")
    monkeypatch.setenv("TENANTS_TABLE", "limner-tenants")
    monkeypatch.setenv("HASHES_TABLE", "limner-hashes")
    monkeypatch.setenv("UPLOADS_BUCKET", "uploads")
    monkeypatch.setenv("RESULTS_BUCKET", "results")
    monkeypatch.setenv("SIGNING_KEY", "arn:aws:kms:…")
    monkeypatch.setenv("SIGNING_CERTIFICATES", "/limner/signing-certificates")
    monkeypatch.setenv("CONTENT_CREDENTIALS", "required")
    settings = server.StylizerSettings.read()
    assert settings.limner_model_dir == "/opt/ml/model"
    assert settings.sagemaker_bind_to_port == 8080


def test_reports_are_json(container, objects):
    json.loads(container.post("/invocations", content=ticket(objects, makers.jpeg())).content)


HANGING_PROCESS = """
import signal, sys, threading
sys.path.insert(0, sys.argv[1])
from server import health
health.SIGTERM_GRACE_SECONDS = 0.5
signal.signal(signal.SIGTERM, signal.SIG_IGN)
threading.Thread(target=threading.Event().wait).start()
health.end_process()
"""


def test_a_process_that_ignores_sigterm_is_ended_after_the_grace_period():
    """As for a container's process 1 with a thread that hangs."""
    folder = str(ROOT / "functions/stylizer")
    ended = subprocess.run([sys.executable, "-c", HANGING_PROCESS, folder], timeout=20, check=False)
    assert ended.returncode == 1
