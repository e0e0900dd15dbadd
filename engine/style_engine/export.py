"""Export for runtimes without torch: the painting network as ONNX, the style vectors as a NumPy archive.

Both files are checked before they are kept: ONNX Runtime must give the same picture as torch. Needs the
packages onnx and onnxruntime.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor

from .errors import ExportRefused
from .network.export import SIDE_MULTIPLE_PX, export_onnx
from .network.model import Model
from .network.styles import LEARNED_FAMILY, Style
from .painting.network_pass import NetworkPass

CHECKED_SIZES_PX: Final = ((64, 96), (328, 240))  # (height, width): not the size that is traced
MAX_MEAN_DIFFERENCE: Final = {"fp32": 1e-4, "fp16": 1e-3}  # full scale, between ONNX Runtime and torch


@dataclass(frozen=True)
class Exported:
    """The written files, and the greatest mean difference to torch that was measured, full scale."""

    network: Path
    vectors: Path
    mean_difference: float


def export_model(model: Model, styles: Iterable[Style], folder: Path, *, half: bool = False) -> Exported:
    """Write FOLDER/<model>-fp32.onnx (or -fp16) and FOLDER/<model>-styles.npz: style id → vector, fp32.

    Raises ExportRefused, and leaves no file, if the pictures of ONNX Runtime differ from torch's.
    """
    chosen, precision = [*styles], "fp16" if half else "fp32"
    folder.mkdir(parents=True, exist_ok=True)
    network = folder / f"{model.name}-{precision}.onnx"
    vectors = folder / f"{model.name}-styles.npz"
    export_onnx(model.net, network)
    if half:
        convert_to_half(network)
    difference = max(_mean_difference(model, style, network) for style in _one_of_each_kind(chosen))
    if difference > MAX_MEAN_DIFFERENCE[precision]:
        network.unlink()
        raise ExportRefused(f"{network.name} differs from torch by {255 * difference:.2f}/255 on average")
    arrays = {style.id: style.vector.numpy() for style in chosen}
    np.savez(vectors, **arrays)  # type: ignore[arg-type]  # numpy's stubs take the keywords for its options
    return Exported(network, vectors, difference)


def convert_to_half(path: Path) -> None:
    """Weights and features in fp16; inputs and output stay fp32."""
    import onnx  # noqa: PLC0415 - of the extra `export`, which painting does not need
    from onnxruntime.transformers.float16 import convert_float_to_float16  # noqa: PLC0415

    onnx.save(convert_float_to_float16(onnx.load(path), keep_io_types=True), path)


def pattern_share(style: Style) -> float:
    """The network's third input: patterns are for learned styles, as catalogue styles have marks of media."""
    return 1.0 if style.family == LEARNED_FAMILY else 0.0


def _one_of_each_kind(styles: list[Style]) -> list[Style]:
    """The first style with patterns and the first without."""
    return [*{pattern_share(style): style for style in reversed(styles)}.values()]


@torch.inference_mode()
def _mean_difference(model: Model, style: Style, path: Path) -> float:
    """Mean absolute difference, full scale, of a test picture; the greatest over the checked sizes."""
    import onnxruntime  # noqa: PLC0415 - of the extra `export`

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    differences = []
    for height, width in CHECKED_SIZES_PX:
        photo, vector = _test_picture(height, width), style.vector.unsqueeze(0)
        share = pattern_share(style)
        feeds = {"photo": photo, "style": vector, "pattern_share": torch.tensor([share])}
        exported = session.run(None, {name: tensor.numpy() for name, tensor in feeds.items()})[0]
        painted = NetworkPass(model, photo, patterned=share > 0).run(model.net.modulation(vector))
        differences.append(float((torch.from_numpy(exported) - painted).abs().mean()))
    return max(differences)


def _test_picture(height: int, width: int) -> Tensor:
    """(1, 3, height, width) waves of three frequencies, with edges; the sides are multiples of 8 px."""
    assert height % SIDE_MULTIPLE_PX == width % SIDE_MULTIPLE_PX == 0  # noqa: S101 - constants above
    down, across = torch.linspace(0, 9, height).view(-1, 1), torch.linspace(0, 13, width)
    waves = torch.stack([torch.sin(rate * down) * torch.cos(across + rate) for rate in (1, 2, 3)])
    waves[:, height // 4 : height // 2, width // 4 : width // 2] *= -1
    return waves.unsqueeze(0) / 2 + 0.5
