"""Upload forms on the local stack: what a form that was used already can do, and how a file is replaced."""

import time
from pathlib import Path

import pytest
from skimage import data

from local.client.api_client import ApiClient
from tests.makers import save_jpeg

TIMEOUT_SECONDS = 60
LOOKS = [{"styles": {"enhance": 1.0}}]


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("photos")
    return {
        "first": save_jpeg(data.coffee(), folder / "first.jpg"),
        "other": save_jpeg(data.chelsea(), folder / "other.jpg"),
    }


def ready(api: ApiClient, photo_id: str, *, unlike: str | None = None) -> dict:
    """The photo once it is READY, and was finished at another time than `unlike`."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while True:
        photo = api.photo(photo_id)
        if photo["status"] == "READY" and photo["finished_at"] != unlike:
            return photo
        assert time.monotonic() < deadline, photo
        time.sleep(0.1)


def without_links(photo: dict) -> dict:
    """Links are signed anew for each answer."""
    parts = ("finished_at", "submitted_at", "looks", "status")
    sizes = [(one["width"], one["height"], one["bytes"]) for one in photo["original"]]
    return {part: photo[part] for part in parts} | {"original": sizes}


def test_a_form_that_was_used_changes_nothing_and_a_replacement_is_ordered(api: ApiClient, photos) -> None:
    order = api.order(photos["first"], LOOKS)
    api.upload(order, photos["first"])
    first = ready(api, order.photo_id)

    api.upload(order, photos["first"])
    api.upload(order, photos["other"])
    later = api.order(photos["other"], LOOKS)
    api.upload(later, photos["other"])
    ready(api, later.photo_id)  # its event came after those of the two uploads before
    assert without_links(api.photo(order.photo_id)) == without_links(first)

    replacement = api.order_replacement(order.photo_id, photos["other"])
    api.upload(replacement, photos["other"])
    replaced = ready(api, order.photo_id, unlike=first["finished_at"])
    assert replaced["original"][0]["width"] / replaced["original"][0]["height"] == pytest.approx(
        451 / 300, 0.01
    )
    api.upload(replacement, photos["first"])
    again = api.order(photos["first"], LOOKS)
    api.upload(again, photos["first"])
    ready(api, again.photo_id)
    assert without_links(api.photo(order.photo_id)) == without_links(replaced)
