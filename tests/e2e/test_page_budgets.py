"""How much the page asks for: requests, bytes and calls. Run with `-s` to see the figures."""

from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

from limner.catalogue import catalogue
from tests.e2e.fake_storefront import STYLES, FakeStorefront
from tests.e2e.page_driver import OpenPage, tile

SLOW_4G = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 90_000}
LARGEST_PAINT = """() => new Promise((resolve) => {
    new PerformanceObserver((list) => resolve(list.getEntries().at(-1).startTime))
        .observe({ type: "largest-contentful-paint", buffered: true });
})"""
TRANSFERS = """() => ["navigation", "resource"].flatMap((kind) => performance.getEntriesByType(kind))
    .map(({ name, transferSize }) => [name, transferSize])"""
OF_THE_FAKE = {style for style, *_ in STYLES}
MAX_FIRST_VISIT_REQUESTS = 15
MAX_FIRST_VISIT_BYTES = 200_000
MAX_SECOND_VISIT_REQUESTS = 3
MAX_LARGEST_PAINT_MS = 2500
MAX_CALLS_OF_30_PHOTOS = 40


def show(figure: str) -> None:
    print(f"\n{figure}")  # noqa: T201 - the figures are for people who run it with `-s`


def transfers(page: Page) -> list[tuple[str, int]]:
    """Name and bytes of what came over the network, not from the browser's cache."""
    page.wait_for_load_state("networkidle")
    return [(name, size) for name, size in page.evaluate(TRANSFERS) if size]


def test_a_first_visit_is_small(open_page: OpenPage, shop: FakeStorefront) -> None:
    """With all styles of the catalogue, and without photos."""
    shop.more_styles = sorted(style.id for style in catalogue().offered if style.id not in OF_THE_FAKE)
    page = open_page(viewport={"width": 1366, "height": 768})
    page.goto(shop.page_url)
    expect(page.locator(".tile").nth(34)).to_be_visible()
    loaded = transfers(page)
    total = sum(size for _, size in loaded)
    show(f"first visit: {len(loaded)} requests, {total / 1e3:.0f} kB")
    assert len(loaded) <= MAX_FIRST_VISIT_REQUESTS, loaded
    assert total <= MAX_FIRST_VISIT_BYTES, loaded


def test_a_second_visit_loads_little(open_page: OpenPage, shop: FakeStorefront) -> None:
    page = open_page()
    page.goto(shop.page_url)
    expect(page.locator(".tile").first).to_be_visible()
    transfers(page)
    page.goto("about:blank")
    page.goto(shop.page_url)
    expect(page.locator(".tile").first).to_be_visible()
    second = transfers(page)
    show(f"second visit: {len(second)} requests, {sum(size for _, size in second) / 1e3:.0f} kB")
    assert len(second) <= MAX_SECOND_VISIT_REQUESTS, second


def test_the_largest_paint_on_slow_4g_is_early(open_page: OpenPage, shop: FakeStorefront) -> None:
    page = open_page(viewport={"width": 390, "height": 844})
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.emulateNetworkConditions", SLOW_4G)
    page.goto(shop.page_url)
    expect(page.locator(".tile").first).to_be_visible()
    paint_ms = page.evaluate(LARGEST_PAINT)
    show(f"largest contentful paint: {paint_ms:.0f} ms")
    assert paint_ms <= MAX_LARGEST_PAINT_MS


def test_30_photos_take_few_calls(open_page: OpenPage, shop: FakeStorefront, tmp_path: Path) -> None:
    paths = [tmp_path / f"{index}.jpg" for index in range(30)]
    for path in paths:
        Image.new("RGB", (64, 48), "teal").save(path)
    page = open_page()
    page.goto(shop.page_url)
    tile(page, "Oil").click()
    page.locator("#files").set_input_files(paths)
    expect(page.get_by_role("button", name="Make 30 pictures")).to_be_enabled()
    shop.calls.clear()
    page.locator("#make").click()
    expect(page.locator(".thumbnail[data-state=READY]")).to_have_count(30, timeout=180_000)
    show(f"30 photos: {len(shop.calls)} calls")
    assert len(shop.calls) <= MAX_CALLS_OF_30_PHOTOS
