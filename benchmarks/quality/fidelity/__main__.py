"""Whether published pictures show the seller's product: `python -m benchmarks.quality.fidelity`.

    python -m benchmarks.quality.fidelity --cases DIR --photos DIR --out F.json

Case files with their right values; what enhancement changes; ΔE from the upload by mode; masks; the reasons
of `auto`; Content Credentials. ΔE is scikit-image's CIEDE2000. Files that the service refuses are named and
left out; ΔE is measured on photos of at most a megapixel, what enhancement leaves on photos of any size.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import torch
import typer
from rich.table import Table

from local.signing.authority import local_key
from style_engine import Stylizer
from style_engine.commands.options import MODEL
from style_engine.looks import Protection

from ...shared.photos import image_files, read_accepted, select_evenly
from ...shared.report import print_tables, write_json
from ..credentials import sign_and_verify, summary
from ..reasons import measure_reasons
from ..regions import measure_kinds, measure_photos
from ..safety.fidelity import PhotoParts, fidelity_by_mode
from ..safety.photos import read_photos
from ..unchanged_set import measure_enhancement
from .cases import check_cases

DEFAULT_COUNT: Final = 12
STYLES: Final = ("cartoon", "oil", "watercolour")
COMPOSITES_PER_KIND: Final = 10


@torch.inference_mode()
def measure(cases: Path, photos: Path, count: int, model: Path) -> dict[str, Any]:
    """All figures, by section."""
    files = select_evenly(image_files(photos), count)
    if not any(True for _ in read_accepted(files)):
        raise typer.BadParameter(f"{photos} has no photo that can be opened")
    stylizer = Stylizer.load(model)
    parts = [PhotoParts.of_scene(photo) for photo in read_photos(photos, count, stylizer)]
    finder = stylizer.loaded.finder
    return {
        "cases": check_cases(cases),
        "enhancement": measure_enhancement(photos, count),
        "delta_e": fidelity_by_mode(stylizer, parts, STYLES, [*Protection]),
        "delta_e_enhanced": fidelity_by_mode(stylizer, parts, STYLES, enhance=True),
        "masks": measure_kinds(finder, COMPOSITES_PER_KIND) | {"photos": measure_photos(finder, photos)},
        "reasons": measure_reasons(stylizer, photos),
        "credentials": summary([*sign_and_verify(files, local_key())]),
    }


def tabulate(figures: Mapping[str, Any]) -> Iterator[Table]:
    cases = Table("file", "right", "found", title="cases")
    for name, row in figures["cases"]["files"].items():
        cases.add_row(name, "yes" if row["right"] else "NO", row["found"])
    yield cases
    yield _table("enhancement: correct photos", {"all": _numbers(figures["enhancement"]["unchanged"])})
    yield _table("textures", {"all": figures["enhancement"]["unchanged"]["textures"]})
    modes = {
        f"{mode}{', enhanced' if section.endswith('enhanced') else ''}": row
        for section in ("delta_e", "delta_e_enhanced")
        for mode, row in figures[section].items()
    }
    yield _table("ΔE2000 from the upload", modes)
    yield _table("product masks", {kind: row for kind, row in figures["masks"].items() if row})
    yield _table("reasons of auto", {"all": figures["reasons"]["all"]})
    yield _table("Content Credentials", {"all": figures["credentials"]})


def _numbers(row: Mapping[str, Any]) -> dict[str, float]:
    return {name: value for name, value in row.items() if isinstance(value, int | float)}


def _table(title: str, rows: Mapping[str, Mapping[str, float]]) -> Table:
    names = [*next(iter(rows.values()))]
    table = Table("", *names, title=title)
    for name, row in rows.items():
        table.add_row(name, *(f"{row[column]:.3g}" for column in names))
    return table


def main(
    cases: Annotated[Path, typer.Option(help="Folder with case files; see cases.py.", exists=True)],
    photos: Annotated[Path, typer.Option(help="Folder of product photos.", exists=True)],
    out: Annotated[Path, typer.Option(help="JSON file to write.")],
    count: Annotated[int, typer.Option(help="Number of photos, evenly over the folder.")] = DEFAULT_COUNT,
    model: Annotated[Path, typer.Option(help="Model folder.")] = MODEL,
) -> None:
    """Print and write the figures; exit status 1 if a case file is not right."""
    figures = measure(cases, photos, count, model)
    write_json(out, figures)
    right, number = figures["cases"]["right"], figures["cases"]["all"]
    print_tables(*tabulate(figures))
    print(f"cases right: {right} of {number}")
    if unlisted := figures["cases"]["unlisted"]:
        print(f"case files without a check: {', '.join(unlisted)}")
    raise typer.Exit(0 if right == number else 1)


if __name__ == "__main__":
    typer.run(main)
