"""Files on the page before they are sent: what is refused at once, and what a reload must not lose."""

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.fake_storefront import FakeStorefront
from tests.e2e.page_driver import OpenPage, drop_photo, make_pictures, tile

HEIC_HEAD = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"


def large(path: Path) -> Path:
    path.write_bytes(b"\xff\xd8\xff" + bytes(20 * 2**20))
    return path


def of_26_megapixels(path: Path) -> Path:
    Image.new("L", (6500, 4000)).save(path)
    return path


def with_content(content: bytes):
    def write(path: Path) -> Path:
        path.write_bytes(content)
        return path

    return write


KEPT_CHECKS, KEPT_CHECK_INTERVAL_MS = 300, 100
KEPT_FILES = """async () => {
    if (!(await indexedDB.databases()).length) return 0;
    const succeeded = (request) => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
    const database = await succeeded(indexedDB.open("limner"));
    const count = await succeeded(database.transaction("unsent").objectStore("unsent").count());
    database.close();
    return count;
}"""


def wait_until_kept(page: Page, count: int) -> None:
    """`wait_for_function` would take the promise itself for the answer."""
    for _ in range(KEPT_CHECKS):
        if page.evaluate(KEPT_FILES) == count:
            return
        page.wait_for_timeout(KEPT_CHECK_INTERVAL_MS)
    raise AssertionError(f"not {count} files are kept")


@pytest.mark.parametrize(
    ("name", "write", "sentence"),
    [
        ("huge.jpg", large, "This file is larger than 20 MB"),
        ("poster.png", of_26_megapixels, "This photo has 26 megapixels, and at most 25 are taken"),
        ("phone.heic", with_content(HEIC_HEAD), ".heic files are not taken"),
        ("renamed.jpg", with_content(b"%PDF-1.7"), ".jpg files are not taken"),
        ("empty.jpg", with_content(b""), "This file is empty"),
    ],
)
def test_file_is_refused_before_the_upload(
    open_page: OpenPage, shop: FakeStorefront, photo: Path, tmp_path: Path, name, write, sentence
) -> None:
    page = open_page()
    page.goto(shop.page_url)
    page.locator("#files").set_input_files([write(tmp_path / name), photo])

    expect(page.get_by_role("alert")).to_contain_text(sentence)
    expect(page.locator(".thumbnail").nth(0)).to_have_attribute("data-state", "ERROR")
    tile(page, "Oil").click()
    page.get_by_role("button", name="Make 1 picture").click()
    expect(page.locator(".thumbnail").nth(1)).to_have_attribute("data-state", "READY")
    assert [one.filename for one in shop.photos.values()] == [photo.name], "the other one was not ordered"


def test_every_accepted_type_is_taken(open_page: OpenPage, shop: FakeStorefront, tmp_path: Path) -> None:
    paths = [tmp_path / f"photo.{suffix}" for suffix in ("jpg", "png", "webp", "avif")]
    for path in paths:
        Image.new("RGB", (64, 48), "teal").save(path)
    page = open_page()
    page.goto(shop.page_url)
    page.locator("#files").set_input_files(paths)
    tile(page, "Oil").click()
    page.get_by_role("button", name="Make 4 pictures").click()
    expect(page.locator(".thumbnail[data-state=READY]")).to_have_count(4)


def test_reload_keeps_files_that_were_not_sent(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    other = photo.with_name("second.jpg")
    other.write_bytes(photo.read_bytes())
    page = open_page()
    page.goto(shop.page_url)
    page.locator("#files").set_input_files([photo, other])
    wait_until_kept(page, 2)
    page.reload()

    expect(page.locator(".thumbnail[data-state=NOT_SENT]")).to_have_count(2)
    expect(page.locator("#caption cite")).to_have_text(photo.name)
    tile(page, "Oil").click()
    page.get_by_role("button", name="Make 2 pictures").click()
    expect(page.locator(".thumbnail[data-state=READY]")).to_have_count(2)
    wait_until_kept(page, 0)
    page.reload()
    expect(page.locator(".thumbnail[data-state=READY]")).to_have_count(2)
    expect(page.locator(".thumbnail")).to_have_count(2)


def test_a_removed_file_does_not_come_back_and_signing_out_drops_the_others(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    page = open_page()
    page.goto(shop.page_url)
    drop_photo(page, photo)
    drop_photo(page, photo)
    page.locator(".remove").first.click()
    expect(page.locator(".thumbnail")).to_have_count(1)
    wait_until_kept(page, 1)
    page.reload()
    expect(page.locator(".thumbnail")).to_have_count(1)
    with page.expect_navigation():
        page.get_by_role("button", name="Sign out").click()
    wait_until_kept(page, 0)
    page.reload()
    expect(page.locator(".tile").first).to_be_visible()
    expect(page.locator(".thumbnail")).to_have_count(0)


def test_an_upload_that_a_reload_cut_off_can_be_sent_again(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    page = open_page()
    page.goto(shop.page_url)
    tile(page, "Oil").click()
    drop_photo(page, photo)
    page.route("**/bucket", lambda route: None)
    page.locator("#make").click()
    expect(page.locator(".thumbnail")).to_have_attribute("data-state", "UPLOADING")
    wait_until_kept(page, 1)
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page.locator(".thumbnail")).to_have_attribute("data-state", "NOT_SENT")
    page.unroute("**/bucket")
    tile(page, "Oil").click()
    make_pictures(page, timeout_s=20)
