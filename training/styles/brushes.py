"""What drawings are made with: strokes, inks, pigments, tiles. Pictures (B, 3, H, W), tones (B, 1, H, W)."""

from typing import Final

import torch
from torch import Tensor

from style_engine.imaging.filters import gaussian, luminance
from style_engine.imaging.guided_filter import guided_smooth
from style_engine.network import patterns as drawn
from style_engine.network.conditioning import flat_posterize, kuwahara

PIGMENTS: Final = (
    (0.99, 0.97, 0.93), (0.91, 0.82, 0.64), (0.87, 0.66, 0.36), (0.78, 0.33, 0.20), (0.56, 0.16, 0.15),
    (0.93, 0.70, 0.62), (0.55, 0.62, 0.38), (0.29, 0.42, 0.30), (0.62, 0.76, 0.80), (0.24, 0.44, 0.62),
    (0.12, 0.20, 0.40), (0.55, 0.50, 0.47), (0.78, 0.76, 0.72), (0.20, 0.18, 0.20), (0.45, 0.30, 0.20),
    (0.50, 0.36, 0.55),
)  # fmt: skip


def field(fields: Tensor, name: str) -> Tensor:
    return fields[:, drawn.PATTERN_NAMES.index(name)].unsqueeze(1)


def axis(red: float, green: float, blue: float) -> Tensor:
    """(1, 3, 1, 1) one colour, or one direction in which colours shift."""
    return torch.tensor([red, green, blue]).view(1, 3, 1, 1)


def detail(photo: Tensor) -> Tensor:
    """The forms of 2 to 6 px that broad touches would lose: eyes, print, seams."""
    return gaussian(photo, 0.7) - gaussian(photo, 2.5)


def posterised(photo: Tensor) -> Tensor:
    """(B, 1, H, W) luminance in four flat levels; the lights stay as they are, so that none burns out."""
    tone = luminance(calmed(photo))
    return torch.lerp(flat_posterize(photo, radius=4), tone, torch.sigmoid(24 * (tone - 0.80)))


def ramp(tone: Tensor, dark: Tensor, middle: Tensor, light: Tensor) -> Tensor:
    """Colours (B, 3, H, W) from a tone: dark at 0, middle at a half, light at 1."""
    below, above = (2 * tone).clamp(0, 1), (2 * tone - 1).clamp(0, 1)
    return dark + (middle - dark) * below + (light - middle) * above


def unwhite(photo: Tensor) -> Tensor:
    """(B, 1, H, W) 0 on white paper, 1 elsewhere."""
    return torch.sigmoid(-60 * (gaussian(photo.amin(1, keepdim=True), 2.0) - 0.92))


def smoothed(photo: Tensor, rounds: int) -> Tensor:
    """A guided filter applied a few times: texture goes, edges stay."""
    out = photo
    for _ in range(rounds):
        out = guided_smooth(out, fit_sigma_px=2.5, mean_sigma_px=1.5, epsilon=6e-3)
    return out.clamp(0, 1)


def calmed(photo: Tensor) -> Tensor:
    """The photo in flat touches, no colour crossing a rim."""
    return kuwahara(kuwahara(photo, 4), 4)


def retoned(photo: Tensor, tone: Tensor) -> Tensor:
    """The photo's colours at another luminance (B, 1, H, W)."""
    return (photo + tone - luminance(photo)).clamp(0, 1)


def saturated(photo: Tensor, amount: float) -> Tensor:
    tone = luminance(photo)
    return (tone + amount * (photo - tone)).clamp(0, 1)


def contrasted(photo: Tensor, amount: float) -> Tensor:
    return (0.5 + amount * (photo - 0.5)).clamp(0, 1)


def stretched(tone: Tensor) -> Tensor:
    """Lift the whites and open the shadows a little."""
    return ((tone - 0.04) / 0.92).clamp(0, 1) ** 0.85


def strokes(field: Tensor, darkness: Tensor, crisp: float = 3.5) -> Tensor:
    """Ink of one set of lines: none where darkness <= 0, nearly full where it reaches 1."""
    covered = torch.sigmoid(crisp * (field - 1.1 + 2.2 * darkness))
    return covered * torch.sigmoid(30 * (darkness - 0.06))


def inked(colour: Tensor, line: Tensor, ink: tuple[float, float, float]) -> Tensor:
    return colour * (1 - line) + torch.tensor(ink).view(1, 3, 1, 1) * line


def tinted(tone: Tensor, dark: tuple[float, float, float]) -> Tensor:
    shade = torch.tensor(dark).view(1, 3, 1, 1)
    return shade + (1 - shade) * tone.clamp(0, 1)


def nearest_pigment(photo: Tensor) -> Tensor:
    """Softly the closest pigment of a print shop, hue counting more than lightness."""
    pigments = torch.tensor(PIGMENTS)
    distance = (
        (_opponent(photo).unsqueeze(1) - _opponent(pigments.view(-1, 3, 1, 1)).unsqueeze(0)).square().sum(2)
    )
    share = torch.softmax(-220 * distance, 1)
    return torch.einsum("bphw,pc->bchw", share, pigments)


def _opponent(colour: Tensor) -> Tensor:
    tone = luminance(colour)
    chroma = torch.cat([colour[:, :1] - tone, colour[:, 2:] - tone], 1)
    return torch.cat([0.9 * tone, 1.3 * chroma], 1)


def tiles(photo: Tensor, owners: Tensor) -> Tensor:
    """The photo's mean colour in each tile; owners (B, 1, H, W) number the tile of each pixel."""
    pairs = zip(photo, owners[:, 0].long(), strict=True)
    return torch.stack([_tile_means(one, owner) for one, owner in pairs])


def _tile_means(photo: Tensor, owner: Tensor) -> Tensor:
    """Average of the photo (3, H, W) over each connected tile; owners repeat, so the block counts."""
    height, width = owner.shape
    block = (torch.arange(height) // 128).unsqueeze(1) * 64 + torch.arange(width) // 128
    _, flat = torch.unique((owner + 4096 * block).flatten(), return_inverse=True)
    count = torch.zeros(int(flat.max()) + 1).index_add_(0, flat, torch.ones(flat.numel()))
    total = torch.zeros(3, len(count)).index_add_(1, flat, photo.flatten(1))
    return (total / count)[:, flat].view(3, height, width)
