"""The shop's photos on the page: found by filters, and opened, tried again or deleted several at once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.fake_storefront import ENGINE_FAILURE, FakeStorefront, add_ready_photo
from tests.e2e.page_driver import OpenPage, tile

ITEMS = ".gallery-item cite"


def add_photos(shop: FakeStorefront, photo: Path, *names: str) -> dict[str, str]:
    """Ids by name; the first name is the oldest photo."""
    return {name: add_ready_photo(shop, photo, name, "oil") for name in names}


def select(page: Page, *names: str) -> None:
    for name in names:
        page.get_by_label(f"Select {name}").check()
    expect(page.locator("#selected-count")).to_have_text(f"{len(names)} selected")


def test_photos_are_found_by_number_state_and_day(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    ids = add_photos(shop, photo, "old.jpg", "failed.jpg", "mug.jpg")
    shop.photos[ids["old.jpg"]].updated_at = datetime.now(UTC) - timedelta(days=10)
    shop.photos[ids["failed.jpg"]].failure = ENGINE_FAILURE
    shop.photos[ids["mug.jpg"]].external_id = "MUG-1"
    page = open_page()
    page.goto(shop.page_url)
    expect(page.locator(ITEMS)).to_have_text(["mug.jpg", "failed.jpg", "old.jpg"])

    page.get_by_label("State").select_option("Failed")
    expect(page.locator(ITEMS)).to_have_text(["failed.jpg"])
    page.get_by_label("State").select_option("All")
    page.get_by_label("Changed").select_option("In the last week")
    expect(page.locator(ITEMS)).to_have_text(["mug.jpg", "failed.jpg"])
    number = page.get_by_label("Product number")
    number.fill("MUG-1")
    expect(page.locator(ITEMS)).to_have_text(["mug.jpg"])
    expect(page.locator(".gallery-label")).to_contain_text("MUG-1")
    number.fill("MUG-2")
    expect(page.locator("#gallery-note")).to_have_text("No photo matches.")
    number.fill("")
    page.get_by_label("Changed").select_option("At any time")
    expect(page.locator(ITEMS)).to_have_count(3)


def test_selected_photos_are_opened_together_and_get_a_look(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    ids = add_photos(shop, photo, "a.jpg", "b.jpg", "c.jpg")
    page = open_page()
    page.goto(shop.page_url)
    select(page, "a.jpg", "c.jpg")
    page.get_by_role("button", name="Open").click()
    expect(page.locator(".thumbnail[data-state=READY]")).to_have_count(2)
    tile(page, "Pencil").click()
    page.get_by_role("button", name="Make 2 more pictures").click()
    expect(page.locator(".looks button")).to_have_count(2)
    expect(page.locator(".thumbnail[data-state=READY]")).to_have_count(2)
    assert [len(shop.photos[ids[name]].looks) for name in ("a.jpg", "b.jpg", "c.jpg")] == [2, 1, 2]


def test_selected_photos_are_deleted_after_a_question(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    add_photos(shop, photo, "a.jpg", "b.jpg", "c.jpg")
    page = open_page()
    page.goto(shop.page_url)
    select(page, "a.jpg", "c.jpg")
    page.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Delete 2 photos and all pictures made of them?")
    page.keyboard.press("Escape")
    expect(page.locator(ITEMS)).to_have_count(3)
    assert len(shop.photos) == 3

    page.get_by_role("button", name="Delete").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(page.locator(ITEMS)).to_have_text(["b.jpg"])
    expect(page.locator("#announcer")).to_have_text("2 photos deleted.")
    expect(page.locator("#gallery-title")).to_be_focused()
    assert [one.filename for one in shop.photos.values()] == ["b.jpg"]


def test_what_could_not_be_deleted_is_said_and_stays(
    open_page: OpenPage, shop: FakeStorefront, photo: Path, console_errors: list[str]
) -> None:
    ids = add_photos(shop, photo, "a.jpg", "b.jpg")
    page = open_page()
    page.goto(shop.page_url)
    shop.failing_paths.add(ids["a.jpg"])
    page.get_by_label("Select all shown").check()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.locator("#gallery-note")).to_contain_text("1 photo deleted. 1 photo not: The service is busy")
    expect(page.locator(ITEMS)).to_have_text(["a.jpg"])
    console_errors.clear()


def test_failed_photos_are_tried_again_together(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    ids = add_photos(shop, photo, "a.jpg", "b.jpg", "no-photo.jpg", "ready.jpg")
    for name in ("a.jpg", "b.jpg"):
        shop.photos[ids[name]].failure = ENGINE_FAILURE
    shop.photos[ids["no-photo.jpg"]].failure = {"code": "not_an_image", "message": "No photo."}
    page = open_page()
    page.goto(shop.page_url)
    page.get_by_label("Select all shown").check()
    page.get_by_role("button", name="Try 2 again").click()
    expect(page.locator(".thumbnail[data-state=READY]")).to_have_count(2)
    states = page.locator(".gallery-label span:last-child")
    expect(states).to_have_text(["Oil 60%", "Failed", "Oil 60%", "Oil 60%"])


def test_the_mode_of_a_test_shop_is_shown(open_page: OpenPage, shop: FakeStorefront, photo: Path) -> None:
    page = open_page()
    page.goto(shop.page_url)
    badge = page.get_by_text("Test mode")
    expect(badge).to_be_visible()

    live = open_page(key="lk_live_key")
    shop.accepted.add("lk_live_key")
    shop.livemode = True
    add_photos(shop, photo, "a.jpg")
    live.goto(shop.page_url)
    expect(live.locator(ITEMS)).to_have_count(1)
    expect(live.get_by_text("Test mode")).to_be_hidden()

    shop.livemode = False
    live.reload()
    expect(live.get_by_text("Test mode")).to_be_visible()
