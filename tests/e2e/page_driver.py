"""Drives the page as a seller would, served by the in-memory storefront or by a deployed stack."""

import base64
import mimetypes
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

CHROMIUM_ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-quic",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
)

DROP = """([data, name, type]) => {
    const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], name, { type }));
    for (const kind of ["dragenter", "dragover", "drop"]) {
        const event = new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: transfer });
        document.getElementById("photo-frame").dispatchEvent(event);
    }
}"""

RECORD_STATES = """() => {
    window.recordedStates = [];
    const record = () => {
        const state = document.querySelector(".thumbnail[aria-pressed='true']")?.dataset.state;
        if (state && state !== window.recordedStates.at(-1)) window.recordedStates.push(state);
    };
    const options = { subtree: true, childList: true, attributes: true, attributeFilter: ["data-state"] };
    new MutationObserver(record).observe(document.getElementById("photo-strip"), options);
    record();
}"""


OpenPage = Callable[..., Page]

STYLE_TILE = ".tile:not(:has([value=auto], [value=enhance]))"
"""Tiles of all styles but `auto` and `enhance`."""


def keep_credential_script(text: str) -> str:
    """An init script with which the page finds itself signed in."""
    return f"if (location.protocol.startsWith('http')) sessionStorage.setItem('limner.credential', '{text}')"


@dataclass(frozen=True)
class Journey:
    """`states` in the order the page showed them; `seconds` from the press of the button to READY."""

    photo_id: str
    states: tuple[str, ...]
    seconds: float


def drive_page(
    page: Page, base_url: str, photo_path: Path, *, styles: int = 2, strength: int = 80, timeout_s: float = 60
) -> Journey:
    """Drop a photo, style it, move the divider by pointer and keyboard, and show the second style.

    Raises:
        AssertionError: the photo is not READY within `timeout_s`, or a control does not work.
    """
    page.goto(base_url)
    page.locator("html[dir]").wait_for(state="attached")  # the page listens once its language is there
    drop_photo(page, photo_path)
    choose_styles(page, styles)
    set_strength(page, strength)
    journey = make_pictures(page, timeout_s)
    drag_divider(page)
    move_divider_by_keyboard(page)
    if styles > 1:
        show_second_style(page, styles)
    return journey


def drop_photo(page: Page, photo_path: Path) -> None:
    data = base64.b64encode(photo_path.read_bytes()).decode()
    content_type = mimetypes.guess_type(photo_path.name)[0] or ""
    page.evaluate(DROP, [data, photo_path.name, content_type])
    expect(page.locator(".photo-strip .thumbnail[aria-pressed='true']")).to_have_attribute(
        "data-state", "NOT_SENT"
    )


def choose_styles(page: Page, count: int) -> None:
    tiles = page.locator(STYLE_TILE)
    expect(tiles.first).to_be_visible()
    for index in range(count):
        tiles.nth(index).click()
    expect(page.locator(".tile input:checked")).to_have_count(count)


def set_strength(page: Page, percent: int) -> None:
    page.locator("#strength").fill(str(percent))
    expect(page.locator("#strength-value")).to_have_text(f"{percent}%")


def make_pictures(page: Page, timeout_s: float) -> Journey:
    """Press the button and wait until the selected photo is READY."""
    page.evaluate(RECORD_STATES)
    pressed_at = time.monotonic()
    page.locator("#make").click()
    finished = page.locator(".thumbnail[aria-pressed='true']:is([data-state=READY], [data-state=FAILED])")
    expect(finished).to_be_attached(timeout=timeout_s * 1000)
    seconds = time.monotonic() - pressed_at
    assert finished.get_attribute("data-state") == "READY", page.locator("#caption").inner_text()
    expect(page.locator(".compare")).to_be_visible()
    return Journey(photo_id_in_url(page), tuple(page.evaluate("window.recordedStates")), seconds)


def photo_id_in_url(page: Page) -> str:
    match = re.search(r"#photo=([^&]+)", page.url)
    assert match, f"no photo in {page.url}"
    return match[1]


def divider_position(page: Page) -> int:
    return int(divider(page).get_attribute("aria-valuenow") or -1)


def divider(page: Page) -> Locator:
    return page.get_by_role("slider", name="Divider between the photo")


LOADED = "[...document.querySelectorAll('.compare img')].every((one) => one.complete && one.naturalWidth)"


def drag_divider(page: Page) -> None:
    compare = page.locator(".compare")
    page.wait_for_function(LOADED)
    expect(divider(page)).to_have_attribute("aria-valuenow", "50")  # where its movement at the start ends
    page.evaluate("scrollTo(0, 0)")  # further down, the sticky column shows its lower part
    box = compare.bounding_box()
    assert box
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 4, y, steps=4)
    page.mouse.up()
    assert abs(divider_position(page) - 25) <= 1, divider_position(page)


def move_divider_by_keyboard(page: Page) -> None:
    handle = divider(page)
    handle.focus()
    for key, expected in (("Home", 0), ("PageUp", 10), ("ArrowRight", 12), ("ArrowLeft", 10), ("End", 100)):
        handle.press(key)
        assert divider_position(page) == expected, (key, divider_position(page))
    expect(handle).to_have_attribute("aria-valuetext", re.compile("100% photo"))


def show_second_style(page: Page, count: int) -> None:
    looks = page.locator(".looks button")
    expect(looks).to_have_count(count)
    looks.nth(1).click()
    expect(looks.nth(1)).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".after img")).to_have_js_property("complete", True)
    assert page.locator(".after img").evaluate("image => image.naturalWidth") > 0


def tile(page: Page, name: str) -> Locator:
    """The tile of the style with this name."""
    return page.locator(".tile").filter(has=page.locator(".name", has_text=re.compile(f"^{name}$")))
