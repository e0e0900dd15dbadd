"""Each function as Lambda runs it: under awslambdaric, with only its code, its layer and the runtime client
on the path. So a dependency missing from a requirements file fails the test."""

import json
import os
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.recorded import event
from tests.template_reader import ROOT, environment, properties

INVOCATION_HEADERS = {  # the native client requires all of them
    "Content-Type": "application/json",
    "Lambda-Runtime-Aws-Request-Id": "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
    "Lambda-Runtime-Deadline-Ms": "4102444800000",
    "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-central-1:123456789012:function:f",
    "Lambda-Runtime-Trace-Id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0",
    "Lambda-Runtime-Client-Context": "{}",
    "Lambda-Runtime-Cognito-Identity": "{}",
}
NOTHING_FAILED = {"batchItemFailures": []}
QUEUE_CHECKS = {"RouterFunction": "router-test-event", "ThumbnailerFunction": "router-test-event"}


def pip_install(target: Path, *what: str) -> Path:
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "-q",
        "--no-warn-conflicts",
        "--target",
        str(target),
        *what,
    ]
    subprocess.run(command, check=True, capture_output=True)
    return target


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The layer and the functions as built by `sam build`, and Lambda's runtime client."""
    root = tmp_path_factory.mktemp("built")
    layer = pip_install(root / "layer", "-r", str(ROOT / "layers/common/requirements.txt"))
    for package in ("limner", "photo_files"):
        shutil.copytree(ROOT / "layers/common" / package, layer / package)
    pip_install(root / "runtime", "awslambdaric>=4.2,<5")
    for folder in (
        "router",
        "thumbnailer",
        "recorder",
        "sweeper",
        "eraser",
        "importer",
        "sandbox",
        "campaigns",
        "restyles",
        "notifier",
        "webhooks",
        "authorizer",
        "storefront",
    ):
        code = shutil.copytree(ROOT / "functions" / folder, root / folder)
        if (code / "requirements.txt").exists():
            pip_install(code, "-r", str(code / "requirements.txt"))
    return root


class RuntimeApi(BaseHTTPRequestHandler):
    """Lambda's runtime API for one event and one response (AWS Lambda developer guide, custom runtimes)."""

    def do_GET(self) -> None:
        if self.server.handed_out.is_set():
            self.server.stopped.wait(30)
            return
        self.server.handed_out.set()
        body = json.dumps(self.server.event).encode()
        self.send_response(200)
        for name, value in INVOCATION_HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        self.server.answer = (self.path.rsplit("/", 1)[-1], json.loads(body or b"null"))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.server.stopped.set()

    def log_message(self, *_: object) -> None:
        pass


def run_once(built: Path, function: str, payload: dict):
    code = built / Path(properties(function)["CodeUri"]).name
    server = ThreadingHTTPServer(("127.0.0.1", 0), RuntimeApi)
    server.event, server.answer = payload, None
    server.handed_out, server.stopped = threading.Event(), threading.Event()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    process = subprocess.Popen(
        [sys.executable, "-S", "-m", "awslambdaric", "app.handler"],
        cwd=code,
        env=lambda_environment(
            function, f"127.0.0.1:{server.server_port}", [code, built / "layer", built / "runtime"]
        ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    answered = server.stopped.wait(30)
    process.kill()
    output, _ = process.communicate()
    server.shutdown()
    server.server_close()
    assert answered, output
    return server.answer, output


def lambda_environment(function: str, api: str, path: list[Path]) -> dict[str, str]:
    values = {name: value for name, value in environment(function).items() if isinstance(value, str)}
    given = {
        "DEFAULT_STYLES": "oil",
        "DEFAULT_STRENGTH": "0.8",
        "DEFAULT_PROTECTION": "soft",
        "DEFAULT_ENHANCE": "true",
        "DEFAULT_QUOTAS": "{}",
        "STYLIZER_MAX_INSTANCES": "2",
        "STYLIZER_TIER": "sagemaker",
        "DEADLINE_SECONDS": "1800",
        "REQUEST_TTL_SECONDS": "21600",
        "ATTEMPTS": "4",
        "INVOCATION_TIMEOUT_SECONDS": "900",
        "MAX_UPLOAD_BYTES": "1000000",
        "MAX_MEGAPIXELS": "25",
        "CONTENT_CREDENTIALS": "optional",
        "JWT_ISSUER": "https://issuer.example/sellers",
        "JWKS_URI": "",
        "FIRST_ADMIN_KEY_HASH": "",
        "REQUIRE_TLS": "true",
        "ORIGINALS_KEPT_DAYS": "0",
        "DISTRIBUTION": "",
        "PICTURES_URL": "",
        "RESULTS_KEPT_DAYS": "0",
        "LONG_POLLS_PER_TENANT": "2",
    }
    named = {name: given.get(name, "limner-name") for name in environment(function) if name not in values}
    return values | named | {
        "AWS_LAMBDA_RUNTIME_API": api,
        "AWS_LAMBDA_FUNCTION_NAME": function,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_REGION": "eu-central-1",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "LAMBDA_TASK_ROOT": str(path[0]),
        "PYTHONPATH": os.pathsep.join(map(str, path)),
        "PATH": os.environ["PATH"],
    }  # fmt: skip


@pytest.mark.parametrize(("function", "name"), QUEUE_CHECKS.items())
def test_queue_functions_start_and_answer(built, function, name):
    (kind, answer), output = run_once(built, function, event(name))
    assert (kind, answer) == ("response", NOTHING_FAILED), output


@pytest.mark.parametrize(
    "function", ["RecorderFunction", "EraserFunction", "ImporterFunction", "WebhooksFunction"]
)
def test_queue_functions_start_and_report_a_malformed_message(built, function):
    (kind, answer), output = run_once(built, function, event("router-test-event"))
    (failed,) = answer["batchItemFailures"]
    assert kind == "response", output
    assert failed["itemIdentifier"] == event("router-test-event")["Records"][0]["messageId"]
    assert "MalformedMessage" in output


def test_notifier_starts_and_raises_unavailable_without_aws(built):
    (kind, answer), output = run_once(built, "NotifierFunction", event("notifier-changes"))
    assert (kind, answer["errorType"]) == ("error", "Unavailable"), output


def test_only_webhooks_has_the_library_that_signs(built):
    assert {path.parent.name for path in built.glob("*/standardwebhooks")} == {"webhooks"}


def test_restyles_starts_and_raises_unavailable_without_aws(built):
    (kind, answer), output = run_once(built, "RestylesFunction", event("restyles-chunk"))
    assert (kind, answer["errorType"]) == ("error", "Unavailable"), output


def test_sweeper_starts_and_raises_unavailable_without_aws(built):
    (kind, answer), output = run_once(built, "SweeperFunction", event("sweeper-schedule"))
    assert (kind, answer["errorType"]) == ("error", "Unavailable"), output


@pytest.mark.parametrize("name", ["authorizer-token-of-another-issuer", "authorizer-basic-credentials"])
def test_authorizer_starts_and_refuses(built, name):
    """A token makes it import PyJWT, which no other function and no layer has."""
    (kind, answer), output = run_once(built, "AuthorizerFunction", event(name))
    assert (kind, answer["context"]) == ("response", {"refusal": "invalid_credentials"}), output


def test_authorizer_identifies_nobody_without_aws(built):
    (kind, answer), output = run_once(built, "AuthorizerFunction", event("authorizer-api-key"))
    assert (kind, answer["errorType"]) == ("error", "Unavailable"), output


def test_only_the_authorizer_has_pyjwt(built):
    assert {path.parent.name for path in built.glob("*/jwt")} == {"authorizer"}


def test_storefront_starts_and_serves(built):
    (kind, answer), output = run_once(built, "StorefrontFunction", event("storefront-get-styles"))
    assert (kind, answer["statusCode"]) == ("response", 200), output
    (kind, page), output = run_once(built, "StorefrontFunction", event("storefront-get-page"))
    assert (kind, page["statusCode"]) == ("response", 200), output
    assert page["headers"]["content-type"].startswith("text/html")


def test_no_function_or_layer_contains_torch(built):
    assert not list(built.glob("*/torch"))
