"""Good and bad photos through the unmodified template on the local stack; no process is left afterwards."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import boto3
import botocore.exceptions
import httpx
import psutil
import pytest
from PIL import Image
from rich.console import Console
from skimage import data

from limner.looks import Look
from local.aws.emulator import REGION
from local.client.api_client import ApiClient
from local.client.sending import send_all
from local.client.sent_photo import FAILED, READY
from local.demo.run import run_demo
from local.processes import is_alive
from local.signing import authority
from photo_files.credentials.content_credentials import read_credentials
from tests.e2e.bad_photos import bad_photos

LOOKS = [{"styles": {style: 1.0}, "strength": 0.8} for style in ("oil", "watercolour")]
FAILURE_CODES = {
    "empty.jpg": "empty_file",
    "text.jpg": "not_an_image",
    "drawing.svg": "unsupported_format",
    "moving.gif": "unsupported_format",
    "truncated.jpg": "damaged_image",
    "narrow.png": "too_small",
    "sixty-megapixels.png": "too_many_pixels",
}


@pytest.fixture(scope="module")
def small_photos(tmp_path_factory) -> list[Path]:
    folder = tmp_path_factory.mktemp("photos")
    paths = [folder / "CUP (1) é.JPG", folder / "cat.webp"]
    Image.fromarray(data.coffee()).save(paths[0], "JPEG")
    Image.fromarray(data.chelsea()).resize((240, 160)).save(paths[1], "WEBP")
    return paths


def send(api, files, looks=LOOKS):
    return send_all(api, files, looks, on_round=lambda photos: None)


@pytest.fixture(scope="module")
def sent(system, small_photos):
    with ApiClient(system.stack.api_url, system.api_key) as api:
        return send(api, small_photos)


def test_two_photos_in_two_styles_are_ready(sent):
    assert [(photo.status, photo.failure) for photo in sent] == [(READY, None)] * 2
    for photo in sent:
        requested = [Look.model_validate(look).model_dump(mode="json") for look in LOOKS]
        assert [result["look"] for result in photo.view["results"]] == requested
        assert photo.view["original"]
        assert {"order", "upload", "routed", "endpoint", "engine", "observation", "total"} <= set(
            photo.stage_seconds
        )


def test_links_lead_to_pictures_of_the_photos_size_and_smaller_ones(sent):
    for result in sent[0].view["results"]:
        full, *smaller = result["renditions"]
        assert {rendition["width"] for rendition in smaller} == {600, 320}, "in three formats each"
        picture = httpx.get(full["url"])
        assert picture.headers["content-type"] == full["content_type"]
        assert len(picture.content) == full["bytes"]
        assert (full["width"], full["height"]) == (600, 400)


def test_every_published_picture_is_signed_by_the_stack_s_key(emulator, stack, sent):
    s3 = emulator.client("s3")
    listed = [
        item["Key"]
        for photo in sent
        for folder in ("styled", "variants")
        for item in s3.list_objects_v2(
            Bucket=stack.results_bucket, Prefix=f"{folder}/main/{photo.photo_id}/"
        )["Contents"]
        if not item["Key"].endswith(".json")
    ]
    assert len(listed) > 2 * (len(LOOKS) * 2 + 6), "variants, renditions and exhibits of two photos"
    trusted = authority.ensure().pem
    for key in listed:
        stored = s3.get_object(Bucket=stack.results_bucket, Key=key)
        credentials = read_credentials(stored["Body"].read(), stored["ContentType"], trusted)
        assert credentials.is_trusted, (key, credentials)
        assert credentials.signer == "Limner / Limner signing"


def test_every_published_picture_is_recorded_by_its_hash(emulator, stack, sent):
    items = emulator.client("dynamodb").scan(TableName=stack.resources["PictureHashesTable"])["Items"]
    recorded = {item["picture"]["S"].split("#")[1] for item in items}
    assert {photo.photo_id for photo in sent} <= recorded
    of_first = [item for item in items if item["picture"]["S"].startswith(f"main#{sent[0].photo_id}")]
    of_one = 4 + 1
    assert len(of_first) == of_one * (1 + len(LOOKS)), (
        "four bands and the photo, of the variants and each look"
    )


def test_a_link_works_only_for_its_own_object(sent):
    link = httpx.URL(sent[0].view["original"][0]["url"])
    other = sent[1].view["original"][0]["url"]
    assert httpx.get(link.copy_with(path=httpx.URL(other).path)).status_code == 403
    assert httpx.get(link.copy_with(query=None)).status_code == 403


def test_the_uploads_bucket_holds_only_what_was_uploaded(emulator, stack, sent):
    s3 = emulator.client("s3")
    stored = {
        item["Key"]: item["Size"] for item in s3.list_objects_v2(Bucket=stack.uploads_bucket)["Contents"]
    }
    for photo in sent:
        assert stored[f"uploads/main/{photo.photo_id}"] == photo.file.stat().st_size
    assert all(key.startswith("uploads/") for key in stored)


def test_each_bad_photo_fails_with_its_code_and_the_good_one_after_them_is_ready(
    api, stack, emulator, tmp_path, small_photos
):
    *bad, good = send(api, [*bad_photos(tmp_path), small_photos[1]], LOOKS[:1])
    assert {photo.file.name: photo.failure.code for photo in bad if photo.failure} == FAILURE_CODES
    assert {photo.status for photo in bad} == {FAILED}
    assert all(len(photo.failure.message) > 10 for photo in bad)
    assert good.status == READY
    assert _dead_letters(emulator, stack) == {"RouterDLQ": 0, "ThumbDLQ": 0, "DoneDLQ": 0}


def test_the_demo_writes_a_gallery_and_a_report(system, tmp_path, small_photos):
    folder = tmp_path / "photos"
    folder.mkdir()
    shutil.copy(small_photos[1], folder / "<b>cat & mouse.webp")
    (folder / "notes.txt").write_text("not a photo")
    gallery = tmp_path / "demo"
    run_demo(lambda: nullcontext(system), Console(quiet=True), folder, LOOKS, gallery)
    report = json.loads((gallery / "report.json").read_text())
    assert [photo["status"] for photo in report["photos"]] == [READY, FAILED]
    names = [style["name"] for style in report["photos"][0]["styles"]]
    assert names == ["enhance-100.s100", "oil-100.s80", "watercolour-100.s80", "auto-100.s100"]
    assert report["totals"] | {"ready": 1, "failed": 1, "pictures": len(names)} == report["totals"]
    assert report["memory"]["peak_mb"] > 100
    page = (gallery / "index.html").read_text()
    assert "&lt;b&gt;cat &amp; mouse.webp" in page
    assert "not_an_image" in page
    for picture in re.findall(r'(?:src|href)="([^"]+)"', page):
        assert (gallery / picture).is_file()


def runtime(emulator, **credentials):
    return boto3.client(
        "sagemaker-runtime", endpoint_url=emulator.sagemaker_url, region_name=REGION, **credentials
    )


def test_boto3_raises_a_validation_error_for_an_unknown_endpoint(emulator):
    with pytest.raises(botocore.exceptions.ClientError) as refusal:
        runtime(emulator).invoke_endpoint_async(EndpointName="unknown", InputLocation="s3://a/b")
    assert refusal.value.response["Error"]["Code"] == "ValidationError"


def test_a_caller_without_a_policy_may_not_invoke_the_endpoint(emulator, stack):
    iam = emulator.client("iam")
    iam.create_user(UserName="stranger")
    key = iam.create_access_key(UserName="stranger")["AccessKey"]
    stranger = runtime(
        emulator, aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
    )
    with pytest.raises(botocore.exceptions.ClientError, match="user/stranger is not authorized") as refusal:
        stranger.invoke_endpoint_async(EndpointName=stack.endpoint, InputLocation="s3://a/b")
    assert refusal.value.response["Error"]["Code"] == "AccessDeniedException"


def test_an_unsigned_invocation_is_denied(emulator, stack):
    response = httpx.post(f"{emulator.sagemaker_url}/endpoints/{stack.endpoint}/async-invocations")
    assert response.status_code == 403


def test_system_listens_on_loopback_only(system):
    listening = [
        connection.laddr.ip
        for process in system.emulator.processes()
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert set(listening) == {"127.0.0.1"}


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_is_left_after_a_signal(tmp_path, signal_number):
    with _start_stack(tmp_path) as up:
        family = _wait_until_up(up)
        os.kill(up.pid, signal_number)
        up.wait(timeout=20)
        deadline = time.monotonic() + 20
        while left := [process for process in family if is_alive(process)]:
            assert time.monotonic() < deadline, left
            time.sleep(0.1)


@contextmanager
def _start_stack(logs: Path) -> Iterator[subprocess.Popen]:
    command = [sys.executable, str(Path(__file__).with_name("hold_stack.py")), str(logs)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as up:
        try:
            yield up
        finally:
            up.kill()


def _wait_until_up(up: subprocess.Popen) -> list[psutil.Process]:
    for line in up.stdout:
        if "http://127.0.0.1" in line:
            family = psutil.Process(up.pid).children(recursive=True)
            assert len(family) >= 2, family
            return family
    pytest.fail(f"it ended with {up.wait()}")


def _dead_letters(emulator, stack) -> dict[str, int]:
    sqs = emulator.client("sqs")
    names = ["ApproximateNumberOfMessages"]
    return {
        queue: int(
            sqs.get_queue_attributes(QueueUrl=stack.resources[queue], AttributeNames=names)["Attributes"][
                names[0]
            ]
        )
        for queue in ("RouterDLQ", "ThumbDLQ", "DoneDLQ")
    }
