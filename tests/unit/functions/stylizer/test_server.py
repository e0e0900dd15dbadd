"""The container's contract, with a stand-in for the engine and objects in memory."""

import asyncio
import io
import json
import subprocess
import sys
import threading
import time
import weakref
from collections import Counter
from dataclasses import dataclass, field
from types import SimpleNamespace

import httpx
import pyexiv2
import pytest
import torch
from fastapi.testclient import TestClient
from PIL import Image, ImageOps
from pytest_socket import enable_socket

from limner.contracts import Destination, ObjectRef, StylizeTicket, parse_report
from limner.errors import Unavailable
from limner.images.intake import Limits
from limner.looks import Look
from style_engine import UnknownStyle
from tests import makers
from tests.fakes import InMemoryObjects
from tests.pictures import chart, encoded
from tests.template_reader import ROOT

PREFIX = f"styled/{makers.PHOTO_ID}/j/"


sys.path.insert(0, str(ROOT / "functions/stylizer"))  # where the container finds its package

from server import app as server  # noqa: E402
from server import health, service  # noqa: E402

PASSED = {"outcome": "passed", "strength": 1.0, "refused_by": (), "gates": ()}


@dataclass(frozen=True)
class Told:
    """What an engine tells of a picture, with the contract's names."""

    image: Image.Image
    look: object
    metrics: dict
    verdict: object = field(default_factory=lambda: SimpleNamespace(**PASSED))
    regions: object = None
    steps: tuple = ()
    chosen: object = None
    explanation: object = None


class Inverter:
    """Stands in for the engine: its one style turns a picture into its negative."""

    model = SimpleNamespace(name="inverter")
    version = "1"
    failure: Exception | None = None
    is_broken = False

    def stylize_all(self, image, looks, *, explained=False):
        if self.failure:
            raise self.failure
        if [list(look.styles) for look in looks] == [["enhance"]]:
            steps = (SimpleNamespace(name="exposure", amount=0.1, note="darkened a little"),)
            return [Told(image.point(lambda value: value * 0.9), looks[0], {}, steps=steps)]
        if "poison" in {style for look in looks for style in look.styles}:
            raise RuntimeError("no such fold")
        for look in looks:
            if unknown := set(look.styles) - {"negative"}:
                raise UnknownStyle(unknown.pop(), {"negative": None})
        return [Told(ImageOps.invert(image), look, {"ssim": 0.5}) for look in looks]

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
def ended():
    return threading.Event()


@pytest.fixture
def app(engine, objects, ended, monkeypatch):
    enable_socket()  # asyncio wakes itself through a socket pair
    monkeypatch.setattr(health, "UNHEALTHY_SECONDS", 0.01)
    engine_with_retry = service.RetryingEngine(engine)
    stylize = service.StylizeService(engine_with_retry, objects, Limits())
    return server.make_app(stylize, health.Health(engine_with_retry.self_test, ended.set))


@pytest.fixture
def container(app):
    return TestClient(app)


def ticket(objects, data, looks=(Look(styles={"negative": 1.0}, strength=1),), **changes):
    if data is not None:
        objects.put("uploads", "uploads/x", data, "image/jpeg")
    facts = {
        "job_id": "j",
        "photo": ObjectRef(bucket="uploads", key="uploads/x"),
        "looks": looks,
        "long_sides": (256, 128),
        "results": Destination(bucket="results", prefix=PREFIX),
    }
    return StylizeTicket(**(facts | changes)).model_dump_json()


def test_ping_is_200(container):
    assert container.get("/ping").status_code == 200


def test_a_ticket_becomes_pictures_in_several_sizes_and_a_report(container, objects):
    looks = (Look(styles={"negative": 1.0}, strength=1), Look(styles={"negative": 1.0}, strength=0.5))
    answer = container.post("/invocations", content=ticket(objects, makers.jpeg(300, 200, "white"), looks))
    assert answer.status_code == 200
    report = parse_report(answer.content)
    assert report.model == "inverter@1"
    assert [picture.look for picture in report.pictures] == list(looks)
    sizes = [(each.width, each.height, each.content_type) for each in report.pictures[0].renditions]
    assert sizes == [(300, 200, "image/jpeg"), (256, 171, "image/webp"), (128, 85, "image/webp")]
    for each in report.pictures[0].renditions:
        body = objects.get("results", each.key)
        assert len(body) == each.bytes
        assert max(Image.open(io.BytesIO(body)).convert("L").getextrema()) < 8, "white became black"
    assert {"fetch", "decode", "stylize", "encode", "store", "total"} <= set(report.timings)


def test_the_report_is_also_stored_in_s3(container, objects):
    answer = container.post("/invocations", content=ticket(objects, makers.jpeg()))
    assert objects.get("results", f"{PREFIX}report.json") == answer.content


def test_a_repeated_ticket_returns_the_stored_report(container, objects, engine):
    body = ticket(objects, makers.jpeg())
    first = container.post("/invocations", content=body)
    engine.failure = AssertionError("the engine was asked again")
    again = container.post("/invocations", content=body)
    assert (again.status_code, again.content) == (200, first.content)


def test_a_stored_refusal_or_another_models_report_is_not_reused(container, objects, engine):
    container.post("/invocations", content=ticket(objects, b"no picture at all"))
    answer = container.post("/invocations", content=ticket(objects, makers.jpeg()))
    assert parse_report(answer.content).pictures
    report = json.loads(answer.content) | {"model": "another@2"}
    objects.put("results", f"{PREFIX}report.json", json.dumps(report).encode(), "application/json")
    answer = container.post("/invocations", content=ticket(objects, makers.jpeg()))
    assert parse_report(answer.content).model == "inverter@1"


def test_small_photos_are_not_upscaled(container, objects):
    answer = container.post("/invocations", content=ticket(objects, makers.jpeg(100, 80)))
    assert len(parse_report(answer.content).pictures[0].renditions) == 1


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
    for body in (b"", b"{}", b"\xff", b'{"ticket_version": 2}'):
        answer = container.post("/invocations", content=body)
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_ticket")


def test_unavailable_s3_is_503(container, objects, monkeypatch):
    body = ticket(objects, makers.jpeg())

    def down(*_args):
        raise Unavailable("slow down")

    monkeypatch.setattr(objects, "put", down)
    answer = container.post("/invocations", content=body)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


# ── The engine fails ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "failure", [MemoryError(), torch.OutOfMemoryError("CUDA out of memory"), RuntimeError("odd")]
)
def test_an_engine_that_fails_with_one_photo_stays_healthy(container, objects, engine, failure, ended):
    body = ticket(objects, makers.jpeg())
    engine.failure = failure
    for _ in range(5):
        answer = container.post("/invocations", content=body)
        assert (answer.status_code, answer.json()["code"]) == (500, "engine_failed")
    engine.failure = None
    assert container.get("/ping").status_code == 200
    assert container.post("/invocations", content=body).status_code == 200
    assert not ended.wait(0.05)


def test_looks_that_exceed_memory_together_are_retried_one_by_one(container, objects, engine, monkeypatch):
    together = engine.stylize_all

    def one_at_a_time(image, looks, **_options):
        if len(looks) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return together(image, looks)

    monkeypatch.setattr(engine, "stylize_all", one_at_a_time)
    looks = tuple(Look(styles={"negative": 1.0}, strength=strength) for strength in (1, 0.5, 0.25))
    answer = container.post("/invocations", content=ticket(objects, makers.jpeg(), looks))
    assert [picture.look for picture in parse_report(answer.content).pictures] == list(looks)


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
        return [Told(image, look, {}) for look in looks]

    monkeypatch.setattr(engine, "stylize_all", stylize_all)
    assert container.post("/invocations", content=ticket(objects, makers.jpeg())).status_code == 200


POISON = Look(styles={"poison": 1.0})


def test_a_ticket_that_breaks_the_engine_fails_alone(container, objects):
    answer = container.post("/invocations", content=ticket(objects, makers.jpeg(), (POISON,)))
    assert (answer.status_code, answer.json()["detail"]) == (500, "RuntimeError: no such fold")
    assert container.post("/invocations", content=ticket(objects, makers.jpeg())).status_code == 200


@pytest.mark.parametrize(("enhance", "white"), [(False, 255), (True, 230)])
def test_for_a_look_that_fails_twice_the_photo_is_published(container, objects, enhance, white):
    photo = makers.jpeg(300, 200, "white")
    looks = (Look(styles={"negative": 1.0}), POISON.model_copy(update={"enhance": enhance}))
    answer = container.post("/invocations", content=ticket(objects, photo, looks))
    painted, poisoned = parse_report(answer.content).pictures
    assert painted.verdict.outcome == "passed"
    assert (poisoned.verdict.outcome, poisoned.verdict.strength) == ("fallback", 0)
    assert poisoned.verdict.refused_by == ("engine",)
    assert bool(poisoned.steps) == enhance
    shown = Image.open(io.BytesIO(objects.get("results", poisoned.renditions[0].key)))
    assert set(shown.convert("L").getextrema()) == {white}, "not black: unpainted"


def test_the_unchanged_photo_is_published_if_enhancing_fails_too(container, objects, engine, monkeypatch):
    together = engine.stylize_all

    def not_lifted(image, looks, **options):
        if "enhance" in looks[0].styles:
            raise RuntimeError("no such fold either")
        return together(image, looks, **options)

    monkeypatch.setattr(engine, "stylize_all", not_lifted)
    looks = (Look(styles={"negative": 1.0}), POISON)
    answer = container.post("/invocations", content=ticket(objects, makers.jpeg(), looks))
    poisoned = parse_report(answer.content).pictures[1]
    assert (poisoned.verdict.outcome, poisoned.steps) == ("fallback", ())


@pytest.mark.parametrize(
    ("looks", "ends"), [((POISON,), True), ((POISON, Look(styles={"negative": 1})), False)]
)
def test_failed_looks_count_against_health_only_if_all_of_a_photo_fail(container, objects, looks, ends):
    for number in range(health.MAX_CONSECUTIVE_FAILED_PHOTOS):
        objects.put("uploads", f"uploads/{number}", makers.jpeg(), "image/jpeg")
        where = ObjectRef(bucket="uploads", key=f"uploads/{number}")
        place = Destination(bucket="results", prefix=f"styled/{number}/")
        container.post("/invocations", content=ticket(objects, None, looks, photo=where, results=place))
    assert (container.get("/ping").status_code == 503) == ends


def test_an_invalid_report_of_the_engine_is_500(container, objects, engine, monkeypatch):
    def not_a_number(image, looks, **_options):
        return [Told(image, look, {"ssim": float("nan")}) for look in looks]

    monkeypatch.setattr(engine, "stylize_all", not_a_number)
    answer = container.post("/invocations", content=ticket(objects, makers.jpeg()))
    assert (answer.status_code, answer.json()["code"]) == (500, "engine_failed")


def test_a_failing_self_test_makes_the_container_unhealthy_and_ends_it(container, objects, engine, ended):
    engine.failure = RuntimeError("CUDA error: an illegal memory access was encountered")
    engine.is_broken = True
    container.post("/invocations", content=ticket(objects, makers.jpeg()))
    assert container.get("/ping").status_code == 503
    assert ended.wait(2)
    engine.failure = None
    answer = container.post("/invocations", content=ticket(objects, makers.jpeg()))
    assert (answer.status_code, answer.json()["code"]) == (503, "unhealthy")


@pytest.mark.parametrize(("successes_between", "status"), [(False, 503), (True, 200)])
def test_consecutive_failures_of_different_photos_make_it_unhealthy(
    container, objects, engine, ended, successes_between, status
):
    for number in range(health.MAX_CONSECUTIVE_FAILED_PHOTOS):
        key = f"uploads/{number}"
        objects.put("uploads", key, makers.jpeg(), "image/jpeg")
        body = ticket(objects, None, photo=ObjectRef(bucket="uploads", key=key))
        engine.failure = RuntimeError("odd")
        container.post("/invocations", content=body)
        engine.failure = None
        if successes_between:
            container.post("/invocations", content=body)
    assert container.get("/ping").status_code == status
    assert ended.wait(0.1) == (status == 503)


def test_a_hang_makes_it_unhealthy_and_ends_it(container, objects, engine, monkeypatch, ended):
    released = threading.Event()
    monkeypatch.setattr(server, "TICKET_TIMEOUT_SECONDS", 0.2)
    monkeypatch.setattr(engine, "stylize_all", lambda *_, **_options: released.wait(10) and [])
    answer = container.post("/invocations", content=ticket(objects, makers.jpeg()))
    assert (answer.status_code, answer.json()["code"]) == (504, "too_slow")
    assert container.get("/ping").status_code == 503
    assert ended.wait(2)
    released.set()


# ── What the engine says of a picture ────────────────────────────────────────────────────────────────


def told(image, look, outcome="lowered", **more):
    gate = SimpleNamespace(name="text", value=float("inf"), limit=0.9, passed=False)
    said = {
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
    return Told(ImageOps.invert(image), look, {"ssim": 0.5}, **(said | more))


def styled_by(monkeypatch, engine, tell):
    monkeypatch.setattr(
        engine, "stylize_all", lambda image, looks, **_: [tell(image, look) for look in looks]
    )


def test_the_engines_results_are_in_the_report_and_its_exhibits_are_stored(
    container, objects, engine, monkeypatch
):
    styled_by(monkeypatch, engine, told)
    answer = container.post("/invocations", content=ticket(objects, makers.jpeg(300, 200)))
    (picture,) = parse_report(answer.content).pictures
    assert (picture.verdict.outcome, picture.verdict.strength, picture.verdict.refused_by) == (
        "lowered",
        0.6,
        ("text",),
    )
    assert picture.verdict.gates[0].value is None, "it could not be measured"
    assert picture.regions.product_share == 0.4
    assert [step.note for step in picture.steps] == ["warmer"]
    assert picture.explanation.strip[0].gates == {"text": 0.95}
    sizes = {name: (each.width, each.height) for name, each in picture.exhibits.items()}
    assert sizes == {"strip": (1280, 80), "difference-colour": (300, 200)}
    for name, exhibit in picture.exhibits.items():
        assert exhibit.key == f"{PREFIX}negative-100.s100/{name}.webp"
        assert len(objects.get("results", exhibit.key)) == exhibit.bytes


def source_types(objects):
    """The digital source type in each picture stored, as another program reads it."""
    found = set()
    for (bucket, key), body in objects.bodies.items():
        if bucket == "results" and not key.endswith(".json"):
            with pyexiv2.ImageData(body) as image:
                assert image.read_xmp().get("Xmp.dc.creator") == ["Zoë"], key
                assert "Exif.GPSInfo.GPSLatitudeRef" not in image.read_exif()
                found.add(image.read_xmp().get("Xmp.iptcExt.DigitalSourceType", "").rpartition("/")[2])
    return found


def chose(style):
    look = SimpleNamespace(styles={style: 1.0}, strength=0.8, protection="strict", levels={}, enhance=True)
    return SimpleNamespace(look=look, reasons=("The ground is plain.",))


@pytest.mark.parametrize(
    ("style", "tell", "source"),
    [
        ("oil", told, "compositeWithTrainedAlgorithmicMedia"),
        (
            "auto",
            lambda image, look: told(image, look, chosen=chose("oil")),
            "compositeWithTrainedAlgorithmicMedia",
        ),
        ("auto", lambda image, look: told(image, look, chosen=chose("enhance")), "algorithmicallyEnhanced"),
        ("oil", lambda image, look: told(image, look, outcome="fallback"), "algorithmicallyEnhanced"),
        ("enhance", told, "algorithmicallyEnhanced"),
        ("grade-autumn", told, "algorithmicallyEnhanced"),
        ("enhance", lambda image, look: Told(image.copy(), look, {}), ""),
        (
            "oil",
            lambda image, look: Told(image.copy(), look, {}, SimpleNamespace(**PASSED | {"strength": 0.0})),
            "",
        ),
    ],
)
def test_every_picture_has_creator_and_source_type(
    container, objects, engine, monkeypatch, style, tell, source
):
    styled_by(monkeypatch, engine, tell)
    exif = Image.Exif()
    exif[315] = "Zoë".encode()
    exif.get_ifd(0x8825)[1] = "N"
    photo = encoded(chart(300, 200), "JPEG", exif=exif.tobytes())
    answer = container.post("/invocations", content=ticket(objects, photo, (Look(styles={style: 1.0}),)))
    assert parse_report(answer.content).pictures
    assert source_types(objects) == {source}


# ── Requests are bounded ─────────────────────────────────────────────────────────────────────────────


def test_a_ticket_that_is_too_large_is_413(container, objects):
    answer = container.post("/invocations", content=b" " * server.MAX_TICKET_BYTES)
    assert answer.status_code == 400
    answer = container.post("/invocations", content=b" " * (server.MAX_TICKET_BYTES + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "ticket_too_large")


def posts(app, *waves):
    """Answers to each wave, whose bodies are sent at once; all in one event loop."""

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
    at_work, most, lock = set(), [0], threading.Lock()
    fetch = objects.get

    def slow(*args):
        with lock:
            at_work.add(threading.get_ident())
            most[0] = max(most[0], len(at_work))
        time.sleep(0.05)
        with lock:
            at_work.discard(threading.get_ident())
        return fetch(*args)

    body = ticket(objects, makers.jpeg())
    monkeypatch.setattr(objects, "get", slow)
    admission = server.MAX_CONCURRENT_TICKETS + server.MAX_WAITING_TICKETS
    answers, later = posts(app, [body] * 20, [body] * admission)
    assert Counter(answer.status_code for answer in answers) == {200: admission, 503: 20 - admission}
    assert {answer.headers.get("Retry-After") for answer in answers if answer.status_code == 503} == {"5"}
    assert most[0] == server.MAX_CONCURRENT_TICKETS
    assert {answer.status_code for answer in later} == {200}, "places are free again"


def test_settings_are_read_from_the_environment(monkeypatch):
    monkeypatch.setenv("MAX_UPLOAD_BYTES", "1000")
    monkeypatch.setenv("MAX_MEGAPIXELS", "25")
    monkeypatch.setenv("STYLIZER_DEVICE", "cpu")
    settings = server.StylizerSettings.read()
    assert settings.limner_model_dir == "/opt/ml/model"
    assert settings.sagemaker_bind_to_port == 8080


def test_reports_are_json(container, objects):
    json.loads(container.post("/invocations", content=ticket(objects, makers.jpeg())).content)


HUNG = """
import signal, sys, threading
sys.path.insert(0, sys.argv[1])
from server import health
health.KILL_GRACE_SECONDS = 0.5
signal.signal(signal.SIGTERM, signal.SIG_IGN)
threading.Thread(target=threading.Event().wait).start()
health.end_process()
"""


def test_a_process_that_ignores_sigterm_is_ended_after_the_grace_period():
    """So it is for a container's first process with a thread that hangs."""
    folder = str(ROOT / "functions/stylizer")
    ended = subprocess.run([sys.executable, "-c", HUNG, folder], timeout=20, check=False)
    assert ended.returncode == 1
