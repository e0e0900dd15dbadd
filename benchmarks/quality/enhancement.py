"""What lifting does to good photos, and to good photos that were harmed.

    python -m benchmarks.quality.enhancement --photos DIR [--out F.json]
    python -m benchmarks.quality.enhancement --show docs/pictures/enhancement.webp

Prints the mean ΔE2000 of good photos that pass through, and the PSNR (dB over RGB) that lifting wins back of
each kind of harm: by `enhance`, by the correction of the `grade` engine, and by one after the other. Harm is
drawn from --seed.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rich.console import Console
from rich.progress import track
from rich.table import Table
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.metrics import peak_signal_noise_ratio

from samples.product_photos import KINDS
from style_engine.enhance.enhance import enhance
from style_engine.grade.lut import Grader, apply_table
from training.shared.files import PICTURE_SUFFIXES, picture_files
from training.styles.style_book import draw_sheet

GRADE: Final = Path(__file__).parents[2] / "engine/models/grade-lite"
Values = NDArray[np.float64]  # (H, W, 3) sRGB, 0..255, beyond it before clipping
Degradation = Callable[[Values, np.random.Generator], Values]
Enhancer = Callable[[Image.Image], Image.Image]


def cast(values: Values, rng: np.random.Generator) -> Values:
    return values * (1 + rng.uniform(-0.15, 0.15, 3))


def stops(values: Values, change: float) -> Values:
    """So many stops of linear light lighter."""
    return np.asarray(255 * (values / 255) * 2 ** (change / 2.2))


def contrast(values: Values, factor: float) -> Values:
    return 127.5 + factor * (values - 127.5)


def noise(values: Values, rng: np.random.Generator) -> Values:
    return np.asarray(values + rng.normal(0, rng.uniform(5, 15), values.shape))


def jpeg(values: Values, rng: np.random.Generator) -> Values:
    packed = BytesIO()
    picture(values).save(packed, "JPEG", quality=int(rng.integers(30, 61)))
    with Image.open(packed) as image:
        return np.asarray(image.convert("RGB"), dtype=np.float64)


DEGRADATIONS: Final[dict[str, Degradation]] = {
    "white balance ± 15 %": cast,
    "0.3 to 1 stop darker": lambda values, rng: stops(values, -rng.uniform(0.3, 1)),
    "0.3 to 1 stop lighter": lambda values, rng: stops(values, rng.uniform(0.3, 1)),
    "contrast − 10 to 25 %": lambda values, rng: contrast(values, 1 - rng.uniform(0.1, 0.25)),
    "contrast + 10 to 25 %": lambda values, rng: contrast(values, 1 + rng.uniform(0.1, 0.25)),
    "noise of 5 to 15": noise,
    "JPEG quality 30 to 60": jpeg,
}


def picture(values: Values) -> Image.Image:
    return Image.fromarray(np.clip(np.rint(values), 0, 255).astype(np.uint8))


def colour_difference(photo: Image.Image, result: Image.Image) -> float:
    """Mean ΔE2000 over the pixels."""
    a, b = (rgb2lab(np.asarray(image)) for image in (photo, result))
    return float(deltaE_ciede2000(a, b).mean())


def psnr(photo: Image.Image, result: Image.Image) -> float:
    """dB; at most 60, so that equal pictures can be averaged too."""
    a, b = (np.asarray(image) for image in (photo, result))
    return 60.0 if np.array_equal(a, b) else min(60.0, float(peak_signal_noise_ratio(a, b)))


def figures(photos: Sequence[Image.Image], enhance: Enhancer, seed: int) -> dict[str, dict[str, float]]:
    """ΔE of good photos, and PSNR of each harm before and after; `worse` is the share that lost > 0.5 dB."""
    passed = np.array(
        [colour_difference(photo, enhance(photo)) for photo in track(photos, description="good")]
    )
    rows = {"good": {"delta_e": float(passed.mean()), "p95": float(np.quantile(passed, 0.95))}}
    for name, degrade in DEGRADATIONS.items():
        rng = np.random.default_rng(seed)
        pairs = [
            (photo, picture(degrade(np.asarray(photo, dtype=np.float64), rng)))
            for photo in track(photos, description=name)
        ]
        before = np.array([psnr(photo, degraded) for photo, degraded in pairs])
        gain = np.array([psnr(photo, enhance(degraded)) for photo, degraded in pairs]) - before
        rows[name] = {
            "before": float(before.mean()),
            "gain": float(gain.mean()),
            "median": float(np.median(gain)),
            "worse": float((gain < -0.5).mean()),
        }
    return rows


def held_out(folder: Path) -> list[Path]:
    """Held-out files where the folder is the training data; every picture of any other folder."""
    kinds = [folder / kind for kind in ("products", "scenes") if (folder / kind).is_dir()]
    if kinds:
        return [path for kind in kinds for path in picture_files(kind, held_out=True)]
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURE_SUFFIXES)


def opened(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGB")


def table(title: str, rows: dict[str, dict[str, float]]) -> Table:
    good = rows["good"]
    sheet = Table("harm", "PSNR before", "gain", "median gain", "share worse")
    sheet.title = f"{title}: good photos move by ΔE2000 {good['delta_e']:.2f} (95 %: {good['p95']:.2f})"
    for name, row in rows.items():
        if name != "good":
            sheet.add_row(name, *(f"{value:.2f}" for value in row.values()))
    return sheet


def poor_photos() -> dict[str, Image.Image]:
    """What is wrong → a photo of the shop, as a seller might take it; in the last two nothing is."""
    rng = np.random.default_rng(1)

    def drawn(kind: str) -> Values:
        return np.asarray(KINDS[kind](), dtype=np.float64)

    mug = drawn("white ground")
    cream = np.where(mug.min(2, keepdims=True) > 250, (246, 236, 214), mug)
    values = {
        "lamplight": stops(drawn("white ground") * (1, 0.93, 0.82), -0.5),
        "a stop too dark": stops(drawn("lifestyle"), -1),
        "noise": stops(drawn("text on a pack"), -0.3) + rng.normal(0, 9, (640, 640, 1)),
        "dim and flat": 25 + 0.5 * drawn("metal"),
        "cream on purpose": cream,
        "good": drawn("cloth on a person"),
    }
    return {name: picture(each) for name, each in values.items()}


def show(path: Path) -> None:
    """The photos and, below, lifted."""
    photos = poor_photos()
    rows = [
        ("as taken", list(photos.values())),
        ("lifted", [enhance(photo)[0] for photo in photos.values()]),
    ]
    draw_sheet(list(photos), rows).save(path, quality=70, method=6)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--photos", type=Path)
    what.add_argument("--show", type=Path, help="picture to write, of photos drawn here")
    parser.add_argument("--grade", type=Path, default=GRADE, help="model folder")
    parser.add_argument("--only", help="part of the file names to keep")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="JSON file to write")
    options = parser.parse_args(arguments)
    if options.show:
        show(options.show)
        return
    photos = [opened(path) for path in held_out(options.photos) if (options.only or "") in path.name]
    grader = Grader.load(options.grade)

    def enhanced(image: Image.Image) -> Image.Image:
        return enhance(image)[0]

    def graded(image: Image.Image) -> Image.Image:
        return apply_table(image, grader.correction(image))

    enhancers: dict[str, Enhancer] = {
        "enhance": enhanced,
        "grade": graded,
        "enhance, then grade": lambda image: graded(enhanced(image)),
    }
    rows = {name: figures(photos, enhance, options.seed) for name, enhance in enhancers.items()}
    for name, part in rows.items():
        Console().print(table(f"{name}, {len(photos)} photos", part))
    if options.out:
        options.out.write_text(json.dumps(rows, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
