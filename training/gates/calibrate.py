"""Calibrate the gates: `python -m training.gates.calibrate --data DIR`, or `make gates DATA=DIR`.

Every second held-out product photo, and those of samples.product_photos, are painted in every protection and
measured, ungated: these are the good ones. Each is then spoilt once for each gate, by as much as a shopper
would notice: these are the bad ones. A limit that is promised stands. Any other lies midway between the
worst of the good (without their last three in a hundred) and the mildest of the bad (without their first
tenth), that of style gain at the latter; where the two overlap, the good decide and the table says how many
of the bad get by. Limits go to style_engine/gates.json, the numbers behind them and a picture at each limit
to docs/calibration.
"""

import argparse
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import cycle, islice
from pathlib import Path
from statistics import fmean
from typing import Any, Final

import numpy as np
import torch
from PIL import Image, ImageDraw
from rich.progress import track
from torch import Tensor
from torch.nn import functional as F

from samples.product_photos import mug_on_white, shop_photos
from style_engine import Look, Stylizer
from style_engine.imaging import tensors
from style_engine.looks import Protection
from style_engine.regions.background import plain_background
from style_engine.safety.gates import LIMITS_FILE, LOWER_LIMIT_GATES, MEASURES, GateLimits
from style_engine.safety.scene import Scene, measure

from ..shared.data import picture_files
from ..styles.style_book import CELL, sheet

DOCS: Final = Path(__file__).parents[2] / "docs" / "calibration"
PIXELS: Final = 250_000  # of a photo: the least that the engine works at
SHARES: Final = (0.25, 0.5, 0.75, 1.0)  # of a change, for the curves
WORST, MILDEST = 0.97, 0.10  # of the good kept; of the bad that may be too mild to count
LENIENT: Final = frozenset({"style_gain"})  # refuses the bad alone: a quiet style is no fault
HALVINGS: Final = 8
LEAST_ROOM: Final = 0.05  # of the picture, to be painted at all
BANDS: Final = (0.01, 0.03, 0.1, 0.5, 0.9, 0.97, 0.99)

PROMISED: Final[Mapping[str, Mapping[str, float]]] = {
    "off": {},
    "soft": {"product_ssim": 0.85, "delta_e": 7.0},  # from about there on, a colour is another one
    "strict": {"product_ssim": 0.95, "delta_e": 2.0, "white_background": 3.0},
    "background-only": {  # the product stays the photo
        "product_ssim": 0.99, "edge_keep": 0.98, "delta_e": 0.5, "text": 0.98, "white_background": 3.0,
    },
    "product-only": {"white_background": 3.0, "background": 3.0},
}  # fmt: skip
FREE: Final = ("clipping", "style_gain", "flat_noise", "halo")
SHOWN_FIRST: Final = ("soft", "strict", "product-only")
KEPT: Final = ("product_ssim", "edge_keep", "delta_e", "text")
ASKED: Final[Mapping[str, Sequence[str]]] = {
    "off": FREE,
    "soft": (*FREE, *KEPT),
    "strict": (*FREE, *KEPT, "white_background"),
    "background-only": (*FREE, *KEPT, "white_background"),
    "product-only": (*FREE, "white_background", "background"),
}


# ── Spoiling ─────────────────────────────────────────────────────────────────────────────────────────


def clipped(scene: Scene, result: Tensor) -> Tensor:
    """Tones pulled apart until lights and darks are lost."""
    return ((result - 0.5) * 1.6 + 0.5).clamp(0, 1)


def unseen(scene: Scene, result: Tensor) -> Tensor:
    """A tenth of the change."""
    return torch.lerp(scene.photo, result, 0.1)


def grained(scene: Scene, result: Tensor) -> Tensor:
    return (result + scene.regions.product * _noise(result, 14 / 255)).clamp(0, 1)


def doubled(scene: Scene, result: Tensor) -> Tensor:
    """The product faintly a second time, 4 px off."""
    ghost = torch.lerp(result, result.roll((4, 4), (2, 3)), 0.4)
    return torch.lerp(result, ghost, scene.regions.product)


def speckled(scene: Scene, result: Tensor) -> Tensor:
    """Grain of 3/255 on what is not product."""
    return (result - scene.clean_area * _noise(result, 5 / 255).abs()).clamp(0, 1)


def bled(scene: Scene, result: Tensor) -> Tensor:
    """A little of the product's paint let out over its rim."""
    blurred = F.avg_pool2d(result, 25, 1, 12, count_include_pad=False)
    return torch.lerp(result, blurred, 0.3 * scene.clean_area)


def stained(scene: Scene, result: Tensor) -> Tensor:
    """White paper four steps darker."""
    return result - scene.clean_area * 4 / 255


def recoloured(scene: Scene, result: Tensor) -> Tensor:
    """Product of another colour: a sixth of each channel taken from the next."""
    return torch.lerp(result, torch.lerp(result, result.roll(1, 1), 1 / 6), scene.regions.product)


def smeared(scene: Scene, result: Tensor) -> Tensor:
    """Text as through frosted glass."""
    return torch.lerp(result, F.avg_pool2d(result, 5, 1, 2, count_include_pad=False), scene.regions.text)


def _noise(like: Tensor, amount: float) -> Tensor:
    return amount * torch.randn(like.shape, generator=torch.Generator().manual_seed(1))


CORRUPTED: Final[Mapping[str, Callable[[Scene, Tensor], Tensor]]] = {
    "clipping": clipped,
    "style_gain": unseen,
    "product_ssim": grained,
    "edge_keep": doubled,
    "flat_noise": speckled,
    "halo": bled,
    "white_background": stained,
    "background": stained,
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


def collect(
    stylizer: Stylizer, photos: Sequence[Image.Image], styles: Sequence[str], at_once: int
) -> Samples:
    """Protection → gate → what was measured; each photo wears the next `at_once` of the styles."""
    samples: Samples = {mode: {gate: Sample() for gate in gates} for mode, gates in ASKED.items()}
    paint_unprotected, turns = ungated(stylizer), cycle(styles)
    for photo in track([_at_working_size(photo) for photo in photos], "painting"):
        scene, worn = scene_of(stylizer, photo), list(islice(turns, at_once))
        for mode, of_mode in samples.items():
            asked = {gate: each for gate, each in of_mode.items() if _has_its_place(gate, mode, scene)}
            looks = [Look({style: 1.0}, 1.0, Protection(mode)) for style in worn]
            for styled in paint_unprotected.stylize_all(photo, looks):
                _take(asked, scene, tensors.to_tensor(styled.image))
    return samples


def ungated(stylizer: Stylizer) -> Stylizer:
    """The same, but publishes whatever it paints."""
    return Stylizer(
        replace(stylizer.networks, limits=GateLimits({mode: {} for mode in ASKED})), stylizer.styles
    )


def scene_of(stylizer: Stylizer, photo: Image.Image) -> Scene:
    tensor = tensors.to_tensor(photo)
    background = plain_background(tensor)
    return Scene(tensor, background, stylizer.networks.finder(tensor, background))


def _take(samples: Mapping[str, Sample], scene: Scene, result: Tensor) -> None:
    views = {share: measure(torch.lerp(scene.photo, result, share)) for share in SHARES}
    for gate, sample in samples.items():
        for share, view in views.items():
            sample.curve[share].append(MEASURES[gate](scene, view))
        sample.good.append(sample.curve[1.0][-1])
        sample.bad.append(MEASURES[gate](scene, measure(CORRUPTED[gate](scene, result))))


def _has_its_place(gate: str, mode: str, scene: Scene) -> bool:
    """Whether the photo has what a gate is about: a ground, text, or (style gain) room for a style."""
    product = scene.regions.product
    room = {"background-only": 1 - product, "product-only": product}.get(mode, torch.ones_like(product))
    places = {
        "style_gain": ((room * scene.paintable_area).mean() > LEAST_ROOM) * 1.0,
        "flat_noise": scene.clean_area, "halo": scene.halo_ring, "white_background": scene.white_area,
        "background": scene.certain_background, "text": scene.confident_text,
    }  # fmt: skip
    return gate not in places or bool(places[gate].any())


# ── Limits ───────────────────────────────────────────────────────────────────────────────────────────


def limit_between(gate: str, good: Sequence[float], bad: Sequence[float]) -> float:
    """By the rule told above."""
    sign = -1.0 if gate in LOWER_LIMIT_GATES else 1.0
    worst = float(np.quantile(sign * np.array(good), WORST))
    mildest = float(np.quantile(sign * np.array(bad), MILDEST))
    if mildest <= worst:
        return sign * worst
    return sign * (mildest if gate in LENIENT else (worst + mildest) / 2)


def limits_of(samples: Samples) -> dict[str, dict[str, float]]:
    return {
        mode: {
            gate: PROMISED[mode].get(gate, _rounded(limit_between(gate, each.good, each.bad)))
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
        return round(fmean(_within(gate, value, limit) for value in values), 4)

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


def at_limit(scene: Scene, result: Tensor, gate: str, limit: float) -> Tensor:
    """The result spoilt for a gate just so far that the gate lets it pass."""
    corrupted = CORRUPTED[gate](scene, result)
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        share = (low + high) / 2
        value = MEASURES[gate](scene, measure(torch.lerp(result, corrupted, share)))
        low, high = (share, high) if _within(gate, value, limit) else (low, share)
    return torch.lerp(result, corrupted, low)


def _within(gate: str, value: float, limit: float) -> bool:
    return value >= limit if gate in LOWER_LIMIT_GATES else value <= limit


# ── Chart ────────────────────────────────────────────────────────────────────────────────────────────

CELL_WIDTH, CELL_HEIGHT, DOT = 300, 74, 3  # px
UNCHANGED_SHARE, BAD, LIMIT = (40, 110, 190), (210, 70, 50), (20, 20, 20)


def chart(samples: Samples, limits: Mapping[str, Mapping[str, float]]) -> Image.Image:
    """A column a protection, a row a gate: the good above, the bad below, the limit across."""
    names = list(CORRUPTED)
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
    for values, colour, y in ((sample.good, UNCHANGED_SHARE, top + 28), (sample.bad, BAD, top + 50)):
        for value in values:
            pen.ellipse((across(value) - DOT, y - DOT, across(value) + DOT, y + DOT), outline=colour)
    pen.line((across(limit), top + 18, across(limit), top + 62), fill=LIMIT, width=2)


# ── Pictures ─────────────────────────────────────────────────────────────────────────────────────────

SHOWN: Final = (60, 160)  # px, left and top of the window of the drawn mug that is shown
STYLE_SHOWN: Final = "oil"


def limit_sheet(stylizer: Stylizer, limits: Mapping[str, Mapping[str, float]]) -> Image.Image:
    """For each gate a drawn mug as painted, spoilt up to the limit, and spoilt as in the calibration."""
    photo = _at_working_size(mug_on_white())
    scene, paint_unprotected = scene_of(stylizer, photo), ungated(stylizer)
    rows = []
    for gate in CORRUPTED:
        mode = next(mode for mode in SHOWN_FIRST if gate in limits[mode])
        look = Look({STYLE_SHOWN: 1.0}, 1.0, Protection(mode))
        result = tensors.to_tensor(paint_unprotected.stylize_all(photo, [look])[0].image)
        limit = limits[mode][gate]
        three = (result, at_limit(scene, result, gate, limit), CORRUPTED[gate](scene, result))
        values = [f"{MEASURES[gate](scene, measure(each)):.3g}" for each in three]
        name = f"{gate} ({mode}), limit {limit:g}: {' · '.join(values)}"
        rows.append((name, [_window(each) for each in three]))
    return sheet(["as painted", "at the limit", "spoilt"], rows)


def _window(picture: Tensor) -> Image.Image:
    left, top = SHOWN
    return tensors.to_image(picture).crop((left, top, left + CELL - 3, top + CELL - 3))


# ── Command ──────────────────────────────────────────────────────────────────────────────────────────


def read_photos(folder: Path, count: int) -> Iterator[Image.Image]:
    """Evenly from every second held-out photo of a folder; the others are for benchmarks."""
    files = picture_files(folder, held_out=True)[::2]
    for index in range(min(count, len(files))):
        with Image.open(files[index * len(files) // min(count, len(files))]) as image:
            yield image.convert("RGB")


def _at_working_size(image: Image.Image) -> Image.Image:
    """At the least that the engine works at, so that nothing is resized between painting and measuring."""
    scale = math.sqrt(PIXELS / (image.width * image.height))
    return image.resize((math.ceil(image.width * scale), math.ceil(image.height * scale)))


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with `products`")
    parser.add_argument("--model", type=Path, default=Path("engine/models/fusenet-lite"))
    parser.add_argument("--photos", type=int, default=18)
    parser.add_argument("--styles", type=int, default=7, help="that each photo wears, by turns")
    options = parser.parse_args(arguments)
    stylizer = Stylizer.load(options.model)
    photos = [*read_photos(options.data / "products", options.photos), *shop_photos().values()]
    with torch.inference_mode():
        samples = collect(stylizer, photos, list(stylizer.styles), options.styles)
        limits = limits_of(samples)
        shown = limit_sheet(stylizer, limits)
    about = {"model": stylizer.model.version, "regions": stylizer.networks.finder.version}
    LIMITS_FILE.write_text(json.dumps({**about, "limits": limits}, indent=2) + "\n", "utf-8")
    DOCS.mkdir(parents=True, exist_ok=True)
    numbers = {**about, "quantiles": BANDS, "gates": table(samples, limits)}
    (DOCS / "gates.json").write_text(json.dumps(numbers, indent=1) + "\n", "utf-8")
    chart(samples, limits).save(DOCS / "gates.webp", quality=80)
    shown.save(DOCS / "limits.webp", quality=90)


if __name__ == "__main__":
    main()
