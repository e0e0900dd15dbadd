"""The storefront's page in Chromium, served by an in-memory storefront."""

import math
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Error, Page, Route, expect

from tests.e2e.fake_storefront import FakeStorefront, add_ready_photo
from tests.e2e.page_driver import (
    STYLE_TILE,
    OpenPage,
    divider_position,
    drive_page,
    drop_photo,
    make_pictures,
)

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
FIND_LOW_CONTRAST_TEXT = (Path(__file__).parent / "contrast.js").read_text()
POLLS = re.compile(r"/photos\?.*ids=")
PAGE_MAX_BYTES = 170_000
"""Of all files but pictures, as they are in the repository. test_page_budgets.py has what a visit loads of them."""


def scrolls_sideways(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth > window.innerWidth")


def test_dropped_photo_is_styled_compared_and_shown_again_after_reload(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    page = open_page()

    journey = drive_page(page, shop.page_url, photo)

    states = [state for state in journey.states if state != "AWAITING_UPLOAD"]
    assert states == ["NOT_SENT", "UPLOADING", "UPLOADED", "PROCESSING", "READY"]
    assert [look["strength"] for look in shop.photos[journey.photo_id].looks] == [0.8, 0.8]
    expect(page.locator(".gallery-item cite")).to_have_text([photo.name])

    page.reload()
    expect(page.locator(".compare")).to_be_visible()
    expect(page.locator(".result-details cite")).to_have_text(photo.name)
    expect(page.locator(".result-details .result-name")).to_have_text("Oil, strength 60%")
    expect(page.locator(".compare source[type='image/avif']")).to_be_attached()


def test_phone_page_does_not_scroll_sideways_and_divider_follows_touch(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    page = open_page(**PHONE)

    page.goto(shop.page_url)
    expect(page.get_by_role("button", name="Take a photo")).to_be_visible()
    assert not scrolls_sideways(page)
    drive_page(page, shop.page_url, photo)
    for width in (360, 320, 390):
        page.set_viewport_size({"width": width, "height": 844})
        assert not scrolls_sideways(page), width

    page.locator(".compare").scroll_into_view_if_needed()
    box = page.locator(".compare").bounding_box()
    assert box
    touch = page.context.new_cdp_session(page)
    y = box["y"] + box["height"] / 2
    for kind, share in (("touchStart", 0.5), ("touchMove", 0.6), ("touchMove", 0.75)):
        point = {"x": box["x"] + box["width"] * share, "y": y}
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert abs(divider_position(page) - 75) <= 1


def test_file_that_cannot_be_read_fails_without_failing_the_others(
    open_page: OpenPage, shop: FakeStorefront, photo: Path, tmp_path: Path
) -> None:
    page = open_page()
    damaged = tmp_path / "damaged.jpg"
    damaged.write_bytes(b"\xff\xd8\xff and nothing that a JPEG has")
    page.goto(shop.page_url)
    page.locator("#files").set_input_files([damaged, photo])
    page.locator(STYLE_TILE).first.click()
    page.get_by_role("button", name="Make 2 pictures").click()

    expect(page.get_by_role("alert")).to_contain_text("not a photo that can be read")
    expect(page.locator(".thumbnail").nth(0)).to_have_attribute("data-state", "FAILED")
    expect(page.locator(".thumbnail").nth(1)).to_have_attribute("data-state", "READY")


def test_two_mixed_styles_make_one_picture(open_page: OpenPage, shop: FakeStorefront, photo: Path) -> None:
    page = open_page()
    page.goto(shop.page_url)
    drop_photo(page, photo)
    page.get_by_label("Mix two styles").check()
    page.locator(STYLE_TILE).nth(0).click()
    expect(page.get_by_role("button", name="Choose a second style")).to_be_disabled()
    page.locator(STYLE_TILE).nth(3).click()
    page.locator("#mix-share").fill("25")
    page.locator("#strength").fill("60")

    journey = make_pictures(page, timeout_s=20)

    assert shop.photos[journey.photo_id].looks == [
        {"styles": {"oil": 0.75, "cartoon": 0.25}, "strength": 0.6, "protection": "soft", "enhance": True}
    ]
    expect(page.locator(".result-name")).to_have_text("Oil 75% with Cartoon 25%, strength 60%")


def test_protection_and_enhance_are_sent_and_the_verdict_is_shown(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    page = open_page()
    page.goto(shop.page_url)
    drop_photo(page, photo)
    page.locator(STYLE_TILE).first.click()
    page.get_by_label("Protect the product").select_option("background-only")
    page.get_by_label("Enhance light and colour first").uncheck()

    journey = make_pictures(page, timeout_s=20)

    (look,) = shop.photos[journey.photo_id].looks
    assert look == {
        "styles": {"oil": 1},
        "strength": 0.8,
        "protection": "background-only",
        "enhance": False,
    }
    expect(page.locator(".verdict")).to_have_text("Strength lowered to 60%: to keep the text legible.")


def test_automatic_disables_protection_and_shows_the_chosen_style(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    page = open_page()
    page.goto(shop.page_url)
    drop_photo(page, photo)
    page.locator(".tile", has_text="Automatic").click()
    expect(page.get_by_label("Protect the product")).to_be_disabled()

    journey = make_pictures(page, timeout_s=20)

    assert [look["styles"] for look in shop.photos[journey.photo_id].looks] == [{"auto": 1}]
    expect(page.locator(".result-name")).to_have_text("Automatic: Oil, strength 60%")
    expect(page.locator(".after .tag")).to_have_text("Oil")
    page.locator(STYLE_TILE).first.click()
    expect(page.get_by_label("Protect the product")).to_be_enabled()


def test_styles_that_stand_alone_are_disabled_while_mixing(open_page: OpenPage, shop: FakeStorefront) -> None:
    page = open_page()
    page.goto(shop.page_url)
    page.locator(".tile", has_text="Automatic").click()
    page.get_by_label("Mix two styles").check()
    for name in ("Automatic", "Enhanced"):
        expect(page.get_by_role("checkbox", name=name)).to_be_disabled()
        expect(page.get_by_role("checkbox", name=name)).not_to_be_checked()
    page.get_by_label("Mix two styles").uncheck()
    expect(page.get_by_role("checkbox", name="Automatic")).to_be_enabled()


def test_explanation_is_loaded_when_opened_and_shows_every_section(
    open_page: OpenPage, shop: FakeStorefront, photo: Path, console_errors: list[str]
) -> None:
    page = open_page()
    requested_urls: list[str] = []
    page.on("request", lambda request: requested_urls.append(request.url))
    page.goto(f"{shop.page_url}#photo={add_ready_photo(shop, photo, 'red cup.jpg', 'auto', 'pencil')}")
    expect(page.locator(".verdict")).to_be_visible()
    assert not [url for url in requested_urls if url.endswith("/explanation")]

    shop.failing_paths.add("explanation")
    page.get_by_text("Why it looks like this").click()
    expect(page.get_by_role("alert")).to_contain_text("The service is busy")
    console_errors.clear()
    shop.failing_paths.clear()
    page.get_by_role("button", name="Try again").click()

    explanation = page.locator(".explanation-body")
    expect(explanation).to_contain_text("Colour makes up 67% of the change.")
    expect(explanation).to_contain_text("The letters must stay readable, so the product is protected")
    expect(explanation).to_contain_text("The photo was made brighter.")
    expect(explanation).to_contain_text("The product covers 41% of the photo.Text covers 6%.")
    expect(explanation.locator(".bars").first).to_have_text("Colour62%Strokes27%Shapes11%")
    expect(explanation.locator(".strength-results li")).to_have_text(
        ["25% passed", "50% passed", "75% failed", "100% failed"]
    )
    expect(explanation.get_by_role("row", name="Legible text")).to_contain_text("not measurable")
    for name in ("Structure", "Colour", "Texture"):
        image = explanation.get_by_role("img", name=f"Map of the change: {name}")
        image.scroll_into_view_if_needed()
        expect(image).to_have_js_property("complete", True)
        assert image.evaluate("image => image.naturalWidth") > 0

    page.locator(".looks button").nth(1).click()
    page.get_by_text("Why it looks like this").click()
    expect(page.locator(".explanation-body .bars")).to_have_count(2)
    expect(page.locator(".explanation-body")).not_to_contain_text("Why this style")


def test_open_explanation_stays_open_when_the_catalogue_arrives_late(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    page = open_page()
    held_requests: list[Route] = []
    page.route("**/styles", lambda route: held_requests.append(route))  # noqa: PLW0108 - Playwright inspects it
    page.goto(f"{shop.page_url}#photo={add_ready_photo(shop, photo, 'red cup.jpg', 'auto', 'pencil')}")
    page.get_by_text("Why it looks like this").click()
    explanation = page.locator(".explanation-body")
    expect(explanation).to_contain_text("Colour makes up 67% of the change.")
    for request in held_requests:
        request.continue_()
    expect(page.locator(STYLE_TILE).first).to_be_visible()
    expect(explanation).to_contain_text("Colour makes up 67% of the change.")
    expect(page.locator(".explanation[open]")).to_have_count(1)


def test_phone_page_with_open_explanation_does_not_scroll_sideways(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    page = open_page(**PHONE)
    page.goto(f"{shop.page_url}#photo={add_ready_photo(shop, photo, 'red cup.jpg', 'auto')}")
    page.get_by_text("Why it looks like this").click()
    expect(page.locator(".explanation-body table")).to_be_visible()
    for width in (390, 360, 320):
        page.set_viewport_size({"width": width, "height": 844})
        assert not scrolls_sideways(page), width


def test_picture_without_verdict_shows_no_verdict_and_no_explanation(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    photo_id = add_ready_photo(shop, photo, "red cup.jpg", "oil")
    for result in shop.photos[photo_id].results:
        result |= {"verdict": None, "regions": None, "steps": [], "chosen": None}
    page = open_page()
    page.goto(f"{shop.page_url}#photo={photo_id}")
    expect(page.locator(".result-details .result-name")).to_have_text("Oil, strength 80%")
    expect(page.locator(".verdict, .explanation")).to_have_count(0)


def test_refused_upload_and_lost_connection_show_an_error_message(
    open_page: OpenPage, shop: FakeStorefront, photo: Path, console_errors: list[str]
) -> None:
    page = open_page()
    page.goto(shop.page_url)
    page.locator(STYLE_TILE).first.click()

    shop.largest_upload = 100
    drop_photo(page, photo)
    page.locator("#make").click()
    expect(page.get_by_role("alert")).to_contain_text("This file is larger than 20 MB")

    shop.largest_upload = 20 * 2**20
    page.route("**/bucket", lambda route: route.abort())
    drop_photo(page, photo)
    page.locator("#make").click()
    expect(page.get_by_role("alert")).to_contain_text("There is no connection")
    page.unroute("**/bucket")
    page.route(POLLS, lambda route: route.abort())
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#caption")).to_contain_text("The connection is lost. Still trying.")
    page.unroute(POLLS)
    expect(page.locator(".compare")).to_be_visible()
    console_errors.clear()


def test_trying_again_repeats_the_order_until_its_file_has_been_sent(
    open_page: OpenPage, shop: FakeStorefront, photo: Path, console_errors: list[str]
) -> None:
    page = open_page()
    page.goto(shop.page_url)
    page.locator(STYLE_TILE).first.click()
    page.route("**/bucket", lambda route: route.abort())
    drop_photo(page, photo)
    page.locator("#make").click()
    expect(page.get_by_role("alert")).to_contain_text("There is no connection")
    page.unroute("**/bucket")
    shop.engine_works = False
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("alert")).to_contain_text("Styling failed on our side")
    assert len(shop.photos) == len(shop.ordered) == 1, "the same order, with another form"
    shop.engine_works = True
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".compare")).to_be_visible()
    assert len(shop.photos) == len(shop.ordered) == 1, "its file is there, so that it is only tried again"
    console_errors.clear()


def test_polls_ask_only_whether_the_photo_has_changed(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    page = open_page()
    page.goto(shop.page_url)
    shop.slowdown = 5
    page.locator(STYLE_TILE).first.click()
    drop_photo(page, photo)
    make_pictures(page, 60)
    expect(page.locator(".compare")).to_be_visible()
    assert shop.answers_304 > 0


def test_photo_that_the_engine_failed_to_style_can_be_retried(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    page = open_page()
    page.goto(shop.page_url)
    page.locator(STYLE_TILE).first.click()
    shop.engine_works = False
    drop_photo(page, photo)
    page.locator("#make").click()
    expect(page.get_by_role("alert")).to_contain_text("Styling failed on our side")
    shop.engine_works = True
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".compare")).to_be_visible()


def test_loading_of_styles_can_be_retried(
    open_page: OpenPage, shop: FakeStorefront, console_errors: list[str]
) -> None:
    page = open_page()
    shop.failing_paths.add("styles")
    page.goto(shop.page_url)
    expect(page.get_by_role("alert")).to_contain_text("The styles did not load. The service is busy")
    shop.failing_paths.clear()
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".tile").first).to_be_visible()
    console_errors.clear()


def test_unknown_photo_id_shows_an_error_message(
    open_page: OpenPage, shop: FakeStorefront, console_errors: list[str]
) -> None:
    page = open_page()
    page.goto(f"{shop.page_url}#photo={'0' * 32}")
    expect(page.get_by_role("alert")).to_contain_text("not in the shop any more")
    console_errors.clear()


def test_hidden_page_sends_no_requests(open_page: OpenPage, shop: FakeStorefront, photo: Path) -> None:
    page = open_page()
    page.goto(shop.page_url)
    drop_photo(page, photo)
    page.locator(STYLE_TILE).first.click()
    shop.slowdown = math.inf
    page.locator("#make").click()
    expect(page.locator(".thumbnail[data-state=UPLOADED]")).to_be_visible()

    set_hidden = (
        "hidden => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
    )
    set_hidden += "document.dispatchEvent(new Event('visibilitychange')); }"
    page.evaluate(set_hidden, True)
    requested_urls: list[str] = []
    page.on("request", lambda request: requested_urls.append(request.url))
    page.wait_for_timeout(900)
    assert not requested_urls
    shop.slowdown = 1
    page.evaluate(set_hidden, False)
    expect(page.locator(".compare")).to_be_visible()


def test_styles_are_filtered_by_family_and_named_in_the_browser_language(
    open_page: OpenPage, shop: FakeStorefront
) -> None:
    page = open_page(locale="de-AT")
    page.goto(shop.page_url)
    page.get_by_role("button", name="Zeichnung").click()
    expect(page.locator(".tile:visible .name")).to_have_text(["Automatisch", "Comic", "Bleistift"])
    expect(page.locator(".tile:visible .name").first).to_have_attribute("lang", "de")


def test_earlier_photos_load_page_by_page_and_open_in_the_photo_view(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    small = photo.with_name("small.jpg")
    Image.open(photo).resize((192, 128)).save(small)
    for index in range(14):
        add_ready_photo(shop, small, f"{index}.jpg", "gouache")
    page = open_page()
    page.goto(shop.page_url)
    expect(page.locator(".gallery-item")).to_have_count(12)
    page.get_by_role("button", name="Show more").click()
    expect(page.locator(".gallery-item")).to_have_count(14)

    page.get_by_role("link", name="13.jpg").click()
    expect(page.locator(".result-details cite")).to_have_text("13.jpg")
    expect(page.locator(".result-details .result-name")).to_have_text("Gouache, strength 60%")


def test_downloaded_file_is_named_after_photo_look_and_width(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    page = open_page()
    page.goto(f"{shop.page_url}#photo={add_ready_photo(shop, photo, photo.name, 'oil')}")
    expect(page.locator("#caption")).to_have_text(
        re.compile("^\\s*red cup & saucer.jpgOil, strength 60%Strength lowered to 60%: .+ legible.Download")
    )
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "red cup & saucer-oil.s80-480.jpg"
    with Image.open(download.value.path()) as saved:
        assert saved.size == (480, 320)


def test_text_contrast_meets_wcag_aa_in_light_and_dark(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    page = open_page(reduced_motion="reduce")

    def low_contrast_texts() -> list[str]:
        texts = []
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            texts += page.evaluate(FIND_LOW_CONTRAST_TEXT)
        return texts

    page.goto(shop.page_url)
    expect(page.locator(".tile").first).to_be_visible()
    assert low_contrast_texts() == []
    page.goto(f"{shop.page_url}#photo={add_ready_photo(shop, photo, 'red cup.jpg', 'oil', 'pencil')}")
    expect(page.locator(".compare")).to_be_visible()
    page.get_by_text("Why it looks like this").click()
    expect(page.locator(".explanation-body table")).to_be_visible()
    assert low_contrast_texts() == []


def test_page_files_are_within_the_size_limit() -> None:
    pages = Path(__file__).parents[2] / "functions/storefront/pages"
    files = [path for path in pages.iterdir() if path.is_file() and path.suffix != ".webp"]
    assert sum(path.stat().st_size for path in files) <= PAGE_MAX_BYTES


def test_no_text_can_become_markup_or_code(open_page, shop, console_errors):
    """Trusted Types: the browser refuses it, whoever tries."""
    page = open_page()
    page.goto(shop.page_url)
    with pytest.raises(Error, match="TrustedHTML"):
        page.evaluate("document.body.innerHTML = '<b>text</b>'")
    with pytest.raises(Error, match="Policy"):
        page.evaluate("trustedTypes.createPolicy('own', {})")
    console_errors.clear()
