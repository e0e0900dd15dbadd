"""Numbers of a region model on composites of known masks, made of held-out photos and fonts.

`python -m training.regions.evaluate write --data DIR --teacher DIR --set SET` draws the set once;
`python -m training.regions.evaluate measure --set SET --model DIR` measures a model on it, with
`--peer DIR` another one's masks of SET/photo beside it (training.regions_teacher makes them),
`--data DIR --teacher DIR` the agreement with the teacher on real held-out photos, and
`--fit` the model's trust fitted anew on half of the pictures, the others measured.
"""

import argparse
import itertools
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F

from style_engine.imaging import tensors
from style_engine.regions.background import plain_background
from style_engine.regions.finder import (
    ConfidenceModel,
    RegionFinder,
    Regions,
    background_agreement,
    mean_certainty,
    refine_mask,
)

from .composites import (
    Pools,
    Sample,
    composite,
    cut_out,
    draw_background,
    draw_product,
    load_pools,
    out_of_focus,
    overlap,
    photo_background,
    studio_background,
    taken,
    with_sign,
)
from .products import Floats, Rng
from .release import write_config

SIZES: Final = ((512, 512), (576, 448), (448, 576))  # (width, height) px of a composite
EDGE_TOLERANCE: Final = 0.0075  # of the diagonal: how far off a rim may be and still count
RIGHT: Final = 0.85  # IoU from which a mask is called right when trust is fitted
Row = dict[str, float]


@dataclass(frozen=True)
class Known:
    """A picture with its product and text, each (H, W), 0..1; `known`: where text is known at all."""

    name: str
    image: Image.Image
    product: Floats
    text: Floats
    known: Floats


def write_set(pools: Pools, folder: Path, count: int, seed: int) -> None:
    """`count` pictures of each kind, every tenth without a product."""
    clean = [layer for photo in pools.photos if photo.mask_confidence == 1 for layer in cut_out(photo)]
    kinds = {"shop": (shop_picture, replace(pools, cutouts=clean)), "busy": (busy_picture, pools)}
    for name in ("photo", "product", "text", "known"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for kind, number in itertools.product(kinds, range(count)):
        rng = np.random.default_rng([seed, number])
        products = 0 if number % 10 == 9 else 1
        draw, products_of = kinds[kind]
        sample = draw(products_of, SIZES[number % len(SIZES)], products, rng)
        sample = with_sign(sample, rng, True) if number % 4 == 0 else sample
        planes = (taken(sample.image, rng), sample.product, sample.text, sample.text_confidence)
        for name, plane in zip(("photo", "product", "text", "known"), planes, strict=True):
            plane.save(folder / name / f"{kind}-{number:04}.png", compress_level=1)


def shop_picture(pools: Pools, size: tuple[int, int], count: int, rng: Rng) -> Sample:
    """One product that fills much of the frame, on a studio ground or before a room out of focus."""
    if rng.random() < 0.7:
        background = studio_background(size, rng, pools.textures)
    else:
        image, text_confidence = photo_background(pools, size, rng)
        background = out_of_focus(image, rng.uniform(4, 14)), text_confidence
    products = [draw_product(pools, max(size) * rng.uniform(0.5, 1), rng) for _ in range(count)]
    return composite(background, products, rng)


def busy_picture(pools: Pools, size: tuple[int, int], count: int, rng: Rng) -> Sample:
    """As in training: any size and place, animals and people too, twice as many, sharp grounds."""
    count *= int(rng.integers(1, 3))
    products = [draw_product(pools, max(size) * rng.uniform(0.3, 1.15), rng) for _ in range(count)]
    return composite(draw_background(pools, size, rng), products, rng)


def read_set(folder: Path) -> list[Known]:
    return [
        Known(
            path.name,
            _image(path),
            *(_plane(folder / name / path.name) for name in ("product", "text", "known")),
        )
        for path in sorted((folder / "photo").glob("*.png"))
    ]


def boundary_f(mask: Floats, truth: Floats) -> float:
    """Harmonic mean of the shares of each mask's rim that lie near the other's (Perazzi and others 2016)."""
    first, second = (_edge(torch.from_numpy(plane > 0.5).float()[None, None]) for plane in (mask, truth))
    if not first.any() or not second.any():
        return float(bool(first.any()) == bool(second.any()))
    reach = 2 * math.ceil(EDGE_TOLERANCE * math.hypot(*truth.shape)) + 1
    near = [F.max_pool2d(edge, reach, 1, reach // 2) for edge in (first, second)]
    precision, recall = (
        float((first * near[1]).sum() / first.sum()),
        float((second * near[0]).sum() / second.sum()),
    )
    return 2 * precision * recall / max(precision + recall, 1e-9)


def find(finder: RegionFinder, image: Image.Image) -> Regions:
    photo = tensors.to_tensor(image)
    return finder(photo, plain_background(photo))


def drawn(finder: RegionFinder, image: Image.Image) -> tuple[Floats, float, float | None]:
    """The product mask (H, W) whether or not it would be trusted, and what speaks for it."""
    photo = tensors.to_tensor(image)
    background = plain_background(photo)
    small, seen = finder.predict(photo)
    product = refine_mask(photo, small, seen[:, :1], background)
    return product[0, 0].numpy(), mean_certainty(seen[:, :1]), background_agreement(seen[:, :1], background)


def measure_masks(pairs: Iterable[tuple[Floats, Floats]]) -> Row:
    """Of pairs of a mask and the true one."""
    rows = [(overlap(mask, truth), boundary_f(mask, truth)) for mask, truth in pairs]
    ious = np.array([row[0] for row in rows])
    return {
        "iou": float(ious.mean()),
        "iou_median": float(np.median(ious)),
        "iou_above_85": float((ious >= RIGHT).mean()),
        "boundary_f": float(np.mean([row[1] for row in rows])),
        "count": len(rows),
    }


def measure_text(pairs: Iterable[tuple[Floats, Known]]) -> Row:
    """Pixels of lines of text, found and not, where text is known."""
    hit = found = wanted = 0.0
    for text, truth in pairs:
        seen, real, known = text > 0.5, truth.text > 0.5, truth.known > 0.5
        hit += float((seen & real & known).sum())
        found += float((seen & known).sum())
        wanted += float((real & known).sum())
    precision, recall = hit / max(found, 1), hit / max(wanted, 1)
    return {
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / max(precision + recall, 1e-9),
    }


def measure_found(regions: Sequence[Regions], known: Sequence[Known]) -> Row:
    """How often a product is found where there is one, and where there is none."""
    there = [truth.product.max() > 0.5 for truth in known]
    found = [region.found for region in regions]
    return {
        "found_where_present": _share(f for f, t in zip(found, there, strict=True) if t),
        "found_where_absent": _share(f for f, t in zip(found, there, strict=True) if not t),
    }


def measure(finder: RegionFinder, known: Sequence[Known], baseline: Sequence[Floats] = ()) -> dict[str, Row]:
    regions = [find(finder, truth.image) for truth in known]
    with_product = [index for index, truth in enumerate(known) if truth.product.max() > 0.5]
    masks = {index: drawn(finder, known[index].image)[0] for index in with_product}
    rows = {
        "mask": measure_masks((masks[i], known[i].product) for i in masks),
        "mask where found": measure_masks(
            (masks[i], known[i].product) for i in with_product if regions[i].found
        ),
        "text": measure_text(
            (region.text[0, 0].numpy(), truth) for region, truth in zip(regions, known, strict=True)
        ),
        "found": measure_found(regions, known),
        "confidence": calibration(regions, known),
    }
    if baseline:
        rows["peer's mask"] = measure_masks((baseline[i], known[i].product) for i in with_product)
    return rows


def calibration(regions: Sequence[Regions], known: Sequence[Known]) -> Row:
    """Mean confidence beside the share of masks that are right, below and above a half."""
    pairs = [
        (region.confidence, overlap(_mask(region), truth.product) >= RIGHT)
        for region, truth in zip(regions, known, strict=True)
    ]
    low, high = [p for p in pairs if p[0] < 0.5], [p for p in pairs if p[0] >= 0.5]
    return {
        "low_says": _share(c for c, _ in low), "low_is": _share(r for _, r in low),
        "high_says": _share(c for c, _ in high), "high_is": _share(r for _, r in high),
    }  # fmt: skip


def measure_agreement(finder: RegionFinder, pools: Pools) -> Row:
    """On real held-out photos of which the teacher is sure."""
    sure = [
        photo for photo in pools.photos if photo.mask_confidence > 0.7 and np.asarray(photo.mask).max() > 127
    ]
    return measure_masks((drawn(finder, photo.image)[0], _share_of(photo.mask)) for photo in sure)


def fit_confidence(finder: RegionFinder, known: Sequence[Known]) -> ConfidenceModel:
    """Logistic regression of "the net's mask is right" on what the finder can see of it."""
    rows, right = [], []
    for truth in known:
        mask, sure, agrees = drawn(finder, truth.image)
        rows.append([1.0, sure, float(agrees is not None), agrees or 0.0])
        right.append(float(overlap(mask, truth.product) >= RIGHT and truth.product.max() > 0.5))
    features, wanted = torch.tensor(rows), torch.tensor(right)
    weights = torch.zeros(4, requires_grad=True)
    optimiser = torch.optim.LBFGS([weights], max_iter=200)

    def loss() -> float:
        optimiser.zero_grad()
        value = torch.nn.functional.binary_cross_entropy_with_logits(features @ weights, wanted)
        value = value + 1e-4 * weights.square().sum()
        value.backward()
        return float(value.detach())

    optimiser.step(loss)
    bias, sure, on_background, agrees_by = (round(value, 3) for value in weights.tolist())
    return ConfidenceModel(bias, sure, on_background, agrees_by)


def main(arguments: list[str] | None = None) -> None:
    options = _parse(arguments)
    torch.set_num_threads(1)
    if options.act == "write":
        write_set(
            load_pools(options.data, options.teacher, held_out=True), options.set, options.count, options.seed
        )
        return
    finder, known = RegionFinder.load(options.model), read_set(options.set)
    if options.fit:
        # By twos, so that pictures without a product are on both sides.
        fitted, known = ([k for i, k in enumerate(known) if i % 4 // 2 == side] for side in (0, 1))
        finder = replace(finder, confidence_model=fit_confidence(finder, fitted))
        config = json.loads((options.model / "config.json").read_text("utf-8"))
        write_config(config | {"confidence": asdict(finder.confidence_model)}, options.model)
    rows = {}
    for kind in sorted({truth.name.split("-")[0] for truth in known}):
        these = [truth for truth in known if truth.name.startswith(kind)]
        baseline = [_baseline_mask(options.baseline, truth) for truth in these] if options.baseline else []
        rows[kind] = measure(finder, these, baseline)
    if options.teacher:
        pools = load_pools(options.data, options.teacher, held_out=True)
        rows["photos"] = {"agreement with the teacher": measure_agreement(finder, pools)}
    text = json.dumps(rows, indent=2)
    print(text)
    if options.out:
        options.out.write_text(text + "\n", "utf-8")


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("act", choices=("write", "measure"))
    parser.add_argument("--set", type=Path, required=True, help="folder of the composites")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--teacher", type=Path)
    parser.add_argument("--count", type=int, default=100, help="composites of each kind")
    parser.add_argument("--seed", type=int, default=20, help="another one draws another set")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--peer", type=Path)
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--out", type=Path, help="JSON file to write")
    return parser.parse_args(arguments)


def _edge(mask: torch.Tensor) -> torch.Tensor:
    """Pixels of a mask (1, 1, H, W) of 0 and 1 that have a neighbour outside it."""
    return mask - (1 - F.max_pool2d(1 - mask, 3, 1, 1))


def _mask(regions: Regions) -> Floats:
    mask: Floats = regions.product[0, 0].numpy()
    return mask


def _share(values: Iterable[float]) -> float:
    numbers = [float(value) for value in values]
    return sum(numbers) / len(numbers) if numbers else float("nan")


def _image(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGB")


def _baseline_mask(folder: Path, truth: Known) -> Floats:
    with Image.open(folder / truth.name) as mask:
        return _share_of(mask.resize(truth.image.size, Image.Resampling.BILINEAR))


def _plane(path: Path) -> Floats:
    with Image.open(path) as image:
        return _share_of(image)


def _share_of(mask: Image.Image) -> Floats:
    share: Floats = np.asarray(mask.convert("L"), np.float32) / 255
    return share


if __name__ == "__main__":
    main()
