"""The real container process, with the real model, before an S3 of its own on 127.0.0.1."""

import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import httpx
import psutil
import pytest

from limner.contracts import Destination, ObjectRef, StylizeTicket, parse_report
from limner.looks import Look
from local.aws.emulator import REGION, ROOT_KEY, ROOT_SECRET, Emulator, Image
from local.processes import clean_environment, family_of, free_port, is_alive
from tests import makers
from tests.template_reader import ROOT

LOOKS = (Look(styles={"oil": 1.0}, strength=0.8), Look(styles={"cartoon": 1.0}, strength=1.0))
SCRIPT = ROOT / "functions/stylizer/__main__.py"
MODEL = ROOT / "engine/models/fusenet-lite"
START_SECONDS = 60
HOLDS = 256
"""Pixels a side of features that fit into a cramped container's memory."""


@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    with Emulator(image=Image(SCRIPT, MODEL), logs=tmp_path_factory.mktemp("emulator")) as emulator:
        yield emulator


@pytest.fixture(scope="module")
def s3(emulator):
    client = emulator.client("s3")
    for bucket in ("uploads", "results"):
        client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    yield client
    client.close()


class Container:
    """`docker run IMAGE serve`, without the docker."""

    def __init__(self, emulator, tmp, script=SCRIPT):
        self.url = f"http://127.0.0.1:{free_port()}"
        self.log = tmp / "container.log"
        environment = clean_environment(tmp) | {
            "AWS_ENDPOINT_URL": emulator.url,
            "AWS_ACCESS_KEY_ID": ROOT_KEY,
            "AWS_SECRET_ACCESS_KEY": ROOT_SECRET,
            "AWS_DEFAULT_REGION": REGION,
            "LIMNER_MODEL_DIR": str(MODEL),
            "SAGEMAKER_BIND_TO_HOST": "127.0.0.1",
            "SAGEMAKER_BIND_TO_PORT": self.url.rsplit(":", 1)[-1],
            "MAX_UPLOAD_BYTES": "20971520",
            "MAX_MEGAPIXELS": "25",
            "STYLIZER_DEVICE": "cpu",
        }
        command = [sys.executable, str(script), "serve"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=tmp)

    def ping(self):
        try:
            return httpx.get(f"{self.url}/ping", timeout=2).status_code
        except httpx.TransportError:
            return None

    def until_green(self):
        deadline = time.monotonic() + START_SECONDS
        while self.ping() != 200:
            assert self.process.poll() is None, self.log.read_text()[-2000:]
            assert time.monotonic() < deadline, self.log.read_text()[-2000:]
            time.sleep(0.05)
        return self

    def invoke(self, body, **options):
        return httpx.post(f"{self.url}/invocations", content=body, timeout=30, **options)

    def family(self):
        return family_of(self.process.pid)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


@pytest.fixture(scope="module")
def first(emulator, s3, tmp_path_factory):
    with Container(emulator, tmp_path_factory.mktemp("container")) as container:
        yield container


@pytest.fixture
def container(first):
    return first.until_green()


@pytest.fixture
def own(emulator, s3, tmp_path):
    """One to end."""
    with Container(emulator, tmp_path) as container:
        yield container.until_green()


def ticket(s3, job, data=None, looks=LOOKS):
    s3.put_object(
        Bucket="uploads", Key=f"uploads/{job}", Body=makers.jpeg(320, 240) if data is None else data
    )
    return StylizeTicket(
        job_id=job,
        photo=ObjectRef(bucket="uploads", key=f"uploads/{job}"),
        looks=looks,
        long_sides=(128,),
        results=Destination(bucket="results", prefix=f"styled/{job}/"),
    ).model_dump_json()


def report_in(s3, job):
    return parse_report(s3.get_object(Bucket="results", Key=f"styled/{job}/report.json")["Body"].read())


def soon(holds, seconds):
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    return holds()


def test_ping_is_not_answered_before_the_self_test(first):
    """Whatever is asked before is met by a closed door, never by a 200 that promises too much."""
    assert first.ping() is None
    first.until_green()


def test_a_ticket_becomes_a_report_and_every_object_in_it_exists(container, s3):
    answer = container.invoke(ticket(s3, "plain"))
    assert answer.status_code == 200
    report = parse_report(answer.content)
    assert report == report_in(s3, "plain")
    assert [picture.look for picture in report.pictures] == list(LOOKS)
    for rendition in (each for picture in report.pictures for each in picture.renditions):
        assert s3.head_object(Bucket="results", Key=rendition.key)["ContentLength"] == rendition.bytes


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "empty_file"), (b"hello", "not_an_image"), (makers.jpeg()[:-99], "damaged_image")],
)
def test_a_photo_that_cannot_be_styled_gives_a_report_with_a_refusal(container, s3, data, code):
    answer = container.invoke(ticket(s3, code, data))
    assert (answer.status_code, parse_report(answer.content).refusal.code) == (200, code)


def test_invalid_requests_are_refused_and_the_next_ticket_works(container, s3):
    rubbish = {b"": 400, b"{": 400, b"\xff\x00": 400, b"[" * 100_000: 400, b"null": 400, b"x" * 128_001: 413}
    assert {body: container.invoke(body).status_code for body in rubbish} == rubbish
    assert httpx.get(f"{container.url}/invocations").status_code == 405
    assert httpx.get(f"{container.url}/docs").status_code == 404
    assert container.invoke(ticket(s3, "after")).status_code == 200
    assert container.ping() == 200


def test_twenty_concurrent_tickets_are_all_served(container, s3):
    """Who is told to come back does so, as the header says but quicker."""
    bodies = [ticket(s3, f"many-{number}", makers.jpeg(64, 64), LOOKS[:1]) for number in range(20)]
    turned_away = Counter()

    def serve(body):
        while (answer := container.invoke(body)).status_code == 503:
            assert answer.headers["Retry-After"] == "5"
            turned_away[answer.json()["code"]] += 1
            time.sleep(0.2)
        return answer.status_code

    with ThreadPoolExecutor(20) as pool:
        assert list(pool.map(serve, bodies)) == [200] * 20
    assert set(turned_away) == {"too_busy"}
    assert container.ping() == 200


def test_sigterm_finishes_the_ticket_in_progress(own, s3):
    looks = tuple(Look(styles={style: 1.0}) for style in ("oil", "pencil", "flat", "mosaic"))
    body = ticket(s3, "drained", makers.jpeg(1600, 1200), looks)
    with ThreadPoolExecutor(1) as pool:
        under_way = pool.submit(own.invoke, body)
        time.sleep(0.5)
        family, started = own.family(), time.monotonic()
        for process in family:
            with suppress(psutil.NoSuchProcess):  # a decoder that has just done its work
                process.send_signal(signal.SIGTERM)
        assert soon(lambda: own.ping() is None, 2), "nothing new is let in"
        assert not under_way.done(), "the test is too slow to see a drain"
        answer = under_way.result()
    assert answer.status_code == 200
    assert parse_report(answer.content) == report_in(s3, "drained")
    own.process.wait(timeout=25)
    assert time.monotonic() - started < 25
    assert soon(lambda: not any(map(is_alive, family)), 2)


HANGING = f"""
import sys, time
sys.path.insert(0, {str(SCRIPT.parent)!r})
from server import app, health

class HangingStylizer:
    version = "hanging"

    def warm_up(self):
        pass

    def stylize_all(self, photo, looks, *, explained):
        time.sleep(600)

app.Stylizer.load = lambda *_, **__: HangingStylizer()
app.TICKET_TIMEOUT_SECONDS, health.UNHEALTHY_SECONDS, app.DRAIN_SECONDS = 0.5, 4.0, 1
app.main()
"""


def test_an_engine_that_hangs_makes_it_unhealthy_and_ends_the_process(emulator, s3, tmp_path):
    script = tmp_path / "hanging.py"
    script.write_text(HANGING)
    with Container(emulator, tmp_path, script) as container:
        family = container.until_green().family()
        answer = container.invoke(ticket(s3, "hangs"))
        assert (answer.status_code, answer.json()["code"]) == (504, "too_slow")
        assert container.ping() == 503
        assert container.process.wait(timeout=20) != 0
        assert soon(lambda: not any(map(is_alive, family)), 2)


CRAMPED = f"""
import sys
sys.path.insert(0, {str(SCRIPT.parent)!r})
import torch
from server import app

convolve = torch.nn.Conv2d._conv_forward

def cramped(layer, pictures, *rest):
    if max(pictures.shape[2:]) > {HOLDS}:
        torch.empty(1 << 50, dtype=torch.uint8)
    return convolve(layer, pictures, *rest)

torch.nn.Conv2d._conv_forward = cramped
app.main()
"""


def test_a_photo_that_exceeds_memory_fails_alone(emulator, s3, tmp_path):
    """The real allocator, asked for a petabyte amid the real engine's work: what it says is an engine's
    failure, and the next photo works.

    A process whose own memory is cut short is no such test: libgomp ends it when a thread finds no stack.
    """
    script = tmp_path / "cramped.py"
    script.write_text(CRAMPED)
    with Container(emulator, tmp_path, script) as container:
        container.until_green()
        answer = container.invoke(ticket(s3, "huge", makers.jpeg(5000, 4000)))
        assert (answer.status_code, answer.json()["code"]) == (500, "engine_failed"), answer.text
        assert "can't allocate memory" in answer.json()["detail"]
        assert container.ping() == 200
        assert container.invoke(ticket(s3, "small", makers.jpeg(64, 64))).status_code == 200


def test_sigkill_leaves_no_child_processes(container, s3):
    """Stands last: it ends the container of the others."""
    container.invoke(ticket(s3, "before-the-kill"))
    family = container.family()
    assert len(family) > 1, "the fork server is there"
    container.end()
    assert soon(lambda: not any(map(is_alive, family)), 2), [
        process.cmdline() for process in family if is_alive(process)
    ]
