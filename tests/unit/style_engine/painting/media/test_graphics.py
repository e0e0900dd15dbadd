"""Graphics: deterministic, finite at any size, flat inside shapes, legible, the same at every resolution."""

import pytest
import torch
from torch.nn import functional as F

from style_engine.imaging import tensors
from style_engine.imaging.filters import luminance
from style_engine.painting.media import comics, graphics, inking
from style_engine.painting.media.outlines import continuous, ink_lines
from style_engine.painting.media.shapes import boundary, find_shapes, kuwahara
from style_engine.painting.media.subject import Subject
from training.styles.tones import graphics as tones

STYLES = ("cartoon", "comic_ink", "pop_art", "flat", "art_deco")
every_style = pytest.mark.parametrize("style", STYLES)


def subject(style, photo, text=None):
    everywhere = torch.ones_like(photo[:, :1])
    toned = getattr(tones, style)(photo).clamp(0, 1)
    return Subject(photo, toned, everywhere, torch.zeros_like(everywhere) if text is None else text)


def painted(style, photo, text=None):
    painter = comics.comic_ink if style == "comic_ink" else getattr(graphics, style)
    return painter(subject(style, photo, text))


def plain(level, height=48, width=48):
    return torch.full((1, 3, height, width), level)


@every_style
def test_the_same_photo_is_painted_twice_alike(style, product):
    photo = tensors.to_tensor(product)
    assert torch.equal(painted(style, photo), painted(style, photo))


@every_style
@pytest.mark.parametrize("size", [(8, 8), (9, 40), (33, 47)])
def test_any_size_gives_finite_colours(style, size):
    photo = torch.rand((1, 3, *size), generator=torch.Generator().manual_seed(1))
    picture = painted(style, photo)
    assert picture.shape == photo.shape
    assert torch.isfinite(picture).all()
    assert 0 <= picture.min() <= picture.max() <= 1


@every_style
def test_white_stays_light_and_black_stays_dark(style):
    white, black = (painted(style, plain(level)) for level in (1.0, 0.0))
    assert torch.isfinite(white).all()
    assert torch.isfinite(black).all()
    assert white.mean() > 0.85
    assert black.mean() < 0.16


@every_style
def test_twice_the_resolution_gives_nearly_the_same_picture(style, product):
    photo = tensors.to_tensor(product)
    large = F.interpolate(photo, scale_factor=2, mode="bicubic", antialias=True).clamp(0, 1)
    small = [F.interpolate(painted(style, x), size=(64, 64), mode="area") for x in (photo, large)]
    assert (small[0] - small[1]).abs().mean() < 0.04


@every_style
def test_lettering_keeps_its_contrast(style):
    photo, text = plain(0.85, 160, 160), torch.zeros(1, 1, 160, 160)
    text[:, :, 60:100, 30:130] = 1
    for left in range(40, 120, 12):
        photo[:, :, 66:94, left : left + 4] = 0.12
    tone = luminance(painted(style, photo, text))[0, 0]
    letters = torch.stack([tone[72:88, left + 1 : left + 3].mean() for left in range(40, 120, 12)])
    between = torch.stack([tone[72:88, left + 7 : left + 9].mean() for left in range(40, 108, 12)])
    assert letters.max() < 0.35
    assert between.min() > 0.6


def test_brush_and_ink_leaves_hardly_any_grey(product):
    tone = luminance(painted("comic_ink", tensors.to_tensor(product)))
    assert ((tone > 0.2) & (tone < 0.8)).float().mean() < 0.06


def test_darker_colours_get_larger_dots():
    photo = torch.linspace(0.2, 0.95, 240).view(1, 1, 1, 240).expand(1, 3, 120, 240).contiguous()
    dots = inking.benday(1 - photo[:, :1], 8.0)
    shares = [part.mean() for part in dots.split(60, 3)]
    assert shares == sorted(shares, reverse=True)


def test_texture_vanishes_and_edges_stay():
    photo = plain(0.35, 96, 96)
    photo[..., 48:] = 0.75
    noise = torch.randn(photo.shape, generator=torch.Generator().manual_seed(0))
    tone = find_shapes(subject("flat", (photo + 0.02 * noise).clamp(0, 1)), 0.02).tone
    assert tone[..., 8:40].std() < 0.006
    assert tone[..., 52].mean() - tone[..., 43].mean() > 0.3


def test_kuwahara_keeps_a_plain_colour():
    assert torch.allclose(kuwahara(plain(0.4), 4.0), plain(0.4), atol=1e-5)


def test_a_boundary_is_one_pixel_wide():
    ramp = torch.linspace(0, 1, 64).view(1, 1, 1, 64).expand(1, 1, 8, 64).contiguous()
    mask = boundary(ramp, 0.5)[0, 0, 4]
    assert ((mask > 0.02) & (mask < 0.98)).sum() <= 2


def test_a_speck_is_no_line_and_a_weak_part_of_a_line_is_kept():
    strength = torch.zeros(1, 1, 400, 400)
    strength[..., 196:202, 50:350] = 2.0
    strength[..., 196:202, 190:200] = 0.7
    strength[..., 60:62, 60:62] = 2.0
    lines = continuous(subject("cartoon", plain(0.5, 400, 400)), strength)
    assert lines[..., 197:201, 190:200].min() > 0.6
    assert lines[..., 56:66, 56:66].max() < 0.1


def test_a_white_product_on_white_has_a_contour_all_round():
    photo, product = plain(1.0, 160, 160), torch.zeros(1, 1, 160, 160)
    product[..., 40:120, 40:120] = 1
    photo = photo - 0.03 * product
    toned = tones.cartoon(photo)
    lines = ink_lines(find_shapes(Subject(photo, toned, product, torch.zeros_like(product)), 0.011))
    for side in (lines[..., 60:100, 36:46], lines[..., 60:100, 114:124]):
        assert side.amax(3).min() > 0.5


def test_pop_art_keeps_the_hue_of_a_brown_product():
    brown = torch.tensor([0.55, 0.45, 0.34]).view(1, 3, 1, 1).expand(1, 3, 96, 96).contiguous()
    red, green, blue = painted("pop_art", brown)[0, :, 20:76, 20:76].mean((1, 2))
    assert red > green > blue
    assert (green - blue) / (red - blue) == pytest.approx(0.52, abs=0.12)
