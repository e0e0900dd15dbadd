"""`stylize`: photos in, styled pictures and their verdicts out."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from PIL import Image
from rich.progress import track

from photo_files.metadata.provenance import Provenance
from photo_files.on_disk import PictureFolder, picture_files, read_photo

from ..errors import UnsupportedPicture
from ..looks import Look, Protection, parse_levels, parse_mix, stands_alone
from ..network.styles import load_style
from ..perceptual.learn import learn_style
from ..styled_picture import StyledPicture
from ..stylizer import Stylizer
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
    device: DeviceOption = "cpu",
    model: ModelOption = MODEL,
) -> None:
    """Paint each photo in a style or a mix: --style oil=0.7,ukiyo-e=0.3. Verdicts are printed.

    A file that is not a photo is reported, the others are painted, and the exit status is 1.
    """
    files, folder = _files_in(photos), _picture_folder(out)
    stylizer = Stylizer.load(model, device)
    for path in learned or []:
        stylizer = stylizer.with_style(load_style(path))
    if style_image:
        learned_style = learn_style(stylizer.model, read_photo(style_image).image, "own", style_image.stem)
        stylizer, style = stylizer.with_style(learned_style), learned_style.id
    look = Look(parse_mix(style), strength, protect, parse_levels(levels), enhance)
    failed = False
    for path in track(files, "painting", console=console):
        try:
            photo = read_photo(path)
            picture, provenance = _paint(stylizer, photo.image, photo.provenance, look, tiled=tiled)
            folder.save(picture, path, "+".join(look.styles), provenance)
        except (*FILE_ERRORS, UnsupportedPicture) as error:
            failed = True
            report_file(path, error)
    if failed:
        raise typer.Exit(1)


def _paint(
    stylizer: Stylizer, photo: Image.Image, original: Provenance, look: Look, *, tiled: bool
) -> tuple[Image.Image, Provenance]:
    if tiled:
        return stylizer.stylize_tiled(photo, look), original.styled if look.strength else original
    styled = stylizer.stylize_all(photo, [look])[0]
    verdict = styled.verdict
    refused = f", refused by {', '.join(verdict.refused_by)}" if verdict.refused_by else ""
    console.print(f"{verdict.outcome} at {verdict.strength:.0%}{refused}", highlight=False)
    return styled.image, _provenance(original, photo, styled)


def _provenance(original: Provenance, photo: Image.Image, styled: StyledPicture) -> Provenance:
    """As the service states it: painted, or only changed in light and colour, or as it was."""
    look = styled.chosen.look if styled.chosen else styled.look
    if styled.verdict.strength > 0 and not any(map(stands_alone, look.styles)):
        return original.styled
    return original if styled.image.tobytes() == photo.tobytes() else original.enhanced


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
