"""Where things are on the page: in the window, and at the same place while the page loads."""

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.fake_storefront import FakeStorefront, add_ready_photo
from tests.e2e.page_driver import OpenPage

LAPTOP = {"viewport": {"width": 1366, "height": 768}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
RECORD_SHIFTS = """
    window.shifts = [];
    new PerformanceObserver((list) => {
        for (const { value, hadRecentInput, sources } of list.getEntries()) {
            if (!hadRecentInput) window.shifts.push([value, ...sources.map(({ node }) => node?.id || node?.className)]);
        }
    }).observe({ type: "layout-shift", buffered: true });
"""
MAX_LAYOUT_SHIFT = 0.05
SLOW_4G = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 90_000}


def in_window(page: Page, selector: str) -> bool:
    box, size = page.locator(selector).bounding_box(), page.viewport_size
    assert box
    assert size
    return box["y"] >= 0 and box["y"] + box["height"] <= size["height"]


@pytest.mark.parametrize("size", [(480, 320), (600, 900), (1600, 500)], ids=["landscape", "portrait", "wide"])
def test_an_opened_photo_is_whole_in_a_laptops_window(
    open_page: OpenPage, shop: FakeStorefront, photo: Path, size: tuple[int, int]
) -> None:
    path = photo.with_name(f"{size[0]}.jpg")
    Image.open(photo).resize(size).save(path)
    for index in range(8):
        add_ready_photo(shop, path, f"{index}.jpg", "oil", "pencil")
    page = open_page(**LAPTOP, reduced_motion="reduce")
    page.goto(shop.page_url)
    page.get_by_role("link", name="0.jpg").click()
    expect(page.locator(".compare")).to_be_visible()
    page.wait_for_function(
        "() => [...document.querySelectorAll('.compare img')].every((image) => image.complete)"
    )
    assert in_window(page, ".compare")

    page.reload()
    expect(page.locator(".compare")).to_be_visible()
    assert in_window(page, ".compare")
    page.locator(".gallery-item").last.scroll_into_view_if_needed()
    page.get_by_role("link", name="7.jpg").click()
    expect(page.locator(".result-details cite")).to_have_text("7.jpg")
    assert in_window(page, ".compare")


def test_the_lower_end_of_a_high_view_can_be_reached(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    """Beside a list of styles that is higher still, of which a part has been scrolled by."""
    shop.more_styles = [f"style-{index}" for index in range(40)]
    page = open_page(**LAPTOP)
    page.goto(f"{shop.page_url}#photo={add_ready_photo(shop, photo, 'red cup.jpg', 'oil')}")
    expect(page.locator(".compare")).to_be_visible()
    page.get_by_text("Why it looks like this").click()
    expect(page.locator(".explanation-body table")).to_be_visible()
    height = page.locator("#photo-view").bounding_box()
    assert height
    assert height["height"] > LAPTOP["viewport"]["height"]
    page.mouse.move(300, 300)
    page.mouse.wheel(0, height["y"] + height["height"] - LAPTOP["viewport"]["height"] + 30)
    page.wait_for_function(
        "() => document.querySelector('.result-facts').getBoundingClientRect().bottom <= innerHeight"
    )


@pytest.mark.parametrize("device", [PHONE, LAPTOP], ids=["phone", "laptop"])
@pytest.mark.parametrize("opened", [False, True], ids=["first-visit", "with-a-photo"])
def test_nothing_moves_while_the_page_loads(
    open_page: OpenPage, shop: FakeStorefront, photo: Path, device: dict, opened: bool
) -> None:
    shop.more_styles = [f"style-{index}" for index in range(27)]
    photo_id = add_ready_photo(shop, photo, "red cup.jpg", "oil", "pencil")
    page = open_page(**device)
    page.add_init_script(RECORD_SHIFTS)
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.emulateNetworkConditions", SLOW_4G)
    page.goto(shop.page_url + (f"#photo={photo_id}" if opened else ""))
    expect(page.locator(".gallery-item")).to_have_count(1)
    page.wait_for_load_state("networkidle")
    shifts = page.evaluate("window.shifts")
    assert sum(value for value, *_ in shifts) <= MAX_LAYOUT_SHIFT, shifts
