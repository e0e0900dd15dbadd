"""The runners: each paints one picture with one network in one runtime."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from style_engine.network.model import load_model
from style_engine.network.styles import load_catalogue

from ..shared.baselines import MULTISTYLE_COUNT, Baselines
from ..shared.painting import paint, to_image
from .runtimes import (
    MULTISTYLE_ONNX,
    ChannelsLastNet,
    ConditionedNet,
    MultistyleNet,
    OnnxRuntimeNet,
    make_inputs,
    open_session,
)

NET_MAX_SIDE_PX: Final = 2048  # a whole network at full size takes gigabytes beyond it
BASELINE_MAX_SIDE_PX: Final = 2048
MULTISTYLE_PICTURE: Final = "26-style picture"
STYLE_NUMBER: Final = 7  # of the 26 styles
BASELINE_OF: Final = {
    "limner net, torch": "26-style net, torch",
    "limner net, torch channels last": "26-style net, torch",
    "limner net, torch bf16": "26-style net, torch",
    "limner net, ONNX Runtime": "26-style net, ONNX Runtime",
    "limner picture": MULTISTYLE_PICTURE,
    "Magenta int8 picture": MULTISTYLE_PICTURE,
    "26-style net, torch": None,
    "26-style net, ONNX Runtime": None,
    MULTISTYLE_PICTURE: None,
}
"""Every runner, and the one of the 26-style net in the same runtime."""
Runner = Callable[[], Tensor | Image.Image]


class RunnerFactory:
    """Builds the runners of one side and one number of threads; a runner paints one picture in each call."""

    def __init__(self, model: Path, onnx: Path, side: int, threads: int) -> None:
        torch.set_num_threads(threads)
        self.model = load_model(model)
        self.style = next(iter(load_catalogue(model / "styles").values()))
        self.onnx, self.threads = onnx, threads
        self.inputs = make_inputs(side, self.style.vector)
        self.photo = to_image(self.inputs[0])

    def build(self, name: str) -> Runner:
        builders: dict[str, Callable[[], Runner]] = {
            "limner net, torch": lambda: partial(ConditionedNet(self.model.net), *self.inputs),
            "limner net, torch channels last": lambda: self._channels_last(torch.float32),
            "limner net, torch bf16": lambda: self._channels_last(torch.bfloat16),
            "limner net, ONNX Runtime": lambda: partial(
                OnnxRuntimeNet(self.onnx, self.threads), *self.inputs
            ),
            "26-style net, torch": lambda: partial(MultistyleNet(), self.inputs[0], STYLE_NUMBER),
            "26-style net, ONNX Runtime": self._multistyle_in_onnx_runtime,
            "limner picture": lambda: partial(paint, self.model, self.style, self.photo, 1.0),
            "Magenta int8 picture": lambda: partial(Baselines(self.threads).magenta, self.photo, self.photo),
            MULTISTYLE_PICTURE: lambda: partial(Baselines(self.threads).multistyle, self.photo, STYLE_NUMBER),
        }
        return builders[name]()

    def _channels_last(self, dtype: torch.dtype) -> Runner:
        return partial(ChannelsLastNet(self.model.net, dtype), *self.inputs)

    def _multistyle_in_onnx_runtime(self) -> Runner:
        weights = np.eye(MULTISTYLE_COUNT, dtype=np.float32)[STYLE_NUMBER]
        feeds = {"image": self.inputs[0].numpy(), "style_weights": weights}
        session = open_session(MULTISTYLE_ONNX, self.threads)
        return lambda: torch.from_numpy(session.run(None, feeds)[0])


def names_at(side: int, large_baseline: bool = False) -> list[str]:
    """The runners at this side, without those that need too much memory."""
    return [
        name
        for name in BASELINE_OF
        if (side <= NET_MAX_SIDE_PX or "picture" in name)
        and (large_baseline or side <= BASELINE_MAX_SIDE_PX or name != MULTISTYLE_PICTURE)
    ]
