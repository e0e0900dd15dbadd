"""Send every photo of a folder to a deployed API, wait, and save the styled pictures.

    export LIMNER_KEY=lk_live_…
    python examples/upload_folder.py photos --api https://abc.execute-api.eu-central-1.amazonaws.com

For each photo: POST /v1/photos orders the looks and answers a form; the file goes to S3 with that form;
GET /v1/photos/{photo_id} is polled until READY or FAILED. Links to pictures expire, so pictures are saved at
once. The key goes to the API alone: S3's forms and links carry signatures of their own.
"""

import argparse
import mimetypes
import os
import sys
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

POLL_SECONDS = 2.0
REQUEST_TIMEOUT_SECONDS = 30
TERMINAL_STATUSES = {"READY", "FAILED"}
EXTENSIONS = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/avif": ".avif"}


class Refused(Exception):
    """The API or S3 answered with an error; errors of the API are RFC 9457 problems with a stable `code`."""


def order(api: httpx.Client, file: Path, looks: list[dict[str, Any]]) -> dict[str, Any]:
    """The answer of POST /v1/photos: `photo_id`, and the form in `upload`."""
    guessed = mimetypes.guess_type(file.name)[0] or ""
    content_type = guessed if guessed.startswith("image/") else "application/octet-stream"
    body = {"filename": file.name, "content_type": content_type, "looks": looks}
    key = {"Idempotency-Key": uuid4().hex}  # who repeats the call after an error sends the same one
    answer: dict[str, Any] = checked(api.post("photos", json=body, headers=key)).json()
    return answer


def send(form: dict[str, Any], file: Path) -> None:
    """One multipart POST: every field of the form first, then the file as `file`."""
    with file.open("rb") as body:
        checked(
            httpx.post(
                form["url"],
                timeout=REQUEST_TIMEOUT_SECONDS,
                data=form["fields"],
                files={"file": (file.name, body)},
            )
        )


def save_pictures(photo: dict[str, Any], folder: Path) -> int:
    """Write the full size of every picture; returns how many."""
    for picture in photo["results"]:
        full_size = picture["renditions"][0]
        name = f"{Path(photo['filename']).stem}__{picture['name']}{EXTENSIONS[full_size['content_type']]}"
        answer = checked(httpx.get(full_size["url"], timeout=REQUEST_TIMEOUT_SECONDS))
        (folder / name).write_bytes(answer.content)
    return len(photo["results"])


def outcome(photo: dict[str, Any]) -> str:
    """One line: the verdict of each picture, or why the photo failed."""
    if failure := photo["failure"]:
        return f"FAILED {failure['code']}: {failure['message']}"
    return " · ".join(f"{picture['name']}: {words_of(picture)}" for picture in photo["results"])


def words_of(picture: dict[str, Any]) -> str:
    """Pictures made by releases without gates have no verdict."""
    return str(picture["verdict"]["words"]) if picture["verdict"] else "done"


def checked(answer: httpx.Response) -> httpx.Response:
    """Raises Refused."""
    if answer.is_error:
        raise Refused(f"{answer.request.method} {answer.url.path}: {answer.status_code} {answer.text}")
    return answer


def upload_all(api: httpx.Client, files: list[Path], looks: list[dict[str, Any]]) -> dict[str, Path]:
    """Order and send each file; returns the files that were accepted, by photo id."""
    accepted: dict[str, Path] = {}
    for file in files:
        try:
            answer = order(api, file, looks)
            send(answer["upload"], file)
        except (Refused, httpx.HTTPError, OSError) as error:
            print(f"{file.name}: not sent: {error}", file=sys.stderr)
        else:
            accepted[answer["photo_id"]] = file
            print(f"sent {file.name}", flush=True)
    return accepted


def wait_for_all(api: httpx.Client, photos: dict[str, Path], out: Path, timeout_seconds: float) -> int:
    """Poll until each is READY or FAILED, and save the pictures; returns how many are READY."""
    waiting, ready = dict(photos), 0
    give_up_at = time.monotonic() + timeout_seconds
    while waiting and time.monotonic() < give_up_at:
        for photo_id, file in list(waiting.items()):
            try:
                photo = checked(api.get(f"photos/{photo_id}")).json()
                if photo["status"] not in TERMINAL_STATUSES:
                    continue
                save_pictures(photo, out)
            except (Refused, httpx.HTTPError):
                continue  # polled again in the next round
            del waiting[photo_id]
            ready += photo["status"] == "READY"
            print(f"[{len(photos) - len(waiting)}/{len(photos)}] {file.name}: {outcome(photo)}", flush=True)
        if waiting:
            time.sleep(POLL_SECONDS)
    for file in waiting.values():
        print(f"{file.name}: not finished after {timeout_seconds:.0f} s", file=sys.stderr)
    return ready


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Style every photo of a folder through the HTTP API.")
    parser.add_argument("photos", type=Path, help="folder of photos")
    parser.add_argument(
        "--api", required=True, help="address of the API, as the stack's output ApiUrl has it"
    )
    parser.add_argument("--style", action="append", help="style id, for one picture each; default: auto")
    parser.add_argument(
        "--protection", default="soft", help="off, soft, strict, background-only, product-only"
    )
    parser.add_argument("--out", type=Path, default=Path("styled"), help="folder for the pictures")
    parser.add_argument("--timeout", type=float, default=1800, help="seconds to wait for all of them")
    options = parser.parse_args(arguments)
    key = os.environ.get("LIMNER_KEY")
    if not key:
        parser.error("set LIMNER_KEY to an API key with the scopes photos:read and photos:write")
    looks = [{"styles": {style: 1}, "protection": options.protection} for style in options.style or ["auto"]]
    files = sorted(path for path in options.photos.iterdir() if path.is_file() and path.name[0] != ".")
    options.out.mkdir(parents=True, exist_ok=True)
    with httpx.Client(
        base_url=f"{options.api.rstrip('/')}/v1/",
        headers={"Authorization": f"Bearer {key}"},
        timeout=REQUEST_TIMEOUT_SECONDS,
    ) as api:
        ready = wait_for_all(api, upload_all(api, files, looks), options.out, options.timeout)
    print(f"{ready} of {len(files)} photos are READY")
    return 0 if ready == len(files) else 1


if __name__ == "__main__":
    sys.exit(main())
