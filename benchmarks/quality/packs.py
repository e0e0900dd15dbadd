"""Whether the verdicts of marketplace packs are right, and what the packs hold.

`python -m benchmarks.quality.packs --photos DIR --out F.json --save SHEETS`: the verdicts by rule of Amazon's
main image, on drawn pictures whose faults are known and, with `--photos`, on the files of the folder that
`pack_labels.json` lists with the faults that someone saw who looked at them. Then a pack is made of each, and
its verdicts are counted. `--save` writes contact sheets.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Annotated, Any, Final

import torch
import typer
from PIL import Image
from rich.table import Table

from photo_files.bounded import OpenedPhoto
from photo_files.on_disk import read_photo
from photo_files.packs.profile import Profile, RuleVerdict, load_profile
from photo_files.packs.rules import RuleOutcome
from style_engine.commands.packing import check_file
from style_engine.errors import ProductNotFound
from style_engine.imaging.tensors import over_white
from style_engine.packs.composition import compose
from style_engine.regions.finder import RegionFinder
from training.shared import cli
from training.shared.paths import ROOT

from ..shared.report import print_tables, write_json
from .drawn_packs import drawn_packs

LABELS: Final = Path(__file__).parent / "pack_labels.json"
MODEL: Final = ROOT / "engine/models/regions-lite"
PROFILE: Final = "amazon-main"
JUDGED_RULES: Final = ("background", "fill", "border", "overlay", "illustration")
"""Format, bytes and size are read from the file; nothing is measured for them."""
SHEET_COLUMNS, CELL_PX, SHEET_ROWS = 8, 220, 6


@dataclass(frozen=True)
class LabelledPack:
    """`faults`: the kinds of rules that the picture breaks."""

    name: str
    data: bytes
    photo: OpenedPhoto
    faults: frozenset[str]


@dataclass(frozen=True)
class Checked:
    """`missed`: broken rules that passed; `invented`: kept rules that failed; `undecided`: rules that could
    not be checked, for which no pack is made."""

    name: str
    missed: tuple[str, ...]
    invented: tuple[str, ...]
    undecided: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        return not self.missed and not self.invented


def labelled_packs(folder: Path | None) -> Iterator[LabelledPack]:
    """The drawn pictures, then the labelled files of a folder."""
    for drawn in drawn_packs():
        yield LabelledPack(
            drawn.name,
            drawn.encoded(),
            OpenedPhoto(_decoded(drawn.encoded()), drawn.provenance),
            drawn.faults,
        )
    labels: Mapping[str, Sequence[str]] = json.loads(LABELS.read_text("utf-8"))
    for name, faults in labels.items():
        if folder and (folder / name).exists():
            path = folder / name
            yield LabelledPack(name, path.read_bytes(), read_photo(path), frozenset(faults))


def _decoded(data: bytes) -> Image.Image:
    """As the service opens it, without its child process: a drawn file is not hostile."""
    with Image.open(BytesIO(data)) as image:
        image.load()
        return image.copy()


def judge(picture: LabelledPack, verdicts: Sequence[RuleVerdict]) -> Checked:
    """Where the verdicts and the labels of a picture differ."""
    by_outcome = {
        outcome: {v.rule.kind for v in verdicts if v.finding.outcome is outcome} & set(JUDGED_RULES)
        for outcome in RuleOutcome
    }
    return Checked(
        picture.name,
        tuple(sorted(picture.faults & by_outcome[RuleOutcome.PASSED])),
        tuple(sorted(by_outcome[RuleOutcome.FAILED] - picture.faults)),
        tuple(sorted(by_outcome[RuleOutcome.NOT_CHECKED])),
    )


def measure(
    pictures: Iterator[LabelledPack], profile: Profile, finder: RegionFinder, sheets: Path | None
) -> dict[str, Any]:
    """Agreement of all pictures with their labels, and the outcomes of their packs."""
    checked: list[Checked] = []
    packed: Counter[str] = Counter()
    cells: list[tuple[Image.Image, Image.Image | None]] = []
    for picture in pictures:
        verdicts = check_file(picture.data, picture.photo, profile, finder)
        checked.append(judge(picture, verdicts))
        if sheets:
            made = _composed(picture, profile, finder)
            packed["no product found" if made is None else "made"] += 1
            cells.append((picture.photo.image, made))
    if sheets:
        save_sheets(cells, sheets)
    by_rule = {
        rule: {
            "missed": sum(rule in each.missed for each in checked),
            "invented": sum(rule in each.invented for each in checked),
            "undecided": sum(rule in each.undecided for each in checked),
        }
        for rule in JUDGED_RULES
    }
    return {
        "pictures": len(checked),
        "agreement": sum(each.agrees for each in checked) / len(checked),
        "by_rule": by_rule,
        "packs": dict(packed),
        "differences": [
            {"name": each.name, "missed": each.missed, "invented": each.invented}
            for each in checked
            if not each.agrees
        ],
    }


def _composed(picture: LabelledPack, profile: Profile, finder: RegionFinder) -> Image.Image | None:
    try:
        return compose(picture.photo.image, finder, profile.canvas)
    except ProductNotFound:
        return None


def save_sheets(cells: Sequence[tuple[Image.Image, Image.Image | None]], folder: Path) -> None:
    """Contact sheets: each picture with its pack below, an empty grey cell where none was made."""
    folder.mkdir(parents=True, exist_ok=True)
    per_sheet = SHEET_COLUMNS * SHEET_ROWS // 2
    for start in range(0, len(cells), per_sheet):
        sheet = Image.new("RGB", (SHEET_COLUMNS * CELL_PX, SHEET_ROWS * CELL_PX), (120, 120, 120))
        for index, pair in enumerate(cells[start : start + per_sheet]):
            column, row = index % SHEET_COLUMNS, 2 * (index // SHEET_COLUMNS)
            for below, image in enumerate(pair):
                if image is not None:
                    small = over_white(image)
                    small.thumbnail((CELL_PX - 6, CELL_PX - 6))
                    sheet.paste(small, (column * CELL_PX + 3, (row + below) * CELL_PX + 3))
        sheet.save(folder / f"packs-{start // per_sheet:02}.png")


def tabulate(figures: Mapping[str, Any]) -> Table:
    table = Table(
        "rule", "missed", "invented", "undecided", title=f"{figures['pictures']} pictures, {PROFILE}"
    )
    for rule, counts in figures["by_rule"].items():
        table.add_row(rule, *map(str, counts.values()))
    table.add_row("pictures that agree", f"{figures['agreement']:.1%}", "")
    return table


def main(
    photos: Annotated[Path | None, typer.Option(help="folder of the labelled files", exists=True)] = None,
    save: Annotated[Path | None, typer.Option(help="folder for contact sheets")] = None,
    out: cli.ReportOption = None,
) -> None:
    torch.set_num_threads(1)
    figures = measure(labelled_packs(photos), load_profile(PROFILE), RegionFinder.load(MODEL), save)
    print_tables(tabulate(figures))
    for each in figures["differences"]:
        print(each["name"], "missed:", *each["missed"], "invented:", *each["invented"])
    if out:
        write_json(out, figures)


if __name__ == "__main__":
    cli.run(main, __doc__)
