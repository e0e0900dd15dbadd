"""How safe the pictures of any photos are: `python -m benchmarks.quality.safety --photos DIR --out F.json`.

    --count N       photos, evenly over the folder          --styles a,b   of the catalogue
    --styles-per-photo N     styles that a photo wears, by turns     --save D       contact sheets
    --composites D  a set of training.regions_quality, for the mask's IoU
    --no-baselines      without the public models

Pictures are judged at the photo's own size, at most 1024², whatever size the engine worked at: structure and
colour by scikit-image, the reading of text by RapidOCR. The engine uses neither.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache, partial
from io import BytesIO
from itertools import cycle, groupby, islice
from pathlib import Path
from statistics import fmean, median
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps
from rich.console import Console
from rich.progress import track
from rich.table import Table
from skimage import color
from skimage.metrics import structural_similarity
from torch import Tensor

from style_engine import Look, StyledPicture, Stylizer
from style_engine.contact_sheet import grid
from style_engine.imaging import tensors
from style_engine.looks import Protection
from style_engine.network.styles import style_target
from style_engine.painting.painter import paint_unprotected
from style_engine.safety import metrics
from style_engine.safety.scene import Scene
from training.gates.samples import scene_of
from training.regions.confidence import find_regions
from training.regions.held_out_set import read_set
from training.regions.measures import measure_masks
from training.shared.files import PICTURE_SUFFIXES

from ..shared.baselines import STYLES, Baselines
from .cases import MAGENTA, MULTISTYLE, OURS, drawing
from .evaluator import Picture

LEGIBLE: Final = 0.8  # of RapidOCR's certainty from which a line counts as text
LETTERS: Final = 4  # at least, in a line that counts
ALIKE: Final = 0.9  # of the letters in order, from which text reads alike
SIDE: Final = 1024  # px of the square on which time is taken
ROUNDS: Final = 3
COSTED: Final = 24  # photos at most
PROMISES: Final[Mapping[str, tuple[str, float]]] = {
    "soft.passed_as_asked": (">=", 0.95),
    "soft.passed_in_the_end": (">=", 0.95),
    "strict.white_background_drift": ("<=", 3.0),
    "strict.least_ssim": (">=", 0.95),
    "strict.most_delta_e": ("<=", 2.0),
    "soft.least_ssim": (">=", 0.85),
    "mask.iou": (">=", 0.92),
    "cost.safety_percent": ("<=", 35.0),
    "cost.lifted_percent": ("<=", 35.0),
    "baselines.halo_ratio": ("<=", 0.5),
    "baselines.flat_noise_ratio": ("<=", 0.5),
}
Row = dict[str, Any]
Pixels = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Shown:
    """A photo, RGB, with its scene at its own size."""

    name: str
    image: Image.Image
    scene: Scene


@dataclass(frozen=True, eq=False)
class Shot:
    """A photo in a style, as the engine published it."""

    photo: Shown
    style: str
    styled: StyledPicture

    @property
    def published(self) -> bool:
        """As a styled picture, and not as the photo itself."""
        return self.styled.verdict.outcome != "fallback"


# ── Photos ───────────────────────────────────────────────────────────────────────────────────────────


def read_photos(folder: Path, count: int | None, stylizer: Stylizer) -> Iterator[Shown]:
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURE_SUFFIXES)
    wanted = count or len(paths)
    for path in paths[:: max(1, len(paths) // wanted)][:wanted]:
        with Image.open(path) as file:
            upright = tensors.over_white(ImageOps.exif_transpose(file).convert("RGBA"))
        image = tensors.to_working_size(upright, SIDE * SIDE)
        yield Shown(path.stem, image, scene_of(stylizer, image))


# ── What is promised ─────────────────────────────────────────────────────────────────────────────────


def painted(
    stylizer: Stylizer,
    photos: Sequence[Shown],
    styles: Sequence[str],
    styles_per_photo: int,
    protection: Protection,
) -> list[Shot]:
    """Each photo in the next `styles_per_photo` of the styles, round and round."""
    turns, shots = cycle(styles), []
    for photo in track(photos, f"painting, {protection}"):
        worn = list(islice(turns, styles_per_photo))
        looks = [Look({style: 1.0}, protection=protection) for style in worn]
        results = stylizer.stylize_all(photo.image, looks)
        shots += [Shot(photo, style, styled) for style, styled in zip(worn, results, strict=True)]
    return shots


def verdicts(shots: Sequence[Shot]) -> Row:
    """Shares that passed every gate at the strength asked for, and at that or a lower one; who refused."""
    refusals = [gate for shot in shots for gate in shot.styled.verdict.refused_by]
    outcomes = [shot.styled.verdict.outcome for shot in shots]
    unsafe = [shot for shot in shots if not all(gate.passed for gate in shot.styled.verdict.gates)]
    by_style = {name: [s for s in shots if s.style == name] for name in sorted({s.style for s in shots})}
    return {
        "looks": len(shots),
        "passed_as_asked": fmean(outcome == "passed" for outcome in outcomes),
        "passed_in_the_end": fmean(shot.published for shot in shots),
        "mean_strength": fmean(shot.styled.verdict.strength for shot in shots),
        "published_unsafe": sum(shot.published for shot in unsafe),
        "by_style": {name: fmean(s.published for s in of_style) for name, of_style in by_style.items()},
        "refused_by": {gate: refusals.count(gate) for gate in sorted(set(refusals))},
        "outcomes": {name: outcomes.count(name) for name in ("passed", "lowered", "fallback")},
    }


def kept(shots: Sequence[Shot]) -> Row:
    """Of the styled pictures, inside the product mask: SSIM, median ΔE2000; on white ground the drift."""
    rows = [against(shot.photo, shot.styled.image) for shot in shots if shot.published]
    return {
        "mean_ssim": fmean(row["ssim"] for row in rows),
        "least_ssim": min(row["ssim"] for row in rows),
        "mean_delta_e": fmean(row["delta_e"] for row in rows),
        "most_delta_e": max(row["delta_e"] for row in rows),
        "white_background_drift": max(row["drift"] for row in rows),
        "pictures_with_white_background": sum(
            bool(s.photo.scene.white_area.any()) for s in shots if s.published
        ),
    }


def against(photo: Shown, result: Image.Image) -> dict[str, float]:
    inside = photo.scene.regions.product[0, 0].numpy() > tensors.MASK_THRESHOLD
    greys = [np.asarray(image.convert("L"), np.float64) for image in (photo.image, result)]
    _, similar = structural_similarity(*greys, win_size=7, data_range=255, full=True)
    colours = [color.rgb2lab(np.asarray(image)[inside] / 255.0) for image in (photo.image, result)]
    shift = color.deltaE_ciede2000(*colours)
    white = photo.scene.white_area[0, 0].numpy() > tensors.MASK_THRESHOLD
    max_change = np.abs(np.asarray(result, int) - np.asarray(photo.image, int)).max(-1)[white]
    return {
        "ssim": float(similar[3:-3, 3:-3][inside[3:-3, 3:-3]].mean()),
        "delta_e": float(np.median(shift)),
        "drift": float(max_change.max()) if max_change.size else 0.0,
    }


# ── Text ─────────────────────────────────────────────────────────────────────────────────────────────


def reading(photos: Sequence[Shown], shots: Sequence[Shot]) -> Row | None:
    """How alike the pictures read to RapidOCR; None where it is not installed or no photo has text.

    Only lines count that it reads alike in harmless copies of the photo too; `any_line` counts them all.
    """
    try:
        read = _reader()
    except ImportError:
        return None
    lines = {photo.name: read(photo.image) for photo in photos}
    steady = {photo.name: _steady(read, photo.image, lines[photo.name]) for photo in photos}
    again = {id(shot): read(shot.styled.image) for shot in shots if lines[shot.photo.name]}

    def read_alike(wanted: Mapping[str, list[str]]) -> dict[str, float]:
        with_text = [shot for shot in shots if wanted[shot.photo.name]]
        rows = [likeness(wanted[shot.photo.name], again[id(shot)]) for shot in with_text]
        if not rows:
            return {}
        return {
            "photos": sum(bool(words) for words in wanted.values()),
            "pictures": len(rows),
            "likeness": fmean(rows),
            "read_alike": fmean(row >= ALIKE for row in rows),
        }

    return read_alike(steady) | {"any_line": read_alike(lines)} if any(lines.values()) else None


def _steady(read: Callable[[Image.Image], list[str]], image: Image.Image, lines: list[str]) -> list[str]:
    """Of the lines read in a photo, those that a JPEG of it and a copy nine tenths its size give too."""
    if not lines:
        return []
    with BytesIO() as file:
        image.save(file, "JPEG", quality=90)
        compressed = Image.open(file).convert("RGB")
    smaller = ImageOps.scale(image, 0.9)
    copies = [read(compressed), read(smaller)]
    return [line for line in lines if all(likeness([line], copy) >= ALIKE for copy in copies)]


@lru_cache(maxsize=1)
def _reader() -> Callable[[Image.Image], list[str]]:
    from rapidocr_onnxruntime import RapidOCR  # noqa: PLC0415 - only who measures text needs it

    engine = RapidOCR(intra_op_num_threads=1)

    def read(image: Image.Image) -> list[str]:
        found, _ = engine(np.asarray(image)[:, :, ::-1])
        return [text for _, text, sure in found or [] if float(sure) >= LEGIBLE and len(text) >= LETTERS]

    return read


def likeness(before: Iterable[str], after: Iterable[str]) -> float:
    """Mean over the lines of how much of each is found again, letters in order."""
    again = list(after)
    return fmean(
        max((SequenceMatcher(None, line.lower(), other.lower()).ratio() for other in again), default=0.0)
        for line in before
    )


# ── Peers, mask, cost ────────────────────────────────────────────────────────────────────────────────


def beside_baselines(shots: Sequence[Shot]) -> Row:
    """Halo and flat noise on plain grounds, in 1/255: ours as published and the public models'."""
    on_background = [shot for shot in shots if shot.photo.scene.halo_ring.any()]
    baselines = Baselines(threads=1)
    rows: dict[str, list[dict[str, float]]] = {OURS: [], MAGENTA: [], MULTISTYLE: []}
    for number, shot in enumerate(on_background):
        photo = shot.photo
        rows[OURS].append(on_plain_background(photo.scene, shot.styled.image))
        painted = baselines.multistyle(photo.image, number % STYLES)
        rows[MULTISTYLE].append(on_plain_background(photo.scene, painted))
        if reference := drawing(shot.style, Picture(photo.name, photo.image)):
            painted = baselines.magenta(photo.image, reference.image)
            rows[MAGENTA].append(on_plain_background(photo.scene, painted))
    means = {
        name: {key: fmean(row[key] for row in of_name) for key in of_name[0]}
        for name, of_name in rows.items()
        if of_name
    }
    photo_style = means.get(OURS, {})
    worst = {
        f"{key}_ratio": max(value / mean[key] for name, mean in means.items() if name != OURS)
        for key, value in photo_style.items()
    }
    return {**worst, "models": means, "pictures": len(on_background)}


def on_plain_background(scene: Scene, result: Image.Image) -> dict[str, float]:
    tensor = tensors.to_tensor(result.resize((scene.photo.shape[3], scene.photo.shape[2])))
    ring = metrics.halo_ring(1 - scene.clean_area)
    return {
        "halo": metrics.halo(scene.photo, tensor, ring),
        "flat_noise": metrics.flat_noise(scene.photo, tensor, scene.clean_area),
    }


def masks(stylizer: Stylizer, folder: Path) -> Row:
    known = read_set(folder)
    found = [find_regions(stylizer.networks.finder, each.image) for each in known]
    pairs = [
        (regions.product[0, 0].numpy(), truth.product)
        for regions, truth in zip(found, known, strict=True)
        if truth.product.max() > tensors.MASK_THRESHOLD
    ]
    return dict(measure_masks(pairs))


def cost(stylizer: Stylizer, images: Sequence[Image.Image]) -> Row:
    """Processor time at 1024² of three ways to a picture, in percent on top of the net alone; medians.

    On one thread: several wait for each other, and a process is charged for that. The safe way adds regions,
    guard and gates, the lifted one lifting too; all lay the change over the photo.
    """
    style = next(iter(stylizer.styles))
    enhanced, safe = (Look({style: 1.0}, protection=Protection.SOFT, enhance=each) for each in (True, False))
    ways: Mapping[str, Callable[[Image.Image], object]] = {
        "safety": lambda square: stylizer.stylize_all(square, [safe]),
        "lifted": lambda square: stylizer.stylize_all(square, [enhanced]),
        "explained": lambda square: stylizer.stylize_all(square, [enhanced], explained=True),
    }
    paint_unprotected: list[float] = []
    added: dict[str, list[float]] = {name: [] for name in ways}
    with _one_thread():
        for image in [*images[:: -(-len(images) // COSTED)]] * ROUNDS:
            square = ImageOps.fit(image, (SIDE, SIDE), Image.Resampling.LANCZOS)
            paint_unprotected.append(_seconds(partial(_unprotected, stylizer, square, style)))
            for name, way in ways.items():
                added[name].append(_seconds(partial(way, square)) / paint_unprotected[-1] - 1)
    percents = {f"{name}_percent": 100 * median(shares) for name, shares in added.items()}
    return {"engine_ms": 1000 * median(paint_unprotected), **percents}


@contextmanager
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _unprotected(stylizer: Stylizer, image: Image.Image, style: str) -> Image.Image:
    """The engine without anything that makes it safe."""
    working = tensors.to_tensor(tensors.to_working_size(image, *stylizer.model.working_pixels))
    painted = paint_unprotected(stylizer.model, style_target(Look.of(style), stylizer.styles), working)
    return tensors.apply_change(image, painted - working)


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


# ── Sheets ───────────────────────────────────────────────────────────────────────────────────────────


def sheets(shots: Sequence[Shot]) -> Iterator[tuple[str, Image.Image]]:
    """For each photo its mask and its styles, captioned with what became of them."""
    for photo, group in groupby(shots, key=lambda shot: shot.photo):
        of_photo = list(group)
        captions = [f"{shot.style}: {_caption(shot.styled)}" for shot in of_photo]
        images = [photo.image, masked(photo.scene), *(shot.styled.image for shot in of_photo)]
        yield photo.name, grid(images, ["photo", "product (text red)", *captions])


def _caption(styled: StyledPicture) -> str:
    verdict = styled.verdict
    refused = f" ({', '.join(verdict.refused_by)})" if verdict.refused_by else ""
    return f"{verdict.outcome} {verdict.strength:.0%}{refused}"


def masked(scene: Scene) -> Image.Image:
    """The photo, dark where no product is, red where text is."""
    shown: Tensor = scene.photo * (0.3 + 0.7 * scene.regions.product)
    shown[:, :1] = torch.maximum(shown[:, :1], 0.9 * scene.regions.text)
    return tensors.to_image(shown)


# ── Command ──────────────────────────────────────────────────────────────────────────────────────────


@torch.inference_mode()
def run(options: argparse.Namespace) -> Row:
    stylizer = Stylizer.load(options.model)
    styles = options.styles.split(",") if options.styles else list(stylizer.styles)
    photos = list(read_photos(options.photos, options.count, stylizer))
    styles_per_photo = options.styles_per_photo or len(styles)
    soft, strict = (
        painted(stylizer, photos, styles, styles_per_photo, mode)
        for mode in (Protection.SOFT, Protection.STRICT)
    )
    figures: Row = {
        "photos": len(photos),
        "product_found": fmean(photo.scene.regions.found for photo in photos),
        "soft": verdicts(soft) | kept(soft),
        "strict": verdicts(strict) | kept(strict),
        "cost": cost(stylizer, [photo.image for photo in photos]),
    }
    if text := reading(photos, soft):
        figures["text"] = text
    if options.composites:
        figures["mask"] = masks(stylizer, options.composites)
    if options.baselines:
        figures["baselines"] = beside_baselines(soft)
    if options.save:
        options.save.mkdir(parents=True, exist_ok=True)
        for mode, shots in (("soft", soft), ("strict", strict)):
            for name, sheet in sheets(shots):
                sheet.save(options.save / f"{name}-{mode}.webp", quality=80)
    return figures


def promises(figures: Row) -> list[Row]:
    """Each promise beside its figure, where it was measured."""
    rows = []
    for name, (sense, bound) in PROMISES.items():
        section, figure = name.split(".")
        if figure in figures.get(section, {}):
            value = figures[section][figure]
            rows.append({"name": name, "value": value, "promise": f"{sense} {bound:g}",
                         "kept": value >= bound if sense == ">=" else value <= bound})  # fmt: skip
    return rows


def table(rows: Sequence[Row]) -> Table:
    sheet = Table("figure", "value", "promise", "kept")
    for row in rows:
        sheet.add_row(row["name"], f"{row['value']:.3f}", row["promise"], "yes" if row["kept"] else "NO")
    return sheet


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=Path("engine/models/fusenet-lite"))
    parser.add_argument("--count", type=int)
    parser.add_argument("--styles")
    parser.add_argument("--styles-per-photo", type=int)
    parser.add_argument("--composites", type=Path)
    parser.add_argument("--save", type=Path)
    parser.add_argument("--baselines", action=argparse.BooleanOptionalAction, default=True)
    options = parser.parse_args(arguments)
    figures = run(options)
    figures["promises"] = promises(figures)
    options.out.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    Console().print(table(figures["promises"]))


if __name__ == "__main__":
    main()
