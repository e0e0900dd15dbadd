"""The command `limner`: what it sends, prints and exits with."""

from functools import partial

import httpx
import pytest
from typer.testing import CliRunner

from limner_client import Limner, command, terminal
from tests.unit.limner_client.fake_api import KEY, URL, FakeApi, example, problem


@pytest.fixture
def api(monkeypatch):
    api = FakeApi()
    monkeypatch.setattr(terminal, "Limner", partial(Limner, transport=api.transport(), sleep=api.sleep))
    monkeypatch.setenv("LIMNER_URL", URL)
    monkeypatch.setenv("LIMNER_KEY", KEY)
    return api


@pytest.fixture
def run():
    return lambda *arguments: CliRunner().invoke(command.app, [str(each) for each in arguments])


@pytest.fixture
def files(tmp_path):
    for name in ("mug.jpg", "bad.jpg"):
        (tmp_path / name).write_bytes(b"pixels")
    return tmp_path


def test_photos_are_uploaded_awaited_and_saved(api, run, files):
    ended = run("upload", files / "mug.jpg", "--look", "oil", "--wait", "--out", files / "out")
    assert ended.exit_code == 0, ended.output
    assert (files / "out/mug__oil-100.s80.webp").is_file()
    assert "mug__oil-100.s80.webp" in ended.stdout
    (order,) = api.orders.values()
    assert order["looks"] == [{"styles": {"oil": 1.0}}]


def test_without_waiting_the_ids_are_printed(api, run, files):
    ended = run("upload", files / "mug.jpg", "--tag", "autumn", "--external-id", "shop-{stem}")
    assert ended.stdout.strip().endswith("0" * 32)
    (order,) = api.orders.values()
    assert (order["tags"], order["external_id"]) == (["autumn"], "shop-mug")
    assert not api.polls


def test_looks_are_mixes_with_a_strength(api, run, files):
    run("upload", files / "mug.jpg", "--look", "oil=0.7,ukiyo-e=0.3@0.8", "--protection", "strict")
    (order,) = api.orders.values()
    assert order["looks"] == [
        {"styles": {"oil": 0.7, "ukiyo-e": 0.3}, "strength": 0.8, "protection": "strict"}
    ]
    assert run("upload", files / "mug.jpg", "--look", "oil=much").exit_code == terminal.EXIT_USAGE


def test_a_bad_file_is_one_line_and_the_others_go_on(api, run, files):
    ended = run("upload", files / "none.jpg", files / "bad.jpg", files / "mug.jpg", "--wait")
    assert ended.exit_code == terminal.EXIT_SOME_FAILED
    lines = [line for line in ended.stderr.splitlines() if "jpg:" in line]
    assert len(lines) == 2
    assert "none.jpg: not_read: No such file or directory" in lines[0]
    assert "bad.jpg: too_small: The photo is too small." in lines[1]
    assert "mug.jpg" in ended.stdout


def test_a_key_that_is_missing_or_refused_ends_with_its_code(api, run, files, monkeypatch):
    api.faults.append(problem(401, "revoked_key"))
    ended = run("upload", files / "mug.jpg")
    assert (ended.exit_code, "revoked_key" in ended.stderr) == (terminal.EXIT_KEY, True)
    monkeypatch.delenv("LIMNER_KEY")
    assert run("list").exit_code == terminal.EXIT_KEY


def test_an_api_that_cannot_be_reached_ends_with_its_code(api, run):
    api.faults += [httpx.ConnectError("refused") for _ in range(9)]
    ended = run("styles")
    assert (ended.exit_code, "cannot be reached" in ended.stderr) == (terminal.EXIT_NOT_CONNECTED, True)


def test_another_error_of_the_api_ends_with_its_code(api, run):
    api.faults.append(problem(422, "invalid_request"))
    ended = run("list", "--limit", "3")
    assert (ended.exit_code, "invalid_request" in ended.stderr) == (terminal.EXIT_SOME_FAILED, True)


def test_styles_and_photos_are_listed(api, run):
    assert "oil" in run("styles").stdout
    assert "oil" not in run("styles", "nothing like it").stdout
    found = run("styles", "oil with some pencil").stdout
    assert "0.80" in found
    assert "--look oil=0.7,pencil=0.3@0.8 --protection soft" in found
    assert "colour 0.5: in orders by the API alone" in found
    listed = run("list").stdout
    assert "11111" in listed
    assert "22222" in listed, "the second page"
    assert "22222" not in run("list", "--limit", "1").stdout


REVIEW = example("/v1/reviews/{review_id}")


def test_pictures_in_review_are_listed_page_by_page(api, run):
    for cursor in ("next", None):
        api.faults.append(httpx.Response(200, json={"reviews": [REVIEW], "next_cursor": cursor}))
    ended = run("reviews")
    assert ended.exit_code == 0, ended.output
    assert [request.url.params.get("cursor") for request in api.requests] == [None, "next"]


@pytest.mark.parametrize(
    ("arguments", "body"),
    [
        (["approve"], b""),
        (["reject", "--reason", "artefacts"], b'{"reason":"artefacts","comment":null}'),
        (["redo", "--strength", "0.5"], b'{"strength":0.5}'),
    ],
)
def test_a_picture_is_decided_about(api, run, arguments, body):
    api.faults.append(httpx.Response(200, json=REVIEW | {"state": "approved"}))
    ended = run("review", REVIEW["review_id"], *arguments)
    assert ended.exit_code == 0, ended.output
    assert "approved" in ended.stdout
    (request,) = api.requests
    assert request.url.path == f"/v1/reviews/{REVIEW['review_id']}/{arguments[0]}"
    assert request.content.replace(b" ", b"") == body
