"""Watercolour, ink wash, line and wash: finite on any picture, readable, and the same at every resolution."""

import pytest
import torch
from torch.nn import functional as F

from style_engine.painting.media import washes
from style_engine.painting.media.penlines import drawn_lines
from style_engine.painting.media.subject import Subject
from training.styles.tones import washes as tones

STYLES = ("watercolour", "ink_wash", "line_and_wash")


def subject_of(photo: torch.Tensor, text: float = 0.0, style: str = "watercolour") -> Subject:
    plane = torch.ones_like(photo[:, :1])
    return Subject(photo, getattr(tones, style)(photo).clamp(0, 1), plane, text * plane)


def painted(photo: torch.Tensor, style: str, text: float = 0.0) -> torch.Tensor:
    return getattr(washes, style)(subject_of(photo, text, style))


def sample(size: int) -> torch.Tensor:
    """A dark red disc with a light side, on a pale wall."""
    y, x = torch.meshgrid(*(torch.linspace(-1, 1, size),) * 2, indexing="ij")
    disc = torch.sigmoid((0.6 - (x**2 + y**2).sqrt()) * size / 2)
    light = (0.5 - 0.3 * (x + y)).clamp(0.1, 1)
    colour = torch.stack([0.8 * light, 0.25 * light, 0.2 * light])
    return (disc * colour + (1 - disc) * torch.tensor([0.85, 0.87, 0.90]).view(3, 1, 1))[None]


def letters(size: int = 96) -> torch.Tensor:
    """Dark bars on a light label, as wide as the strokes of small letters."""
    bars = (torch.arange(size) // 4 % 3 == 0).float().expand(size, size)
    return (0.9 - 0.75 * bars).expand(1, 3, size, size).contiguous()


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("size", [(8, 8), (33, 47)])
def test_any_picture_gives_colours(style, size):
    generator = torch.Generator().manual_seed(0)
    for photo in (
        torch.zeros(1, 3, *size),
        torch.ones(1, 3, *size),
        torch.rand(1, 3, *size, generator=generator),
    ):
        result = painted(photo, style)
        assert result.shape == photo.shape
        assert torch.isfinite(result).all()
        assert 0 <= result.min() <= result.max() <= 1


@pytest.mark.parametrize("style", STYLES)
def test_the_same_photo_gives_the_same_painting(style):
    assert torch.equal(painted(sample(64), style), painted(sample(64), style))


@pytest.mark.parametrize("style", STYLES)
def test_darker_parts_get_more_pigment(style):
    light, dark = (painted(torch.full((1, 3, 48, 48), tone), style).mean() for tone in (0.8, 0.3))
    assert dark < light - 0.15


@pytest.mark.parametrize("style", STYLES)
def test_white_stays_paper(style):
    assert painted(torch.ones(1, 3, 48, 48), style).min() > 0.9


@pytest.mark.parametrize("style", STYLES)
def test_the_same_painting_at_twice_the_resolution(style):
    small, large = (painted(sample(size), style) for size in (256, 512))
    shown = [F.interpolate(picture, size=(64, 64), mode="area") for picture in (small, large)]
    assert (shown[0] - shown[1]).abs().mean() < 0.03


@pytest.mark.parametrize("style", STYLES)
def test_lettering_keeps_its_contrast(style):
    photo = letters()
    result = painted(photo, style, text=1.0).mean(1)
    dark = photo.mean(1) < 0.5
    assert result[~dark].mean() - result[dark].mean() > 0.4


def test_texture_becomes_flat_shapes():
    generator = torch.Generator().manual_seed(0)
    step = torch.full((1, 3, 64, 64), 0.3)
    step[..., 32:] = 0.7
    textured = step + 0.03 * torch.randn(step.shape, generator=generator)
    flat = washes.flat_shapes(textured, 3, 2)
    assert (flat - step)[..., 8:28].std() < 0.4 * (textured - step)[..., 8:28].std()
    assert flat[..., 34].mean() - flat[..., 29].mean() > 0.35


@pytest.mark.parametrize("style", STYLES)
def test_a_white_product_on_white_keeps_its_silhouette(style):
    photo, product = torch.full((1, 3, 96, 96), 0.97), torch.zeros(1, 1, 96, 96)
    product[..., 24:72, 24:72] = 1
    toned = getattr(tones, style)(photo).clamp(0, 1)
    tone = getattr(washes, style)(Subject(photo, toned, product, 0 * product)).mean(1)[0]
    assert tone[40:56, 24:28].mean() < tone[40:56, 4:12].mean() - 0.03


@pytest.mark.parametrize("style", STYLES)
def test_strong_edges_stay_straight(style):
    photo = torch.full((1, 3, 128, 128), 0.9)
    photo[..., 64:] = 0.2
    tone = painted(photo, style).mean(1)[0, 16:-16]
    borders = (tone > 0.6).sum(1)
    assert borders.max() - borders.min() <= 2


def line_ink(photo: torch.Tensor) -> torch.Tensor:
    return drawn_lines(subject_of(photo), photo, washes.PEN_LINE, 1)


def test_a_line_follows_a_long_edge_without_gaps():
    photo = torch.full((1, 3, 256, 256), 0.9)
    photo[..., 128:] = 0.3
    assert line_ink(photo)[0, 0, 32:-32, 124:136].amax(1).min() > 0.8


def test_specks_get_no_line():
    photo = torch.full((1, 3, 256, 256), 0.9)
    photo[..., 40::90, 40::90] = 0.3
    assert line_ink(photo).mean() < 0.01


def test_thick_lines_leave_out_skin():
    skin = torch.zeros(1, 1, 100, 100)
    skin[..., :50] = 1
    photo = torch.full((1, 3, 100, 100), 0.5)
    everywhere = torch.ones_like(skin)
    line = washes.thin_on_skin(Subject(photo, photo, everywhere, 0 * everywhere, skin), everywhere)
    assert line[..., :45].max() == 0
    assert line[..., 60:].min() == 1
