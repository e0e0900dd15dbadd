"""Signing in to the page, by key and by account, and out."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.fake_storefront import ID_TOKEN, TEST_KEY, FakeStorefront, add_ready_photo
from tests.e2e.page_driver import OpenPage

STORED = "Object.fromEntries(Object.entries(sessionStorage))"
KEPT_ELSEWHERE = "[document.cookie, localStorage.length, (await indexedDB.databases()).length]"


def sign_in_with(page: Page, key: str) -> None:
    page.get_by_label("API key").fill(key)
    page.get_by_role("button", name="Sign in with the key").click()


def expect_signed_in(page: Page) -> None:
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    expect(page.locator("#sign-in")).to_be_hidden()
    expect(page.locator(".tile").first).to_be_visible()


def expect_signed_out(page: Page, sentence: str = "") -> None:
    expect(page.get_by_label("API key")).to_be_visible()
    expect(page.locator("#shop")).to_be_hidden()
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
    expect(page.locator("#sign-in-message")).to_have_text(sentence)


def test_a_key_signs_in_and_is_kept_in_this_tab_alone(
    open_page: OpenPage, shop: FakeStorefront, photo
) -> None:
    add_ready_photo(shop, photo, "red cup.jpg", "oil")
    page = open_page(key=None)
    urls: list[str] = []
    page.on("request", lambda request: urls.append(request.url))
    page.goto(shop.page_url)
    expect_signed_out(page)
    assert not [url for url in urls if "/v1/photos" in url]
    sign_in_with(page, f"  {TEST_KEY}\n")
    expect_signed_in(page)
    expect(page.locator(".gallery-item cite")).to_have_text(["red cup.jpg"])
    assert page.evaluate(STORED) == {"limner.credential": TEST_KEY}
    assert page.evaluate(f"async () => {KEPT_ELSEWHERE}") == ["", 0, 0]
    assert not [url for url in [page.url, *urls] if "lk_test" in url]

    page.reload()
    expect_signed_in(page)
    page.get_by_role("button", name="Sign out").click()
    expect_signed_out(page)
    assert page.evaluate(STORED) == {}
    page.reload()
    expect_signed_out(page)


@pytest.mark.parametrize(
    ("refusal", "sentence"),
    [
        ("invalid_credentials", "This key is not accepted here. Check that all of it was copied."),
        ("revoked_key", "This key has been revoked. Sign in with another one."),
        ("expired_credentials", "Your sign-in has expired. Sign in again."),
    ],
)
def test_a_key_that_is_not_accepted_gets_a_sentence(
    open_page, shop, console_errors, refusal, sentence
) -> None:
    page = open_page(key=None)
    page.goto(shop.page_url)
    sign_in_with(page, "")
    expect_signed_out(page, "Paste a key first.")
    shop.refusal = refusal
    sign_in_with(page, "lk_live_wrong")
    expect_signed_out(page, sentence)
    assert page.evaluate(STORED) == {}
    console_errors.clear()


def test_a_key_that_is_revoked_meanwhile_leads_back_to_signing_in(
    open_page, shop, photo, console_errors
) -> None:
    photo_id = add_ready_photo(shop, photo, "red cup.jpg", "oil")
    page = open_page(key=None)
    page.goto(shop.page_url)
    sign_in_with(page, TEST_KEY)
    expect_signed_in(page)
    shop.accepted, shop.refusal = {"another"}, "revoked_key"
    page.evaluate(f"location.hash = 'photo={photo_id}'")
    expect_signed_out(page, "This key has been revoked. Sign in with another one.")
    assert page.evaluate(STORED) == {}

    sign_in_with(page, "another")
    expect_signed_in(page)
    expect(page.locator(".result-details cite")).to_have_text("red cup.jpg")
    console_errors.clear()


def test_a_link_with_a_key_signs_in_and_leaves_no_key_in_the_address(open_page, shop) -> None:
    page = open_page(key=None)
    page.goto(f"{shop.page_url}#key={TEST_KEY}")
    expect_signed_in(page)
    assert page.url == shop.page_url
    assert page.evaluate("history.length") == 2, (
        "about:blank and the page: the link itself is not in the history"
    )


def test_on_another_host_a_link_with_a_key_signs_nobody_in(open_page, shop) -> None:
    """Else a link could sign a seller in to somebody else's shop."""
    page = open_page(key=None)
    elsewhere = shop.page_url.replace("127.0.0.1", "shop.test")

    def answer_from_here(route) -> None:
        route.fulfill(response=route.fetch(url=route.request.url.replace("shop.test", "127.0.0.1")))

    page.route("http://shop.test:*/**", answer_from_here)
    page.goto(f"{elsewhere}#key={TEST_KEY}&photo=1")
    expect_signed_out(page)
    assert page.url == f"{elsewhere}#photo=1"
    assert page.evaluate(STORED) == {}
    page.unroute_all(behavior="wait")  # an answer may still be on its way


def test_an_account_signs_in_by_code_and_pkce(open_page, shop: FakeStorefront, photo) -> None:
    shop.has_issuer()
    photo_id = add_ready_photo(shop, photo, "red cup.jpg", "oil")
    page = open_page(key=None)
    page.goto(f"{shop.page_url}#photo={photo_id}")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/authorize?" in request.url else None)
    page.get_by_role("button", name="Sign in with your account").click()
    expect_signed_in(page)
    assert page.url == f"{shop.page_url}#photo={photo_id}", "neither code nor state, and the photo as before"
    assert page.evaluate(STORED) == {"limner.credential": ID_TOKEN}
    expect(page.locator(".result-details cite")).to_have_text("red cup.jpg")
    (form,) = shop.exchanged
    assert (form["grant_type"], form["client_id"], form["redirect_uri"]) == (
        "authorization_code",
        "page",
        shop.page_url,
    )
    assert len(form["code_verifier"]) >= 43
    assert "client_id=page" in asked[0]
    assert form["code_verifier"] not in asked[0]


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("code=stolen&state=forged", "This sign-in was not started in this tab. Sign in again."),
        ("code=stolen&state=mine&iss=https://elsewhere.example", "This sign-in was not started in this tab."),
        ("error=access_denied&state=mine", "The sign-in was not completed. Sign in again."),
        ("code=wrong&state=mine", "The sign-in could not be completed. Sign in again."),
    ],
)
def test_an_answer_that_is_not_the_issuers_to_this_tab_signs_nobody_in(
    open_page, shop, console_errors, answer, sentence
) -> None:
    shop.has_issuer()
    page = open_page(key=None)
    page.goto(shop.page_url)
    pending = {"state": "mine", "verifier": "v" * 43, "fragment": ""}
    page.evaluate("text => sessionStorage.setItem('limner.pending-sign-in', text)", json.dumps(pending))
    page.goto(f"{shop.page_url}?{answer}")
    expect(page.locator("#sign-in-message")).to_have_text(re.compile(re.escape(sentence)))
    assert page.url == shop.page_url
    assert page.evaluate(STORED) == {}
    console_errors.clear()


def test_without_an_issuer_only_the_key_is_asked_for(open_page, shop) -> None:
    page = open_page(key=None)
    page.goto(shop.page_url)
    expect_signed_out(page)
    expect(page.get_by_role("button", name="Sign in with your account")).to_be_hidden()
