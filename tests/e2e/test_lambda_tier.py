"""The whole template with the stylizer as a function: a photo's way, and processes that end during a job."""

import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import psutil
import pytest

from limner_client import Limner
from local.aws.running import running
from local.client.api_client import ApiClient
from local.client.sending import send_all
from local.client.sent_photo import READY
from local.processes import is_alive
from tests.e2e.roles import Roles, is_denied

LOOKS = [{"styles": {"oil": 1.0}, "strength": 0.8}]
INVOCATION_TIMEOUT_SECONDS = 90
START_TIMEOUT_SECONDS = 120
PACK_TIMEOUT_SECONDS = 3 * INVOCATION_TIMEOUT_SECONDS
POLL_SECONDS = 0.05


@pytest.fixture(scope="module")
def system(tmp_path_factory):
    parameters = {
        "StylizerTier": "lambda",
        "InvocationTimeoutSeconds": str(INVOCATION_TIMEOUT_SECONDS),
        "Attempts": "10",  # on a busy machine a start may take longer than an invocation may
    }
    with running(logs=tmp_path_factory.mktemp("logs"), parameters=parameters) as system:
        yield system


@pytest.fixture(scope="module")
def upload(system):
    with ApiClient(system.stack.api_url, system.api_key) as api:
        yield lambda *photos: send_all(api, list(photos), LOOKS, on_round=lambda photos: None)


def workers(system):
    """The processes of the stylizer's function, by their ids."""
    found = {}
    for process in system.emulator.processes():
        with suppress(psutil.Error):
            name = process.environ().get("AWS_LAMBDA_FUNCTION_NAME")
            if name == system.stack.resources["StylizerFunction"]:
                found[process.pid] = process
    return found


def test_there_is_a_function_and_no_endpoint(system):
    assert system.stack.endpoint is None
    made = {resource for resource in system.stack.resources if resource.startswith("Stylizer")}
    assert made == {"StylizerFunction", "StylizerEnds", "StylizerLog", "StylizerRole", "StylizerLateAlarm"}


def test_the_router_alone_may_invoke_the_function(system):
    name = system.stack.resources["StylizerFunction"]
    roles = Roles(system.emulator, system.stack)
    for role, is_allowed in (("RouterFunctionRole", True), ("RecorderFunctionRole", False)):
        client = roles.session(role).client("lambda", endpoint_url=system.emulator.url)
        assert is_denied(client.invoke, FunctionName=name, InvocationType="DryRun") != is_allowed
    roles.restore()


def test_a_photo_is_ready_with_its_pictures(upload, photo):
    (sent,) = upload(photo)
    assert (sent.status, sent.failure) == (READY, None)
    assert [bool(result["renditions"]) for result in sent.view["results"]] == [True] * len(LOOKS)


def test_photos_whose_processes_end_during_their_jobs_are_tried_again(system, upload, photo, tmp_path):
    """The first photo goes to the process that is there and is stopped, the other to a new one, which is
    killed. ministack then ends the stopped one too, or else ends it at its time-out."""
    other = shutil.copy(photo, tmp_path / "another cup.jpg")
    (hanging,) = workers(system).values()
    hanging.suspend()
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(upload, photo, other)
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while not (new := set(workers(system)) - {hanging.pid}):
            assert time.monotonic() < deadline, "no second process was started"
            time.sleep(POLL_SECONDS)
        dying = psutil.Process(new.pop())
        dying.kill()
        sent = sending.result()
    assert [(each.status, each.failure) for each in sent] == [(READY, None)] * 2
    assert not is_alive(hanging)
    assert not is_alive(dying)


def test_a_pack_whose_process_hangs_is_made_by_another(system, upload, photo):
    (sent,) = upload(photo)
    for hanging in workers(system).values():
        hanging.suspend()
    with Limner(system.stack.api_url, system.api_key) as limner:
        pack = limner.pack([sent.photo_id], ["ebay"], timeout_seconds=PACK_TIMEOUT_SECONDS)
    assert (pack.status, pack.outcomes.made) == ("FINISHED", 1)
    stored = system.emulator.client("s3").list_objects_v2(
        Bucket=system.stack.results_bucket, Prefix="endpoint/failure/function/"
    )
    assert stored["KeyCount"] >= 1, "the first invocation has failed"
