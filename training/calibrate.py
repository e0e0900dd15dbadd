"""Calibrate the gates: `python -m training.calibrate --data DIR`, or `make gates DATA=DIR`.

Held-out product photos are painted in every protection and measured, ungated: these are the good ones. Each
is then spoilt once for each gate, by as much as a shopper would notice: these are the bad ones. A limit that
is promised stands. Any other lies midway between the worst of the good (without their last hundredth) and the
mildest of the bad (without their first tenth); where the two overlap, the good decide and the table says how
many of the bad get by. Limits go to style_engine/gates.json, the numbers behind them to docs/calibration.
"""

import argparse
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor
from torch.nn import functional as F

from style_engine import Look, Stylizer, measures, pictures
from style_engine.gates import AT_LEAST, CALIBRATED, MEASURES, Limits, Scene, seen
from style_engine.ground import plain_ground
from style_engine.looks import Protection

from .quality import spread

DOCS: Final = Path(__file__).parents[1] / "docs" / "calibration"
PIXELS: Final = 250_000  # of a photo: the least that the engine works at
SHARES: Final = (0.25, 0.5, 0.75, 1.0)  # of a change, for the curves
WORST, MILDEST = 0.99, 0.10  # of the good kept; of the bad that may be too mild to count
BANDS: Final = (0.01, 0.1, 0.5, 0.9, 0.99)

PROMISED: Final[Mapping[str, Mapping[str, float]]] = {
    "off": {},
    "soft": {"product_ssim": 0.85},
    "strict": {"product_ssim": 0.95, "delta_e": 2.0, "white_ground": 3.0},
    "background-only": {"white_ground": 3.0},
    "product-only": {"white_ground": 3.0, "ground": 3.0},
}
FREE: Final = ("clipping", "style_gain", "flat_noise", "halo")
KEPT: Final = ("product_ssim", "edge_keep", "delta_e", "text")
ASKED: Final[Mapping[str, Sequence[str]]] = {
    "off": FREE,
    "soft": (*FREE, *KEPT),
    "strict": (*FREE, *KEPT, "white_ground"),
    "background-only": (*FREE, *KEPT, "white_ground"),
    "product-only": (*FREE, "white_ground", "ground"),
}


# ── Spoiling ─────────────────────────────────────────────────────────────────────────────────────────


def burnt(scene: Scene, result: Tensor) -> Tensor:
    """Tones pulled apart until lights and darks are lost."""
    return ((result - 0.5) * 2.6 + 0.5).clamp(0, 1)


def unseen(scene: Scene, result: Tensor) -> Tensor:
    """A tenth of the change."""
    return torch.lerp(scene.photo, result, 0.1)


def grained(scene: Scene, result: Tensor) -> Tensor:
    return (result + scene.regions.product * _noise(result, 24 / 255)).clamp(0, 1)


def doubled(scene: Scene, result: Tensor) -> Tensor:
    """The product a second time, 6 px off."""
    ghost = (result + result.roll((6, 6), (2, 3))) / 2
    return torch.lerp(result, ghost, scene.regions.product)


def speckled(scene: Scene, result: Tensor) -> Tensor:
    """Grain of 6/255 on what is not product."""
    return (result - scene.outside * _noise(result, 10 / 255).abs()).clamp(0, 1)


def bled(scene: Scene, result: Tensor) -> Tensor:
    """The product's paint let out over its rim."""
    blurred = F.avg_pool2d(result, 25, 1, 12, count_include_pad=False)
    return torch.lerp(result, blurred, scene.outside)


def stained(scene: Scene, result: Tensor) -> Tensor:
    """White paper four steps darker."""
    return result - scene.outside * 4 / 255


def recoloured(scene: Scene, result: Tensor) -> Tensor:
    """Product of another colour: a third of each channel taken from the next."""
    return torch.lerp(result, torch.lerp(result, result.roll(1, 1), 0.33), scene.regions.product)


def smeared(scene: Scene, result: Tensor) -> Tensor:
    """Text as through frosted glass."""
    return torch.lerp(result, F.avg_pool2d(result, 9, 1, 4, count_include_pad=False), scene.regions.text)


def _noise(like: Tensor, amount: float) -> Tensor:
    return amount * torch.randn(like.shape, generator=torch.Generator().manual_seed(1))


SPOILT: Final[Mapping[str, Callable[[Scene, Tensor], Tensor]]] = {
    "clipping": burnt,
    "style_gain": unseen,
    "product_ssim": grained,
    "edge_keep": doubled,
    "flat_noise": speckled,
    "halo": bled,
    "white_ground": stained,
    "ground": stained,
    "delta_e": recoloured,
    "text": smeared,
}


# ── Measuring ────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Sample:
    """Values of one gate in one protection; `curve`: share of the change → values."""

    good: list[float] = field(default_factory=list)
    bad: list[float] = field(default_factory=list)
    curve: dict[float, list[float]] = field(default_factory=lambda: {share: [] for share in SHARES})


Samples = dict[str, dict[str, Sample]]


def collect(stylizer: Stylizer, photos: Sequence[Image.Image], styles: Sequence[str]) -> Samples:
    """Protection → gate → what was measured over all photos and styles."""
    samples: Samples = {mode: {gate: Sample() for gate in gates} for mode, gates in ASKED.items()}
    ungated = Stylizer(replace(stylizer.parts, limits=Limits({mode: {} for mode in ASKED})), stylizer.styles)
    for photo in photos:
        scene = scene_of(stylizer, photo)
        for mode, of_mode in samples.items():
            looks = [Look({style: 1.0}, protection=Protection(mode)) for style in styles]
            for styled in ungated.stylize_all(photo, looks):
                _take(of_mode, scene, pictures.to_tensor(styled.image))
    return samples


def scene_of(stylizer: Stylizer, photo: Image.Image) -> Scene:
    tensor = pictures.to_tensor(photo)
    ground = plain_ground(tensor)
    return Scene(tensor, ground, stylizer.parts.finder(tensor, ground))


def _take(samples: Mapping[str, Sample], scene: Scene, result: Tensor) -> None:
    views = {share: seen(torch.lerp(scene.photo, result, share)) for share in SHARES}
    for gate, sample in samples.items():
        if not _has_its_place(gate, scene):
            continue
        for share, view in views.items():
            sample.curve[share].append(MEASURES[gate](scene, view))
        sample.good.append(sample.curve[1.0][-1])
        sample.bad.append(MEASURES[gate](scene, seen(SPOILT[gate](scene, result))))


def _has_its_place(gate: str, scene: Scene) -> bool:
    """Whether the photo has the ground, or the text, that a gate is about."""
    places = {
        "flat_noise": scene.outside, "halo": scene.ring, "white_ground": scene.white,
        "ground": scene.untouched, "text": (scene.regions.text > measures.HALF) * 1.0,
    }  # fmt: skip
    return gate not in places or bool(places[gate].any())


# ── Limits ───────────────────────────────────────────────────────────────────────────────────────────


def limit_between(good: Sequence[float], bad: Sequence[float], at_least: bool) -> float:
    """Midway between the worst of the good and the mildest of the bad, or the former where they overlap."""
    sign = -1.0 if at_least else 1.0
    worst = float(np.quantile(sign * np.array(good), WORST))
    mildest = float(np.quantile(sign * np.array(bad), MILDEST))
    return sign * ((worst + mildest) / 2 if mildest > worst else worst)


def limits_of(samples: Samples) -> dict[str, dict[str, float]]:
    return {
        mode: {
            gate: PROMISED[mode].get(gate, _rounded(limit_between(each.good, each.bad, gate in AT_LEAST)))
            for gate, each in of_mode.items()
        }
        for mode, of_mode in samples.items()
    }


def table(samples: Samples, limits: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    """What stands behind each limit: shares kept and refused, quantiles, medians by share of the change."""
    return {
        mode: {gate: _row(gate, each, limits[mode][gate]) for gate, each in of_mode.items()}
        for mode, of_mode in samples.items()
    }


def _row(gate: str, sample: Sample, limit: float) -> dict[str, Any]:
    def kept(values: Sequence[float]) -> float:
        within = np.array(values) >= limit if gate in AT_LEAST else np.array(values) <= limit
        return round(float(within.mean()), 4)

    return {
        "limit": limit,
        "count": len(sample.good),
        "good_kept": kept(sample.good),
        "bad_refused": round(1 - kept(sample.bad), 4),
        "good": _quantiles(sample.good),
        "bad": _quantiles(sample.bad),
        "median_by_share": {
            str(share): _rounded(np.median(values)) for share, values in sample.curve.items()
        },
    }


def _quantiles(values: Sequence[float]) -> list[float]:
    return [_rounded(value) for value in np.quantile(values, BANDS)]


def _rounded(value: Any) -> float:
    return float(f"{float(value):.3g}")


# ── Chart ────────────────────────────────────────────────────────────────────────────────────────────

CELL_WIDTH, CELL_HEIGHT, DOT = 300, 74, 3  # px
GOOD, BAD, LIMIT = (40, 110, 190), (210, 70, 50), (20, 20, 20)


def chart(samples: Samples, limits: Mapping[str, Mapping[str, float]]) -> Image.Image:
    """A column a protection, a row a gate: the good above, the bad below, the limit across."""
    names = list(SPOILT)
    page = Image.new("RGB", (CELL_WIDTH * len(samples), CELL_HEIGHT * len(names) + 24), "white")
    pen = ImageDraw.Draw(page)
    for column, (mode, of_mode) in enumerate(samples.items()):
        pen.text((column * CELL_WIDTH + 8, 6), mode, fill=LIMIT, font_size=14)
        for gate, sample in of_mode.items():
            corner = (column * CELL_WIDTH, 24 + names.index(gate) * CELL_HEIGHT)
            _cell(pen, corner, f"{gate}  {limits[mode][gate]:g}", sample, limits[mode][gate])
    return page


def _cell(
    pen: ImageDraw.ImageDraw, corner: tuple[int, int], title: str, sample: Sample, limit: float
) -> None:
    left, top = corner
    low, high = np.quantile([*sample.good, *sample.bad, limit], (0.01, 0.99))
    scale = (CELL_WIDTH - 20) / max(float(high - low), 1e-9)

    def across(value: float) -> float:
        return left + 10 + float(np.clip(value - low, 0, high - low)) * scale

    pen.text((left + 8, top), title, fill=LIMIT, font_size=12)
    for values, colour, y in ((sample.good, GOOD, top + 28), (sample.bad, BAD, top + 50)):
        for value in values:
            pen.ellipse((across(value) - DOT, y - DOT, across(value) + DOT, y + DOT), outline=colour)
    pen.line((across(limit), top + 18, across(limit), top + 62), fill=LIMIT, width=2)


# ── Command ──────────────────────────────────────────────────────────────────────────────────────────


def read_photos(folder: Path, count: int) -> Iterator[Image.Image]:
    for path in spread(folder, count):
        with Image.open(path) as image:
            yield pictures.to_working_size(image.convert("RGB"), PIXELS * 2, PIXELS)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with `products`")
    parser.add_argument("--model", type=Path, default=Path("functions/stylizer/models/fusenet-lite"))
    parser.add_argument("--photos", type=int, default=16)
    parser.add_argument("--every", type=int, default=1, help="take every n-th style of the catalogue")
    options = parser.parse_args(arguments)
    stylizer = Stylizer.load(options.model)
    styles = list(stylizer.styles)[:: options.every]
    with torch.inference_mode():
        samples = collect(stylizer, list(read_photos(options.data / "products", options.photos)), styles)
    limits = limits_of(samples)
    about = {"model": stylizer.model.version, "regions": stylizer.parts.finder.version}
    CALIBRATED.write_text(json.dumps({**about, "limits": limits}, indent=2) + "\n", "utf-8")
    DOCS.mkdir(parents=True, exist_ok=True)
    numbers = {**about, "quantiles": BANDS, "gates": table(samples, limits)}
    (DOCS / "gates.json").write_text(json.dumps(numbers, indent=1) + "\n", "utf-8")
    chart(samples, limits).save(DOCS / "gates.webp", quality=80)


if __name__ == "__main__":
    main()
