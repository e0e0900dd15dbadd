"""Photos and drawn products that are exposed correctly, which enhancement must leave as they are.

    python -m benchmarks.quality.unchanged_set --photos DIR [--count N] [--out F.json]

Prints how many stay unchanged, how much of their fine contrast textures keep, and what degraded photos
gain, for several limits of evidence: the trade between true products and corrected captures.

Photos are chosen by their own pixels, never by what enhancement does with them:

* A product photo is taken if its border is clean, neutral white (every channel of 90 % of the border ≥ 250).
  The white proves exposure and white balance of the whole photo, hence of every crop of it.
* A scene is taken if each channel reaches 250 in its brightest 0.1 % and is clipped in at most 2 %, its
  darkest 1 % is below 25, and its median is between 70 and 185.

Each is taken whole, and as crops that mostly show the product: the middle half, and two details.
"""

import math
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import typer
from PIL import Image
from rich.table import Table
from skimage.filters import gaussian

from style_engine.enhance.enhance import enhance
from style_engine.enhance.limits import DEFAULT_LIMITS, EvidenceLimits
from style_engine.imaging import tensors
from training.shared.files import picture_files

from ..shared.colour import delta_e2000
from ..shared.photos import image_files, read_accepted, select_evenly
from ..shared.report import print_tables, write_json
from .drawn_products import drawn_products
from .enhancement import find_photos, measure_enhancer

CLEAN_WHITE_MIN_8BIT: Final = 250
CLEAN_WHITE_BORDER_SHARE: Final = 0.9
REACHED_WHITE_QUANTILE, CLIPPED_FROM_8BIT, MAX_CLIPPED_SHARE = 0.999, 254, 0.02
DARKEST_QUANTILE, DARKEST_MAX_8BIT = 0.01, 25
WELL_EXPOSED_MEDIAN_8BIT: Final = (70, 185)
CANDIDATES_PER_PHOTO: Final = 10  # that are looked at for each that is wanted
SAMPLED_PIXELS: Final = 1_000_000  # of a photo, that ΔE2000 and exposure are measured on
DEGRADED_MAX_PIXELS: Final = 1024 * 1024
CROP_BOXES: Final = {  # left, top, right, bottom, as shares of the photo's sides
    "whole": (0.0, 0.0, 1.0, 1.0),
    "middle": (0.25, 0.25, 0.75, 0.75),
    "upper detail": (0.33, 0.22, 0.67, 0.56),
    "lower detail": (0.36, 0.48, 0.64, 0.76),
}
JPEG_QUALITY: Final = 90  # of the second version of each drawn product
FINE_CONTRAST_SIGMA_PX: Final = 2.0
UNCHANGED_MAX_MEDIAN_DELTA_E: Final = 1.0
DEGRADATION_SEED: Final = 1
NEVER: Final = sys.float_info.max  # more evidence than any photo has
CURVE: Final = {  # from no evidence to evidence that nothing has
    "any photo is a scene, any colour noise counts": EvidenceLimits(scene=-NEVER, colour_noise=0.0),
    "scene -2, colour noise 0.01": EvidenceLimits(scene=-2.0, colour_noise=0.01),
    "scene 0, colour noise 0.03": EvidenceLimits(scene=0.0, colour_noise=0.03),
    "the engine's": DEFAULT_LIMITS,
    "scene 1, colour noise 0.10": EvidenceLimits(scene=1.0, colour_noise=0.10),
    "no scene, no noise": EvidenceLimits(scene=NEVER, colour_noise=NEVER),
}


@dataclass(frozen=True)
class CorrectPhoto:
    """A correctly exposed RGB picture, its kind, and whether its fine contrast is the product's own."""

    kind: str
    name: str
    image: Image.Image
    is_texture: bool = False


def unchanged_set(photos: Path, count: int | None) -> list[CorrectPhoto]:
    """All drawn products, as drawn and as JPEG, and all crops of at most `count` photos of a folder."""
    return [*_drawn(), *_photos_and_crops(photos, count)]


def _drawn() -> Iterator[CorrectPhoto]:
    for number, product in enumerate(drawn_products()):
        name = f"drawn {number}"
        yield CorrectPhoto(product.kind, name, product.image, product.is_texture)
        yield CorrectPhoto(product.kind, f"{name}, JPEG", _as_jpeg(product.image), product.is_texture)


def _as_jpeg(image: Image.Image) -> Image.Image:
    file = BytesIO()
    image.save(file, "JPEG", quality=JPEG_QUALITY)
    with Image.open(file) as jpeg:
        return jpeg.convert("RGB")


def _photos_and_crops(folder: Path, count: int | None) -> Iterator[CorrectPhoto]:
    for path, photo in read_accepted(_select_correct(folder, count)):
        for crop, box in CROP_BOXES.items():
            yield CorrectPhoto(f"photo, {crop}", path.name, _cropped(photo, box))


def _select_correct(folder: Path, count: int | None) -> Sequence[Path]:
    candidates = CANDIDATES_PER_PHOTO * count if count else None
    return select_evenly(correctly_exposed(folder, candidates), count)


def _cropped(photo: Image.Image, box: tuple[float, float, float, float]) -> Image.Image:
    width, height = photo.size
    left, top, right, bottom = box
    return photo.crop(
        (round(left * width), round(top * height), round(right * width), round(bottom * height))
    )


def correctly_exposed(folder: Path, candidates: int | None = None) -> list[Path]:
    """The photos of a folder, or of its folders `products` and `scenes`, that prove their exposure.

    With `candidates`, at most as many photos, evenly over the folder, are looked at.
    """
    kinds = [folder / kind for kind in ("products", "scenes") if (folder / kind).is_dir()]
    files = [path for kind in kinds for path in picture_files(kind)] if kinds else image_files(folder)
    photos = read_accepted(select_evenly(files, candidates))
    return [path for path, photo in photos if _proves_its_exposure(np.asarray(photo))]


def _proves_its_exposure(pixels: np.ndarray[Any, Any]) -> bool:
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    if (border.min(1) >= CLEAN_WHITE_MIN_8BIT).mean() >= CLEAN_WHITE_BORDER_SHARE:
        return True
    step = _step_for(pixels.shape[0] * pixels.shape[1])
    inside = pixels[::step, ::step]
    tone, channels = inside.mean(2), inside.reshape(-1, 3)
    low, high = WELL_EXPOSED_MEDIAN_8BIT
    return bool(
        np.quantile(channels, REACHED_WHITE_QUANTILE, axis=0).min() >= CLEAN_WHITE_MIN_8BIT
        and (channels.max(1) >= CLIPPED_FROM_8BIT).mean() <= MAX_CLIPPED_SHARE
        and np.quantile(tone, DARKEST_QUANTILE) < DARKEST_MAX_8BIT
        and low <= np.median(tone) <= high
    )


def median_delta_e(photo: Image.Image, result: Image.Image) -> float:
    """Median ΔE2000 over the pixels; of a large photo, over every n-th of each side."""
    step = _step_for(photo.width * photo.height)
    return float(np.median(delta_e2000(*(_every_nth(image, step) for image in (photo, result)))))


def _every_nth(image: Image.Image, step: int) -> Image.Image:
    return Image.fromarray(np.asarray(image)[::step, ::step])


def _step_for(pixels: int) -> int:
    """Between the pixels that are measured, so that about SAMPLED_PIXELS are."""
    return max(1, math.isqrt(pixels // SAMPLED_PIXELS))


def fine_contrast(image: Image.Image) -> float:
    """Std of luminance minus its Gaussian blur (σ 2 px), in levels."""
    tone = np.asarray(image.convert("L"), dtype=np.float64)
    return float((tone - gaussian(tone, FINE_CONTRAST_SIGMA_PX)).std())


def measure_unchanged(correct: Sequence[CorrectPhoto], limits: EvidenceLimits) -> dict[str, Any]:
    """Share unchanged within a median ΔE2000 of 1; its 95th percentile and worst; textures' fine contrast.

    `by_kind`: number, share unchanged and worst ΔE2000 of each kind; `changed`: what was changed, and how.
    """
    differences, kept, changed = defaultdict(list), [], []
    for photo in correct:
        result, steps = enhance(photo.image, limits)
        difference = median_delta_e(photo.image, result) if steps else 0.0
        differences[photo.kind].append(difference)
        if difference > UNCHANGED_MAX_MEDIAN_DELTA_E:
            notes = [step.note for step in steps]
            changed.append({"kind": photo.kind, "name": photo.name, "delta_e": difference, "steps": notes})
        if photo.is_texture:
            kept.append(fine_contrast(result) / fine_contrast(photo.image))
    by_kind = {kind: _summary(values) for kind, values in differences.items()}
    return {
        **_summary([value for values in differences.values() for value in values]),
        "textures": {"count": len(kept), "kept_min": min(kept), "kept_mean": float(np.mean(kept))},
        "by_kind": by_kind,
        "changed": changed,
    }


def _summary(differences: Sequence[float]) -> dict[str, float]:
    values = np.asarray(differences)
    return {
        "count": len(values),
        "unchanged": float((values <= UNCHANGED_MAX_MEDIAN_DELTA_E).mean()),
        "p95": float(np.quantile(values, 0.95)),
        "worst": float(values.max()),
    }


def measure_enhancement(
    photos: Path, count: int | None = None, limits: EvidenceLimits = DEFAULT_LIMITS
) -> dict[str, Any]:
    """What enhancement does to correct products and to degraded photos of a folder, as JSON values.

    `unchanged`: see `measure_unchanged`; `gains`: see `enhancement.measure_enhancer`. At most `count` photos
    are cropped, and at most `count`, at most DEGRADED_MAX_PIXELS each, are degraded.
    """
    return _measure(unchanged_set(photos, count), _to_degrade(photos, count), limits)


def _to_degrade(photos: Path, count: int | None) -> list[Image.Image]:
    files = select_evenly(find_photos(photos), count)
    return [tensors.to_working_size(photo, DEGRADED_MAX_PIXELS) for _, photo in read_accepted(files)]


def _measure(
    correct: Sequence[CorrectPhoto], good: Sequence[Image.Image], limits: EvidenceLimits
) -> dict[str, Any]:
    gains = measure_enhancer(good, lambda image: enhance(image, limits)[0], DEGRADATION_SEED)
    return {"unchanged": measure_unchanged(correct, limits), "gains": gains}


def curve_table(rows: dict[str, dict[str, Any]]) -> Table:
    gains = [name for name in next(iter(rows.values()))["gains"] if name != "good"]
    table = Table("limits of evidence", "unchanged", "95 %", "worst", "textures keep", *gains)
    for name, row in rows.items():
        unchanged = row["unchanged"]
        table.add_row(
            name,
            f"{unchanged['unchanged']:.1%}",
            *(f"{unchanged[key]:.2f}" for key in ("p95", "worst")),
            f"{unchanged['textures']['kept_min']:.0%}",
            *(f"{row['gains'][gain]['gain']:+.1f}" for gain in gains),
        )
    return table


def main(
    photos: Annotated[Path, typer.Option(help="Folder of photos.", exists=True)],
    count: Annotated[int | None, typer.Option(help="Photos to crop, and to degrade, at most.")] = None,
    only: Annotated[str, typer.Option(help="Measure only limits with this in their names.")] = "",
    out: Annotated[Path | None, typer.Option(help="JSON file to write.")] = None,
) -> None:
    """Measure the trade between unchanged products and corrected captures."""
    correct = unchanged_set(photos, count)
    good = _to_degrade(photos, count)
    rows: dict[str, dict[str, Any]] = {}
    for name, limits in CURVE.items():
        if only in name:
            rows[name] = _measure(correct, good, limits)
            if out:  # after each, as the whole takes minutes
                write_json(out, rows)
    print_tables(curve_table(rows))


if __name__ == "__main__":
    typer.run(main)
