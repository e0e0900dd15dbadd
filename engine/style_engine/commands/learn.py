"""`learn`: a style file from a picture."""

from pathlib import Path
from typing import Annotated

import typer
from PIL import Image

from photo_files.on_disk import picture_files, read_photo

from ..network.model import load_model
from ..network.styles import save_style
from ..perceptual.fine_tune import refine_style
from ..perceptual.learn import learn_style
from .options import MODEL, ModelOption, OutOption, PhotoArgument
from .terminal import FILE_ERRORS, console, report_file


def learn(  # noqa: PLR0917
    picture: PhotoArgument,
    name: Annotated[str, typer.Option("--name", help="name of the style")],
    out: OutOption = Path(),
    refine: Annotated[int, typer.Option(help="fine-tuning steps, about 1 s each; needs --on", min=0)] = 0,
    on: Annotated[
        Path | None, typer.Option(help="folder of photos for fine-tuning", exists=True, file_okay=False)
    ] = None,
    model: ModelOption = MODEL,
) -> None:
    """Learn a style from a picture; paint with it by `stylize --learned FILE --style ID`."""
    style_id = "-".join(name.lower().split())
    engine, image = load_model(model), read_photo(picture).image
    style = learn_style(engine, [image], style_id, name)
    if refine:
        photos = _read_photos(on) if on else []
        if not photos:
            raise typer.BadParameter("--refine needs photos of the kind that will be painted: --on FOLDER")
        with console.status(f"refining by {refine} steps on {len(photos)} photos"):
            style = refine_style(engine, style, image, photos, refine)
    target = out / f"{style_id}.safetensors" if out.is_dir() else out
    save_style(style, target)
    console.print(f"wrote {target}")


def _read_photos(folder: Path) -> list[Image.Image]:
    """The folder's photos; one line on each file that is none."""
    photos = []
    for path in picture_files([folder]):
        try:
            photos.append(read_photo(path).image)
        except FILE_ERRORS as error:
            report_file(path, error)
    return photos
