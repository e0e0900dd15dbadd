"""The storefront's page in real Chromium, before an in-memory storefront."""

import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from skimage import data

from tests.e2e.fake_storefront import STAGES, FakeStorefront, serving
from tests.e2e.page_driver import PAINTED, divider_at, drive_page, drop_photo, make_pictures

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
CONTRAST = (Path(__file__).parent / "contrast.js").read_text()
PAGE_BYTES = 72_000

OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def running_shop() -> Iterator[FakeStorefront]:
    with serving(Image.fromarray(data.coffee()).resize((96, 96))) as shop:
        yield shop


@pytest.fixture
def shop(running_shop: FakeStorefront) -> FakeStorefront:
    running_shop.reset()
    return running_shop


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photos") / "red cup & saucer.jpg"
    Image.fromarray(data.coffee()).resize((480, 320)).save(path, quality=90)
    return path


@pytest.fixture
def complaints() -> list[str]:
    """What the browser's console complained of; a test that provokes errors empties it."""
    return []


@pytest.fixture
def open_page(browser: Browser, complaints: list[str]) -> Iterator[OpenPage]:
    contexts = []

    def opened(**device: object) -> Page:
        context = browser.new_context(**{"locale": "en-GB", **device})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not complaints


def hang(shop: FakeStorefront, photo: Path, filename: str, *styles: str) -> str:
    """Put a finished photo in the shop; its id."""
    earlier = shop.create(filename, [{"styles": {style: 1.0}, "strength": 0.8} for style in styles])
    shop.receive(earlier, photo.read_bytes())
    earlier.arrived, earlier.told = -math.inf, set(STAGES)
    return earlier.photo_id


def scrolls_sideways(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth > window.innerWidth")


def test_a_photo_is_dropped_styled_compared_and_found_again_after_a_reload(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    page = open_page()

    journey = drive_page(page, shop.page_url, photo)

    states = [state for state in journey.states if state != "AWAITING_UPLOAD"]
    assert states == ["FRESH", "SENDING", "UPLOADED", "PROCESSING", "READY"]
    assert [look["strength"] for look in shop.photos[journey.photo_id].looks] == [0.8, 0.8]
    expect(page.locator(".hung cite")).to_have_text([photo.name])

    page.reload()
    expect(page.locator(".compare")).to_be_visible()
    expect(page.locator(".plate cite")).to_have_text(photo.name)
    expect(page.locator(".plate .medium")).to_have_text("Oil, strength 80%")
    expect(page.locator(".compare source[type='image/avif']")).to_be_attached()


def test_on_a_phone_nothing_scrolls_sideways_and_the_divider_follows_a_finger(
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
    height = box["y"] + box["height"] / 2
    for kind, share in (("touchStart", 0.5), ("touchMove", 0.6), ("touchMove", 0.75)):
        point = {"x": box["x"] + box["width"] * share, "y": height}
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert abs(divider_at(page) - 75) <= 1


def test_several_photos_and_one_that_is_not_a_photo(
    open_page: OpenPage, shop: FakeStorefront, photo: Path, tmp_path: Path
) -> None:
    page = open_page()
    letter = tmp_path / "letter.pdf"
    letter.write_bytes(b"%PDF-1.7")
    page.goto(shop.page_url)
    page.locator("#files").set_input_files([letter, photo])

    expect(page.locator("#caption")).to_contain_text("A .pdf file will probably be refused")
    page.locator(PAINTED).first.click()
    page.get_by_role("button", name="Make 2 pictures").click()

    expect(page.get_by_role("alert")).to_contain_text("not a photo that can be read")
    expect(page.locator(".chip").nth(0)).to_have_attribute("data-state", "FAILED")
    expect(page.locator(".chip").nth(1)).to_have_attribute("data-state", "READY")


def test_two_styles_are_mixed_into_one_picture(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    page = open_page()
    page.goto(shop.page_url)
    drop_photo(page, photo)
    page.get_by_label("Mix two styles").check()
    page.locator(PAINTED).nth(0).click()
    expect(page.get_by_role("button", name="Choose a second style")).to_be_disabled()
    page.locator(PAINTED).nth(3).click()
    page.locator("#share").fill("25")
    page.locator("#strength").fill("60")

    journey = make_pictures(page, timeout_s=20)

    assert shop.photos[journey.photo_id].looks == [
        {"styles": {"oil": 0.75, "cartoon": 0.25}, "strength": 0.6, "protection": "soft", "enhance": True}
    ]
    expect(page.locator(".medium")).to_have_text("Oil 75% with Cartoon 25%, strength 60%")


def test_protection_is_ordered_and_what_came_of_it_is_said(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    page = open_page()
    page.goto(shop.page_url)
    drop_photo(page, photo)
    page.locator(PAINTED).first.click()
    page.get_by_label("Protect the product").select_option("background-only")
    page.get_by_label("Lift light and colour first").uncheck()

    journey = make_pictures(page, timeout_s=20)

    (look,) = shop.photos[journey.photo_id].looks
    assert look == {
        "styles": {"oil": 1},
        "strength": 0.8,
        "protection": "background-only",
        "enhance": False,
    }
    expect(page.locator(".verdict")).to_have_text("Strength lowered to 60 % to keep the text legible.")


def test_automatic_chooses_the_style_and_the_protection(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    page = open_page()
    page.goto(shop.page_url)
    drop_photo(page, photo)
    page.locator(".tile", has_text="Automatic").click()
    expect(page.get_by_label("Protect the product")).to_be_disabled()

    journey = make_pictures(page, timeout_s=20)

    assert [look["styles"] for look in shop.photos[journey.photo_id].looks] == [{"auto": 1}]
    expect(page.locator(".medium")).to_have_text("Automatic: Oil, strength 60%")
    expect(page.locator(".after .tag")).to_have_text("Oil")
    page.locator(PAINTED).first.click()
    expect(page.get_by_label("Protect the product")).to_be_enabled()


def test_a_style_that_stands_alone_cannot_be_mixed(open_page: OpenPage, shop: FakeStorefront) -> None:
    page = open_page()
    page.goto(shop.page_url)
    page.locator(".tile", has_text="Automatic").click()
    page.get_by_label("Mix two styles").check()
    for name in ("Automatic", "Lifted"):
        expect(page.get_by_role("checkbox", name=name)).to_be_disabled()
        expect(page.get_by_role("checkbox", name=name)).not_to_be_checked()
    page.get_by_label("Mix two styles").uncheck()
    expect(page.get_by_role("checkbox", name="Automatic")).to_be_enabled()


def test_the_page_explains_a_picture_when_asked(
    open_page: OpenPage, shop: FakeStorefront, photo: Path, complaints: list[str]
) -> None:
    page = open_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{shop.page_url}#photo={hang(shop, photo, 'red cup.jpg', 'auto', 'pencil')}")
    expect(page.locator(".verdict")).to_be_visible()
    assert not [url for url in asked if url.endswith("/explanation")], "only when somebody wants to know"

    shop.broken.add("explanation")
    page.get_by_text("Why it looks like this").click()
    expect(page.get_by_role("alert")).to_contain_text("The shop is busy")
    complaints.clear()
    shop.broken.clear()
    page.get_by_role("button", name="Try again").click()

    answer = page.locator(".answer")
    expect(answer).to_contain_text("Most of the change is colour")
    expect(answer).to_contain_text("There is text on it, so shapes must stay.")
    expect(answer).to_contain_text("brightened by 0.4 EV")
    expect(answer).to_contain_text("A product was found on 41% of the photo (93% sure), text on 6%.")
    expect(answer.locator(".bars").first).to_have_text("Colour62%Strokes27%Forms11%")
    expect(answer.locator(".trials li")).to_have_text(
        ["25% passes", "50% passes", "75% refused", "100% refused"]
    )
    expect(answer.get_by_role("row", name="Legible text")).to_contain_text("not measurable")
    for name in ("Structure", "Colour", "Texture"):
        picture = answer.get_by_role("img", name=f"Map of the change in {name.lower()}")
        picture.scroll_into_view_if_needed()
        expect(picture).to_have_js_property("complete", True)
        assert picture.evaluate("image => image.naturalWidth") > 0

    page.locator(".looks button").nth(1).click()
    page.get_by_text("Why it looks like this").click()
    expect(page.locator(".answer .bars")).to_have_count(2)
    expect(page.locator(".answer")).not_to_contain_text("Why this style")


def test_on_a_phone_the_explanation_does_not_scroll_sideways(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    page = open_page(**PHONE)
    page.goto(f"{shop.page_url}#photo={hang(shop, photo, 'red cup.jpg', 'auto')}")
    page.get_by_text("Why it looks like this").click()
    expect(page.locator(".answer table")).to_be_visible()
    for width in (390, 360, 320):
        page.set_viewport_size({"width": width, "height": 844})
        assert not scrolls_sideways(page), width


def test_a_picture_without_a_verdict_is_shown_without_one(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    photo_id = hang(shop, photo, "red cup.jpg", "oil")
    for result in shop.photos[photo_id].results:
        result |= {"verdict": None, "regions": None, "steps": [], "chosen": None}
    page = open_page()
    page.goto(f"{shop.page_url}#photo={photo_id}")
    expect(page.locator(".plate .medium")).to_have_text("Oil, strength 80%")
    expect(page.locator(".verdict, .why")).to_have_count(0)


def test_a_refused_upload_and_a_lost_connection_are_said_in_plain_words(
    open_page: OpenPage, shop: FakeStorefront, photo: Path, complaints: list[str]
) -> None:
    page = open_page()
    page.goto(shop.page_url)
    page.locator(PAINTED).first.click()

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
    page.route("**/photos/*", lambda route: route.abort())
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#caption")).to_contain_text("The connection is lost. Still trying.")
    page.unroute("**/photos/*")
    expect(page.locator(".compare")).to_be_visible()
    complaints.clear()


def test_a_photo_that_failed_on_the_shops_side_can_be_sent_again(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    page = open_page()
    page.goto(shop.page_url)
    page.locator(PAINTED).first.click()
    shop.engine_works = False
    drop_photo(page, photo)
    page.locator("#make").click()
    expect(page.get_by_role("alert")).to_contain_text("Styling failed on our side")
    shop.engine_works = True
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".compare")).to_be_visible()


def test_styles_that_did_not_load_can_be_asked_for_again(
    open_page: OpenPage, shop: FakeStorefront, complaints: list[str]
) -> None:
    page = open_page()
    shop.broken.add("styles")
    page.goto(shop.page_url)
    expect(page.get_by_role("alert")).to_contain_text("The styles did not load. The shop is busy")
    shop.broken.clear()
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".tile").first).to_be_visible()
    complaints.clear()


def test_a_photo_that_does_not_exist_is_said_so(
    open_page: OpenPage, shop: FakeStorefront, complaints: list[str]
) -> None:
    page = open_page()
    page.goto(f"{shop.page_url}#photo={'0' * 32}")
    expect(page.get_by_role("alert")).to_contain_text("not in the shop any more")
    complaints.clear()


def test_nothing_is_asked_while_the_page_is_hidden(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    page = open_page()
    page.goto(shop.page_url)
    drop_photo(page, photo)
    page.locator(PAINTED).first.click()
    shop.pace = math.inf
    page.locator("#make").click()
    expect(page.locator(".chip[data-state=UPLOADED]")).to_be_visible()

    hide = "hidden => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
    hide += "document.dispatchEvent(new Event('visibilitychange')); }"
    page.evaluate(hide, True)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(900)
    assert not asked
    shop.pace = 1
    page.evaluate(hide, False)
    expect(page.locator(".compare")).to_be_visible()


def test_styles_are_filtered_by_family_and_named_in_the_readers_language(
    open_page: OpenPage, shop: FakeStorefront
) -> None:
    page = open_page(locale="de-AT")
    page.goto(shop.page_url)
    page.get_by_role("button", name="Drawing").click()
    expect(page.locator(".tile:visible .name")).to_have_text(["Automatisch", "Comic", "Bleistift"])
    expect(page.locator(".tile:visible .name").first).to_have_attribute("lang", "de")


def test_earlier_photos_come_page_by_page_and_open_on_the_easel(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    small = photo.with_name("small.jpg")
    Image.open(photo).resize((192, 128)).save(small)
    for place in range(14):
        hang(shop, small, f"{place}.jpg", "gouache")
    page = open_page()
    page.goto(shop.page_url)
    expect(page.locator(".hung")).to_have_count(12)
    page.get_by_role("button", name="Show more").click()
    expect(page.locator(".hung")).to_have_count(14)

    page.get_by_role("link", name="13.jpg").click()
    expect(page.locator(".plate cite")).to_have_text("13.jpg")
    expect(page.locator(".plate .medium")).to_have_text("Gouache, strength 80%")


def test_a_rendition_is_downloaded_under_a_telling_name(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    page = open_page()
    page.goto(f"{shop.page_url}#photo={hang(shop, photo, photo.name, 'oil')}")
    expect(page.locator("#caption")).to_have_text(
        re.compile("^red cup & saucer.jpgOil, strength 80%Strength lowered to 60 % .+ legible.Download")
    )
    with page.expect_download() as started:
        page.get_by_role("link", name="Download").click()
    assert started.value.suggested_filename == "red cup & saucer-oil.s80-480.jpg"
    with Image.open(started.value.path()) as saved:
        assert saved.size == (480, 320)


def test_every_text_has_enough_contrast(open_page: OpenPage, shop: FakeStorefront, photo: Path) -> None:
    page = open_page(reduced_motion="reduce")

    def faint_texts() -> list[str]:
        faint = []
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            faint += page.evaluate(CONTRAST)
        return faint

    page.goto(shop.page_url)
    expect(page.locator(".tile").first).to_be_visible()
    assert faint_texts() == []
    page.goto(f"{shop.page_url}#photo={hang(shop, photo, 'red cup.jpg', 'oil', 'pencil')}")
    expect(page.locator(".compare")).to_be_visible()
    page.get_by_text("Why it looks like this").click()
    expect(page.locator(".answer table")).to_be_visible()
    assert faint_texts() == []


def test_the_whole_page_is_small() -> None:
    pages = Path(__file__).parents[2] / "functions/storefront/pages"
    assert sum(file.stat().st_size for file in pages.iterdir() if file.is_file()) <= PAGE_BYTES
