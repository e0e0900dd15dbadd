"""Commands of the engine: `python -m style_engine --help`."""

from pathlib import Path
from typing import Annotated, Final

import typer
from PIL import Image, ImageOps
from rich.console import Console
from rich.progress import track
from rich.table import Table

from .errors import InvalidLook, StyleEngineError
from .learning import learn_style
from .sheet import contact_sheet
from .styles import Look, load_style, save_style
from .stylizer import Stylizer

MODEL: Final = Path(__file__).parents[1] / "models" / "fusenet-lite"

app = typer.Typer(help="Paint photos in the model's styles.", no_args_is_help=True, add_completion=False)
console = Console()

ModelOption = Annotated[Path, typer.Option("--model", help="model folder", exists=True, file_okay=False)]
StyleOption = Annotated[str, typer.Option("--style", help="id, id=weight, or several joined by commas")]
StrengthOption = Annotated[float, typer.Option("--strength", help="0 (the photo) to 1", min=0, max=1)]
OutOption = Annotated[Path, typer.Option("-o", "--out", help="folder or file to write")]


@app.command()
def stylize(  # noqa: PLR0917 - a command line has as many options as it has
    photos: list[Path],
    out: OutOption,
    style: StyleOption = "oil",
    strength: StrengthOption = 1.0,
    learned: Annotated[list[Path] | None, typer.Option(help="file that `learn` wrote")] = None,
    model: ModelOption = MODEL,
) -> None:
    """Paint each photo in a style or a mix: --style oil=0.7,ukiyo-e=0.3."""
    stylizer = Stylizer.load(model)
    for path in learned or []:
        stylizer = stylizer.with_style(load_style(path))
    weights = parse_mix(style)
    out.mkdir(parents=True, exist_ok=True)
    for path in track(photos, "painting", console=console):
        target = out / f"{path.stem}__{'+'.join(weights)}.png"
        stylizer.stylize(open_photo(path), weights, strength).save(target)


@app.command()
def styles(model: ModelOption = MODEL) -> None:
    """List the catalogue."""
    stylizer = Stylizer.load(model)
    table = Table(
        "id", "name", "family", "words", "source", title=f"{stylizer.model.name} {stylizer.model.version}"
    )
    for one in stylizer.styles.values():
        table.add_row(one.id, one.name, one.family, " · ".join(one.words.values()), one.source)
    console.print(table)


@app.command()
def sheet(
    photo: Path,
    out: OutOption = Path("sheet.png"),
    strength: StrengthOption = 1.0,
    model: ModelOption = MODEL,
) -> None:
    """All styles of one photo on one contact sheet."""
    contact_sheet(Stylizer.load(model), open_photo(photo), strength).save(out)
    console.print(f"wrote {out}")


@app.command()
def learn(
    picture: Path,
    name: Annotated[str, typer.Option("--name", help="what to call the style")],
    out: OutOption = Path(),
    model: ModelOption = MODEL,
) -> None:
    """Make a style of a picture; paint with it by `stylize --learned FILE --style ID`."""
    style_id = "-".join(name.lower().split())
    style = learn_style(Stylizer.load(model).model, open_photo(picture), style_id, name)
    target = out / f"{style_id}.safetensors" if out.is_dir() else out
    save_style(style, target)
    console.print(f"wrote {target}")


def parse_mix(text: str) -> dict[str, float]:
    """`oil=0.7,ukiyo-e=0.3` → weights by id; an id alone weighs 1."""
    weights: dict[str, float] = {}
    for part in text.split(","):
        name, _, weight = part.strip().partition("=")
        try:
            weights[name] = float(weight or 1)
        except ValueError:
            raise InvalidLook(f"weight of {name!r} is {weight!r}; allowed: a number above 0") from None
    return dict(Look(weights).styles)


def open_photo(path: Path) -> Image.Image:
    """The file upright, in RGB or RGBA."""
    with Image.open(path) as file:
        upright = ImageOps.exif_transpose(file)
        return upright.convert("RGBA" if upright.has_transparency_data else "RGB")


def main() -> None:
    try:
        app()
    except StyleEngineError as error:
        console.print(f"[red]{error}[/red]")
        raise SystemExit(2) from error


if __name__ == "__main__":
    main()
