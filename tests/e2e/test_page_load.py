"""How the page bears many photos: the delay of its answers, and its memory. `make page-load` shows the figures.

They are measured, so they depend on what else the machine does, and are not part of `make test`."""

import math
import re
import uuid
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.e2e.fake_storefront import FakeStorefront, add_ready_photo
from tests.e2e.page_driver import OpenPage

pytestmark = pytest.mark.slow

PHOTOS = 500
MAX_DELAY_MS = 200
MAX_RENDERER_MB = 250
CHOSEN_FILES = 30
LARGE_PX = (4000, 3000)
INTERACTIONS_PER_OUTLIER = 50
"""One slowest interaction in so many is left out, as in the definition of INP (web.dev/articles/inp)."""
RECORD = """() => {
    window.delays = new Map();
    new PerformanceObserver((list) => {
        for (const { interactionId: id, duration } of list.getEntries()) {
            if (id) window.delays.set(id, Math.max(window.delays.get(id) ?? 0, duration));
        }
    }).observe({ type: "event", durationThreshold: 16, buffered: true });
}"""


def show(figure: str) -> None:
    print(f"\n{figure}")  # noqa: T201 - the figures are for people who run it with `-s`


def next_paint_delay(page: Page, interactions: int) -> float:
    """In milliseconds. Interactions below 16 ms are not recorded, and count as quick."""
    delays = sorted(page.evaluate("[...window.delays.values()]"), reverse=True)
    outliers = interactions // INTERACTIONS_PER_OUTLIER
    return delays[outliers] if len(delays) > outliers else 0


def test_the_page_answers_fast_with_500_photos(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    first_id = add_ready_photo(shop, photo, "0.jpg", "oil")
    first = shop.photos[first_id]
    for index in range(1, PHOTOS):
        one = replace(first, photo_id=uuid.uuid4().hex, filename=f"{index}.jpg")
        shop.photos[one.photo_id] = one
    page = open_page(viewport={"width": 1366, "height": 768})
    page.goto(shop.page_url)
    page.evaluate(RECORD)
    pages = math.ceil(PHOTOS / 12)
    expect(page.locator(".gallery-item")).to_have_count(12)
    for number in range(1, pages):
        page.locator("#more").press("Enter")
        expect(page.locator(".gallery-item")).to_have_count(min(12 * (number + 1), PHOTOS))
    page.locator("#select-all").press("Space")
    expect(page.locator("#selected-count")).to_have_text(f"{PHOTOS} selected")
    for index in range(5):
        page.locator(".select input").nth(index).press("Space")
    tiles = page.locator(".tile input")
    for index in range(1, 4):
        tiles.nth(index).press("Space")
    page.locator("#select-all").click()
    delay = next_paint_delay(page, pages + 9)
    show(f"interaction to next paint with {PHOTOS} photos: {delay:.0f} ms of {pages + 9} interactions")
    assert delay <= MAX_DELAY_MS


def renderer_mb(browser: Browser) -> float:
    """The largest renderer's proportional set size: shared pages count once for all that share them."""
    processes = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    renderers = [Path(f"/proc/{one['id']}/smaps_rollup") for one in processes if one["type"] == "renderer"]
    sizes = [re.search(r"Pss:\s+(\d+) kB", path.read_text()) for path in renderers if path.exists()]
    return max(int(size[1]) for size in sizes if size) / 1e3


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="memory is read from Linux's /proc")
def test_30_large_photos_take_little_memory(
    open_page: OpenPage, shop: FakeStorefront, browser: Browser, tmp_path: Path
) -> None:
    gradient = Image.linear_gradient("L").resize(LARGE_PX)
    content = tmp_path / "large.jpg"
    Image.merge("RGB", [gradient, gradient.rotate(90).resize(LARGE_PX), gradient]).save(content, quality=85)
    paths = [tmp_path / f"{index}.jpg" for index in range(CHOSEN_FILES)]
    for path in paths:
        path.write_bytes(content.read_bytes())
    page = open_page(viewport={"width": 1366, "height": 768})
    page.goto(shop.page_url)
    page.locator("#files").set_input_files(paths)
    page.locator(".tile input").nth(2).press("Space")
    expect(page.get_by_role("button", name=f"Make {CHOSEN_FILES} pictures")).to_be_enabled(timeout=60_000)
    shown = "[...document.querySelectorAll('.thumbnail img')].filter((image) => image.complete).length"
    page.wait_for_function(f"{shown} === {CHOSEN_FILES}", timeout=60_000)
    memory = renderer_mb(browser)
    show(f"renderer with {CHOSEN_FILES} photos of 12 megapixels chosen: {memory:.0f} MB")
    assert memory <= MAX_RENDERER_MB
