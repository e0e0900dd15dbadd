"""`stylize`: photos in, styled pictures and their verdicts out."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from PIL import Image
from rich.progress import track

from photo_files.bounded import OpenedPhoto
from photo_files.credentials.content_credentials import Action, SigningFailed
from photo_files.metadata.provenance import Provenance
from photo_files.on_disk import PictureFolder, picture_files, read_photo

from ..errors import UnsupportedPicture
from ..looks import Look, Protection, parse_levels, parse_mix, stands_alone
from ..network.styles import load_style
from ..perceptual.learn import learn_style
from ..styled_picture import StyledPicture
from ..stylizer import Stylizer
from .credentials import SigningKeyOption, actions_of, find_key, painting, signing
from .options import MODEL, DeviceOption, ModelOption, OutOption, StrengthOption
from .terminal import FILE_ERRORS, console, report_file


def stylize(  # noqa: PLR0917 - one parameter per option
    photos: Annotated[list[Path], typer.Argument(help="files, or folders of them", exists=True)],
    out: OutOption,
    style: Annotated[
        str, typer.Option("--style", help="id, id=weight, or several separated by commas")
    ] = "oil",
    strength: StrengthOption = 1.0,
    style_image: Annotated[
        Path | None, typer.Option(help="picture to learn the style from", exists=True, dir_okay=False)
    ] = None,
    learned: Annotated[
        list[Path] | None, typer.Option(help="style file written by `learn`", exists=True)
    ] = None,
    protect: Annotated[Protection, typer.Option(help="protection of the product")] = Protection.OFF,
    enhance: Annotated[bool, typer.Option(help="correct light, colour and noise first")] = False,
    levels: Annotated[str, typer.Option(help="shares of colour,stroke,motif, each 0 to 1")] = "1,1,1",
    tiled: Annotated[bool, typer.Option(help="paint at full size in tiles; styles only")] = False,
    signing_key: SigningKeyOption = None,
    device: DeviceOption = "cpu",
    model: ModelOption = MODEL,
) -> None:
    """Paint each photo in a style or a mix: --style oil=0.7,ukiyo-e=0.3. Verdicts are printed.

    A file that is not a photo is reported, the others are painted, and the exit status is 1. Pictures are
    signed with Content Credentials if there is a key.
    """
    files, folder = _files_in(photos), _picture_folder(out)
    stylizer = Stylizer.load(model, device)
    for path in learned or []:
        stylizer = stylizer.with_style(load_style(path))
    if style_image:
        learned_style = learn_style(stylizer.model, [read_photo(style_image).image], "own", style_image.stem)
        stylizer, style = stylizer.with_style(learned_style), learned_style.id
    look = Look(parse_mix(style), strength, protect, parse_levels(levels), enhance)
    key, paint = find_key(signing_key), _paint_tiled if tiled else _paint
    failed = False
    for path in track(files, "painting", console=console):
        try:
            photo = read_photo(path)
            painted = paint(stylizer, photo, look)
            sign = signing(key, photo, painted.actions)
            folder.save(painted.image, path, "+".join(look.styles), painted.provenance, sign)
        except (*FILE_ERRORS, UnsupportedPicture, SigningFailed) as error:
            failed = True
            report_file(path, error)
    if failed:
        raise typer.Exit(1)


@dataclass(frozen=True)
class _Painted:
    """A picture, and what its metadata and credentials say of how it was made."""

    image: Image.Image
    provenance: Provenance
    actions: tuple[Action, ...] = ()


def _paint(stylizer: Stylizer, photo: OpenedPhoto, look: Look) -> _Painted:
    styled = stylizer.stylize_all(photo.image, [look])[0]
    verdict = styled.verdict
    refused = f", refused by {', '.join(verdict.refused_by)}" if verdict.refused_by else ""
    console.print(f"{verdict.outcome} at {verdict.strength:.0%}{refused}", highlight=False)
    if styled.image.tobytes() == photo.image.tobytes():
        return _Painted(styled.image, photo.provenance)
    provenance = _provenance(photo.provenance, styled)
    return _Painted(styled.image, provenance, actions_of(styled, _model(stylizer), provenance.source))


def _paint_tiled(stylizer: Stylizer, photo: OpenedPhoto, look: Look) -> _Painted:
    picture = stylizer.stylize_tiled(photo.image, look)
    if not look.strength:
        return _Painted(picture, photo.provenance)
    provenance = photo.provenance.styled
    action = painting(look, look.strength, _model(stylizer), provenance.source)
    return _Painted(picture, provenance, (action,))


def _provenance(original: Provenance, styled: StyledPicture) -> Provenance:
    """As the service states it of a changed picture: painted, or only changed in light and colour."""
    look = styled.chosen.look if styled.chosen else styled.look
    painted = styled.verdict.strength > 0 and not any(map(stands_alone, look.styles))
    return original.styled if painted else original.enhanced


def _model(stylizer: Stylizer) -> str:
    return f"{stylizer.model.name}@{stylizer.version}"


def _files_in(paths: Iterable[Path]) -> list[Path]:
    files = picture_files(paths)
    if not files:
        raise typer.BadParameter("no JPEG, PNG, WebP or AVIF file in the folder")
    return files


def _picture_folder(path: Path) -> PictureFolder:
    try:
        folder = PictureFolder(path)
    except OSError as error:
        raise typer.BadParameter(f"cannot write to {path}: {error.strerror}", param_hint="--out") from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise typer.BadParameter(f"cannot write to {path}", param_hint="--out")
    return folder
