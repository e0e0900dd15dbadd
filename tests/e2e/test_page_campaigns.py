"""Collections and campaigns on the page, by keyboard too."""

from pathlib import Path

from playwright.sync_api import Page, Route, expect

from tests.e2e.fake_storefront import FakeStorefront, add_ready_photo
from tests.e2e.page_driver import OpenPage

NAME = "Autumn sale"


def shop_with_photos(shop: FakeStorefront, photo: Path) -> None:
    for name, number in (("a.jpg", "MUG-1"), ("b.jpg", "MUG-2"), ("c.jpg", None)):
        photo_id = add_ready_photo(shop, photo, name, "oil")
        shop.photos[photo_id].external_id = number
        if number:
            shop.campaigns.photo_ids.append(photo_id)


def create_campaign(page: Page) -> None:
    form = page.locator(".create-form").filter(has=page.get_by_label("Place", exact=True))
    form.get_by_label("Name", exact=True).fill(NAME)
    form.get_by_label("Place", exact=True).fill("home")
    form.get_by_label("Start", exact=True).fill("2026-12-01T00:00")
    form.get_by_label("End", exact=True).fill("2026-12-03T00:00")
    form.get_by_label("Time zone").select_option("Europe/Berlin")
    form.get_by_role("button", name="Create the campaign").press("Enter")
    expect(page.locator(".campaign")).to_be_focused()


def open_with_campaign(open_page: OpenPage, shop: FakeStorefront, photo: Path) -> Page:
    """A page with a collection of all photos and a campaign of one look."""
    shop_with_photos(shop, photo)
    page = open_page()
    page.goto(shop.page_url)
    page.locator(".tile [value=oil]").press("Space")
    page.get_by_role("link", name="Campaigns").press("Enter")
    page.get_by_label("Name", exact=True).last.fill("Everything")
    page.get_by_role("button", name="Create the collection").press("Enter")
    expect(page.locator(".collections")).to_contain_text("Everything")
    create_campaign(page)
    return page


def test_a_collection_is_made_of_the_selected_photos(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    shop_with_photos(shop, photo)
    page = open_page()
    page.goto(shop.page_url)
    expect(page.get_by_label("Select all shown")).to_be_visible()
    page.get_by_label("Select all shown").press("Space")
    page.get_by_role("button", name="Make a collection").press("Enter")
    expect(page.get_by_role("status").filter(has_text="1 photo without a product number")).to_be_visible()
    name = page.get_by_label("Name", exact=True).last
    expect(name).to_be_focused()
    name.fill("Mugs")
    page.keyboard.press("Enter")
    expect(page.locator(".collections")).to_contain_text("A list of 2 product numbers")
    expect(page.locator(".collections")).to_contain_text("2 photos")
    page.get_by_role("button", name="Mugs: Delete").press("Enter")
    expect(page.locator(".collections")).to_have_text("There is no collection yet.")
    assert not shop.campaigns.collections


def test_a_collection_is_made_of_a_filter(open_page: OpenPage, shop: FakeStorefront) -> None:
    page = open_page(timezone_id="Europe/Berlin")
    page.goto(f"{shop.page_url}#campaigns")
    page.get_by_label("Name", exact=True).last.fill("Autumn")
    page.get_by_label("Tag").fill("autumn")
    page.get_by_label("Uploaded from").fill("2026-09-01")
    page.get_by_role("button", name="Create the collection").press("Enter")
    expect(page.locator(".collections")).to_contain_text("Tag autumn, from 1 Sept 2026")
    [collection] = shop.campaigns.collections.values()
    assert collection["filter"] == {
        "tag": "autumn",
        "created_since": "2026-08-31T22:00:00.000Z",
        "created_before": None,
    }


def test_a_campaign_is_estimated_run_published_and_undone(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    page = open_with_campaign(open_page, shop, photo)
    [campaign] = shop.campaigns.campaigns.values()
    assert campaign["looks"] == [
        {"styles": {"oil": 1}, "strength": 0.8, "protection": "soft", "enhance": True}
    ]
    assert campaign["window"]["time_zone"] == "Europe/Berlin"

    page.get_by_role("button", name="Estimate").press("Enter")
    expect(page.locator(".estimate")).to_contain_text("US$0.42")
    expect(page.locator(".estimate")).to_contain_text("It fits into what the shop has left.")
    assert campaign["status"] == "DRAFT", "nothing runs before its estimate was shown"
    expect(page.get_by_role("button", name="Run now")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".campaign .badge")).to_have_text("Running")
    expect(page.locator(".campaign progress")).to_be_visible()

    page.get_by_role("button", name="Pause").press("Enter")
    expect(page.locator(".campaign .badge")).to_have_text("Paused")
    page.get_by_role("button", name="Resume").press("Enter")
    expect(page.locator(".campaign .badge")).to_have_text("Finished", timeout=30_000)
    expect(page.locator(".campaign-progress")).to_contain_text("ready 2")
    expect(page.locator("#announcer")).to_have_text(f"{NAME}: Finished")

    shop.photos[shop.campaigns.photo_ids[0]].reviews = {"oil": "waiting"}
    page.get_by_role("button", name=": Publish").press("Enter")
    expect(page.locator(".campaign .badge")).to_have_text("Published")
    page.get_by_text("Photos and outcomes").press("Enter")
    expect(page.locator(".members li").filter(has_text="a.jpg")).to_contain_text("ready, waiting for review")
    expect(page.locator(".members li").filter(has_text="b.jpg")).not_to_contain_text("review")
    page.get_by_role("button", name="a.jpg: Take back").press("Enter")
    expect(page.get_by_role("button", name="a.jpg: Show again")).to_be_focused()
    assert shop.campaigns.withdrawn == {shop.campaigns.photo_ids[0]}
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="a.jpg: Take back")).to_be_focused()
    assert not shop.campaigns.withdrawn

    page.get_by_role("button", name="Undo the publication").press("Enter")
    expect(page.locator(".campaign .badge")).to_have_text("Finished")
    page.get_by_role("button", name=": Cancel").press("Enter")
    expect(page.locator(".campaign .badge")).to_have_text("Cancelled")


def test_a_refused_estimate_is_said_by_its_code(
    open_page: OpenPage, shop: FakeStorefront, photo: Path, console_errors: list[str]
) -> None:
    page = open_with_campaign(open_page, shop, photo)
    shop.campaigns.photo_ids.clear()
    page.get_by_role("button", name="Estimate").press("Enter")
    expect(page.get_by_role("status").filter(has_text="The collection has no photo.")).to_be_visible()
    console_errors.clear()


def test_the_calendar_shows_the_windows(open_page: OpenPage, shop: FakeStorefront, photo: Path) -> None:
    page = open_with_campaign(open_page, shop, photo)
    [campaign] = shop.campaigns.campaigns.values()
    campaign["status"] = "SCHEDULED"
    page.clock.set_fixed_time("2026-12-10T12:00:00Z")
    page.reload()
    expect(page.locator(".calendar-title")).to_have_text("December 2026")
    days = page.locator(".calendar td").filter(has_text=NAME).locator("time")
    expect(days).to_have_text(["1", "2"])
    page.get_by_role("button", name="Next month").press("Enter")
    expect(page.locator(".calendar-title")).to_have_text("January 2027")
    expect(days).to_have_count(0)


def test_a_way_back_to_the_photos_keeps_them(open_page: OpenPage, shop: FakeStorefront, photo: Path) -> None:
    photo_id = add_ready_photo(shop, photo, "a.jpg", "oil")
    page = open_page()
    page.goto(f"{shop.page_url}#photo={photo_id}")
    expect(page.locator(".compare")).to_be_visible()
    page.get_by_role("link", name="Campaigns").click()
    expect(page.locator("#shop")).to_be_hidden()
    page.get_by_role("link", name="Photos").click()
    expect(page.locator(".compare")).to_be_visible()
    assert page.url.endswith(f"#photo={photo_id}")


def test_looks_have_the_names_of_styles_that_come_after_the_campaign(
    open_page: OpenPage, shop: FakeStorefront, photo: Path
) -> None:
    page = open_with_campaign(open_page, shop, photo)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/v1/styles", hold)
    page.reload()
    expect(page.locator(".campaign")).to_contain_text("oil, strength 80%")
    held[0].continue_()
    expect(page.locator(".campaign")).to_contain_text("Oil, strength 80%")
