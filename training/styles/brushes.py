"""Filters that drawings are made of. Pictures are (B, 3, H, W) and tones (B, 1, H, W), in [0, 1]."""

from typing import Final

import torch
from torch import Tensor

from style_engine.imaging.filters import gaussian, luminance
from style_engine.imaging.guided_filter import guided_smooth
from style_engine.network.conditioning import flat_posterize, kuwahara
from style_engine.network.patterns import PATTERN_NAMES

PIGMENTS_RGB: Final = (
    (0.99, 0.97, 0.93), (0.91, 0.82, 0.64), (0.87, 0.66, 0.36), (0.78, 0.33, 0.20), (0.56, 0.16, 0.15),
    (0.93, 0.70, 0.62), (0.55, 0.62, 0.38), (0.29, 0.42, 0.30), (0.62, 0.76, 0.80), (0.24, 0.44, 0.62),
    (0.12, 0.20, 0.40), (0.55, 0.50, 0.47), (0.78, 0.76, 0.72), (0.20, 0.18, 0.20), (0.45, 0.30, 0.20),
    (0.50, 0.36, 0.55),
)  # fmt: skip
TILE_BLOCK_PX: Final = 128  # tile numbers repeat; within a block each belongs to one tile


def pattern(patterns: Tensor, name: str) -> Tensor:
    """(B, 1, H, W) of patterns (B, patterns + 1, H, W)."""
    return patterns[:, PATTERN_NAMES.index(name)].unsqueeze(1)


def rgb(red: float, green: float, blue: float) -> Tensor:
    """(1, 3, 1, 1) a colour, or a change of colour."""
    return torch.tensor([red, green, blue]).view(1, 3, 1, 1)


def fine_detail(photo: Tensor) -> Tensor:
    """Band-pass of about 2 to 6 px, which broad touches remove: eyes, print, seams."""
    return gaussian(photo, 0.7) - gaussian(photo, 2.5)


def posterise(photo: Tensor) -> Tensor:
    """(B, 1, H, W) luminance in four steps; light tones are not stepped, so that none turns white."""
    tone = luminance(flatten_colours(photo))
    return torch.lerp(flat_posterize(photo, radius=4), tone, torch.sigmoid(24 * (tone - 0.80)))


def colour_ramp(tone: Tensor, dark: Tensor, middle: Tensor, light: Tensor) -> Tensor:
    """Colours (B, 3, H, W) interpolated by tone: dark at 0, middle at 0.5, light at 1."""
    below, above = (2 * tone).clamp(0, 1), (2 * tone - 1).clamp(0, 1)
    return dark + (middle - dark) * below + (light - middle) * above


def non_white(photo: Tensor) -> Tensor:
    """(B, 1, H, W) 0 on white paper, 1 elsewhere."""
    return torch.sigmoid(-60 * (gaussian(photo.amin(1, keepdim=True), 2.0) - 0.92))


def remove_texture(photo: Tensor, rounds: int) -> Tensor:
    """A guided filter applied `rounds` times; edges stay."""
    out = photo
    for _ in range(rounds):
        out = guided_smooth(out, fit_sigma_px=2.5, mean_sigma_px=1.5, epsilon=6e-3)
    return out.clamp(0, 1)


def flatten_colours(photo: Tensor) -> Tensor:
    """Flat touches that do not cross edges."""
    return kuwahara(kuwahara(photo, 4), 4)


def set_luminance(photo: Tensor, tone: Tensor) -> Tensor:
    """The photo's colours at another luminance (B, 1, H, W)."""
    return (photo + tone - luminance(photo)).clamp(0, 1)


def saturate(photo: Tensor, amount: float) -> Tensor:
    tone = luminance(photo)
    return (tone + amount * (photo - tone)).clamp(0, 1)


def scale_contrast(photo: Tensor, amount: float) -> Tensor:
    return (0.5 + amount * (photo - 0.5)).clamp(0, 1)


def stretch_tone(tone: Tensor) -> Tensor:
    """Stretch to the full range, and brighten the shadows a little."""
    return ((tone - 0.04) / 0.92).clamp(0, 1) ** 0.85


def hatch_ink(lines: Tensor, darkness: Tensor, crisp: float = 3.5) -> Tensor:
    """Ink of a line pattern, wider with darkness: none at 0 and below, nearly full at 1."""
    covered = torch.sigmoid(crisp * (lines - 1.1 + 2.2 * darkness))
    return covered * torch.sigmoid(30 * (darkness - 0.06))


def draw_lines(colour: Tensor, line: Tensor, ink: tuple[float, float, float]) -> Tensor:
    """Ink over a picture, with the opacity `line` (B, 1, H, W)."""
    return colour * (1 - line) + rgb(*ink) * line


def tint(tone: Tensor, dark: tuple[float, float, float]) -> Tensor:
    """A tone from `dark` at 0 to white at 1."""
    shade = rgb(*dark)
    return shade + (1 - shade) * tone.clamp(0, 1)


def snap_to_pigments(photo: Tensor) -> Tensor:
    """Softly the nearest of PIGMENTS_RGB; chroma counts more than lightness."""
    pigments = torch.tensor(PIGMENTS_RGB)
    difference = _opponent(photo).unsqueeze(1) - _opponent(pigments.view(-1, 3, 1, 1)).unsqueeze(0)
    share = torch.softmax(-220 * difference.square().sum(2), 1)
    return torch.einsum("bphw,pc->bchw", share, pigments)


def _opponent(colour: Tensor) -> Tensor:
    """Luminance, red and blue difference, weighted for distances."""
    tone = luminance(colour)
    chroma = torch.cat([colour[:, :1] - tone, colour[:, 2:] - tone], 1)
    return torch.cat([0.9 * tone, 1.3 * chroma], 1)


def tile_means(photo: Tensor, tile_numbers: Tensor) -> Tensor:
    """The photo's mean colour in each mosaic tile; `tile_numbers` (B, 1, H, W)."""
    pairs = zip(photo, tile_numbers[:, 0].long(), strict=True)
    return torch.stack([_tile_means(picture, numbers) for picture, numbers in pairs])


def _tile_means(photo: Tensor, numbers: Tensor) -> Tensor:
    """Of one photo (3, H, W) with tile numbers (H, W)."""
    height, width = numbers.shape
    rows, columns = torch.arange(height) // TILE_BLOCK_PX, torch.arange(width) // TILE_BLOCK_PX
    block = rows.unsqueeze(1) * 64 + columns
    _, tile = torch.unique((numbers + 4096 * block).flatten(), return_inverse=True)
    count = torch.zeros(int(tile.max()) + 1).index_add_(0, tile, torch.ones(tile.numel()))
    total = torch.zeros(3, len(count)).index_add_(1, tile, photo.flatten(1))
    return (total / count)[:, tile].view(3, height, width)
