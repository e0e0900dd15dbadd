"""The command `limner`: photos of a shop from the shell. It needs the extra `cli`.

Exit codes: 0 everything was done · 1 some file or photo failed · 2 wrong usage · 3 the key is missing or was
refused · 4 the API cannot be reached. What failed is one line on stderr: `mug.gif: unsupported_format: …`.
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress
from rich.table import Table

from limner_client._packs import pack_lines
from limner_client.client import Limner
from limner_client.errors import LimnerError, NotAllowed, NotAuthenticated, NotConnected
from limner_client.look_options import changed_levels, look_of, option_of
from limner_client.terminal import (
    EXIT_SOME_FAILED,
    EXIT_USAGE,
    client,
    console,
    outcome,
    progress,
    report,
    stop,
)

LISTED_PHOTOS = 20


class Decision(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"
    REDO = "redo"


app = typer.Typer(no_args_is_help=True, add_completion=False, help="Style product photos.")
Url = Annotated[str | None, typer.Option(envvar="LIMNER_URL", help="Address of the API.")]
Key = Annotated[str | None, typer.Option(envvar="LIMNER_KEY", help="API key.", show_envvar=True)]


@app.command()
def upload(
    files: Annotated[list[Path], typer.Argument(help="Photos.")],
    look: Annotated[
        list[str] | None, typer.Option(help="One picture each: oil, oil=0.7,ukiyo-e=0.3, oil@0.8 (strength).")
    ] = None,
    protection: Annotated[str | None, typer.Option(help="What of the product is kept.")] = None,
    external_id: Annotated[
        str | None, typer.Option(help="The shop's own id; {stem} is the file's name without its ending.")
    ] = None,
    tag: Annotated[list[str] | None, typer.Option(help="Label of the photos; may be repeated.")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until the pictures are finished.")] = False,
    out: Annotated[Path | None, typer.Option(help="Folder for the pictures; waits for them.")] = None,
    timeout: Annotated[float, typer.Option(help="Seconds to wait for each photo.")] = 1800,
    url: Url = None,
    key: Key = None,
) -> None:
    """Upload photos, and wait for and save their pictures."""
    looks = [look_of(text, protection) for text in look or ()]
    with client(url, key) as limner, progress() as bar:
        ids, not_sent = send(limner, files, bar, looks=looks, external_id=external_id, tags=tag)
        if wait or out:
            not_finished = finish(limner, ids, out, timeout, bar)
        else:
            not_finished = 0
            for photo_id, file in ids.items():
                console.print(f"{file}: {photo_id}", soft_wrap=True, highlight=False)
    if not_sent or not_finished:
        raise typer.Exit(EXIT_SOME_FAILED)


def send(
    limner: Limner,
    files: list[Path],
    bar: Progress,
    *,
    looks: list[dict[str, Any]],
    external_id: str | None,
    tags: list[str] | None,
) -> tuple[dict[str, Path], int]:
    """The files by the ids of their photos, and how many were not sent."""
    ids: dict[str, Path] = {}
    failed, step = 0, bar.add_task("uploaded", total=len(files))
    for file in files:
        name = external_id.replace("{stem}", file.stem) if external_id else None
        try:
            ids[limner.upload(file, looks=looks, external_id=name, tags=tags).photo_id] = file
        except (NotAuthenticated, NotAllowed, NotConnected):
            raise
        except (LimnerError, OSError) as error:
            failed += report(file, error)
        bar.advance(step)
    return ids, failed


def finish(limner: Limner, ids: dict[str, Path], out: Path | None, timeout: float, bar: Progress) -> int:
    """Wait for each photo, and save its pictures into `out` if it is given; returns how many failed."""
    failed, step = 0, bar.add_task("finished", total=len(ids))
    for photo_id, file in ids.items():
        try:
            photo = limner.wait(photo_id, timeout_seconds=timeout)
            saved = limner.save(photo, out) if out else []
            console.print(f"{file}: {outcome(photo, saved)}", soft_wrap=True, highlight=False)
        except (LimnerError, OSError) as error:
            failed += report(file, error)
        bar.advance(step)
    return failed


@app.command()
def pack(
    files: Annotated[list[Path] | None, typer.Argument(help="Photos to upload and pack.")] = None,
    photos: Annotated[str | None, typer.Option(help="Ids of photos, with commas between.")] = None,
    collection: Annotated[str | None, typer.Option(help="Id of a collection.")] = None,
    marketplace: Annotated[
        list[str] | None, typer.Option(help="amazon-main, ebay, …; may be repeated.")
    ] = None,
    look: Annotated[str | None, typer.Option(help="Pack pictures of this look: oil@0.8.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the pictures.")] = None,
    lang: Annotated[str, typer.Option(help="Language of the reasons: en, de, es, fr, ja, zh.")] = "en",
    timeout: Annotated[float, typer.Option(help="Seconds to wait for the pack.")] = 1800,
    url: Url = None,
    key: Key = None,
) -> None:
    """Check photos by the rules of marketplaces, and make pictures that meet them. The status is 1 where one
    was not accepted."""
    if sum(map(bool, (files, photos, collection))) != 1:
        raise typer.BadParameter("either files, --photos or --collection")
    packed_look = look_of(look, None) if look else None
    with client(url, key) as limner, progress() as bar:
        ids, not_sent = upload_for_pack(limner, files or [], packed_look, timeout, bar)
        if files and not ids:
            raise typer.Exit(EXIT_SOME_FAILED)
        step = bar.add_task("packed", total=None)
        finished = limner.pack(
            [*ids, *(photos.split(",") if photos else ())],
            marketplace or ["amazon-main"],
            collection=collection,
            look=packed_look,
            timeout_seconds=timeout,
            on_progress=lambda state: bar.update(
                step, total=state.expected, completed=state.expected - state.under_way
            ),
        )
        found = list(limner.packed_photos(finished, lang=lang))
        saved = limner.save_pack(found, out) if out else []
    lines = list(pack_lines(found))
    for line, _ in lines:
        console.print(line, soft_wrap=True, highlight=False, markup=False)
    for path in saved:
        console.print(str(path), soft_wrap=True, highlight=False, markup=False)
    if not_sent or not all(is_accepted for _, is_accepted in lines):
        raise typer.Exit(EXIT_SOME_FAILED)


def upload_for_pack(
    limner: Limner, files: list[Path], look: dict[str, Any] | None, timeout: float, bar: Progress
) -> tuple[list[str], int]:
    """Ids of the photos whose files have arrived, with their pictures of the look; and how many have not. A
    photo is ordered with a look: without one to pack, it is only enhanced."""
    looks = [look or {"styles": {"enhance": 1.0}}]
    sent, failed = send(limner, files, bar, looks=looks, external_id="{stem}", tags=None)
    ids = []
    for photo_id, file in sent.items():
        try:
            ids.append(limner.wait(photo_id, timeout_seconds=timeout).photo_id)
        except LimnerError as error:
            failed += report(file, error)
    return ids, failed


@app.command("list")
def list_photos(
    limit: Annotated[int, typer.Option(help="How many, at most.")] = LISTED_PHOTOS,
    url: Url = None,
    key: Key = None,
) -> None:
    """List the newest photos."""
    table = Table("photo", "file", "status", "ordered", "pictures")
    with client(url, key) as limner:
        for _, photo in zip(range(limit), limner.photos(), strict=False):
            fields = photo.model_dump()
            file, looks = fields.get("filename") or fields.get("external_id") or "", fields.get("looks") or ()
            table.add_row(photo.photo_id, file, photo.status, f"{photo.created_at:%F %R}", str(len(looks)))
    console.print(table)


@app.command()
def styles(
    words: Annotated[
        str, typer.Argument(help="What they should look like, such as `warm vintage poster`.")
    ] = "",
    lang: Annotated[str | None, typer.Option(help="Language of the words; else it is detected.")] = None,
    url: Url = None,
    key: Key = None,
) -> None:
    """List the styles that can be ordered, or those that words describe, the best first."""
    with client(url, key) as limner:
        found = limner.styles(words or None, lang=lang)
    table = Table("style", "name", "family", "score" if words else "tags")
    for style in found.styles:
        last = f"{style.score:.2f}" if style.score is not None else ", ".join(style.tags)
        table.add_row(style.id, style.name, style.family, last)
    console.print(table)
    if found.suggestion:
        console.print(option_of(found.suggestion), soft_wrap=True, highlight=False)
        if changed := changed_levels(found.suggestion):
            console.print(f"{changed}: in orders by the API alone", soft_wrap=True, highlight=False)


@app.command()
def reviews(
    state: Annotated[str, typer.Option(help="waiting, approved, rejected or redone.")] = "waiting",
    limit: Annotated[int, typer.Option(help="How many, at most.")] = LISTED_PHOTOS,
    url: Url = None,
    key: Key = None,
) -> None:
    """List the pictures that wait for a decision, those first that have waited longest."""
    table = Table("review", "file", "look", "since", "because of")
    with client(url, key) as limner:
        for _, each in zip(range(limit), limner.reviews(state=state), strict=False):
            because = each.reason or ", ".join(each.unsure_gates)
            file = each.external_id or each.filename
            table.add_row(each.review_id, file, each.picture.name, f"{each.since:%F %R}", because)
    console.print(table)


@app.command()
def review(
    review_id: Annotated[str, typer.Argument(help="As `limner reviews` lists it.")],
    decision: Annotated[Decision, typer.Argument(help="approve, reject or redo.")],
    reason: Annotated[str | None, typer.Option(help="Of a rejection, such as wrong_colours.")] = None,
    comment: Annotated[str | None, typer.Option(help="Of a rejection, in your words.")] = None,
    strength: Annotated[float | None, typer.Option(help="To redo with; else three quarters.")] = None,
    url: Url = None,
    key: Key = None,
) -> None:
    """Approve a picture, reject it, or have it made again with a lower strength."""
    with client(url, key) as limner:
        if decision is Decision.REJECT:
            decided = limner.reject_picture(review_id, {"reason": reason, "comment": comment})
        elif decision is Decision.REDO:
            decided = limner.redo_picture(review_id, {"strength": strength})
        else:
            decided = limner.approve_picture(review_id)
    console.print(f"{review_id}: {decided.state}", soft_wrap=True, highlight=False)


@app.command("mcp")
def serve_mcp(
    read_only: Annotated[bool, typer.Option("--read-only", help="Only what changes nothing.")] = False,
    url: Url = None,
    key: Key = None,
) -> None:
    """Serve the API's operations as tools of the Model Context Protocol, on stdin and stdout."""
    try:
        from limner_client.mcp_server import serve  # noqa: PLC0415 - of an extra, and slow to import
    except ModuleNotFoundError:
        stop("limner mcp needs the extra mcp: pip install 'limner-client[mcp]'", EXIT_USAGE)
    serve(url, key, read_only=read_only)


def main() -> None:
    app()
