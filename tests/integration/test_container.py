"""The container as a process with the released model, and an emulated S3 on 127.0.0.1."""

import hashlib
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

from limner.contracts import parse_report
from limner.keys import report_key
from limner.looks import Look
from limner.tenancy import PhotoKey
from local.aws.emulator import REGION, ROOT_KEY, ROOT_SECRET, Emulator, Image
from local.processes import clean_environment, family_of, free_port, is_alive
from tests import makers
from tests.template_reader import ROOT

LOOKS = (Look(styles={"oil": 1.0}, strength=0.8), Look(styles={"cartoon": 1.0}, strength=1.0))
SCRIPT = ROOT / "functions/stylizer/__main__.py"
MODEL = ROOT / "engine/models/fusenet-lite"
START_SECONDS = 60
MAX_PHOTO_SIDE_PX = 256
"""Photos with a longer side, at working size, run out of memory in the step below."""


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
    """The program of `docker run IMAGE serve` as a local process."""

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
            "TENANTS_TABLE": "tenants",
            "HASHES_TABLE": "hashes",
            "UPLOADS_BUCKET": "uploads",
            "RESULTS_BUCKET": "results",
            "SIGNING_KEY": "made by no test",
            "SIGNING_CERTIFICATES": "/made/by/no/test",
            "CONTENT_CREDENTIALS": "optional",
        }
        command = [sys.executable, str(script), "serve"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=tmp)

    def ping(self):
        try:
            return httpx.get(f"{self.url}/ping", timeout=2).status_code
        except httpx.TransportError:
            return None

    def wait_until_healthy(self):
        deadline = time.monotonic() + START_SECONDS
        while self.ping() != 200:
            assert self.process.poll() is None, self.log.read_text()[-2000:]
            assert time.monotonic() < deadline, self.log.read_text()[-2000:]
            time.sleep(0.05)
        return self

    def invoke(self, body, **options):
        return httpx.post(f"{self.url}/invocations", content=body, timeout=30, **options)

    def processes(self):
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
    return first.wait_until_healthy()


@pytest.fixture
def own(emulator, s3, tmp_path):
    """A container of its own, for a test that ends it."""
    with Container(emulator, tmp_path) as container:
        yield container.wait_until_healthy()


def made_ticket(name, looks=LOOKS, tenant=makers.TENANT):
    """A photo for each name."""
    key = PhotoKey(tenant, hashlib.sha256(name.encode()).hexdigest()[:32])
    return makers.ticket(key, looks=looks)


def ticket(s3, name, data=None, looks=LOOKS):
    made = made_ticket(name, looks)
    s3.put_object(Bucket="uploads", Key=made.photo.key, Body=makers.jpeg(320, 240) if data is None else data)
    return made.model_dump_json()


def report_in(s3, name, looks=LOOKS):
    stored = s3.get_object(Bucket="results", Key=report_key(made_ticket(name, looks).job_id))
    return parse_report(stored["Body"].read())


def holds_within(seconds, condition):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def test_ping_is_not_answered_before_the_self_test(first):
    """Before that, connections are refused."""
    assert first.ping() is None
    first.wait_until_healthy()


def test_a_ticket_becomes_a_report_and_every_object_in_it_exists(container, s3):
    answer = container.invoke(ticket(s3, "plain"))
    assert answer.status_code == 200
    report = parse_report(answer.content)
    assert report == report_in(s3, "plain")
    assert [picture.look for picture in report.pictures] == list(LOOKS)
    for rendition in (rendition for picture in report.pictures for rendition in picture.renditions):
        assert s3.head_object(Bucket="results", Key=rendition.key)["ContentLength"] == rendition.bytes


def keys_in(s3, prefix):
    return [each["Key"] for each in s3.list_objects_v2(Bucket="results", Prefix=prefix).get("Contents", [])]


def test_a_forged_ticket_changes_no_picture_of_another_job(container, s3):
    """The first is another tenant's job with a photo and looks of the forger's; the second its own job with the
    other's photo."""
    assert container.invoke(ticket(s3, "victim")).status_code == 200
    before, written = report_in(s3, "victim"), keys_in(s3, "styled/")
    victim, own = made_ticket("victim"), made_ticket("forger", tenant="forger")
    s3.put_object(Bucket="uploads", Key=own.photo.key, Body=makers.jpeg(64, 64, "red"))
    for forged in ({"job_id": victim.job_id}, {"photo": victim.photo}):
        answer = container.invoke(own.model_copy(update=forged).model_dump_json())
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign_ticket")
    assert (report_in(s3, "victim"), keys_in(s3, "styled/")) == (before, written)
    assert container.log.read_text().count("foreign_ticket: ") == 2


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "empty_file"), (b"hello", "not_an_image"), (makers.jpeg()[:-99], "damaged_image")],
)
def test_a_photo_that_cannot_be_styled_gives_a_report_with_a_refusal(container, s3, data, code):
    answer = container.invoke(ticket(s3, code, data))
    assert (answer.status_code, parse_report(answer.content).refusal.code) == (200, code)


def test_invalid_requests_are_refused_and_the_next_ticket_works(container, s3):
    status_by_body = {
        b"": 400,
        b"{": 400,
        b"\xff\x00": 400,
        b"[" * 100_000: 400,
        b"null": 400,
        b"x" * 128_001: 413,
    }
    assert {body: container.invoke(body).status_code for body in status_by_body} == status_by_body
    assert httpx.get(f"{container.url}/invocations").status_code == 405
    assert httpx.get(f"{container.url}/docs").status_code == 404
    assert container.invoke(ticket(s3, "after")).status_code == 200
    assert container.ping() == 200


def test_twenty_concurrent_tickets_are_all_served(container, s3):
    """Clients retry after a 503, sooner than Retry-After says."""
    bodies = [ticket(s3, f"many-{number}", makers.jpeg(64, 64), LOOKS[:1]) for number in range(20)]
    refused = Counter()

    def serve(body):
        while (answer := container.invoke(body)).status_code == 503:
            assert answer.headers["Retry-After"] == "5"
            refused[answer.json()["code"]] += 1
            time.sleep(0.2)
        return answer.status_code

    with ThreadPoolExecutor(20) as pool:
        assert list(pool.map(serve, bodies)) == [200] * 20
    assert set(refused) == {"too_busy"}
    assert container.ping() == 200


def test_sigterm_finishes_the_ticket_in_progress(own, s3):
    looks = tuple(Look(styles={style: 1.0}) for style in ("oil", "pencil", "flat", "mosaic"))
    body = ticket(s3, "drained", makers.jpeg(1600, 1200), looks)
    with ThreadPoolExecutor(1) as pool:
        invocation = pool.submit(own.invoke, body)
        time.sleep(0.5)
        processes, started = own.processes(), time.monotonic()
        for process in processes:
            with suppress(psutil.NoSuchProcess):  # a decoder that has just ended
                process.send_signal(signal.SIGTERM)
        assert holds_within(2, lambda: own.ping() is None), "no new connections"
        assert not invocation.done(), "the ticket ended before SIGTERM"
        answer = invocation.result()
    assert answer.status_code == 200
    assert parse_report(answer.content) == report_in(s3, "drained", looks)
    own.process.wait(timeout=25)
    assert time.monotonic() - started < 25
    assert holds_within(2, lambda: not any(map(is_alive, processes)))


HANGING = f"""
import sys, time
from types import SimpleNamespace
sys.path.insert(0, {str(SCRIPT.parent)!r})
from server import app, health, tickets

class HangingStylizer:
    version = "hanging"
    model = SimpleNamespace(name="hanging")

    def warm_up(self):
        pass

    def prepare(self, photo, looks):
        return photo

    def paint_together(self, requests):
        time.sleep(600)

tickets.Stylizer.load = lambda *_, **__: HangingStylizer()
app.TICKET_TIMEOUT_SECONDS, health.UNHEALTHY_SECONDS, app.DRAIN_SECONDS = 0.5, 4.0, 1
app.main()
"""


def test_an_engine_that_hangs_makes_it_unhealthy_and_ends_the_process(emulator, s3, tmp_path):
    script = tmp_path / "hanging.py"
    script.write_text(HANGING)
    with Container(emulator, tmp_path, script) as container:
        processes = container.wait_until_healthy().processes()
        answer = container.invoke(ticket(s3, "hangs"))
        assert (answer.status_code, answer.json()["code"]) == (504, "too_slow")
        assert container.ping() == 503
        assert container.process.wait(timeout=20) != 0
        assert holds_within(2, lambda: not any(map(is_alive, processes)))


OUT_OF_MEMORY = f"""
import sys
sys.path.insert(0, {str(SCRIPT.parent)!r})
import torch
from server import app

from style_engine.painting import painter

map_tones = painter.map_tones

def fail_on_large_photos(photo, *rest):
    if max(photo.shape[2:]) > {MAX_PHOTO_SIDE_PX}:
        torch.empty(1 << 50, dtype=torch.uint8)
    return map_tones(photo, *rest)

painter.map_tones = fail_on_large_photos
app.main()
"""


def test_a_photo_that_exceeds_memory_fails_alone(emulator, s3, tmp_path):
    """The allocation of a petabyte during inference fails with the allocator's own error.

    Limiting the process's memory would not test this: libgomp ends the process if a thread gets no stack.
    """
    script = tmp_path / "fail_on_large_photos.py"
    script.write_text(OUT_OF_MEMORY)
    with Container(emulator, tmp_path, script) as container:
        container.wait_until_healthy()
        answer = container.invoke(ticket(s3, "huge", makers.jpeg(5000, 4000)))
        assert (answer.status_code, answer.json()["code"]) == (500, "engine_failed"), answer.text
        assert "can't allocate memory" in answer.json()["detail"]
        assert container.ping() == 200
        assert container.invoke(ticket(s3, "small", makers.jpeg(64, 64))).status_code == 200


def test_sigkill_leaves_no_child_processes(container, s3):
    """Must be the last test: it ends the container of the module."""
    container.invoke(ticket(s3, "before-the-kill"))
    processes = container.processes()
    assert len(processes) > 1, "the fork server is a child"
    container.end()
    assert holds_within(2, lambda: not any(map(is_alive, processes))), [
        process.cmdline() for process in processes if is_alive(process)
    ]
