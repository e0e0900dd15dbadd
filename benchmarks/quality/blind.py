"""Blind grading of styled pictures: unlabelled sheets, an answer form, and the scores of the answers.

    python -m benchmarks.quality.blind paint  --photos DIR --out PICTURES [--styles oil,pencil]
    python -m benchmarks.quality.blind sheets --source limner=PICTURES [--source other=DIR] --seed 7 --out DIR
    python -m benchmarks.quality.blind score  --sheets DIR --answers FILE.csv [--answers …] --out F.json

Pictures are files `photo__style.png`. `sheets` draws an unequal number of pictures of each style, so that no
style can be found by elimination, shuffles them, and writes numbered sheets, `form.csv` and `key.json`.
Judges see the sheets and the form alone. Grades, 1 to 5: `medium`: how much it looks like work of that medium
by a skilled hand (5: could appear in a premium campaign, 3: a decent app filter, 1: a broken filter); `shop`:
for use by a shop (product true and attractive, lettering and faces intact, background clean).
"""

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean
from typing import Annotated, Any, Final

import numpy as np
import typer
from PIL import Image, ImageDraw, ImageFont
from rich.console import Console
from rich.progress import track
from rich.table import Table

from photo_files.on_disk import read_photo
from style_engine import Look, Stylizer
from style_engine.commands.options import MODEL

from ..shared.photos import image_files
from ..shared.report import write_json

FORM_COLUMNS: Final = ("picture", "style", "recognised", "medium", "shop", "spoils")
CELL_SIDE_PX: Final = 560
COLUMNS, ROWS = 3, 2
CAPTION_PX: Final = 30
LOW_GRADE: Final = 2

app = typer.Typer(help="Blind grading of styled pictures.", no_args_is_help=True, add_completion=False)
console = Console()


@dataclass(frozen=True)
class Picture:
    """A picture to be graded; `source` is who painted it."""

    source: str
    style: str
    photo: str
    file: str


def find_pictures(source: str, folder: Path) -> list[Picture]:
    """Every `photo__style.png` of a folder, in name order."""
    pictures = []
    for path in sorted(folder.glob("*__*.png")):
        photo, style = path.stem.split("__")
        pictures.append(Picture(source, style, photo, str(path)))
    return pictures


def draw_lots(pictures: Sequence[Picture], least: int, most: int, seed: int) -> list[Picture]:
    """`least` to `most` pictures of each source and style, of different photos, in random order."""
    rng = np.random.default_rng(seed)
    groups = defaultdict(list)
    for picture in pictures:
        groups[picture.source, picture.style].append(picture)
    chosen: list[Picture] = []
    for _, group in sorted(groups.items()):
        count = min(len(group), int(rng.integers(least, most + 1)))
        chosen += [group[index] for index in rng.permutation(len(group))[:count]]
    return [chosen[index] for index in rng.permutation(len(chosen))]


def draw_sheet(pictures: Sequence[Picture], first_number: int) -> Image.Image:
    """Pictures in a grid, each under its number."""
    sheet = Image.new("RGB", (COLUMNS * CELL_SIDE_PX, ROWS * (CELL_SIDE_PX + CAPTION_PX)), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(CAPTION_PX - 8)
    for index, picture in enumerate(pictures):
        left, top = index % COLUMNS * CELL_SIDE_PX, index // COLUMNS * (CELL_SIDE_PX + CAPTION_PX)
        draw.text((left + 6, top + 2), f"No. {first_number + index}", fill="black", font=font)
        with Image.open(picture.file) as image:
            cell = image.convert("RGB")
        cell.thumbnail((CELL_SIDE_PX - 8, CELL_SIDE_PX - 8), Image.Resampling.LANCZOS)
        sheet.paste(cell, (left + 4, top + CAPTION_PX))
    return sheet


def read_answers(path: Path) -> dict[int, dict[str, str]]:
    """Number of the picture → the row of a filled form."""
    with path.open(newline="", encoding="utf-8") as file:
        return {int(row["picture"]): row for row in csv.DictReader(file)}


def score_answers(
    key: Sequence[Mapping[str, str]], answers: Iterable[Mapping[int, Mapping[str, str]]]
) -> dict[str, dict[str, dict[str, float]]]:
    """Source → style (and `all`) → means over judges and pictures."""
    rows = defaultdict(list)
    for judge in answers:
        for number, picture in enumerate(key, 1):
            if number in judge:
                row = _row(picture, judge[number])
                rows[picture["source"], picture["style"]].append(row)
                rows[picture["source"], "all"].append(row)
    scores: dict[str, dict[str, dict[str, float]]] = defaultdict(dict)
    for (source, style), group in sorted(rows.items()):
        scores[source][style] = {name: mean(row[name] for row in group) for name in group[0]}
        scores[source][style]["answers"] = len(group)
    return dict(scores)


def _row(picture: Mapping[str, str], answer: Mapping[str, str]) -> dict[str, float]:
    medium, shop = float(answer["medium"]), float(answer["shop"])
    return {
        "medium": medium,
        "shop": shop,
        "recognised": float(answer["recognised"].strip().lower().startswith("y")),
        "named": float(answer["style"].strip().lower() == picture["style"]),
        "low": float(medium <= LOW_GRADE),
    }


def print_scores(scores: Mapping[str, Mapping[str, Mapping[str, float]]]) -> None:
    for source, styles in scores.items():
        table = Table("style", *next(iter(styles.values())), title=source)
        for style, row in styles.items():
            table.add_row(style, *(f"{value:.2f}" for value in row.values()))
        console.print(table)


@app.command()
def paint(
    photos: Annotated[Path, typer.Option(help="folder of photos", exists=True, file_okay=False)],
    out: Annotated[Path, typer.Option(help="folder to write")],
    styles: Annotated[str, typer.Option(help="comma-separated ids; all without it")] = "",
    model: Annotated[Path, typer.Option(help="model folder")] = MODEL,
) -> None:
    """Paint every photo in every style at strength 1 without protection."""
    stylizer = Stylizer.load(model)
    out.mkdir(parents=True, exist_ok=True)
    names = styles.split(",") if styles else list(stylizer.styles)
    for path in track(image_files(photos), "painting", console=console):
        photo = read_photo(path).image
        for name, styled in zip(names, stylizer.stylize_all(photo, [Look.of(n) for n in names]), strict=True):
            styled.image.save(out / f"{path.stem}__{name}.png")


@app.command()
def sheets(
    source: Annotated[list[str], typer.Option(help="NAME=DIR of pictures photo__style.png")],
    out: Annotated[Path, typer.Option(help="folder to write")],
    seed: Annotated[int, typer.Option(help="of the selection and the order")] = 0,
    least: Annotated[int, typer.Option(help="pictures of each style")] = 2,
    most: Annotated[int, typer.Option(help="pictures of each style")] = 6,
) -> None:
    """Write unlabelled sheets, the form and the key."""
    pictures = [p for part in source for p in find_pictures(part.split("=")[0], Path(part.split("=")[1]))]
    chosen = draw_lots(pictures, least, most, seed)
    out.mkdir(parents=True, exist_ok=True)
    per_sheet = COLUMNS * ROWS
    for start in range(0, len(chosen), per_sheet):
        sheet = draw_sheet(chosen[start : start + per_sheet], start + 1)
        sheet.save(out / f"sheet_{start // per_sheet + 1:02}.png")
    with (out / "form.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(FORM_COLUMNS)
        writer.writerows([number, *[""] * (len(FORM_COLUMNS) - 1)] for number in range(1, len(chosen) + 1))
    key = [{name: value for name, value in asdict(picture).items() if name != "file"} for picture in chosen]
    write_json(out / "key.json", {"pictures": key})
    console.print(f"{len(chosen)} pictures; styles: {', '.join(sorted({p.style for p in chosen}))}")


@app.command()
def score(
    folder: Annotated[Path, typer.Option("--sheets", help="folder written by `sheets`", exists=True)],
    answers: Annotated[list[Path], typer.Option(help="a filled form", exists=True)],
    out: Annotated[Path, typer.Option(help="file to write")],
) -> None:
    """Print and write the means of the answers."""
    key: list[dict[str, Any]] = json.loads((folder / "key.json").read_text("utf-8"))["pictures"]
    scores = score_answers(key, [read_answers(path) for path in answers])
    print_scores(scores)
    write_json(out, scores)


if __name__ == "__main__":
    app()
