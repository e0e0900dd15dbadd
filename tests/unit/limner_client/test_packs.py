"""Packs by the clients and by `limner pack`: polled until finished, read page by page, saved, printed by line."""

import asyncio
import json
from functools import partial

import httpx
import pytest
from typer.testing import CliRunner

from limner_client import AsyncLimner, Limner, NotFinished, command, terminal
from tests.unit.limner_client.fake_api import BUCKET, KEY, PICTURE, URL

PACK_ID = "d" * 32
IDS = ["1" * 32, "2" * 32, "3" * 32]
TIME = "2026-11-28T09:30:00Z"
BACKGROUND = {
    "rule": "background",
    "required": True,
    "outcome": "failed",
    "code": "background_not_white",
    "reasons": {"de": "Der Hintergrund ist nicht weiß."},
    "source": "https://example.com/rules",
    "read_on": "2026-11-28",
}


def packed(marketplace, *, accepted=True, name="MUG-1.jpg"):
    file = {
        "url": f"{BUCKET}/picture", "width": 9, "height": 9, "bytes": len(PICTURE), "content_type": "image/jpeg",
        "expires_at": TIME,
    }  # fmt: skip
    refusal = {"code": "rule_broken", "reasons": {"de": "Verletzt eine Regel."}}
    return {
        "marketplace": marketplace,
        "accepted": accepted,
        "picture": {"name": name, "file": file} if accepted else None,
        "refusal": None if accepted else refusal,
        "found": [],
        "verdicts": [] if accepted else [BACKGROUND],
    }


class PackApi:
    """A pack of three photos that is finished at the `finished_at`-th poll."""

    def __init__(self, finished_at=2, accepted=True):
        self.finished_at, self.accepted = finished_at, accepted
        self.ordered, self.polls, self.languages = [], 0, set()

    def __call__(self, request):
        if str(request.url).startswith(BUCKET):
            return httpx.Response(200, content=PICTURE)
        if request.method == "POST":
            self.ordered.append(json.loads(request.content))
            return httpx.Response(202, json=self._pack())
        query = request.url.params
        if query["limit"] == "0":
            self.polls += 1
            return httpx.Response(200, json=self._pack())
        self.languages.add(query.get("lang"))
        return httpx.Response(200, json=self._pack(first=int(query.get("cursor", 0)), size=2))

    def _pack(self, first=0, size=0):
        done = self.polls >= self.finished_at
        photos = [
            {
                "photo_id": photo_id,
                "external_id": "MUG-1",
                "outcome": "made",
                "refusal": None,
                "packed": [packed("amazon-main", accepted=self.accepted), packed("ebay")],
            }
            for photo_id in IDS[first : first + size]
        ]
        more = str(first + size) if size and first + size < len(IDS) else None
        return {
            "pack_id": PACK_ID,
            "livemode": True,
            "status": "FINISHED" if done else "RUNNING",
            "created_at": TIME,
            "finished_at": TIME if done else None,
            "expires_at": TIME,
            "marketplaces": ["amazon-main", "ebay"],
            "look_name": None,
            "expected": 3,
            "under_way": 0 if done else 3 - self.polls,
            "outcomes": {"made": self.polls, "refused": 0, "failed": 0, "gone": 0},
            "photos": photos,
            "next_cursor": more,
        }


def client(api):
    return Limner(URL, KEY, transport=httpx.MockTransport(api), sleep=lambda _: None)


def test_a_pack_is_polled_until_it_is_finished():
    api, states = PackApi(), []
    with client(api) as limner:
        pack = limner.pack(IDS, ["amazon-main", "ebay"], look="oil", on_progress=states.append)
    assert pack.status == "FINISHED"
    assert [state.under_way for state in states] == [3, 2, 0]
    assert api.ordered == [
        {"marketplaces": ["amazon-main", "ebay"], "photo_ids": IDS, "look": {"styles": {"oil": 1.0}}}
    ]


def test_a_pack_that_takes_too_long_is_no_longer_waited_for():
    with client(PackApi(finished_at=10**6)) as limner, pytest.raises(NotFinished):
        limner.pack(IDS, timeout_seconds=0)


def test_photos_are_read_page_by_page_and_saved_by_marketplace(tmp_path):
    api = PackApi(finished_at=0)
    with client(api) as limner:
        photos = list(limner.packed_photos(limner.pack(collection="c" * 32), lang="de"))
        saved = limner.save_pack(photos, tmp_path)
    assert [photo.photo_id for photo in photos] == IDS
    assert api.languages == {"de"}
    assert [path.relative_to(tmp_path).as_posix() for path in saved[::2]] == [
        "amazon-main/MUG-1.jpg", "amazon-main/MUG-1-2.jpg", "amazon-main/MUG-1-3.jpg",
    ]  # fmt: skip
    assert all(path.read_bytes() == PICTURE for path in saved)


def test_the_async_client_does_the_same(tmp_path):
    async def job():
        async def sleep(_):
            pass

        transport = httpx.MockTransport(PackApi())
        async with AsyncLimner(URL, KEY, transport=transport, sleep=sleep) as limner:
            pack = await limner.pack(IDS)
            photos = [photo async for photo in limner.packed_photos(pack)]
            return await limner.save_pack(photos, tmp_path)

    assert len(asyncio.run(job())) == 6


@pytest.fixture
def run(monkeypatch):
    def run(api, *arguments):
        made = partial(Limner, transport=httpx.MockTransport(api), sleep=lambda _: None)
        monkeypatch.setattr(terminal, "Limner", made)
        monkeypatch.setenv("LIMNER_URL", URL)
        monkeypatch.setenv("LIMNER_KEY", KEY)
        return CliRunner().invoke(command.app, ["pack", *map(str, arguments)])

    return run


def test_the_command_saves_pictures_and_prints_a_line_for_each(run, tmp_path):
    ended = run(PackApi(), "--photos", ",".join(IDS), "--marketplace", "ebay", "--out", tmp_path)
    assert ended.exit_code == 0, ended.output
    assert "MUG-1 · amazon-main: accepted" in ended.stdout
    assert (tmp_path / "ebay/MUG-1-3.jpg").is_file()


def test_a_picture_that_is_not_accepted_is_printed_with_its_rules_and_ends_with_1(run):
    ended = run(PackApi(accepted=False), "--photos", ",".join(IDS), "--lang", "de")
    assert ended.exit_code == terminal.EXIT_SOME_FAILED
    assert (
        "MUG-1 · amazon-main: rule_broken: Verletzt eine Regel.; background: Der Hintergrund ist nicht weiß."
        in ended.stdout
    )


def test_files_ids_and_a_collection_exclude_each_other(run):
    assert run(PackApi(), "--photos", IDS[0], "--collection", "c" * 32).exit_code == terminal.EXIT_USAGE
    assert run(PackApi()).exit_code == terminal.EXIT_USAGE
