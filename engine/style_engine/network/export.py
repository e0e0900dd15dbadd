"""Export of the painting network as one ONNX file, for runtimes without torch.

The file takes a photo and a style vector and gives the painted photo: conditioning maps and patterns are part
of its graph. It holds the network alone: no marks of media, no regions, no protection and no gates.
"""

import warnings
from copy import deepcopy
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .conditioning import conditioning_maps
from .fusenet import FuseNet, ReflectConv2d, vector_size
from .modulation import NORM_EPSILON, StyleModulation
from .patterns import half_size_period

OPSET: Final = 17
SIDE_MULTIPLE_PX: Final = 8  # the photo's sides must be multiples of it
TRACED_SIDE_PX: Final = 64


class ExportedNet(nn.Module):
    """photo (1, 3, H, W), style (1, vector_size), pattern_share (1,), 0..1 → picture (1, 3, H, W).

    `pattern_share` is 1 for a style that was learned from a picture, and 0 for the catalogue's, whose marks
    are painted by media.
    """

    def __init__(self, net: FuseNet) -> None:
        super().__init__()
        self.net = deepcopy(net)
        _replace_reflect_convolutions(self.net)
        self.register_buffer("patterns", half_size_period().unsqueeze(0))

    def forward(self, photo: Tensor, style: Tensor, pattern_share: Tensor) -> Tensor:
        patterns = self._patterns_of_size(photo.shape[2] // 2, photo.shape[3] // 2)
        conditioning = conditioning_maps(photo, pattern_share.view(1, 1, 1, 1) * patterns)
        modulation = self.net.modulation(style)
        single_operators = SingleOperatorModulation(modulation.affine, modulation.injection)
        picture: Tensor = self.net(photo, single_operators, conditioning)
        return picture

    def _patterns_of_size(self, height: int, width: int) -> Tensor:
        """(1, 14, height, width) the period, repeated."""
        period = self.get_buffer("patterns")
        rows, columns = (torch.arange(length) % period.shape[2] for length in (height, width))
        return period.index_select(2, rows).index_select(3, columns)


class SingleOperatorModulation(StyleModulation):
    """One style, with instance norm and injection as one ONNX operator each."""

    def norm(self, n: int, x: Tensor) -> Tensor:
        gamma, beta = (values.reshape(-1) for values in self.affine[n])
        return F.instance_norm(x, weight=gamma, bias=beta, eps=NORM_EPSILON)

    def inject(self, n: int, x: Tensor, conditioning: Tensor) -> Tensor:
        return x + F.conv2d(conditioning, self.injection[0, n, :, :, None, None])


def export_onnx(net: FuseNet, path: Path) -> None:
    """Write an ONNX file in fp32, for photos of any size whose sides are multiples of 8 px, 32 at least."""
    photo = torch.rand(1, 3, TRACED_SIDE_PX, TRACED_SIDE_PX)
    inputs = (photo, torch.zeros(1, vector_size(net.widths)), torch.ones(1))
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # this exporter is deprecated; its successor takes two minutes
        torch.onnx.export(
            ExportedNet(net).eval(), inputs, str(path), dynamo=False, opset_version=OPSET,
            input_names=["photo", "style", "pattern_share"], output_names=["picture"],
            dynamic_axes={name: {2: "height", 3: "width"} for name in ("photo", "picture")},
        )  # fmt: skip


def _replace_reflect_convolutions(module: nn.Module) -> None:
    """Replace ReflectConv2d, which writes to views, by Conv2d with a reflect pad: ONNX has no views."""
    for name, child in module.named_children():
        if isinstance(child, ReflectConv2d):
            sizes = child.in_channels, child.out_channels, 3, child.stride[0], 1
            padded = nn.Conv2d(*sizes, padding_mode="reflect")
            padded.load_state_dict(child.state_dict())
            setattr(module, name, padded)
        else:
            _replace_reflect_convolutions(child)
