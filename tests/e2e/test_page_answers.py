"""What the page makes of answers: expired links, answers of others, figures, the strength as published."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.fake_storefront import FakeStorefront, add_ready_photo
from tests.e2e.page_driver import OpenPage

NOT_LIMNERS = "The answer did not come from Limner."
BROKEN_IMAGES = """() => [...document.images].filter((image) => image.complete && image.checkVisibility() && !image.naturalWidth)
    .map((image) => image.src)"""

LOAD_AGAIN = """() => {
    for (const image of document.images) {
        image.parentElement.querySelectorAll("source").forEach((source) => source.remove());
        image.removeAttribute("srcset");
        image.src = `${image.src}&again`;
    }
}"""
LOADED_AGAIN = "[data-photo-id] img[src$=again]"


def expect_no_broken_images(page: Page) -> None:
    page.wait_for_function(f"() => !({BROKEN_IMAGES})().length")


def test_expired_links_are_renewed_wherever_a_picture_is_shown(
    open_page: OpenPage, shop: FakeStorefront, photo: Path, console_errors: list[str]
) -> None:
    ids = [add_ready_photo(shop, photo, f"{name}.jpg", "oil", "pencil") for name in ("a", "b")]
    page = open_page()
    page.goto(f"{shop.page_url}#photo={ids[0]}&with={ids[1]}")
    expect(page.locator(".looks button")).to_have_count(2)
    expect(page.locator(".gallery-item")).to_have_count(2)
    expect_no_broken_images(page)
    shop.expire_links()
    page.evaluate(LOAD_AGAIN)
    page.wait_for_function(f"() => !document.querySelector('{LOADED_AGAIN}')")
    expect_no_broken_images(page)
    assert page.locator(".compare img, .looks img, .gallery-item img, .thumbnail img").count() == 8
    console_errors.clear()


@pytest.mark.parametrize(
    ("name", "place"),
    [("styles", "#tiles"), ("photos", "#gallery-note"), ("explanation", ".explanation-body")],
)
def test_a_page_of_somebody_else_is_not_taken_for_an_answer(
    open_page: OpenPage, shop: FakeStorefront, photo: Path, name: str, place: str
) -> None:
    photo_id = add_ready_photo(shop, photo, "red cup.jpg", "oil")
    page = open_page()
    page.goto(f"{shop.page_url}#photo={photo_id}")
    expect(page.locator(".compare")).to_be_visible()
    shop.html_paths.add(name)
    if name == "explanation":
        page.get_by_text("Why it looks like this").click()
    else:
        page.reload()
    expect(page.locator(place)).to_contain_text(NOT_LIMNERS)
    expect(page.locator("body")).not_to_contain_text("JSON")
    shop.html_paths.clear()
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("body")).not_to_contain_text(NOT_LIMNERS)


def test_the_strength_is_that_of_the_published_picture_everywhere(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    photo_id = add_ready_photo(shop, photo, "red cup.jpg", "oil", "pencil")
    page = open_page()
    page.goto(f"{shop.page_url}#photo={photo_id}")
    expect(page.locator(".verdict")).to_contain_text("Strength lowered to 60%")
    expect(page.locator(".result-name")).to_have_text("Oil, strength 60%")
    expect(page.locator(".looks button").nth(1)).to_have_attribute("title", "Pencil, strength 60%")
    expect(page.locator(".gallery-label")).to_contain_text("Oil 60% and 1 more")
    assert "80%" not in page.locator("#result").inner_text() + page.locator(".gallery").inner_text()

    result = shop.photos[photo_id].results[0]
    result["verdict"] = {
        **result["verdict"],
        "outcome": "fallback",
        "strength": 0,
        "words": "Shown without the style.",
    }
    page.reload()
    expect(page.locator(".result-name")).to_have_text("Photo without Oil")


def test_figures_are_in_plain_words(open_page: OpenPage, shop: FakeStorefront, photo: Path) -> None:
    photo_id = add_ready_photo(shop, photo, "red cup.jpg", "oil")
    metrics = {
        "ssim": 0.613,
        "edge_keep": 0.9,
        "flat_noise": 0.7,
        "mean_shift": 21.04,
        "delta_e": 2.4,
        "new_one": 3,
    }
    shop.photos[photo_id].results[0]["metrics"] = metrics
    page = open_page()
    page.goto(f"{shop.page_url}#photo={photo_id}")
    facts = page.locator(".result-facts")
    expect(facts).to_contain_text("Shapespartly redrawn")
    expect(facts).to_contain_text("Outlineskept")
    expect(facts).to_contain_text("Grain in plain areashardly visible")
    expect(facts).to_contain_text("Change of coloursstrong")
    expect(facts).to_contain_text("Product's coloursslightly different")
    page.get_by_text("Why it looks like this").click()
    expect(page.locator(".explanation-body")).to_contain_text("The photo was made brighter.")
    for jargon in ("ΔE", "255", "full range", "ssim", "EV", "confidence", "0.85", "new_one"):
        expect(page.locator("#result")).not_to_contain_text(jargon)
