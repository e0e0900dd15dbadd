"""Command line of the engine: `python -m style_engine --help`.

It opens files by the service's intake, which the engine as a library does without (docs/decisions/0130).
"""

import os
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Annotated, Final

import typer
from PIL import Image
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn, track
from rich.progress import Progress as Bar
from rich.table import Table

from .contact_sheet import contact_sheet
from .errors import StyleEngineError, UnsupportedPicture
from .export import export_model
from .looks import Look, Protection, parse_levels, parse_mix, stands_alone
from .network.model import load_model
from .network.styles import load_style, save_style
from .optimise import ARCHITECTURES, Extractor, Progress, Settings, fast_dtype, optimise
from .perceptual.fine_tune import refine_style
from .perceptual.learn import learn_style
from .styled_picture import StyledPicture
from .stylizer import Stylizer

try:
    from photo_files.errors import DecoderUnavailable, FileRefused
    from photo_files.metadata.provenance import Provenance
    from photo_files.on_disk import PictureFolder, picture_files, read_photo
except ModuleNotFoundError as missing:  # the engine's own distribution is the library alone
    raise SystemExit(f"The command line is part of Limner and needs its package {missing.name}.") from None

MODEL: Final = Path(__file__).parents[1] / "models" / "fusenet-lite"

app = typer.Typer(help="Paint photos in the model's styles.", no_args_is_help=True, add_completion=False)
console = Console()

ModelOption = Annotated[Path, typer.Option("--model", help="model folder", exists=True, file_okay=False)]
StyleOption = Annotated[str, typer.Option("--style", help="id, id=weight, or several separated by commas")]
StrengthOption = Annotated[float, typer.Option("--strength", help="0 (the photo) to 1", min=0, max=1)]
DeviceOption = Annotated[str, typer.Option("--device", help="cpu or cuda")]
OutOption = Annotated[Path, typer.Option("-o", "--out", help="folder or file to write")]
PhotoArgument = Annotated[Path, typer.Argument(exists=True, dir_okay=False)]


def _print_version(requested: bool) -> None:
    """Print the version of the distribution that this package is part of."""
    if requested:
        try:
            console.print(metadata.version("limner"), highlight=False)
        except metadata.PackageNotFoundError:
            raise typer.BadParameter("the package is not installed, so its version is unknown") from None
        raise typer.Exit


VersionOption = Annotated[
    bool, typer.Option("--version", help="print the version", callback=_print_version, is_eager=True)
]


@app.callback()
def common_options(version: VersionOption = False) -> None:
    """Paint photos in the model's styles."""


@app.command()
def stylize(  # noqa: PLR0917 - one parameter per option
    photos: Annotated[list[Path], typer.Argument(help="files, or folders of them", exists=True)],
    out: OutOption,
    style: StyleOption = "oil",
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
        except (*_FILE_ERRORS, UnsupportedPicture) as error:
            failed = True
            _report(path, error)
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


_FILE_ERRORS = (FileRefused, DecoderUnavailable, OSError)


def _report(path: Path, error: Exception) -> None:
    """One line on a file that could not be used."""
    text = f"{path}: {_code(error)}: {error}".encode("utf-8", "replace").decode()
    console.print(f"[red]{escape(text)}[/red]", highlight=False, soft_wrap=True)


def _code(error: Exception) -> str:
    if isinstance(error, FileRefused | StyleEngineError):
        return error.code
    return "decoder_unavailable" if isinstance(error, DecoderUnavailable) else "file_error"


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


@app.command()
def styles(model: ModelOption = MODEL) -> None:
    """List the styles of the model."""
    stylizer = Stylizer.load(model)
    table = Table(
        "id", "name", "family", "words", "source", title=f"{stylizer.model.name} {stylizer.model.version}"
    )
    for style in stylizer.styles.values():
        words = " · ".join(style.words.values())
        table.add_row(style.id, style.name, style.family, words, style.source)
    console.print(table)


@app.command()
def sheet(
    photo: PhotoArgument,
    out: OutOption = Path("sheet.png"),
    strength: StrengthOption = 1.0,
    device: DeviceOption = "cpu",
    model: ModelOption = MODEL,
) -> None:
    """Paint a photo in all styles on one contact sheet."""
    contact_sheet(Stylizer.load(model, device), read_photo(photo).image, strength).save(out)
    console.print(f"wrote {out}")


@app.command()
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
    style = learn_style(engine, image, style_id, name)
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
        except _FILE_ERRORS as error:
            _report(path, error)
    return photos


@app.command()
def export(
    onnx: Annotated[Path, typer.Option(help="folder for the network (.onnx) and the style vectors (.npz)")],
    half: Annotated[bool, typer.Option(help="weights in fp16")] = False,
    model: ModelOption = MODEL,
) -> None:
    """Write the painting network for ONNX Runtime, checked against torch, and the vectors of its styles."""
    styles = Stylizer.load(model).styles.values()
    exported = export_model(load_model(model), styles, onnx, half=half)
    console.print(f"wrote {exported.network} and {exported.vectors}", soft_wrap=True)
    console.print(f"mean difference to torch: {255 * exported.mean_difference:.3f}/255", highlight=False)


@app.command(name="optimise")
def optimise_photo(  # noqa: PLR0917
    photo: PhotoArgument,
    style_image: Annotated[
        list[Path],
        typer.Option(help="picture in the style; several have equal weight", exists=True, dir_okay=False),
    ],
    out: OutOption = Path("optimised.png"),
    extractor: Annotated[str, typer.Option(help=f"network: {', '.join(ARCHITECTURES)}")] = "vgg19",
    weights: Annotated[Path | None, typer.Option(help="its state dict (safetensors)", exists=True)] = None,
    style_layers: Annotated[str, typer.Option(help="such as relu1_1,relu2_1")] = "",
    content_layers: Annotated[str, typer.Option(help="such as relu4_1")] = "",
    size: Annotated[int, typer.Option(help="longest side during optimisation, px")] = Settings.size,
    steps: Annotated[int, typer.Option(help="steps at the smallest scale; later fewer")] = Settings.steps,
    strength: StrengthOption = 1.0,
    content_weight: Annotated[
        float, typer.Option(help="weight of the photo's structure", min=0)
    ] = Settings.content_weight,
    style_scale: Annotated[float, typer.Option(help="size of strokes")] = Settings.style_scale,
    checkpoint: Annotated[Path | None, typer.Option(help="file to save the run in and resume from")] = None,
) -> None:
    """Paint a photo like a picture by optimisation: the slow reference engine (Gatys et al. 2016)."""
    settings = Settings(
        size=size, steps=steps, strength=strength, content_weight=content_weight, style_scale=style_scale
    )
    network = Extractor.load(extractor, weights, _names(style_layers), _names(content_layers)).to(
        fast_dtype()
    )
    styles = [(read_photo(path).image, 1.0) for path in style_image]
    with Bar(TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(), console=console) as bar:
        task = bar.add_task("optimising", total=1.0)

        def show(progress: Progress) -> None:
            description = f"{progress.side} px, loss {progress.loss:.3f}"
            bar.update(task, completed=progress.share, description=description)

        result = optimise(
            read_photo(photo).image, styles, network, settings, checkpoint=checkpoint, on_step=show
        )
    result.save(out)
    console.print(f"wrote {out}")


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def main() -> None:
    try:
        app()
    except (StyleEngineError, *_FILE_ERRORS) as error:
        console.print(f"[red]{_code(error)}: {escape(str(error))}[/red]")
        raise SystemExit(2) from error


if __name__ == "__main__":
    main()
