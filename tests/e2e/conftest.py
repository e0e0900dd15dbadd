"""The whole unmodified template on this machine and a real browser, once for all tests of this folder."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright
from skimage import data

from local.aws.emulator import Emulator
from local.aws.running import Running, running
from local.aws.stack import Stack
from local.client.api_client import ApiClient
from local.processes import is_alive
from tests.e2e.fake_storefront import TEST_KEY, FakeStorefront, serving
from tests.e2e.page_driver import CHROMIUM_ARGS, OpenPage, keep_credential_script
from tests.e2e.roles import Roles

PAGE_TIMEOUT_MS = 15_000


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Emulator and stack with the real model server; at the end, none of its processes may be left."""
    with running(logs=tmp_path_factory.mktemp("logs")) as system:
        yield system
        family = system.emulator.processes()
    assert family
    assert not [process for process in family if is_alive(process)]


@pytest.fixture(scope="session")
def stack(system: Running) -> Stack:
    """Outputs and physical ids; `stack.api_url` is the page and the API."""
    return system.stack


@pytest.fixture(scope="session")
def emulator(system: Running) -> Emulator:
    """`emulator.client("s3")` is a boto3 client with the root user's credentials."""
    return system.emulator


@pytest.fixture
def roles(emulator: Emulator, stack: Stack) -> Iterator[Roles]:
    roles = Roles(emulator, stack)
    yield roles
    roles.restore()


@pytest.fixture
def api(system: Running) -> Iterator[ApiClient]:
    with ApiClient(system.stack.api_url, system.api_key) as client:
        yield client


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium for one module, because Playwright's event loop runs in this thread meanwhile.

    Without Chromium the test is skipped, except in CI, where it fails.
    """
    names = ("chromium", "chromium-browser", "google-chrome")
    executable = next((path for path in map(shutil.which, names) if path), None)
    if executable is None and "CI" not in os.environ:
        pytest.skip("no Chromium on this machine (apt-get install chromium)")
    assert executable, "CI must have Chromium installed"
    expect.set_options(timeout=PAGE_TIMEOUT_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_ARGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def running_shop() -> Iterator[FakeStorefront]:
    with serving() as shop:
        yield shop


@pytest.fixture
def shop(running_shop: FakeStorefront) -> FakeStorefront:
    running_shop.reset()
    return running_shop


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photos") / "red cup & saucer.jpg"
    Image.fromarray(data.coffee()).resize((480, 320)).save(path, quality=90)
    return path


@pytest.fixture
def console_errors() -> list[str]:
    """Errors on the browser's console; a test that causes some on purpose clears the list."""
    return []


def wait_for_texts(page: Page) -> None:
    """Makes `page.goto` wait until the page has its language's texts, and so listens to events. Its `load` event
    does not wait for them."""
    goto = page.goto

    def goto_page(url: str, **options: Any) -> Any:
        response = goto(url, **options)
        if url.startswith("http"):
            page.locator("html[dir]").wait_for(state="attached")
        return response

    page.goto = goto_page  # type: ignore[method-assign]


@pytest.fixture
def open_page(browser: Browser, console_errors: list[str]) -> Iterator[OpenPage]:
    contexts = []

    def open_in_new_context(*, key: str | None = TEST_KEY, **device: object) -> Page:
        """Signed in with `key`."""
        context = browser.new_context(**{"locale": "en-GB", **device})
        contexts.append(context)
        if key:
            context.add_init_script(keep_credential_script(key))
        page = context.new_page()
        page.set_default_timeout(PAGE_TIMEOUT_MS)
        wait_for_texts(page)
        page.on("pageerror", lambda error: console_errors.append(str(error)))
        page.on(
            "console",
            lambda message: console_errors.append(message.text) if message.type == "error" else None,
        )
        return page

    yield open_in_new_context
    for context in contexts:
        context.close()
    assert not console_errors
