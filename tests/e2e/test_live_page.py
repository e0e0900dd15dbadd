"""The deployed page in Chromium, with the real API, uploads and pictures."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from skimage import data

from local.aws.running import SHOP_SCOPES, Running
from local.aws.sign_in import add_seller, allow_page
from tests.e2e.page_driver import drive_page
from tests.makers import save_jpeg

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESKTOP = {"viewport": {"width": 1280, "height": 900}}


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_jpeg(data.coffee(), tmp_path_factory.mktemp("photos") / "coffee.jpg")


def test_a_seller_signs_in_with_an_account(system: Running, browser: Browser):
    password = add_seller(system.emulator, system.stack, "page@shop.example", "main", SHOP_SCOPES)
    allow_page(system.emulator, system.stack)
    page = browser.new_page(**DESKTOP)
    page.goto(f"{system.stack.api_url}/")
    page.get_by_role("button", name="Sign in with your account").click()
    page.locator("input[name=username]").fill("page@shop.example")
    page.locator("input[name=password]").fill(password)
    page.locator("[type=submit]").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    expect(page.locator("#gallery-note")).not_to_contain_text("did not load")
    assert page.url == f"{system.stack.api_url}/", "neither code nor state is left in the address"
    page.close()


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_photo_is_uploaded_styled_and_compared(system: Running, browser: Browser, photo: Path, screen: dict):
    console_errors: list[str] = []
    page = browser.new_page(**screen)
    page.on(
        "console", lambda message: console_errors.append(message.text) if message.type == "error" else None
    )
    page.on("pageerror", lambda error: console_errors.append(str(error)))
    page.goto(system.page_link)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    journey = drive_page(page, f"{system.stack.api_url}/", photo, styles=2, strength=80)
    page.close()
    assert journey.states[-1] == "READY"
    assert not console_errors
