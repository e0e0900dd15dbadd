"""The container's contract, with a stand-in for the engine and objects in memory."""

import importlib.util
import io
import json
from types import SimpleNamespace

import pytest
from fastapi.testclient import TestClient
from PIL import Image, ImageOps

from limner.contracts import Destination, ObjectRef, StylizeTicket, parse_report
from limner.errors import Unavailable
from limner.intake import Limits
from limner.photos import Look
from style_engine import Stylized, UnknownStyle
from tests import makers
from tests.fakes import InMemoryObjects
from tests.template_reader import ROOT

PREFIX = f"styled/{makers.PHOTO_ID}/j/"


def load_serve():
    spec = importlib.util.spec_from_file_location("serve", ROOT / "functions/stylizer/serve.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


serve = load_serve()


class Inverter:
    """Stands in for the engine: its one style turns a picture into its negative."""

    model = SimpleNamespace(name="inverter", version="1")
    failure: Exception | None = None

    def stylize_all(self, image, looks):
        if self.failure:
            raise self.failure
        for look in looks:
            if unknown := set(look.styles) - {"negative"}:
                raise UnknownStyle(unknown.pop(), {"negative": None})
        return [Stylized(ImageOps.invert(image), look, {"ssim": 0.5}) for look in looks]


@pytest.fixture
def objects():
    return InMemoryObjects()


@pytest.fixture
def engine():
    return Inverter()


@pytest.fixture
def container(engine, objects, monkeypatch):
    from pytest_socket import enable_socket

    enable_socket()  # asyncio wakes itself through a socket pair
    return TestClient(serve.make_app(serve.StylizeService(engine, objects, Limits())))


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


def test_ping(container):
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


def test_the_report_is_left_in_s3_too(container, objects):
    answer = container.post("/invocations", content=ticket(objects, makers.jpeg()))
    assert objects.get("results", f"{PREFIX}report.json") == answer.content


def test_small_photos_are_not_made_larger(container, objects):
    answer = container.post("/invocations", content=ticket(objects, makers.jpeg(100, 80)))
    assert len(parse_report(answer.content).pictures[0].renditions) == 1


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "empty_file"), (b"no picture at all", "not_an_image"), (makers.jpeg(300, 300)[:-300], "damaged_image"),
     (None, "upload_gone")],
)  # fmt: skip
def test_a_photo_that_cannot_be_styled_is_an_answer(container, objects, data, code):
    answer = container.post("/invocations", content=ticket(objects, data))
    assert answer.status_code == 200
    assert parse_report(answer.content).refusal.code == code
    assert container.post("/invocations", content=ticket(objects, makers.jpeg())).status_code == 200


def test_an_unknown_style_is_an_answer_that_names_it(container, objects):
    looks = (Look(styles={"nosuch": 1.0}),)
    report = parse_report(
        container.post("/invocations", content=ticket(objects, makers.jpeg(), looks)).content
    )
    assert report.refusal.code == "unknown_style"
    assert "nosuch" in report.refusal.message


def test_a_broken_ticket_is_the_callers_fault(container):
    for body in (b"", b"{}", b"\xff", b'{"ticket_version": 2}'):
        answer = container.post("/invocations", content=body)
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_ticket")


def test_s3_that_is_down_is_503(container, objects, monkeypatch):
    body = ticket(objects, makers.jpeg())

    def down(*_args):
        raise Unavailable("slow down")

    monkeypatch.setattr(objects, "put", down)
    answer = container.post("/invocations", content=body)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


def test_an_engine_that_fails_once_stays_healthy(container, objects, engine):
    body = ticket(objects, makers.jpeg())
    engine.failure = MemoryError("too large")
    answer = container.post("/invocations", content=body)
    assert (answer.status_code, answer.json()["code"]) == (500, "engine_failed")
    engine.failure = None
    assert container.get("/ping").status_code == 200
    assert container.post("/invocations", content=body).status_code == 200


def test_a_faulted_gpu_makes_the_container_unhealthy(container, objects, engine):
    engine.failure = RuntimeError("CUDA error: an illegal memory access was encountered")
    container.post("/invocations", content=ticket(objects, makers.jpeg()))
    assert container.get("/ping").status_code == 503


def test_settings_of_the_container(monkeypatch):
    monkeypatch.setenv("MAX_UPLOAD_BYTES", "1000")
    monkeypatch.setenv("MAX_MEGAPIXELS", "25")
    settings = serve.StylizerSettings.read()
    assert settings.limner_model_dir == "/opt/ml/model"
    assert settings.sagemaker_bind_to_port == 8080


def test_reports_are_json(container, objects):
    json.loads(container.post("/invocations", content=ticket(objects, makers.jpeg())).content)
