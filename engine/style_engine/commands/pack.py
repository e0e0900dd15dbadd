"""`pack`: photos in, pictures that meet a marketplace's rules and the verdicts by rule out."""

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.markup import escape

from photo_files.bounded import OpenedPhoto
from photo_files.credentials.content_credentials import Action, LocalKey, SigningFailed
from photo_files.on_disk import picture_files, read_photo
from photo_files.packs.profile import (
    Profile,
    ProfileInvalid,
    RuleVerdict,
    is_accepted,
    load_profile,
    profile_ids,
)
from photo_files.packs.rules import RuleOutcome
from photo_files.variants import Encoded

from ..errors import UnsupportedPicture
from ..regions.finder import RegionFinder
from .credentials import SigningKeyOption, find_key, signing
from .options import MODEL
from .packing import Pack, check_file, make_pack
from .terminal import FILE_ERRORS, console, report_file

REGIONS_MODEL: Final = MODEL.parent / "regions-lite"
VERDICTS_FILE: Final = "verdicts.json"
_COLOUR_BY_OUTCOME: Final = {
    RuleOutcome.PASSED: "green",
    RuleOutcome.FAILED: "red",
    RuleOutcome.NOT_CHECKED: "yellow",
}


def pack(
    photos: Annotated[list[Path], typer.Argument(help="files, or folders of them", exists=True)],
    out: Annotated[Path | None, typer.Option("-o", "--out", help="folder to write; not with --check")] = None,
    profile: Annotated[
        list[str] | None, typer.Option(help=f"{', '.join(profile_ids())}, or a TOML file; repeat for several")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="only check the photos as they are")] = False,
    signing_key: SigningKeyOption = None,
) -> None:
    """Put each photo on a marketplace's canvas, and print the verdict by rule.

    Pictures that break a required rule are not written, and the exit status is 1, as it is for files that
    cannot be opened. The verdicts are also written as JSON.
    """
    if check == (out is not None):
        raise typer.BadParameter("either a folder to write or --check", param_hint="--out")
    profiles = [_profile(each) for each in profile or ["amazon-main"]]
    finder = RegionFinder.load(REGIONS_MODEL)
    folder = None if out is None else _PackFolder(out, find_key(signing_key))
    accepted = True
    for path in picture_files(photos):
        try:
            photo, data = read_photo(path), path.read_bytes()
            for each in profiles:
                if folder is None:
                    verdicts = check_file(data, photo, each, finder)
                    _report(path, each, verdicts)
                    accepted &= is_accepted(verdicts)
                else:
                    accepted &= folder.add(path, photo, make_pack(data, photo, each, finder))
        except (*FILE_ERRORS, UnsupportedPicture, SigningFailed) as error:
            accepted = False
            report_file(path, error)
    if folder:
        folder.write_verdicts()
    if not accepted:
        raise typer.Exit(1)


def _profile(id_or_path: str) -> Profile:
    try:
        return load_profile(id_or_path)
    except ProfileInvalid as error:
        raise typer.BadParameter(f"{error.code}: {error}", param_hint="--profile") from None


class _PackFolder:
    """The folder of one run's pictures, `<photo>__<profile>.jpg`, and their verdicts."""

    def __init__(self, folder: Path, key: LocalKey | None) -> None:
        """Makes the folder if necessary. Raises typer.BadParameter."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise typer.BadParameter(
                f"cannot write to {folder}: {error.strerror}", param_hint="--out"
            ) from None
        self._folder, self._key = folder, key
        self._written: set[str] = set()
        self._verdicts: list[dict[str, Any]] = []

    def add(self, path: Path, photo: OpenedPhoto, made: Pack) -> bool:
        """Write and report a pack; whether it was accepted. Raises OSError, SigningFailed."""
        name = None if made.picture is None else self._save(path, photo, made.profile, made.picture)
        self._verdicts.append({"photo": path.name, "file": name} | made.to_json())
        _report(path, made.profile, made.verdicts)
        if made.refusal:
            console.print(f"  [red]{made.refusal[0]}[/red] {escape(made.refusal[1])}", highlight=False)
        return made.is_accepted

    def _save(self, path: Path, photo: OpenedPhoto, profile: Profile, picture: Encoded) -> str:
        extension = picture.name.rpartition(".")[2]
        name = next(name for name in _names(path.stem, profile.id, extension) if name not in self._written)
        parameters = {"limner.profile": profile.id, "limner.background": _background(profile)}
        source_type = photo.provenance.enhanced.source
        sign = signing(self._key, photo, (Action("c2pa.edited", parameters, source_type),))
        (self._folder / name).write_bytes((sign(picture) if sign else picture).body)
        self._written.add(name)
        return name

    def write_verdicts(self) -> None:
        text = json.dumps(self._verdicts, indent=2, ensure_ascii=False)
        (self._folder / VERDICTS_FILE).write_text(text + "\n", "utf-8")


def _background(profile: Profile) -> str:
    return "white" if profile.canvas.white else "kept"


def _names(stem: str, profile_id: str, extension: str) -> Iterator[str]:
    """The file's name, then numbered ones: two folders may hold photos of one name."""
    yield f"{stem}__{profile_id}.{extension}"
    yield from (f"{stem}-{number}__{profile_id}.{extension}" for number in count(2))


def _report(path: Path, profile: Profile, verdicts: tuple[RuleVerdict, ...]) -> None:
    """Print a line for each rule."""
    console.print(f"{escape(path.name)} · {escape(profile.name)}", highlight=False)
    for verdict in verdicts:
        finding, rule = verdict.finding, verdict.rule
        advice = "" if rule.required else " (recommended)"
        colour = _COLOUR_BY_OUTCOME[finding.outcome]
        line = f"  [{colour}]{finding.outcome:12}[/{colour}] {rule.kind}{advice}: {escape(finding.reason)}"
        console.print(f"{line} [dim]{finding.code}[/dim]", highlight=False, soft_wrap=True)
