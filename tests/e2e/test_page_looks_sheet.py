"""All pictures of a photo side by side, and those that were chosen as one ZIP archive."""

import io
import zipfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.fake_storefront import FakeStorefront, add_ready_photo
from tests.e2e.page_driver import OpenPage


def open_sheet(open_page: OpenPage, shop: FakeStorefront, photo: Path) -> Page:
    photo_id = add_ready_photo(shop, photo, "Tasse rot.jpg", "oil", "pencil", "gouache")
    page = open_page()
    page.goto(f"{shop.page_url}#photo={photo_id}")
    button = page.get_by_role("button", name="All looks side by side")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    return page


def test_chosen_pictures_are_one_archive(open_page: OpenPage, shop: FakeStorefront, photo: Path) -> None:
    page = open_sheet(open_page, shop, photo)
    sheet = page.get_by_role("dialog")
    expect(sheet.get_by_role("img", name="The photo as ")).to_have_count(3)
    page.get_by_label("Choose Pencil").press("Space")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download 2 pictures as ZIP").press("Enter")
    assert download.value.suggested_filename == "Tasse rot.zip"
    with zipfile.ZipFile(download.value.path()) as archive:
        assert archive.testzip() is None, "the checksums are right"
        names = archive.namelist()
        contents = [archive.read(name) for name in names]
    assert [name.split("-")[0] for name in names] == ["Tasse rot", "Tasse rot"]
    stored = [content for content, _ in shop.objects.values()]
    assert all(content in stored for content in contents), "the files are those of the service, byte for byte"
    assert {Image.open(io.BytesIO(content)).size for content in contents} == {(480, 320)}


def test_expired_links_are_renewed_for_the_archive(
    open_page: OpenPage, shop: FakeStorefront, photo: Path, console_errors: list[str]
) -> None:
    page = open_sheet(open_page, shop, photo)
    expect(page.locator(".looks-sheet img").first).to_have_js_property("complete", True)
    shop.expire_links()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download 3 pictures as ZIP").press("Enter")
    with zipfile.ZipFile(download.value.path()) as archive:
        assert len(archive.namelist()) == 3
    console_errors.clear()


def test_the_sheet_is_closed_by_escape_and_gives_the_focus_back(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    page = open_sheet(open_page, shop, photo)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="All looks side by side")).to_be_focused()


def test_pictures_that_a_person_decided_against_are_marked_and_not_chosen(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    photo_id = add_ready_photo(shop, photo, "Tasse rot.jpg", "oil", "pencil", "gouache", "cartoon")
    shop.photos[photo_id].reviews = {
        "oil": "approved",
        "pencil": "waiting",
        "gouache": "rejected",
        "cartoon": "redone",
    }
    page = open_page()
    page.goto(f"{shop.page_url}#photo={photo_id}")
    expect(page.locator(".result-details .review")).to_have_text("approved in review")
    page.locator(".looks button").filter(has_text="Gouache").press("Enter")
    expect(page.locator(".result-details .review")).to_have_text("rejected in review")
    expect(page.locator(".looks button").filter(has_text="Pencil")).to_contain_text("waiting for review")
    page.get_by_role("button", name="All looks side by side").press("Enter")
    for look, is_chosen in (("Oil", True), ("Pencil", True), ("Gouache", False), ("Cartoon", False)):
        expect(page.get_by_label(f"Choose {look}")).to_be_checked(checked=is_chosen)
    expect(page.get_by_role("checkbox", name="rejected in review")).to_have_count(1)
    expect(page.get_by_role("button", name="Download 2 pictures as ZIP")).to_be_visible()
