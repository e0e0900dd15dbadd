"""Our network and the 26-style net in torch and in ONNX Runtime, at any size.

Ours includes the conditioning maps, which every photo needs. The 26-style net in torch is built from the
weights in the baseline's ONNX file.
"""

from copy import deepcopy
from pathlib import Path
from typing import Any, Final

import onnx
import onnxruntime
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn import functional as F

from style_engine.network.conditioning import conditioning_maps
from style_engine.network.fusenet import FuseNet
from style_engine.network.modulation import NORM_EPSILON
from style_engine.network.patterns import half_size_patterns

from ..shared.baselines import MODELS

MULTISTYLE_ONNX: Final = MODELS / "multistyle26.onnx"


class ConditionedNet(nn.Module):
    """photo (1, 3, H, W), style (1, vector_size), half-size patterns → picture."""

    def __init__(self, net: FuseNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, photo: Tensor, style: Tensor, patterns: Tensor) -> Tensor:
        picture: Tensor = self.net(photo, style, conditioning_maps(photo, patterns))
        return picture


class ChannelsLastNet(ConditionedNet):
    """The same in channels-last memory format, in fp32 or bf16; the conditioning maps stay fp32."""

    def __init__(self, net: FuseNet, dtype: torch.dtype) -> None:
        super().__init__(deepcopy(net).to(dtype=dtype))
        for module in self.net.modules():
            if isinstance(module, nn.Conv2d):
                module.weight.data = module.weight.data.contiguous(memory_format=torch.channels_last)

    def forward(self, photo: Tensor, style: Tensor, patterns: Tensor) -> Tensor:
        conditioning, photo = (
            x.contiguous(memory_format=torch.channels_last)
            for x in (conditioning_maps(photo, patterns), photo)
        )
        picture: Tensor = self.net(photo, style, conditioning)
        return picture


class MultistyleNet(nn.Module):
    """The 26-style net: photo (1, 3, H, W), H and W multiples of 4, and the number of a style → picture."""

    def __init__(self, path: Path = MULTISTYLE_ONNX) -> None:
        super().__init__()
        for tensor in onnx.load(path).graph.initializer:
            if "." in tensor.name:
                value = torch.from_numpy(numpy_helper.to_array(tensor).copy())
                layout = torch.channels_last if value.dim() == 4 else torch.contiguous_format
                self.register_buffer(tensor.name.replace(".", "_"), value.contiguous(memory_format=layout))

    def forward(self, photo: Tensor, style: int) -> Tensor:
        x = self._layer(photo.contiguous(memory_format=torch.channels_last), "contract_0", style).relu_()
        for n in (1, 2):
            x = self._layer(x, f"contract_{n}", style, stride=2).relu_()
        for n in range(6):
            inner = self._layer(x, f"res_{n}_0", style).relu_()
            x = x + self._layer(inner, f"res_{n}_1", style)
        for n in (0, 1):
            x = self._layer(F.interpolate(x, scale_factor=2.0), f"expand_{n}", style).relu_()
        return self._layer(x, "expand_2", style).sigmoid()

    def _layer(self, x: Tensor, name: str, style: int, stride: int = 1) -> Tensor:
        weight = self.get_buffer(f"{name}_w")
        edge = weight.shape[2] // 2
        x = F.conv2d(F.pad(x, (edge,) * 4, "reflect"), weight, stride=stride)
        gamma, beta = (self.get_buffer(f"{name}_norm_{part}")[style] for part in ("gamma", "beta"))
        return F.batch_norm(x, None, None, gamma, beta, training=True, eps=NORM_EPSILON)


def make_inputs(side: int, vector: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Inputs of `ConditionedNet`: a photo of waves, `side` px square, the style, the patterns."""
    across = torch.linspace(0, 12, side)
    waves = [torch.outer(torch.sin(k * across), torch.cos(across + k)) for k in (1, 2, 3)]
    return torch.stack(waves).unsqueeze(0) / 2 + 0.5, vector.unsqueeze(0), half_size_patterns(side, side)


class OnnxRuntimeNet:
    """The exported network, with its conditioning maps and patterns, in ONNX Runtime."""

    def __init__(self, path: Path, threads: int) -> None:
        self.session = open_session(path, threads)

    def __call__(self, photo: Tensor, style: Tensor, _patterns: Tensor) -> Tensor:
        feeds = {"photo": photo, "style": style, "pattern_share": torch.ones(1)}
        return torch.from_numpy(self.session.run(None, {name: x.numpy() for name, x in feeds.items()})[0])


def open_session(path: Path, threads: int) -> Any:
    """An ONNX Runtime session on the CPU."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
