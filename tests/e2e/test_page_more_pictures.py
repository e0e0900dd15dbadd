"""More pictures of photos that the service has, on the page: without another upload, and of several photos at once."""

from pathlib import Path

from playwright.sync_api import expect

from tests.e2e.fake_storefront import FakeStorefront, add_ready_photo
from tests.e2e.page_driver import STYLE_TILE, OpenPage, drop_photo, make_pictures, tile

READY_THUMBNAILS = ".thumbnail[data-state=READY]"


def looks_of(shop: FakeStorefront, photo_id: str) -> list[str]:
    return ["+".join(look["styles"]) for look in shop.photos[photo_id].looks]


def test_stored_photo_gets_more_pictures_after_a_reload(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    photo_id = add_ready_photo(shop, photo, "red cup.jpg", "oil")
    page = open_page()
    page.goto(f"{shop.page_url}#photo={photo_id}")
    page.reload()
    expect(page.locator(".compare")).to_be_visible()
    tile(page, "Pencil").click()
    page.get_by_role("button", name="Make 1 more picture").click()

    expect(page.locator(".looks button")).to_have_count(2)
    expect(page.locator(".result-name")).to_have_text("Pencil, strength 60%")
    expect(page.locator(".looks [aria-pressed=true]")).to_have_text("Pencil")
    assert looks_of(shop, photo_id) == ["oil", "pencil"]
    assert list(shop.photos) == [photo_id], "nothing was uploaded again"


def test_pictures_that_are_there_stay_on_screen_while_more_are_made(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    photo_id = add_ready_photo(shop, photo, "red cup.jpg", "oil")
    page = open_page()
    page.goto(f"{shop.page_url}#photo={photo_id}")
    shop.slowdown = 1000
    tile(page, "Pencil").click()
    page.get_by_role("button", name="Make 1 more picture").click()

    expect(page.locator(".steps")).to_be_visible()
    expect(page.locator(".compare")).to_be_visible()
    expect(page.locator(".result-name")).to_have_text("Oil, strength 60%")
    expect(page.get_by_role("button", name="The pictures are being made")).to_be_disabled()
    shop.slowdown = 1
    expect(page.locator(".looks button")).to_have_count(2)


def test_only_pictures_that_are_missing_are_made_and_nothing_is_uploaded_again(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    page = open_page()
    page.goto(shop.page_url)
    drop_photo(page, photo)
    page.locator(STYLE_TILE).first.click()
    journey = make_pictures(page, timeout_s=20)
    expect(page.get_by_role("button", name="Change the style to make more")).to_be_disabled()

    uploads: list[str] = []
    page.on(
        "request", lambda request: uploads.append(request.url) if request.url.endswith("/bucket") else None
    )
    page.locator(STYLE_TILE).nth(1).click()
    page.get_by_role("button", name="Make 1 more picture").click()
    expect(page.locator(".looks button")).to_have_count(2)
    assert not uploads
    assert list(shop.photos) == [journey.photo_id]
    assert shop.made == 2, "the first picture was not made again"


def test_a_batch_gets_a_second_look(open_page: OpenPage, shop: FakeStorefront, photo: Path) -> None:
    page = open_page()
    page.goto(shop.page_url)
    names = [photo.with_name(f"{index}.jpg") for index in range(3)]
    for name in names:
        name.write_bytes(photo.read_bytes())
    page.locator("#files").set_input_files(names)
    tile(page, "Oil").click()
    page.get_by_role("button", name="Make 3 pictures").click()
    expect(page.locator(READY_THUMBNAILS)).to_have_count(3)

    tile(page, "Oil").click()
    tile(page, "Pencil").click()
    expect(page.get_by_role("button", name="Make 1 more picture")).to_be_visible()
    page.get_by_label("For all 3 photos").check()
    page.get_by_role("button", name="Make 3 more pictures").click()
    expect(page.locator(".looks button")).to_have_count(2)
    expect(page.locator(READY_THUMBNAILS)).to_have_count(3)
    assert [looks_of(shop, photo_id) for photo_id in shop.photos] == [["oil", "pencil"]] * 3

    page.reload()
    expect(page.locator(READY_THUMBNAILS)).to_have_count(3)
    tile(page, "Gouache").click()
    page.get_by_label("For all 3 photos").check()
    expect(page.get_by_role("button", name="Make 3 more pictures")).to_be_enabled()


def test_an_order_that_fails_can_be_tried_again_and_the_pictures_stay(
    open_page: OpenPage, shop: FakeStorefront, photo: Path, console_errors: list[str]
) -> None:
    photo_id = add_ready_photo(shop, photo, "red cup.jpg", "oil")
    page = open_page()
    page.goto(f"{shop.page_url}#photo={photo_id}")
    shop.failing_paths.add("looks")
    tile(page, "Pencil").click()
    page.get_by_role("button", name="Make 1 more picture").click()
    expect(page.get_by_role("alert")).to_contain_text("The service is busy")
    expect(page.locator(".compare")).to_be_visible()
    shop.failing_paths.clear()
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".looks button")).to_have_count(2)
    assert looks_of(shop, photo_id) == ["oil", "pencil"]
    console_errors.clear()
