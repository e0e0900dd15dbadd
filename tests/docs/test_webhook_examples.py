"""The examples of docs/how-to/webhooks.md verify what Limner sends, and nothing else."""

import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from limner.adapters.webhook_requests import signature_headers
from limner.use_cases.manage_webhooks import new_secret
from tests import makers
from tests.docs.documents import blocks
from tests.template_reader import ROOT

PAGE = ROOT / "docs/how-to/webhooks.md"
FIRST, SECOND = (new_secret(lambda size, fill=fill: bytes([fill]) * size) for fill in (1, 2))
BODY = makers.event_body(1)
DRIVER = """
import { readFileSync } from "node:fs";
const [secret, headers, body] = JSON.parse(readFileSync(0, "utf-8"));
console.log(JSON.stringify(readEvent(secret, headers, body)));
"""


def example(language):
    (block,) = [block for block in blocks(PAGE) if block.language == language]
    return block.text


def by_python(secret, headers, body, tmp_path):
    names = {}
    exec(example("python"), names)
    return names["read_event"](secret, headers, body.encode())


def by_javascript(secret, headers, body, tmp_path):
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node.js on this machine")
    script = tmp_path / "example.mjs"
    script.write_text(example("js") + DRIVER, "utf-8")
    given = json.dumps([secret, headers, body])
    ended = subprocess.run([node, script], input=given, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise ValueError(ended.stderr)
    return json.loads(ended.stdout)


@pytest.fixture(params=[by_python, by_javascript], ids=["python", "javascript"])
def read_event(request, tmp_path):
    return lambda secret, headers, body: request.param(secret, headers, body, tmp_path)


def headers(at=None, secrets=(FIRST,), body=BODY):
    return signature_headers(makers.event_id(1), body, secrets, at or datetime.now(UTC))


def test_a_request_is_verified_and_read(read_event):
    assert read_event(FIRST, headers(), BODY) == json.loads(BODY)


def test_either_secret_verifies_during_an_overlap(read_event):
    for secret in (FIRST, SECOND):
        assert read_event(secret, headers(secrets=(FIRST, SECOND)), BODY)["type"] == "photo.ready"


@pytest.mark.parametrize(
    ("signed", "secret", "body"),
    [
        (headers(), SECOND, BODY),
        (headers(), FIRST, BODY.replace("ready", "steady")),
        (headers(datetime.now(UTC) - timedelta(minutes=6)), FIRST, BODY),
        (headers(datetime.now(UTC) + timedelta(minutes=30)), FIRST, BODY),
        (headers() | {"webhook-id": makers.event_id(2)}, FIRST, BODY),
        (headers() | {"webhook-signature": "v1,AAAA v2,AAAA"}, FIRST, BODY),
        (headers() | {"webhook-timestamp": "soon"}, FIRST, BODY),
    ],
    ids=["another secret", "another body", "old", "future", "another id", "no signature", "no time"],
)
def test_anything_else_is_refused(read_event, signed, secret, body):
    with pytest.raises(Exception, match=r"."):
        read_event(secret, signed, body)
