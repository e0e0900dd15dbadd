"""Tone maps: the network's change of colour as one function of colour."""

import torch
from torch.nn import functional as F

from style_engine.painting.tone_map import map_tones


def colourful(side: int) -> torch.Tensor:
    return F.interpolate(
        torch.rand(1, 3, 12, 12, generator=torch.Generator().manual_seed(2)),
        size=(side, side),
        mode="bicubic",
        antialias=True,
    ).clamp(0, 1)


def sepia(picture: torch.Tensor) -> torch.Tensor:
    grey = picture.mean(1, keepdim=True)
    return 0.8 * grey**1.2 * torch.tensor([1.0, 0.85, 0.6]).view(1, 3, 1, 1) + 0.1 * picture


def test_no_change_gives_the_photo():
    photo = colourful(128)
    small = F.avg_pool2d(photo, 2)
    torch.testing.assert_close(map_tones(photo, small, small.clone()), photo, atol=2e-3, rtol=0)


def test_change_of_a_small_copy_is_applied_to_every_pixel():
    photo = colourful(256)
    small = F.avg_pool2d(photo, 4)
    toned = map_tones(photo, small, sepia(small))
    assert (toned - sepia(photo)).abs().mean() < 0.01


def test_what_is_painted_in_one_place_only_is_left_out():
    photo = colourful(256)
    small = F.avg_pool2d(photo, 4)
    painted = sepia(small)
    painted[..., 20:26, 30:36] = 1.0
    assert (map_tones(photo, small, painted) - sepia(photo)).abs().mean() < 0.02


def test_photo_of_one_colour():
    photo = torch.full((1, 3, 40, 30), 0.25)
    toned = map_tones(photo, photo, photo + 0.2)
    torch.testing.assert_close(toned, photo + 0.2, atol=0.02, rtol=0)
