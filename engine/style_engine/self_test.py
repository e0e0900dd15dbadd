"""The self-test of a GPU: its outputs are compared with the CPU's."""

from collections.abc import Mapping
from typing import Final

import torch
from torch import Tensor

from .errors import DeviceRefused
from .loaded_models import CPU, LoadedModels
from .looks import Look
from .network.styles import Style, StyleTarget, style_target
from .painting.painter import paint_unprotected

DEVICE_MAX_DIFFERENCE: Final = 2 / 255  # mean, from the CPU; fp16 differs by .1 / 255 on a grey ramp


@torch.inference_mode()
def require_equal_outputs(
    loaded: LoadedModels, photo: Tensor, look: Look, styles: Mapping[str, Style]
) -> None:
    """Raises DeviceRefused unless the loaded models and their reference give nearly the same outputs."""
    target = style_target(look, styles)
    pairs = zip(_outputs(loaded.on_cpu, photo, target), _outputs(loaded, photo, target), strict=True)
    difference = max(float((output - expected).abs().mean()) for expected, output in pairs)
    if not difference <= DEVICE_MAX_DIFFERENCE:
        off = f"{255 * difference:.2f}/255"
        raise DeviceRefused(f"outputs on {loaded.model.device} differ from the CPU's by {off}")


def _outputs(loaded: LoadedModels, photo: Tensor, target: StyleTarget) -> tuple[Tensor, Tensor]:
    """The photo painted at half strength, which runs the photo encoder too, and its region masks; on CPU."""
    painted = paint_unprotected(loaded.model, target, photo, 0.5)
    masks = loaded.finder.predict(photo.to(loaded.model.device))[1]
    return painted.to(CPU), masks.to(CPU)
