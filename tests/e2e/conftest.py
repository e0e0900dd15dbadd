"""The whole unmodified template on this machine and a real browser, once for all tests of this folder."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from local.aws.emulator import Emulator
from local.aws.running import Running, running
from local.aws.stack import Stack
from local.client.shop import Shop
from local.processes import is_alive
from tests.e2e.page_driver import CHROMIUM_ARGS

PATIENCE_MS = 15_000


@pytest.fixture(scope="session")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Emulator and stack with the real model server; on leaving, none of its processes may be left."""
    with running(logs=tmp_path_factory.mktemp("logs")) as up:
        yield up
        family = up.emulator.processes()
    assert family
    assert not [process for process in family if is_alive(process)]


@pytest.fixture(scope="session")
def stack(everything: Running) -> Stack:
    """Outputs and physical ids; `stack.api_url` is the page and the API."""
    return everything.stack


@pytest.fixture(scope="session")
def emulator(everything: Running) -> Emulator:
    """`emulator.client("s3")` is a boto3 client of the account's owner."""
    return everything.emulator


@pytest.fixture
def shop(stack: Stack) -> Iterator[Shop]:
    with Shop(stack.api_url) as client:
        yield client


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, headless. For a module: Playwright's event loop runs in this thread while it lives.

    Where there is none the test is skipped, except in CI, which must have it.
    """
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next((path for path in map(shutil.which, names) if path), None)
    if found is None and "CI" not in os.environ:
        pytest.skip("no Chromium on this machine (apt-get install chromium)")
    assert found, "CI must have Chromium installed"
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=CHROMIUM_ARGS)
        yield browser
        browser.close()
