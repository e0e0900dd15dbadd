"""Style transfer in numbers and pictures: ours and the public small models, by one judge, in one run.

    python -m benchmarks.quality.style --content DIR --styles DIR [--pairs N] [--catalogue [--references DIR]]
                                 [--curve N] [--save DIR] --out F.json

`--styles`: pictures, each learned in one pass of the style head. `--catalogue`: the model's own styles, each
held against its drawing of the photo, or against DIR/<style id>.* where `--references` has it; Magenta is
shown the same picture. `--curve`: strengths 0 … 1 on N of the cases. Pictures are squares of 512 px.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from pathlib import Path
from typing import Annotated, Any, Final

import torch
import typer
from PIL import Image
from rich.console import Console
from rich.progress import track
from rich.table import Table

from style_engine.__main__ import MODEL
from style_engine.network.model import load_model
from style_engine.network.styles import load_catalogue

from ..service.chain import machine
from ..shared.baselines import Baselines
from .cases import MAGENTA, OURS, PHOTO, Case, catalogue_cases, squares, unseen_cases
from .evaluator import Evaluator, Row, compared, mean

STRENGTHS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
TARGETS: Final[Mapping[str, Mapping[str, float]]] = {
    "unseen": {"sl": 0.65, "gain": 0.72, "cln": 0.78, "ssim": 0.10, "flat_noise": 0.50, "edge_keep": 0.18},
    "catalogue": {"sl": 0.50, "gain": 0.80, "cln": 0.74, "ssim": 0.12, "flat_noise": 0.40, "edge_keep": 0.18},
}
"""Most, as a multiple of Magenta's (sl, cln, flat_noise); least above it (ssim, edge_keep); least (gain)."""
MULTIPLES: Final = ("sl", "cln", "flat_noise")
COLUMNS: Final = {
    "sl": "SL ↓", "gain": "gain ↑", "cln": "CLn ↓", "ssim": "SSIM ↑", "psnr": "PSNR ↑",
    "flat_noise": "flat noise ↓", "edge_keep": "edge keep ↑",
}  # fmt: skip
FALLS: Final = {"sl": True, "cln": False, "ssim": True}  # with strength
SLACK: Final = 0.01  # of a measure's whole range: less than this is no step back
Rows = dict[str, list[dict[str, float]]]


def evaluate_case(judge: Evaluator, case: Case, save: Path | None) -> dict[str, dict[str, float]]:
    """Painter → measures of its picture, and those of the photo itself."""
    made = {name: paint(1.0) for name, paint in case.painters.items()}
    if save:
        save_pictures(case, made, save)
    made[PHOTO] = case.photo.image
    return {name: judge.measure(case.photo, picture, case.reference) for name, picture in made.items()}


def save_pictures(case: Case, made: Mapping[str, Image.Image], folder: Path) -> None:
    """Ours as FOLDER/<content>__<style>.png, a peer's in a folder there, all in a row in FOLDER/beside."""
    shown = [case.photo.image, *([case.reference.image] if case.reference else []), *made.values()]
    beside = Image.new("RGB", (case.photo.image.width * len(shown), case.photo.image.height), "white")
    for number, picture in enumerate(shown):
        beside.paste(picture.resize(case.photo.image.size), (number * case.photo.image.width, 0))
    places = {name: folder if name == OURS else folder / name.replace(" ", "-") for name in made}
    for place, picture in [*((places[name], made[name]) for name in made), (folder / "beside", beside)]:
        place.mkdir(parents=True, exist_ok=True)
        picture.save(place / case.file_name)


def curve(judge: Evaluator, case: Case) -> dict[str, list[dict[str, float]]]:
    """Painter → measures at each of STRENGTHS."""
    return {
        name: [judge.measure(case.photo, paint(strength), case.reference) for strength in STRENGTHS]
        for name, paint in case.painters.items()
    }


def monotone(rows: Sequence[Row], name: str) -> bool:
    """Whether a measure moves one way only from each strength to the next."""
    values = [row[name] for row in rows]
    slack = SLACK * (max(values) - min(values))
    sign = -1 if FALLS[name] else 1
    return all(sign * (after - before) >= -slack for before, after in pairwise(values))


def curves(judge: Evaluator, cases: Sequence[Case], count: int) -> dict[str, Any]:
    """Painter → mean measures by strength, and the share of cases in which each is monotone."""
    step = max(1, len(cases) // count)
    each = [curve(judge, case) for case in track(cases[::step][:count], description="strengths")]
    painters = dict.fromkeys(name for one in each for name in one)
    return {name: _curve([one[name] for one in each if name in one]) for name in painters}


def _curve(each: Sequence[Sequence[dict[str, float]]]) -> dict[str, Any]:
    points = [
        {"strength": s, **mean(rows)} for s, rows in zip(STRENGTHS, zip(*each, strict=True), strict=True)
    ]
    known = [name for name in FALLS if all(name in rows[0] for rows in each)]
    return {
        "points": points,
        "monotone": {name: sum(monotone(rows, name) for rows in each) / len(each) for name in known},
    }


def run(judge: Evaluator, cases: Sequence[Case], save: Path | None, label: str) -> dict[str, Any]:
    """Figures of one set of cases: means by painter, by style, and each."""
    each = [
        {"content": case.photo.name, "style": case.style, "measures": evaluate_case(judge, case, save)}
        for case in track(cases, description=label)
    ]
    by_style = {style: means(list(found)) for style, found in groupby(sorted(each, key=_style), key=_style)}
    whole = means(each)
    return {"means": whole, "to_magenta": _to_magenta(whole), "by_style": by_style, "each": each}


def _style(one: Mapping[str, Any]) -> str:
    return str(one["style"])


def means(each: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    painters = dict.fromkeys(name for one in each for name in one["measures"])
    return {name: mean(one["measures"][name] for one in each if name in one["measures"]) for name in painters}


def _to_magenta(whole: Mapping[str, Row]) -> dict[str, Any]:
    return compared(whole[OURS], whole[MAGENTA]) if MAGENTA in whole else {}


def table(title: str, rows: Mapping[str, Row], baseline: Row | None, targets: Row) -> Table:
    """A line for each row, beside each figure its stand to the peer; the targets below."""
    shown = Table("", *COLUMNS.values(), title=title)
    for name, row in rows.items():
        stand = compared(row, baseline) if baseline and row is not baseline else {}
        shown.add_row(name, *(_cell(row, stand, measure) for measure in COLUMNS))
    shown.add_section()
    shown.add_row("to reach", *(_target(targets, measure) for measure in COLUMNS))
    return shown


def _cell(row: Row, stand: Row, measure: str) -> str:
    if measure not in row:
        return "·"
    figure = f"{row[measure]:.3f}" if abs(row[measure]) < 10 else f"{row[measure]:.1f}"
    if measure not in stand:
        return figure
    return f"{figure}  {stand[measure]:.2f}×" if measure in MULTIPLES else f"{figure}  {stand[measure]:+.2f}"


def _target(targets: Row, measure: str) -> str:
    if measure not in targets:
        return ""
    sign = "≤ {:.2f}×" if measure in MULTIPLES else "≥ {:.2f}" if measure == "gain" else "≥ {:+.2f}"
    return sign.format(targets[measure])


def curve_table(found: Mapping[str, Any]) -> Table:
    shown = Table("", "strength", "SL", "CLn", "SSIM", "monotone: SL, CLn, SSIM", title="strength curves")
    for name, one in found.items():
        for point in one["points"]:
            figures = [f"{point[m]:.3f}" if m in point else "·" for m in ("sl", "cln", "ssim")]
            shown.add_row(name, f"{point['strength']:g}", *figures, "")
        shares = (f"{one['monotone'][m]:.0%}" if m in one["monotone"] else "·" for m in ("sl", "cln", "ssim"))
        shown.add_row("", "", "", "", "", " · ".join(shares))
        shown.add_section()
    return shown


def _tables(result: Mapping[str, Any]) -> Iterator[Table]:
    for kind, targets in TARGETS.items():
        if kind not in result:
            continue
        found = result[kind]
        baseline = found["means"].get(MAGENTA)
        if kind == "catalogue":
            ours = {style: rows[OURS] for style, rows in found["by_style"].items()}
            yield table(
                "each catalogue style; beside it its stand to Magenta's mean", ours, baseline, targets
            )
        yield table(f"{kind}: {len(found['each'])} pictures", found["means"], baseline, targets)
        if "curves" in found:
            yield curve_table(found["curves"])


def main(  # noqa: PLR0917 - a command line has as many options as it has
    content: Annotated[Path, typer.Option(help="Folder of photos.", exists=True)],
    out: Annotated[Path, typer.Option(help="JSON file to write.")],
    styles: Annotated[Path | None, typer.Option(help="Folder of style pictures.", exists=True)] = None,
    pairs: Annotated[int | None, typer.Option(help="So many of the pairs, not all.")] = None,
    catalogue: Annotated[bool, typer.Option(help="The model's own styles too.")] = False,
    references: Annotated[Path | None, typer.Option(help="Folder of pictures by style id.")] = None,
    curve_cases: Annotated[int, typer.Option("--curve", help="Sweep strength on so many cases.")] = 0,
    save: Annotated[Path | None, typer.Option(help="Folder for the pictures.")] = None,
    folder: Annotated[Path, typer.Option("--model", help="Model folder.")] = MODEL,
    side: Annotated[int, typer.Option(help="px of the squares.")] = 512,
    threads: Annotated[int, typer.Option(help="CPU threads.")] = 1,
    quick: Annotated[bool, typer.Option(help="Judge in bfloat16: half the time, within 0.5 %.")] = False,
) -> None:
    torch.set_num_threads(threads)
    model, baselines, judge = load_model(folder), Baselines(threads), Evaluator.load(quick)
    photos = squares(content, side)
    sets: dict[str, list[Case]] = {}
    if styles:
        sets["unseen"] = unseen_cases(model, baselines, photos, squares(styles, side), pairs)
    if catalogue:
        shown = {picture.name: picture for picture in squares(references, side)} if references else {}
        sets["catalogue"] = catalogue_cases(
            model, load_catalogue(folder / "styles"), baselines, photos, shown
        )
    result: dict[str, Any] = {"machine": machine(), "model": [model.name, model.version]}
    for kind, cases in sets.items():
        result[kind] = run(judge, cases, save, kind)
        if curve_cases:
            result[kind]["curves"] = curves(judge, cases, curve_cases)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    for each in _tables(result):
        Console().print(each)


if __name__ == "__main__":
    typer.run(main)
