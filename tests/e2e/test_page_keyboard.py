"""The page by keyboard and without sight: where the focus is, what keys do, what is announced."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.fake_storefront import FakeStorefront, add_ready_photo
from tests.e2e.page_driver import STYLE_TILE, OpenPage, drop_photo, tile

LAPTOP = {"viewport": {"width": 1366, "height": 768}}
PHONE = {"viewport": {"width": 390, "height": 844}}
ACTIVE = "document.activeElement.id || document.activeElement.className || document.activeElement.tagName"
OBSCURED = """() => {
    const bar = document.querySelector(".submit-bar");
    const focused = document.activeElement;
    if (focused === document.body || bar.contains(focused)) return null;
    const shown = focused.closest(".tile, .checkbox, .select, .handle") ?? focused;
    const [one, other] = [shown, bar].map((element) => element.getBoundingClientRect());
    const middle = one.left + one.width / 2;
    const isBeside = middle < other.left || middle > other.right;
    const isHidden = !isBeside && one.top >= other.top - 1 && one.bottom <= other.bottom + 1;
    const isCovered = !isBeside && one.bottom > other.top + 1 && one.top < other.bottom - 1;
    return isHidden || isCovered ? shown.outerHTML.slice(0, 80) : null;
}"""


def active(page: Page) -> str:
    return page.evaluate(ACTIVE)


def test_focus_goes_to_the_photo_that_was_chosen(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    page = open_page()
    page.goto(shop.page_url)
    expect(page.locator(".tile").first).to_be_visible()
    page.get_by_role("button", name="Choose photos").focus()
    page.locator("#files").set_input_files(photo)
    expect(page.locator(".thumbnail")).to_be_focused()


def test_focus_goes_to_the_button_that_adds_photos_when_the_last_one_is_removed(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    page = open_page()
    page.goto(shop.page_url)
    drop_photo(page, photo)
    drop_photo(page, photo)
    expect(page.locator(".thumbnail")).to_have_count(2)
    for left in (1, 0):
        page.locator(".remove").first.click()
        expect(page.locator(".thumbnail")).to_have_count(left)
    expect(page.get_by_role("button", name="Choose photos")).to_be_focused()


def test_focus_stays_on_the_button_that_makes_the_pictures(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    page = open_page()
    page.goto(shop.page_url)
    drop_photo(page, photo)
    tile(page, "Oil").click()
    button = page.locator("#make")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".compare")).to_be_visible()
    expect(button).to_be_focused()
    expect(button).to_be_disabled()
    page.keyboard.press("Enter")
    assert len(shop.photos) == 1, "the button does nothing while there is nothing to make"


def test_focus_goes_to_the_first_photo_that_show_more_brings(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    for index in range(14):
        add_ready_photo(shop, photo, f"{index}.jpg", "gouache")
    page = open_page()
    page.goto(shop.page_url)
    more = page.get_by_role("button", name="Show more")
    more.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".gallery-item")).to_have_count(14)
    expect(page.locator(".gallery-item a").nth(12)).to_be_focused()


def test_focus_stays_in_the_caption_when_an_error_is_tried_again(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    page = open_page()
    page.goto(shop.page_url)
    tile(page, "Oil").click()
    shop.engine_works = False
    drop_photo(page, photo)
    page.locator("#make").click()
    retry = page.get_by_role("button", name="Try again")
    retry.focus()
    shop.engine_works = True
    page.keyboard.press("Enter")
    expect(page.locator(".compare")).to_be_visible()
    assert active(page) == "progress"


@pytest.mark.parametrize("device", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_no_stop_of_the_tab_key_is_under_the_submit_bar(
    open_page: OpenPage, shop: FakeStorefront, photo: Path, device: dict
) -> None:
    for index in range(2):
        add_ready_photo(shop, photo, f"{index}.jpg", "gouache")
    page = open_page(**device)
    page.goto(shop.page_url)
    expect(page.locator(".gallery-item")).to_have_count(2)
    drop_photo(page, photo)
    tile(page, "Oil").click()
    page.locator("#sign-out").focus()
    stops, obscured = 0, []
    for key in ("Tab", "Shift+Tab"):
        while active(page) != "BODY" and stops < 200:
            obscured.append(page.evaluate(OBSCURED))
            page.keyboard.press(key)
            stops += 1
        page.locator(".page-footer a").focus()
    assert stops > 40
    assert not [one for one in obscured if one]


def test_enter_on_a_tile_chooses_the_style_and_sends_nothing(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    page = open_page()
    page.goto(shop.page_url)
    drop_photo(page, photo)
    page.get_by_role("checkbox", name="Oil").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("checkbox", name="Oil")).to_be_checked()
    page.get_by_role("checkbox", name="Pencil").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("checkbox", name="Pencil")).to_be_checked()
    page.locator("#strength").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Make 2 pictures")).to_be_enabled()
    assert not shop.photos


@pytest.mark.parametrize("device", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_a_double_click_on_the_button_ticks_no_tile(
    open_page: OpenPage, shop: FakeStorefront, photo: Path, device: dict
) -> None:
    page = open_page(**device)
    page.goto(shop.page_url)
    drop_photo(page, photo)
    tile(page, "Oil").click()
    page.locator(STYLE_TILE).first.scroll_into_view_if_needed()
    box = page.locator("#make").bounding_box()
    assert box
    page.mouse.dblclick(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, delay=30)
    expect(page.locator(".compare")).to_be_visible()
    expect(page.locator(".tile input:checked")).to_have_count(1)
    assert len(shop.photos) == 1


def test_a_ninth_style_is_refused_with_a_sentence(open_page: OpenPage, shop: FakeStorefront) -> None:
    shop.more_styles = ["one", "two"]
    page = open_page()
    page.goto(shop.page_url)
    tiles = page.locator(".tile")
    expect(tiles).to_have_count(10)
    for index in range(8):
        tiles.nth(index).click()
    tiles.nth(8).click()
    expect(page.locator(".tile input:checked")).to_have_count(8)
    expect(tiles.nth(0).locator("input")).to_be_checked()
    expect(tiles.nth(8).locator("input")).not_to_be_checked()
    expect(page.get_by_role("status").filter(has_text="At most 8 styles")).to_be_visible()
    tiles.nth(0).click()
    expect(page.locator("#choice-note")).to_have_text("")
    tiles.nth(8).click()
    expect(page.locator(".tile input:checked")).to_have_count(8)

    page.get_by_label("Mix two styles").check()
    expect(page.locator("#choice-note")).to_contain_text("No longer chosen: ")
    checked = page.locator(".tile input:checked")
    expect(checked).to_have_count(2)
    page.locator(".tile:not(:has(:checked)):not(:has(:disabled))").first.click()
    expect(page.locator("#choice-note")).to_contain_text("A picture mixes two styles.")
    expect(checked).to_have_count(2)


def test_progress_of_a_batch_is_announced(
    open_page: OpenPage, shop: FakeStorefront, photo: Path, tmp_path: Path
) -> None:
    damaged = tmp_path / "damaged.jpg"
    damaged.write_bytes(b"\xff\xd8\xff and nothing that a JPEG has")
    files = [tmp_path / "0.jpg", tmp_path / "1.jpg", damaged]
    for path in files[:2]:
        path.write_bytes(photo.read_bytes())
    page = open_page()
    page.goto(shop.page_url)
    page.locator("#files").set_input_files(files)
    tile(page, "Oil").click()
    expect(page.locator("#batch-progress")).to_have_text("")
    page.evaluate("""() => {
        window.announced = [];
        for (const id of ["batch-progress", "announcer"]) {
            const element = document.getElementById(id);
            const options = { childList: true, characterData: true, subtree: true };
            new MutationObserver(() => window.announced.push(element.textContent)).observe(element, options);
        }
    }""")
    page.get_by_role("button", name="Make 3 pictures").click()
    progress = page.get_by_role("status").filter(has_text="photos are ready")
    expect(progress).to_have_text("2 of 3 photos are ready, 1 failed.")
    announced = page.evaluate("window.announced")
    assert announced[0] == "0 of 3 photos are ready."
    assert len(announced) == len(set(announced)) <= 5, "each number is announced once, and no photo by itself"
