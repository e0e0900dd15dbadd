"""FuseNet: one small encoder and decoder whose every instance norm takes its scale and shift from a style.

Read from top to bottom: layout of a style vector → norm → net → style head → photo encoder.
Pictures are (B, 3, H, W), RGB in [0, 1], H and W multiples of 8. Widths of the lite net: 24, 48, 96.
"""

from collections.abc import Iterator
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .guides import NAMES as GUIDE_NAMES

CODE_SIZE: Final = 128
STATISTICS_SIZE: Final = 2 * (64 + 128 + 256 + 512)  # mean and std of relu1_1, 2_1, 3_1, 4_1
INJECTIONS: Final = 2  # places at half resolution where un-normalised guides come in
GUIDES: Final = len(GUIDE_NAMES)


def norm_widths(widths: tuple[int, int, int]) -> list[int]:
    """Channels of the 16 norms in the order the forward pass meets them."""
    half, quarter, eighth = widths
    return [half, quarter, quarter, quarter, *[eighth] * 7, quarter, quarter, quarter, half, half]


def affine_size(widths: tuple[int, int, int]) -> int:
    """Numbers in a style vector that are gamma and beta."""
    return 2 * sum(norm_widths(widths))


def vector_size(widths: tuple[int, int, int]) -> int:
    """Numbers in a style vector: every gamma and beta, then the intake of guides."""
    return affine_size(widths) + intake_size(widths)


def intake_size(widths: tuple[int, int, int]) -> int:
    """Numbers in a style vector that say how much of which guide enters which channel."""
    return INJECTIONS * widths[0] * GUIDES


class FuseNet(nn.Module):
    """photo (B, 3, H, W), style vectors (B, vector_size), the photo's guides → picture (B, 3, H, W)."""

    def __init__(self, widths: tuple[int, int, int] = (24, 48, 96)) -> None:
        super().__init__()
        self.widths = widths
        half, quarter, eighth = widths
        self.s1 = _conv(12, half)
        self.s2 = _conv(half, quarter, stride=2)
        self.e4 = nn.ModuleList(_conv(quarter, quarter) for _ in range(2))
        self.s3 = _conv(quarter, eighth, stride=2)
        self.r8 = nn.ModuleList(_conv(eighth, eighth) for _ in range(6))
        self.p8 = nn.Conv2d(eighth, quarter, 1)
        self.d4 = nn.ModuleList(_conv(quarter, quarter) for _ in range(2))
        self.p4 = nn.Conv2d(quarter, half, 1)
        self.d2 = _conv(half, half)
        self.out = _conv(half, 12)

    def forward(self, photo: Tensor, style: Tensor, guide: Tensor) -> Tensor:
        norms = self._norms(style)
        intake = self._intake(style)
        x = next(norms)(self.s1(F.pixel_unshuffle(photo, 2))).relu_()
        x = next(norms)(self.s2(x)).relu_()
        skip = x = _residual(x, self.e4[0], self.e4[1], norms)
        x = next(norms)(self.s3(x)).relu_()
        for first, second in zip(self.r8[::2], self.r8[1::2], strict=True):
            x = _residual(x, first, second, norms)
        x = next(norms)(_double(self.p8(x)) + skip).relu_()
        x = _residual(x, self.d4[0], self.d4[1], norms)
        x = next(norms)(_double(self.p4(x))).relu_()
        x = next(norms)(self.d2(x + _let_in(intake[:, 0], guide))).relu_()
        x = self.out(x + _let_in(intake[:, 1], guide))
        return F.pixel_shuffle(x, 2).sigmoid()

    def _norms(self, style: Tensor) -> Iterator["StyledNorm"]:
        start = 0
        for width in norm_widths(self.widths):
            gamma, beta = style[:, start : start + 2 * width].chunk(2, 1)
            start += 2 * width
            yield StyledNorm(gamma, beta)

    def _intake(self, style: Tensor) -> Tensor:
        """(B, 2, half, guides): the share of each guide that enters each channel."""
        return style[:, affine_size(self.widths) :].view(-1, INJECTIONS, self.widths[0], GUIDES)


class StyledNorm:
    """Instance norm (eps 1e-5, biased variance) whose scale and shift, each (B, C), belong to the style."""

    def __init__(self, gamma: Tensor, beta: Tensor) -> None:
        self.gamma, self.beta = gamma, beta

    def __call__(self, x: Tensor) -> Tensor:
        # One batch norm over (1, B * C, H, W) does norm and affine in one kernel.
        flat = x.reshape(1, -1, *x.shape[2:])
        gamma, beta = self.gamma.reshape(-1), self.beta.reshape(-1)
        return F.batch_norm(flat, None, None, gamma, beta, training=True, eps=1e-5).view(x.shape)


class StyleHead(nn.Module):
    """VGG statistics of a picture (B, 1920) → its code (B, 128) → gammas and betas (B, affine_size)."""

    def __init__(self, widths: tuple[int, int, int] = (24, 48, 96)) -> None:
        super().__init__()
        self.squeeze = nn.Sequential(nn.Linear(STATISTICS_SIZE, 256), nn.ReLU(), nn.Linear(256, CODE_SIZE))
        self.expand = nn.Linear(CODE_SIZE, affine_size(widths))
        self.intake = nn.Parameter(torch.zeros(intake_size(widths)))
        self.widths = widths

    def forward(self, statistics: Tensor) -> Tensor:
        return self.vector(self.squeeze(torch.log1p(statistics)), self.intake)

    def vector(self, code: Tensor, intake: Tensor) -> Tensor:
        """Style vectors (B, vector_size) of codes, gammas about 1, and of an intake (intake_size,)."""
        affine = self.expand(code) + _unit_gammas(self.widths).to(code)
        return torch.cat([affine, intake.expand(len(code), -1)], 1)


class PhotoEncoder(nn.Module):
    """Thumbnail (B, 3, 128, 128) → the photo's own code (B, 128), without VGG; `intake` goes with it."""

    def __init__(self, widths: tuple[int, int, int] = (24, 48, 96)) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(48, 64, 3, padding=1), nn.ReLU(),
            nn.Conv2d(64, 64, 3, padding=1, stride=2), nn.ReLU(),
            nn.Conv2d(64, 96, 3, padding=1), nn.ReLU(),
        )  # fmt: skip
        self.code = nn.Sequential(nn.Linear(192 + 24, 256), nn.ReLU(), nn.Linear(256, CODE_SIZE))
        self.intake = nn.Parameter(torch.zeros(intake_size(widths)))

    def forward(self, thumbnail: Tensor) -> Tensor:
        x = self.features(F.pixel_unshuffle(thumbnail, 4))
        colour = F.pixel_unshuffle(thumbnail, 2)
        code: Tensor = self.code(torch.cat([*_moments(x), *_moments(colour)], 1))
        return code


def _conv(inputs: int, outputs: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, stride, padding=1, padding_mode="reflect")


def _residual(x: Tensor, first: nn.Module, second: nn.Module, norms: Iterator[StyledNorm]) -> Tensor:
    inner = next(norms)(first(x)).relu_()
    return x + next(norms)(second(inner))


def _double(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2, mode="nearest")


def _let_in(intake: Tensor, guide: Tensor) -> Tensor:
    return torch.einsum("bcg,bghw->bchw", intake, guide)


def _moments(x: Tensor) -> tuple[Tensor, Tensor]:
    variance, mean = torch.var_mean(x, (2, 3), correction=0)
    return mean, (variance + 1e-5).sqrt()


def _unit_gammas(widths: tuple[int, int, int]) -> Tensor:
    parts = [part for width in norm_widths(widths) for part in (torch.ones(width), torch.zeros(width))]
    return torch.cat(parts)
