"""The page in each of its languages, without a word of another one."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.fake_storefront import STYLES, FakeStorefront, add_ready_photo
from tests.e2e.page_driver import OpenPage, drop_photo
from tests.e2e.page_states import page_states
from tests.e2e.page_texts import LanguageTexts, table

LANGUAGES = ("en", "de", "es", "fr", "ja", "zh", "ar")
OWN_NAMES = {
    "en": "English",
    "de": "Deutsch",
    "es": "Español",
    "fr": "Français",
    "ja": "日本語",
    "zh": "中文",
    "ar": "العربية",
}
NAMES = {
    "Limner",
    "L",
    "lk_live_…",
    "red cup & saucer.jpg",
    "ready.jpg",
    "failed.jpg",
    "MUG-1",
    "fuse 1.0",
    "fuse-1.0",
    "Autumn",
    "home",
}


def style_names(language: str) -> set[str]:
    """As the page writes them, with a capital letter."""
    words = [name if language == "en" else words.get(language) for _, name, _, words in STYLES]
    names = {name[0].upper() + name[1:] for name in words if name}
    return names | {text for key, text in table(language).items() if key.startswith("style.")}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_is_in_the_language_alone(
    open_page: OpenPage, shop: FakeStorefront, photo: Path, console_errors: list[str], language: str
) -> None:
    texts = LanguageTexts(language, NAMES | {OWN_NAMES[language]} | style_names(language))
    foreign = {
        state: found
        for state, page in page_states(open_page, shop, photo, locale=language)
        if (found := texts.foreign(page))
    }
    console_errors.clear()  # some states are errors
    assert not foreign, foreign


@pytest.mark.parametrize("language", LANGUAGES)
def test_language_and_direction_are_those_of_the_browser(
    open_page: OpenPage, shop: FakeStorefront, language: str
) -> None:
    page = open_page(locale=language)
    page.goto(shop.page_url)
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator("html")).to_have_attribute("dir", "rtl" if language == "ar" else "ltr")
    expect(page.locator("h1")).to_have_text(table(language)["page.title"])


def test_a_language_that_the_page_has_not_falls_back_to_english(
    open_page: OpenPage, shop: FakeStorefront
) -> None:
    page = open_page(locale="sv-SE")
    page.goto(shop.page_url)
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_a_chosen_language_is_remembered_and_keeps_the_photos(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    page = open_page(locale="de-AT")
    page.goto(shop.page_url)
    drop_photo(page, photo)
    page.get_by_text("Sprache").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Français").focus()
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    expect(page.locator("summary").filter(has_text="Langue")).to_be_focused()
    expect(page.locator(".thumbnail")).to_have_attribute(
        "aria-label", "red cup & saucer.jpg, Pas encore envoyée"
    )
    page.goto("about:blank")
    page.goto(shop.page_url)
    expect(page.locator("html")).to_have_attribute("lang", "fr")


def test_the_language_menu_is_closed_by_escape(open_page: OpenPage, shop: FakeStorefront) -> None:
    page = open_page()
    page.goto(shop.page_url)
    page.get_by_text("Language").click()
    page.get_by_role("button", name="日本語").focus()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="日本語")).to_be_hidden()
    expect(page.locator("#languages summary")).to_be_focused()


def test_from_right_to_left_sliders_fill_from_the_right_and_nothing_is_wider_than_the_page(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    add_ready_photo(shop, photo, "ready.jpg", "oil")
    for width in (390, 1366):
        page = open_page(locale="ar", viewport={"width": width, "height": 800})
        page.goto(shop.page_url)
        expect(page.locator(".gallery-item")).to_have_count(1)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        start, first = (page.locator(one).first.bounding_box() for one in (".look-options", ".tile"))
        assert start
        assert first
        assert abs(start["x"] + start["width"] - first["x"] - first["width"]) < 2, (
            "the first tile is at the right"
        )
