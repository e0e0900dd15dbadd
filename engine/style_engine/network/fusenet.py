"""FuseNet: a small encoder-decoder with conditional instance normalisation.

The style vector gives the scale and shift of every norm and the injection weights of the conditioning maps.
In order: layout of a style vector → network → style head → photo encoder. modulation.py applies a style, or
two blended by a mask, to the features.
Pictures are (B, 3, H, W), RGB in [0, 1], H and W multiples of 8. Widths of the lite network: 24, 48, 96.
"""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..imaging.filters import channel_mean_std
from ..imaging.windows import COLUMNS, ROWS
from ..looks import Levels
from .conditioning import COLOUR_NAMES, CONDITIONING_NAMES
from .modulation import NORM_EPSILON, Modulation, StyleModulation

CODE_SIZE: Final = 128
STATISTICS_SIZE: Final = 2 * (64 + 128 + 256 + 512)  # mean and std of relu1_1, 2_1, 3_1, 4_1
INJECTIONS: Final = 2  # places, at half resolution, where conditioning maps are added to the features
CONDITIONING_MAPS: Final = len(CONDITIONING_NAMES)


def norm_widths(widths: tuple[int, int, int]) -> list[int]:
    """Channels of the 16 norms in the order the forward pass meets them."""
    half, quarter, eighth = widths
    return [half, quarter, quarter, quarter, *[eighth] * 7, quarter, quarter, quarter, half, half]


def affine_size(widths: tuple[int, int, int]) -> int:
    """Length of the part of a style vector that holds gammas and betas."""
    return 2 * sum(norm_widths(widths))


def vector_size(widths: tuple[int, int, int]) -> int:
    """Length of a style vector: all gammas and betas, then the injection weights."""
    return affine_size(widths) + injection_size(widths)


def injection_size(widths: tuple[int, int, int]) -> int:
    """Length of the part of a style vector that holds injection weights (places, channels, maps)."""
    return INJECTIONS * widths[0] * CONDITIONING_MAPS


def level_shares(levels: Levels, widths: tuple[int, int, int]) -> Tensor:
    """(vector_size,) the share of each element of a style vector at the given levels.

    Measured on the released network (docs/decisions/0085): the last norm and the injected colours make colour
    and tone, the injected patterns make strokes, and the norms before them decide how forms are redrawn.
    """
    *before, last = (2 * width for width in norm_widths(widths))
    injected = [levels.colour if name in COLOUR_NAMES else levels.stroke for name in CONDITIONING_NAMES]
    return torch.cat(
        [
            torch.full((sum(before),), levels.motif),
            torch.full((last,), levels.colour),
            torch.tensor(injected).repeat(INJECTIONS * widths[0]),
        ]
    )


class FuseNet(nn.Module):
    """photo (B, 3, H, W), style vectors (B, vector_size), conditioning maps → picture (B, 3, H, W).

    Features have the dtype of the weights, which may be fp16; the picture has the photo's.
    """

    def __init__(self, widths: tuple[int, int, int] = (24, 48, 96)) -> None:
        super().__init__()
        self.widths = widths
        half, quarter, eighth = widths
        self.s1 = ReflectConv2d(12, half)
        self.s2 = ReflectConv2d(half, quarter, stride=2)
        self.e4 = nn.ModuleList(ReflectConv2d(quarter, quarter) for _ in range(2))
        self.s3 = ReflectConv2d(quarter, eighth, stride=2)
        self.r8 = nn.ModuleList(ReflectConv2d(eighth, eighth) for _ in range(6))
        self.p8 = nn.Conv2d(eighth, quarter, 1)
        self.d4 = nn.ModuleList(ReflectConv2d(quarter, quarter) for _ in range(2))
        self.p4 = nn.Conv2d(quarter, half, 1)
        self.d2 = ReflectConv2d(half, half)
        self.out = ReflectConv2d(half, 12)

    def forward(self, photo: Tensor, style: Tensor | Modulation, conditioning: Tensor) -> Tensor:
        modulation = self.modulation(style) if isinstance(style, Tensor) else style
        pixels, conditioning = (tensor.to(self.out.weight.dtype) for tensor in (photo, conditioning))
        x = modulation.norm(0, self.s1(F.pixel_unshuffle(pixels, 2))).relu_()
        x = modulation.norm(1, self.s2(x)).relu_()
        skip = x = _residual(x, self.e4, modulation, 2)
        x = modulation.norm(4, self.s3(x)).relu_()
        for n in range(0, 6, 2):
            x = _residual(x, self.r8[n : n + 2], modulation, 5 + n)
        x = modulation.norm(11, _upsample(self.p8(x)).add_(skip)).relu_()
        x = _residual(x, self.d4, modulation, 12)
        x = modulation.norm(14, _upsample(self.p4(x))).relu_()
        x = modulation.norm(15, self.d2(modulation.inject(0, x, conditioning))).relu_()
        x = self.out(modulation.inject(1, x, conditioning))
        return F.pixel_shuffle(x, 2).to(photo.dtype).sigmoid()

    def modulation(self, style: Tensor) -> StyleModulation:
        """The modulation by style vectors (B, vector_size)."""
        affine, injection = style.split([affine_size(self.widths), injection_size(self.widths)], 1)
        pairs = affine.split([2 * width for width in norm_widths(self.widths)], 1)
        return StyleModulation(
            affine=tuple((gamma, beta) for gamma, beta in (pair.chunk(2, 1) for pair in pairs)),
            injection=injection.view(-1, INJECTIONS, self.widths[0], CONDITIONING_MAPS),
        )


class StyleHead(nn.Module):
    """VGG statistics of pictures (B, 1920) → codes (B, 128) → style vectors (B, vector_size)."""

    def __init__(self, widths: tuple[int, int, int] = (24, 48, 96)) -> None:
        super().__init__()
        self.squeeze = nn.Sequential(nn.Linear(STATISTICS_SIZE, 256), nn.ReLU(), nn.Linear(256, CODE_SIZE))
        self.expand = nn.Linear(CODE_SIZE, affine_size(widths))
        self.injection = nn.Parameter(torch.zeros(injection_size(widths)))
        self.widths = widths

    def forward(self, statistics: Tensor) -> Tensor:
        return self.vector(self.squeeze(torch.log1p(statistics)), self.injection)

    def vector(self, code: Tensor, injection: Tensor) -> Tensor:
        """Style vectors (B, vector_size) from codes (B, 128) and injection weights (injection_size,)."""
        affine = self.expand(code) + _unit_gammas(self.widths).to(code)
        return torch.cat([affine, injection.expand(len(code), -1)], 1)


class PhotoEncoder(nn.Module):
    """Thumbnails (B, 3, 128, 128) → codes (B, 128) of the photos' own style; `injection`: their weights."""

    def __init__(self, widths: tuple[int, int, int] = (24, 48, 96)) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(48, 64, 3, padding=1), nn.ReLU(),
            nn.Conv2d(64, 64, 3, padding=1, stride=2), nn.ReLU(),
            nn.Conv2d(64, 96, 3, padding=1), nn.ReLU(),
        )  # fmt: skip
        self.code = nn.Sequential(nn.Linear(192 + 24, 256), nn.ReLU(), nn.Linear(256, CODE_SIZE))
        self.injection = nn.Parameter(torch.zeros(injection_size(widths)))

    def forward(self, thumbnail: Tensor) -> Tensor:
        x = self.features(F.pixel_unshuffle(thumbnail, 4))
        colour = F.pixel_unshuffle(thumbnail, 2)
        statistics = [*channel_mean_std(x, NORM_EPSILON), *channel_mean_std(colour, NORM_EPSILON)]
        code: Tensor = self.code(torch.cat(statistics, 1))
        return code


class ReflectConv2d(nn.Conv2d):
    """A 3 × 3 convolution of x (B, C, H, W), H and W at least 2, with reflection padding.

    It runs with zero padding and then adds the contribution of the reflected rows and columns: padded copies
    took a quarter of the network's time (docs/decisions/0093).
    """

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__(inputs, outputs, 3, stride, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        result = super().forward(x)
        # The rows include the corners.
        for axis, corners, padding in ((ROWS, (1, 1, 0, 0), (0, 0)), (COLUMNS, (0, 0, 0, 0), (1, 0))):
            for end in self._ends(x.shape[axis]):
                reflected = F.pad(_line(x, axis, 1 if end == 0 else -2), corners, "reflect")
                weight = _line(self.weight, axis, end)
                _line(result, axis, end).add_(F.conv2d(reflected, weight, None, self.stride, padding))
        return result

    def _ends(self, length: int) -> tuple[int, ...]:
        """Ends of an axis, 0 (start) or -1, at which the convolution reads padding."""
        return (0, -1) if (length - 1) % self.stride[0] == 0 else (0,)


def _line(x: Tensor, axis: int, index: int) -> Tensor:
    """One row or column, its axis kept; negative indices count from the end."""
    return x.narrow(axis, index % x.shape[axis], 1)


def _residual(x: Tensor, convs: nn.ModuleList, modulation: Modulation, norm: int) -> Tensor:
    inner = modulation.norm(norm, convs[0](x)).relu_()
    return modulation.norm(norm + 1, convs[1](inner)).add_(x)


def _upsample(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2, mode="nearest")


def _unit_gammas(widths: tuple[int, int, int]) -> Tensor:
    parts = [part for width in norm_widths(widths) for part in (torch.ones(width), torch.zeros(width))]
    return torch.cat(parts)
