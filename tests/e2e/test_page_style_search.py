"""The page's search for styles by words, in Chromium, served by an in-memory storefront."""

from pathlib import Path

from playwright.sync_api import expect

from tests.e2e.fake_storefront import OWN_STYLE, FakeStorefront
from tests.e2e.page_driver import OpenPage, drop_photo, make_pictures

LABEL = "Find a style by words"
VISIBLE_TILES = ".tile:not([hidden]) .name"


def test_words_show_the_styles_found_the_best_first_and_without_them_all(
    open_page: OpenPage, shop: FakeStorefront
) -> None:
    page = open_page()
    page.goto(shop.page_url)
    expect(page.locator(".tile")).to_have_count(8)
    everything = page.locator(VISIBLE_TILES).all_text_contents()
    page.get_by_role("button", name="Print").click()

    search = page.get_by_role("searchbox", name=LABEL)
    search.press_sequentially("pencil oil", delay=20)
    expect(page.locator(VISIBLE_TILES)).to_have_text(["Pencil", "Oil"])
    expect(page.locator("#style-search-note")).to_have_text("2 styles, the best first")
    assert shop.searched[-1] == "pencil oil"
    assert len(shop.searched) <= 3, "typing is one search, or a few on a slow machine"

    search.fill("xyzzy")
    expect(page.locator("#style-search-note")).to_have_text("No style found.")
    expect(page.locator(VISIBLE_TILES)).to_have_count(0)
    expect(page.locator("#use-suggestion")).to_be_hidden()

    search.fill("")
    expect(page.locator("#style-search-note")).to_have_text("")
    expect(page.locator(VISIBLE_TILES)).to_have_text(["Automatic", "Woodblock print"])
    page.get_by_role("button", name="All").click()
    assert page.locator(VISIBLE_TILES).all_text_contents() == everything


def test_a_suggestion_is_used_by_keyboard_and_sent_with_its_levels(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    page = open_page()
    page.goto(shop.page_url)
    expect(page.locator(".tile")).to_have_count(8)
    drop_photo(page, photo)
    page.get_by_role("searchbox", name=LABEL).fill("oil autumn")
    page.keyboard.press("Enter")
    suggestion = page.get_by_role("button", name="Use Oil 50% with Autumn 50%, strength 40%")
    expect(suggestion).to_be_visible()
    assert not shop.photos, "Enter in the search sends nothing"
    page.keyboard.press("Tab")
    expect(suggestion).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.get_by_role("checkbox", name="Oil")).to_be_focused()
    expect(page.get_by_role("checkbox", name="Autumn")).to_be_checked()
    expect(page.get_by_label("Mix two styles")).to_be_checked()
    journey = make_pictures(page, timeout_s=20)
    (look,) = shop.photos[journey.photo_id].looks
    assert look == {
        "styles": {"oil": 0.5, OWN_STYLE: 0.5},
        "strength": 0.4,
        "protection": "strict",
        "enhance": True,
        "levels": {"colour": 0.5, "stroke": 1, "motif": 1},
    }


def test_a_search_that_fails_says_so(
    open_page: OpenPage, shop: FakeStorefront, console_errors: list[str]
) -> None:
    page = open_page()
    page.goto(shop.page_url)
    expect(page.locator(".tile")).to_have_count(8)
    shop.failing_paths.add("search")
    page.get_by_role("searchbox", name=LABEL).fill("oil")
    expect(page.locator("#style-search-note")).to_contain_text("The service is busy")
    expect(page.locator(VISIBLE_TILES)).to_have_count(8)
    console_errors.clear()
