"""Enhancement of good photos, and of good photos that were degraded on purpose.

    python -m benchmarks.quality.enhancement --photos DIR [--out F.json]
    python -m benchmarks.quality.enhancement --show docs/pictures/enhancement.webp

Prints the mean ΔE2000 between good photos and their enhanced versions, and the PSNR (dB over RGB) that
enhancement recovers from each degradation: by `enhance`, by the correction of the `grade` engine, and by one
after the other. Degradations are drawn from --seed.
"""

from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import typer
from numpy.typing import NDArray
from PIL import Image
from rich.progress import track
from rich.table import Table
from skimage.metrics import peak_signal_noise_ratio

from samples.product_photos import PHOTO_KINDS
from style_engine.enhance.enhance import enhance
from style_engine.grade.lut import Grader, apply_table
from training.shared.files import picture_files
from training.styles.style_book import draw_sheet

from ..shared.colour import delta_e2000
from ..shared.photos import image_files, read_rgb
from ..shared.report import print_tables, write_json

GRADE_MODEL: Final = Path(__file__).parents[2] / "engine/models/grade-lite"
PSNR_MAX_DB: Final = 60.0  # stands for infinity, so that equal pictures can be averaged too
WORSE_BELOW_DB: Final = -0.5
Values = NDArray[np.float64]  # (H, W, 3) sRGB, 0..255; may exceed the range before clipping
Degradation = Callable[[Values, np.random.Generator], Values]
Enhancer = Callable[[Image.Image], Image.Image]


def scale_channels(values: Values, rng: np.random.Generator) -> Values:
    return values * (1 + rng.uniform(-0.15, 0.15, 3))


def change_exposure(values: Values, stops: float) -> Values:
    """Multiply linear light by 2 ** stops."""
    return np.asarray(255 * (values / 255) * 2 ** (stops / 2.2))


def change_contrast(values: Values, factor: float) -> Values:
    return 127.5 + factor * (values - 127.5)


def add_noise(values: Values, rng: np.random.Generator) -> Values:
    return np.asarray(values + rng.normal(0, rng.uniform(5, 15), values.shape))


def compress_jpeg(values: Values, rng: np.random.Generator) -> Values:
    file = BytesIO()
    to_image(values).save(file, "JPEG", quality=int(rng.integers(30, 61)))
    with Image.open(file) as image:
        return np.asarray(image.convert("RGB"), dtype=np.float64)


DEGRADATIONS: Final[dict[str, Degradation]] = {
    "white balance ± 15 %": scale_channels,
    "0.3 to 1 stop darker": lambda values, rng: change_exposure(values, -rng.uniform(0.3, 1)),
    "0.3 to 1 stop lighter": lambda values, rng: change_exposure(values, rng.uniform(0.3, 1)),
    "contrast − 10 to 25 %": lambda values, rng: change_contrast(values, 1 - rng.uniform(0.1, 0.25)),
    "contrast + 10 to 25 %": lambda values, rng: change_contrast(values, 1 + rng.uniform(0.1, 0.25)),
    "noise of 5 to 15": add_noise,
    "JPEG quality 30 to 60": compress_jpeg,
}


def to_image(values: Values) -> Image.Image:
    return Image.fromarray(np.clip(np.rint(values), 0, 255).astype(np.uint8))


def psnr(photo: Image.Image, result: Image.Image) -> float:
    """PSNR in dB, at most PSNR_MAX_DB."""
    a, b = (np.asarray(image) for image in (photo, result))
    return PSNR_MAX_DB if np.array_equal(a, b) else min(PSNR_MAX_DB, float(peak_signal_noise_ratio(a, b)))


def measure_enhancer(
    photos: Sequence[Image.Image], enhance: Enhancer, seed: int
) -> dict[str, dict[str, float]]:
    """ΔE2000 of good photos; PSNR of each degradation before and after; `worse`: share losing over 0.5 dB."""
    differences = np.array(
        [float(delta_e2000(photo, enhance(photo)).mean()) for photo in track(photos, "good photos")]
    )
    rows = {"good": {"delta_e": float(differences.mean()), "p95": float(np.quantile(differences, 0.95))}}
    for name, degrade in DEGRADATIONS.items():
        rng = np.random.default_rng(seed)
        degraded = [to_image(degrade(np.asarray(photo, dtype=np.float64), rng)) for photo in photos]
        before = np.array([psnr(*pair) for pair in zip(photos, degraded, strict=True)])
        after = np.array(
            [
                psnr(photo, enhance(image))
                for photo, image in track(zip(photos, degraded, strict=True), name, len(photos))
            ]
        )
        gain = after - before
        rows[name] = {
            "before": float(before.mean()),
            "gain": float(gain.mean()),
            "median": float(np.median(gain)),
            "worse": float((gain < WORSE_BELOW_DB).mean()),
        }
    return rows


def find_photos(folder: Path) -> list[Path]:
    """Held-out files where the folder is the training data; every picture of any other folder."""
    kinds = [folder / kind for kind in ("products", "scenes") if (folder / kind).is_dir()]
    if kinds:
        return [path for kind in kinds for path in picture_files(kind, held_out=True)]
    return image_files(folder)


def psnr_table(title: str, rows: dict[str, dict[str, float]]) -> Table:
    good = rows["good"]
    table = Table("degradation", "PSNR before", "gain", "median gain", "share worse")
    table.title = f"{title}: good photos change by ΔE2000 {good['delta_e']:.2f} (95 %: {good['p95']:.2f})"
    for name, row in rows.items():
        if name != "good":
            table.add_row(name, *(f"{value:.2f}" for value in row.values()))
    return table


def draw_poor_photos() -> dict[str, Image.Image]:
    """Defect → a sample photo with it, as a seller might take it; the last two have no defect."""
    rng = np.random.default_rng(1)

    def draw(kind: str) -> Values:
        return np.asarray(PHOTO_KINDS[kind](), dtype=np.float64)

    mug = draw("white background")
    cream = np.where(mug.min(2, keepdims=True) > 250, (246, 236, 214), mug)
    values = {
        "lamplight": change_exposure(draw("white background") * (1, 0.93, 0.82), -0.5),
        "a stop too dark": change_exposure(draw("lifestyle"), -1),
        "noise": change_exposure(draw("text on a pack"), -0.3) + rng.normal(0, 9, (640, 640, 3)),
        "dim and flat": 25 + 0.5 * draw("metal"),
        "cream on purpose": cream,
        "good": draw("cloth on a person"),
    }
    return {name: to_image(of_photo) for name, of_photo in values.items()}


def save_sheet(path: Path) -> None:
    """A contact sheet: the poor photos above, enhanced below."""
    photos = draw_poor_photos()
    rows = [
        ("as taken", list(photos.values())),
        ("enhanced", [enhance(photo)[0] for photo in photos.values()]),
    ]
    draw_sheet(list(photos), rows).save(path, quality=70, method=6)


def main(  # noqa: PLR0917 - a command line has as many options as it has
    photos: Annotated[Path | None, typer.Option(help="Folder of photos to measure.", exists=True)] = None,
    show: Annotated[
        Path | None, typer.Option(help="Contact sheet to write instead, of sample photos.")
    ] = None,
    grade: Annotated[Path, typer.Option(help="Folder of the grade model.")] = GRADE_MODEL,
    only: Annotated[str, typer.Option(help="Measure only files with this in their names.")] = "",
    seed: Annotated[int, typer.Option(help="Seed of the degradations.")] = 1,
    out: Annotated[Path | None, typer.Option(help="JSON file to write.")] = None,
) -> None:
    """Measure enhancement on good and on degraded photos. Either --photos or --show is required."""
    if (photos is None) == (show is None):
        raise typer.BadParameter("give either --photos or --show")
    if show:
        save_sheet(show)
        return
    assert photos is not None  # checked above
    images = [read_rgb(path) for path in find_photos(photos) if only in path.name]
    grader = Grader.load(grade)

    def enhanced(image: Image.Image) -> Image.Image:
        return enhance(image)[0]

    def graded(image: Image.Image) -> Image.Image:
        return apply_table(image, grader.correction(image))

    enhancers: dict[str, Enhancer] = {
        "enhance": enhanced,
        "grade": graded,
        "enhance, then grade": lambda image: graded(enhanced(image)),
    }
    rows = {name: measure_enhancer(images, enhancer, seed) for name, enhancer in enhancers.items()}
    print_tables(*(psnr_table(f"{name}, {len(images)} photos", part) for name, part in rows.items()))
    if out:
        write_json(out, rows)


if __name__ == "__main__":
    typer.run(main)
