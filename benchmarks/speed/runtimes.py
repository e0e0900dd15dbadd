"""Ways to run a net on the CPU: ours and the 26-style one, in torch and in ONNX Runtime, at any size.

Ours counts its guides, which every photo needs, as part of the net. The 26-style net in torch is built from
the weights in the peer's ONNX file.
"""

import warnings
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
from style_engine.network.fusenet import FuseNet, ReflectConv2d, vector_size
from style_engine.network.modulation import NORM_EPSILON, StyleModulation
from style_engine.network.patterns import half_size_patterns

from ..shared.baselines import MODELS

MULTISTYLE: Final = MODELS / "multistyle26.onnx"
OPSET: Final = 17


class Painter(nn.Module):
    """photo (1, 3, H, W), style (1, vector_size), half-size fields → picture; guides and net in one."""

    def __init__(self, net: FuseNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, photo: Tensor, style: Tensor, fields: Tensor) -> Tensor:
        picture: Tensor = self.net(photo, style, conditioning_maps(photo, fields))
        return picture


class ChannelsLast(Painter):
    """The same with every pixel's channels side by side in memory, in fp32 or bf16; the guides stay fp32."""

    def __init__(self, net: FuseNet, kind: torch.dtype) -> None:
        super().__init__(deepcopy(net).to(dtype=kind))
        for each in self.net.modules():
            if isinstance(each, nn.Conv2d):
                each.weight.data = each.weight.data.contiguous(memory_format=torch.channels_last)

    def forward(self, photo: Tensor, style: Tensor, fields: Tensor) -> Tensor:
        conditioning, photo = (
            x.contiguous(memory_format=torch.channels_last) for x in (conditioning_maps(photo, fields), photo)
        )
        picture: Tensor = self.net(photo, style, conditioning)
        return picture


class ForOnnx(nn.Module):
    """photo, style, guide → picture in operators that ONNX knows; one photo at a time."""

    def __init__(self, net: FuseNet) -> None:
        super().__init__()
        self.net = deepcopy(net)
        _pad_mirrored(self.net)

    def forward(self, photo: Tensor, style: Tensor, conditioning: Tensor) -> Tensor:
        by = self.net.modulation(style)
        picture: Tensor = self.net(photo, _ByName(by.affine, by.injection), conditioning)
        return picture


def _pad_mirrored(module: nn.Module) -> None:
    """Give every convolution that mirrors in place a pad before it instead: a graph knows no views."""
    for name, child in module.named_children():
        if isinstance(child, ReflectConv2d):
            sizes = child.in_channels, child.out_channels, 3, child.stride[0], 1
            padded = nn.Conv2d(*sizes, padding_mode="reflect")
            padded.load_state_dict(child.state_dict())
            setattr(module, name, padded)
        else:
            _pad_mirrored(child)


class _ByName(StyleModulation):
    def norm(self, n: int, x: Tensor) -> Tensor:
        gamma, beta = (each.reshape(-1) for each in self.affine[n])
        return F.instance_norm(x, weight=gamma, bias=beta, eps=NORM_EPSILON)

    def inject(self, n: int, x: Tensor, conditioning: Tensor) -> Tensor:
        return x + F.conv2d(conditioning, self.injection[0, n, :, :, None, None])


class Multistyle(nn.Module):
    """The 26-style net: photo (1, 3, H, W), H and W multiples of 4, and the number of a style → picture."""

    def __init__(self, path: Path = MULTISTYLE) -> None:
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


def inputs(side: int, vector: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """What `Painter` takes: a photo of waves in three colours, `side` px square, a style, the fields."""
    across = torch.linspace(0, 12, side)
    waves = [torch.outer(torch.sin(k * across), torch.cos(across + k)) for k in (1, 2, 3)]
    return torch.stack(waves).unsqueeze(0) / 2 + 0.5, vector.unsqueeze(0), half_size_patterns(side, side)


def export(net: FuseNet, path: Path) -> None:
    """Write the net as an ONNX file for photos of any size; their guides are an input."""
    photo, style, fields = inputs(64, torch.zeros(vector_size(net.widths)))
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # deprecated; its successor takes two minutes
        torch.onnx.export(
            ForOnnx(net), (photo, style, conditioning_maps(photo, fields)), str(path), dynamo=False,
            opset_version=OPSET,
            input_names=["photo", "style", "guide"], output_names=["picture"],
            dynamic_axes={name: {2: f"{name}_height", 3: f"{name}_width"} for name in ("photo", "guide")},
        )  # fmt: skip


class InOnnxRuntime:
    """The net in ONNX Runtime, its guides in torch."""

    def __init__(self, path: Path, threads: int) -> None:
        self.session = session(path, threads)

    def __call__(self, photo: Tensor, style: Tensor, fields: Tensor) -> Tensor:
        given = {"photo": photo, "style": style, "guide": conditioning_maps(photo, fields)}
        return torch.from_numpy(self.session.run(None, {name: x.numpy() for name, x in given.items()})[0])


def session(path: Path, threads: int) -> Any:
    """An ONNX Runtime session on the CPU."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
