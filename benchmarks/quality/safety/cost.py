"""Processor time that protection, enhancement and explanation add to the network's own."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from statistics import median
from typing import Any, Final

import torch
from PIL import Image, ImageOps
from rich.progress import track

from style_engine import Look, Stylizer
from style_engine.imaging import tensors
from style_engine.imaging.compositing import FullSizePhoto
from style_engine.looks import Protection
from style_engine.network.styles import style_target
from style_engine.painting.painter import paint_unprotected

TIMED_SIDE_PX: Final = 1024
TIMED_ROUNDS: Final = 3
TIMED_MAX_PHOTOS: Final = 24


def measure_cost(stylizer: Stylizer, images: Sequence[Image.Image]) -> dict[str, Any]:
    """Processor time at 1024² of three ways to a picture, in percent on top of the network alone; medians.

    On one thread, because several threads' processor time includes waiting for each other. `safety` adds
    regions, protection and gates, `enhanced` also enhancement, `explained` also the explanation. Each way
    adds the change to the photo.
    """
    style = next(iter(stylizer.styles))
    enhanced, plain = (
        Look({style: 1.0}, protection=Protection.SOFT, enhance=enhance) for enhance in (True, False)
    )
    ways: Mapping[str, Callable[[Image.Image], object]] = {
        "safety": lambda square: stylizer.stylize_all(square, [plain]),
        "enhanced": lambda square: stylizer.stylize_all(square, [enhanced]),
        "explained": lambda square: stylizer.stylize_all(square, [enhanced], explained=True),
    }
    network_seconds: list[float] = []
    added_shares: dict[str, list[float]] = {name: [] for name in ways}
    selected = images[:: -(-len(images) // TIMED_MAX_PHOTOS)]
    with _one_thread():
        for image in track([*selected] * TIMED_ROUNDS, "timing"):
            square = ImageOps.fit(image, (TIMED_SIDE_PX, TIMED_SIDE_PX), Image.Resampling.LANCZOS)
            network_seconds.append(_processor_seconds(partial(_paint_unprotected, stylizer, square, style)))
            for name, way in ways.items():
                added_shares[name].append(_processor_seconds(partial(way, square)) / network_seconds[-1] - 1)
    percents = {f"{name}_percent": 100 * median(shares) for name, shares in added_shares.items()}
    return {"engine_ms": 1000 * median(network_seconds), **percents}


@contextmanager
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _paint_unprotected(stylizer: Stylizer, image: Image.Image, style: str) -> Image.Image:
    """The engine without enhancement, protection and gates."""
    working = tensors.to_tensor(tensors.to_working_size(image, *stylizer.model.working_pixels))
    painted = paint_unprotected(stylizer.model, style_target(Look.of(style), stylizer.styles), working)
    return FullSizePhoto.of(image).composited(painted - working)


def _processor_seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start
