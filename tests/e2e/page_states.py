"""The states of the page that tests walk through: texts in each language, accessibility."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from limner.campaigns.campaign import CampaignAction
from tests.e2e.fake_storefront import ENGINE_FAILURE, FakeStorefront, add_ready_photo
from tests.e2e.page_driver import OpenPage, drop_photo


def page_states(
    open_page: OpenPage, shop: FakeStorefront, photo: Path, **device: Any
) -> Iterator[tuple[str, Page]]:
    """Name and page of each state; the page is valid until the next one is asked for."""
    yield from _sign_in_states(open_page, shop, device)
    yield from _photo_states(open_page, shop, photo, device)
    yield from _library_states(open_page, shop, photo, device)
    yield from _campaign_states(open_page, shop, device)


def _sign_in_states(open_page: OpenPage, shop: FakeStorefront, device: Any) -> Iterator[tuple[str, Page]]:
    shop.has_issuer()
    page = open_page(key=None, **device)
    page.goto(shop.page_url)
    expect(page.locator("#account")).to_be_visible()
    yield "sign in", page
    page.locator("#sign-in-submit").click()
    expect(page.locator("#sign-in-message")).not_to_be_empty()
    yield "sign in, no key", page
    page.locator("#api-key").fill("lk_live_wrong")
    page.locator("#sign-in-submit").click()
    expect(page.locator("#api-key")).to_be_focused()
    yield "sign in, wrong key", page


def _photo_states(
    open_page: OpenPage, shop: FakeStorefront, photo: Path, device: Any
) -> Iterator[tuple[str, Page]]:
    page = open_page(**device)
    page.goto(shop.page_url)
    expect(page.locator(".tile")).to_have_count(8)
    yield "empty shop", page
    page.locator("#languages summary").click()
    expect(page.locator("#languages button")).to_have_count(7)
    yield "languages", page
    page.locator("#languages summary").click()
    drop_photo(page, photo)
    yield "photo not sent", page
    page.locator(".tile [value=oil]").check(force=True)
    page.locator(".tile [value=pencil]").check(force=True)
    yield "styles chosen", page
    page.locator("#mix").check()
    expect(page.locator("#mix-options")).to_be_visible()
    yield "styles mixed", page
    page.locator("#mix").uncheck()
    page.locator("#style-search").fill("oil pencil")
    expect(page.locator("#use-suggestion")).to_be_visible()
    yield "styles found", page
    page.locator("#style-search").fill("")
    shop.slowdown = 3
    page.locator("#make").click()
    expect(page.locator(".steps [data-step='1'][data-state=now]")).to_be_visible()
    yield "photo in progress", page
    [being_made] = shop.photos.values()
    being_made.reviews = {"oil": "waiting", "pencil": "rejected"}
    shop.slowdown = 1
    expect(page.locator(".compare")).to_be_visible()
    expect(page.locator(".looks button")).to_have_count(2)
    yield "photo ready", page
    page.locator(".explanation summary").click()
    expect(page.locator(".explanation table")).to_be_visible()
    page.locator(".downloads summary").click()
    yield "photo explained", page
    page.locator(".all-looks").click()
    expect(page.locator(".looks-sheet figure")).to_have_count(3)
    yield "all looks", page


def _library_states(
    open_page: OpenPage, shop: FakeStorefront, photo: Path, device: Any
) -> Iterator[tuple[str, Page]]:
    failed = add_ready_photo(shop, photo, "failed.jpg", "oil")
    shop.photos[failed].failure = ENGINE_FAILURE
    ready = add_ready_photo(shop, photo, "ready.jpg", "auto", "pencil")
    shop.photos[ready].external_id = "MUG-1"
    page = open_page(**device)
    page.goto(f"{shop.page_url}#photo={failed}")
    expect(page.locator(".alert")).to_be_visible()
    expect(page.locator(".gallery-item")).to_have_count(3)
    yield "photo failed", page
    page.locator("#select-all").check()
    expect(page.locator("#retry-selected")).to_be_visible()
    yield "photos selected", page
    page.locator("#delete-selected").click()
    expect(page.locator("dialog[open]")).to_be_visible()
    yield "question before deletion", page
    page.keyboard.press("Escape")
    page.locator("#library-filters [name=number]").fill("none")
    expect(page.locator(".gallery-item")).to_have_count(0)
    yield "no photo found", page
    shop.failing_paths.add("photos")
    page.reload()
    expect(page.locator("#gallery-note")).not_to_be_empty()
    yield "library not loaded", page
    shop.failing_paths.clear()


def _campaign_states(open_page: OpenPage, shop: FakeStorefront, device: Any) -> Iterator[tuple[str, Page]]:
    page = open_page(**device)
    page.goto(f"{shop.page_url}#campaigns")
    expect(page.locator("#campaigns .muted").first).not_to_be_empty()
    expect(page.locator(".collections li")).to_have_count(1)
    yield "no campaigns", page
    shop.campaigns.photo_ids = list(shop.photos)[:2]
    looks = [{"styles": {"oil": 1}, "strength": 0.8}]
    for campaign_id in ("DRAFT", "PUBLISHED"):
        shop.campaigns.campaigns[campaign_id] = {
            "campaign_id": campaign_id,
            "name": "Autumn",
            "looks": looks,
            "placement": "home",
            "status": "DRAFT",
            "window": {
                "time_zone": "Europe/Berlin",
                "start": "2026-01-01T00:00:00Z",
                "end": "2027-12-31T00:00:00Z",
            },
            "progress": None,
        }
    published = shop.campaigns.campaigns["PUBLISHED"]
    for action in (CampaignAction.RUN, CampaignAction.FINISH, CampaignAction.PUBLISH):
        shop.campaigns.change(published, action)
    published["progress"]["outcomes"]["ready"] = 1
    published["progress"]["waiting"] = {"reason": "quota_exceeded", "until": "2026-01-02T00:00:00Z"}
    shop.campaigns.collections["c"] = {
        "collection_id": "c",
        "name": "Autumn",
        "created_at": "2026-01-01T00:00:00Z",
        "filter": {"tag": "home", "created_since": "2026-01-01T00:00:00Z", "created_before": None},
        "listed_ids": 0,
    }
    page.reload()
    expect(page.locator(".campaign")).to_have_count(2)
    expect(page.locator(".collections > li > span")).not_to_be_empty()
    yield "campaigns", page
    page.locator(".campaign-actions button").first.click()
    expect(page.locator(".estimate table")).to_be_visible()
    page.locator(".members summary").click()
    expect(page.locator(".members li")).to_have_count(2)
    yield "estimate and photos of campaigns", page
