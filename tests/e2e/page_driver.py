"""What a seller does on the page, for any stack that serves it: the in-memory one here or a live one."""

import base64
import mimetypes
import re
import time
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
        document.getElementById("stage").dispatchEvent(event);
    }
}"""

RECORD_STATES = """() => {
    window.statesSeen = [];
    const note = () => {
        const state = document.querySelector(".chip[aria-pressed='true']")?.dataset.state;
        if (state && state !== window.statesSeen.at(-1)) window.statesSeen.push(state);
    };
    const watch = { subtree: true, childList: true, attributes: true, attributeFilter: ["data-state"] };
    new MutationObserver(note).observe(document.getElementById("tray"), watch);
    note();
}"""


PAINTED = ".tile:not([data-family=auto], [data-family=lift])"


@dataclass(frozen=True)
class Journey:
    """One photo's way: `states` in the order the seller saw them, `seconds` from press to READY."""

    photo_id: str
    states: tuple[str, ...]
    seconds: float


def drive_page(
    page: Page, base_url: str, photo_path: Path, *, styles: int = 2, strength: int = 80, timeout_s: float = 60
) -> Journey:
    """Drop a photo, have it styled, compare it by pointer and keyboard, look through the styles made.

    Raises:
        AssertionError: the page did not come to READY in time, or something on it did not answer.
    """
    page.goto(base_url)
    drop_photo(page, photo_path)
    choose_styles(page, styles)
    set_strength(page, strength)
    journey = make_pictures(page, timeout_s)
    drag_divider(page)
    move_divider_by_keyboard(page)
    if styles > 1:
        look_through_styles(page, styles)
    return journey


def drop_photo(page: Page, photo_path: Path) -> None:
    data = base64.b64encode(photo_path.read_bytes()).decode()
    content_type = mimetypes.guess_type(photo_path.name)[0] or ""
    page.evaluate(DROP, [data, photo_path.name, content_type])
    expect(page.locator(".tray .chip[aria-pressed='true']")).to_have_attribute("data-state", "FRESH")


def choose_styles(page: Page, count: int) -> None:
    tiles = page.locator(PAINTED)
    expect(tiles.first).to_be_visible()
    for place in range(count):
        tiles.nth(place).click()
    expect(page.locator(".tile input:checked")).to_have_count(count)


def set_strength(page: Page, percent: int) -> None:
    page.locator("#strength").fill(str(percent))
    expect(page.locator("#strength-said")).to_have_text(f"{percent}%")


def make_pictures(page: Page, timeout_s: float) -> Journey:
    """Press the button and wait for the open photo's READY."""
    page.evaluate(RECORD_STATES)
    pressed = time.monotonic()
    page.locator("#make").click()
    end = page.locator(".chip[aria-pressed='true']:is([data-state=READY], [data-state=FAILED])")
    expect(end).to_be_attached(timeout=timeout_s * 1000)
    seconds = time.monotonic() - pressed
    assert end.get_attribute("data-state") == "READY", page.locator("#caption").inner_text()
    expect(page.locator(".compare")).to_be_visible()
    return Journey(photo_id_in_address(page), tuple(page.evaluate("window.statesSeen")), seconds)


def photo_id_in_address(page: Page) -> str:
    found = re.search(r"#photo=([^&]+)", page.url)
    assert found, f"no photo in {page.url}"
    return found[1]


def divider_at(page: Page) -> int:
    return int(divider(page).get_attribute("aria-valuenow") or -1)


def divider(page: Page) -> Locator:
    return page.get_by_role("slider", name="Divider between the photo")


def drag_divider(page: Page) -> None:
    frame = page.locator(".compare")
    frame.scroll_into_view_if_needed()
    box = frame.bounding_box()
    assert box
    height = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, height)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 4, height, steps=4)
    page.mouse.up()
    assert abs(divider_at(page) - 25) <= 1, divider_at(page)


def move_divider_by_keyboard(page: Page) -> None:
    handle = divider(page)
    handle.focus()
    for key, expected in (("Home", 0), ("PageUp", 10), ("ArrowRight", 12), ("ArrowLeft", 10), ("End", 100)):
        handle.press(key)
        assert divider_at(page) == expected, (key, divider_at(page))
    expect(handle).to_have_attribute("aria-valuetext", re.compile("100% photo"))


def look_through_styles(page: Page, count: int) -> None:
    looks = page.locator(".looks button")
    expect(looks).to_have_count(count)
    looks.nth(1).click()
    expect(looks.nth(1)).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".after img")).to_have_js_property("complete", True)
    assert page.locator(".after img").evaluate("image => image.naturalWidth") > 0
