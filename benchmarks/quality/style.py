"""Measures and pictures of style transfer: ours and the public small models, by one evaluator in one run.

    python -m benchmarks.quality.style --content DIR --styles DIR [--pairs N] [--catalogue [--references DIR]]
                                 [--curve N] [--save DIR] --out F.json

`--styles`: pictures, each learned in one pass of the style head. `--catalogue`: the model's own styles, each
compared with the photo in its tones, or with DIR/<style id>.* where `--references` has it; Magenta's model
is given the same picture as its style. `--curve`: strengths 0 … 1 on N of the cases. Pictures are squares of
512 px.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from pathlib import Path
from typing import Annotated, Any, Final

import torch
import typer
from PIL import Image
from rich.progress import track
from rich.table import Table

from style_engine.commands.options import MODEL
from style_engine.network.model import load_model
from style_engine.network.styles import load_catalogue

from ..shared.baselines import Baselines
from ..shared.machine import machine
from ..shared.report import print_tables, write_json
from .cases import MAGENTA, OURS, PHOTO, Case, catalogue_cases, read_squares, unseen_cases
from .evaluator import Evaluator, Measures, mean_measures, relative_to_baseline

STRENGTHS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
TARGETS: Final[Mapping[str, Mapping[str, float]]] = {
    "unseen": {"sl": 0.65, "gain": 0.72, "cln": 0.78, "ssim": 0.10, "flat_noise": 0.50, "edge_keep": 0.18},
    "catalogue": {"sl": 0.50, "gain": 0.80, "cln": 0.74, "ssim": 0.12, "flat_noise": 0.40, "edge_keep": 0.18},
}
"""Upper bounds as multiples of Magenta's (sl, cln, flat_noise), lower bounds as differences to Magenta's
(ssim, edge_keep), and a plain lower bound (gain)."""
MULTIPLES: Final = ("sl", "cln", "flat_noise")
COLUMNS: Final = {
    "sl": "SL ↓", "gain": "gain ↑", "cln": "CLn ↓", "ssim": "SSIM ↑", "psnr": "PSNR ↑",
    "flat_noise": "flat noise ↓", "edge_keep": "edge keep ↑",
}  # fmt: skip
FALLS_WITH_STRENGTH: Final = {"sl": True, "cln": False, "ssim": True}
MONOTONE_TOLERANCE_SHARE: Final = 0.01  # of the measure's range over the curve
CaseResult = Mapping[str, Any]
"""`content` and `style` by name, `measures` by painter."""


def evaluate_case(evaluator: Evaluator, case: Case, save: Path | None) -> dict[str, dict[str, float]]:
    """Painter → measures of its picture; the photo itself is measured as one more painter."""
    pictures = {name: paint(1.0) for name, paint in case.painters.items()}
    if save:
        save_pictures(case, pictures, save)
    pictures[PHOTO] = case.photo.image
    return {
        name: evaluator.measure(case.photo, picture, case.reference) for name, picture in pictures.items()
    }


def save_pictures(case: Case, pictures: Mapping[str, Image.Image], folder: Path) -> None:
    """Ours as FOLDER/<content>__<style>.png, a baseline's in its subfolder, all in a row in FOLDER/beside."""
    tiles = [case.photo.image, *([case.reference.image] if case.reference else []), *pictures.values()]
    size = case.photo.image.size
    beside = Image.new("RGB", (size[0] * len(tiles), size[1]), "white")
    for number, tile in enumerate(tiles):
        beside.paste(tile.resize(size), (number * size[0], 0))
    folders = {name: folder if name == OURS else folder / name.replace(" ", "-") for name in pictures}
    for target, picture in [
        *((folders[name], pictures[name]) for name in pictures),
        (folder / "beside", beside),
    ]:
        target.mkdir(parents=True, exist_ok=True)
        picture.save(target / case.file_name)


def measure_curve(evaluator: Evaluator, case: Case) -> dict[str, list[dict[str, float]]]:
    """Painter → measures at each of STRENGTHS."""
    return {
        name: [evaluator.measure(case.photo, paint(strength), case.reference) for strength in STRENGTHS]
        for name, paint in case.painters.items()
    }


def is_monotone(rows: Sequence[Measures], measure: str) -> bool:
    """Whether a measure moves in its one direction from each strength to the next."""
    values = [row[measure] for row in rows]
    tolerance = MONOTONE_TOLERANCE_SHARE * (max(values) - min(values))
    sign = -1 if FALLS_WITH_STRENGTH[measure] else 1
    return all(sign * (after - before) >= -tolerance for before, after in pairwise(values))


def measure_curves(evaluator: Evaluator, cases: Sequence[Case], count: int) -> dict[str, Any]:
    """Painter → mean measures by strength, and the share of cases in which each measure is monotone."""
    step = max(1, len(cases) // count)
    curves = [measure_curve(evaluator, case) for case in track(cases[::step][:count], "strengths")]
    painters = dict.fromkeys(name for curve in curves for name in curve)
    return {name: _summarise_curves([curve[name] for curve in curves if name in curve]) for name in painters}


def _summarise_curves(curves: Sequence[Sequence[dict[str, float]]]) -> dict[str, Any]:
    points = [
        {"strength": strength, **mean_measures(rows)}
        for strength, rows in zip(STRENGTHS, zip(*curves, strict=True), strict=True)
    ]
    measures = [name for name in FALLS_WITH_STRENGTH if all(name in rows[0] for rows in curves)]
    return {
        "points": points,
        "monotone": {
            name: sum(is_monotone(rows, name) for rows in curves) / len(curves) for name in measures
        },
    }


def evaluate_cases(
    evaluator: Evaluator, cases: Sequence[Case], save: Path | None, label: str
) -> dict[str, Any]:
    """Means by painter, means by style and painter, and every case's measures."""
    results = [
        {"content": case.photo.name, "style": case.style, "measures": evaluate_case(evaluator, case, save)}
        for case in track(cases, label)
    ]
    by_style = {
        style: means_by_painter(list(of_style))
        for style, of_style in groupby(sorted(results, key=_style_of), key=_style_of)
    }
    means = means_by_painter(results)
    return {"means": means, "to_magenta": _to_magenta(means), "by_style": by_style, "each": results}


def _style_of(result: CaseResult) -> str:
    return str(result["style"])


def means_by_painter(results: Sequence[CaseResult]) -> dict[str, dict[str, float]]:
    painters = dict.fromkeys(name for result in results for name in result["measures"])
    return {
        name: mean_measures(result["measures"][name] for result in results if name in result["measures"])
        for name in painters
    }


def _to_magenta(means: Mapping[str, Measures]) -> dict[str, Any]:
    return relative_to_baseline(means[OURS], means[MAGENTA]) if MAGENTA in means else {}


def measures_table(
    title: str, rows: Mapping[str, Measures], baseline: Measures | None, targets: Measures
) -> Table:
    """A line for each row, with each figure's ratio or difference to the baseline; the targets below."""
    table = Table("", *COLUMNS.values(), title=title)
    for name, row in rows.items():
        relative = relative_to_baseline(row, baseline) if baseline and row is not baseline else {}
        table.add_row(name, *(_cell(row, relative, measure) for measure in COLUMNS))
    table.add_section()
    table.add_row("target", *(_target(targets, measure) for measure in COLUMNS))
    return table


def _cell(row: Measures, relative: Measures, measure: str) -> str:
    if measure not in row:
        return "·"
    figure = f"{row[measure]:.3f}" if abs(row[measure]) < 10 else f"{row[measure]:.1f}"
    if measure not in relative:
        return figure
    unit = f"{relative[measure]:.2f}×" if measure in MULTIPLES else f"{relative[measure]:+.2f}"
    return f"{figure}  {unit}"


def _target(targets: Measures, measure: str) -> str:
    if measure not in targets:
        return ""
    text = "≤ {:.2f}×" if measure in MULTIPLES else "≥ {:.2f}" if measure == "gain" else "≥ {:+.2f}"
    return text.format(targets[measure])


def curve_table(curves: Mapping[str, Any]) -> Table:
    table = Table("", "strength", "SL", "CLn", "SSIM", "monotone: SL, CLn, SSIM", title="strength curves")
    measures = ("sl", "cln", "ssim")
    for name, curve in curves.items():
        for point in curve["points"]:
            figures = [f"{point[measure]:.3f}" if measure in point else "·" for measure in measures]
            table.add_row(name, f"{point['strength']:g}", *figures, "")
        monotone = curve["monotone"]
        shares = (f"{monotone[measure]:.0%}" if measure in monotone else "·" for measure in measures)
        table.add_row("", "", "", "", "", " · ".join(shares))
        table.add_section()
    return table


def _tables(result: Mapping[str, Any]) -> Iterator[Table]:
    for kind, targets in TARGETS.items():
        if kind not in result:
            continue
        figures = result[kind]
        baseline = figures["means"].get(MAGENTA)
        if kind == "catalogue":
            ours = {style: rows[OURS] for style, rows in figures["by_style"].items()}
            yield measures_table("each catalogue style, beside Magenta's mean", ours, baseline, targets)
        yield measures_table(f"{kind}: {len(figures['each'])} pictures", figures["means"], baseline, targets)
        if "curves" in figures:
            yield curve_table(figures["curves"])


def main(  # noqa: PLR0917 - a command line has as many options as it has
    content: Annotated[Path, typer.Option(help="Folder of photos.", exists=True)],
    out: Annotated[Path, typer.Option(help="JSON file to write.")],
    styles: Annotated[Path | None, typer.Option(help="Folder of style pictures.", exists=True)] = None,
    pairs: Annotated[int | None, typer.Option(help="Number of pairs; all by default.")] = None,
    catalogue: Annotated[bool, typer.Option(help="Also evaluate the model's own styles.")] = False,
    references: Annotated[
        Path | None, typer.Option(help="Folder of reference pictures named by style id.")
    ] = None,
    curve_cases: Annotated[int, typer.Option("--curve", help="Number of cases whose strength is swept.")] = 0,
    save: Annotated[Path | None, typer.Option(help="Folder for the pictures.")] = None,
    folder: Annotated[Path, typer.Option("--model", help="Model folder.")] = MODEL,
    side: Annotated[int, typer.Option(help="Side of the squares, px.")] = 512,
    threads: Annotated[int, typer.Option(help="CPU threads.")] = 1,
    quick: Annotated[bool, typer.Option(help="Evaluate in bfloat16: half the time, within 0.5 %.")] = False,
) -> None:
    """Compare our styles with the public small models."""
    torch.set_num_threads(threads)
    model, baselines, evaluator = load_model(folder), Baselines(threads), Evaluator.load(quick)
    photos = read_squares(content, side)
    sets: dict[str, list[Case]] = {}
    if styles:
        sets["unseen"] = unseen_cases(model, baselines, photos, read_squares(styles, side), pairs)
    if catalogue:
        reference_pictures = (
            {picture.name: picture for picture in read_squares(references, side)} if references else {}
        )
        sets["catalogue"] = catalogue_cases(
            model, load_catalogue(folder / "styles"), baselines, photos, reference_pictures
        )
    result: dict[str, Any] = {"machine": machine(), "model": [model.name, model.version]}
    for kind, cases in sets.items():
        result[kind] = evaluate_cases(evaluator, cases, save, kind)
        if curve_cases:
            result[kind]["curves"] = measure_curves(evaluator, cases, curve_cases)
    write_json(out, result)
    print_tables(*_tables(result))


if __name__ == "__main__":
    typer.run(main)
