"""Pencils, charcoal, chalk and pastel: tones and lettering are kept, at every size of picture."""

import pytest
import torch
from PIL import Image, ImageDraw

from style_engine.imaging import tensors
from style_engine.imaging.filters import luminance
from style_engine.painting.media import MEDIA
from style_engine.painting.media.pencil_hatching import plane_angle
from style_engine.painting.media.subject import Subject
from training.styles.tones import pencils as tones

STYLES = ["pencil", "coloured_pencil", "charcoal", "red_chalk", "pastel"]


def paint(style: str, photo: torch.Tensor, text: torch.Tensor | None = None) -> torch.Tensor:
    everywhere = torch.ones_like(photo[:, :1])
    text = torch.zeros_like(everywhere) if text is None else text
    toned = getattr(tones, style)(photo)
    return MEDIA[style.replace("_", "-")](Subject(photo, toned, everywhere, text))


def ball(size: int) -> torch.Tensor:
    """(1, 3, size, size) a red ball, lit from the upper left, before a light wall."""
    y, x = torch.meshgrid(*(2 * [torch.linspace(-1, 1, size)]), indexing="ij")
    light = (0.75 - 0.3 * (x + y)).clamp(0.15, 1)
    inside = ((0.7 - (x**2 + y**2).sqrt()) * size / 4).clamp(0, 1)
    colour = torch.tensor([0.9, 0.25, 0.2]).view(3, 1, 1) * light
    return torch.lerp(torch.full((3, size, size), 0.88), colour, inside)[None]


@pytest.mark.parametrize("style", STYLES)
def test_any_picture_gives_a_finite_one_of_its_size_and_always_the_same(style):
    pictures = [torch.ones(1, 3, 8, 8), torch.zeros(1, 3, 33, 47), torch.ones(1, 3, 33, 47), ball(64)]
    for photo in pictures:
        painted = paint(style, photo)
        assert painted.shape == photo.shape
        assert torch.isfinite(painted).all()
        assert 0 <= painted.min() <= painted.max() <= 1
        assert torch.equal(painted, paint(style, photo))


@pytest.mark.parametrize("style", STYLES)
def test_darks_take_more_pigment_than_lights(style):
    greys = [paint(style, torch.full((1, 3, 96, 96), grey)).mean() for grey in (0.05, 0.35, 0.65, 0.95)]
    assert greys == sorted(greys)
    assert greys[-1] - greys[0] > 0.4


@pytest.mark.parametrize("style", STYLES)
def test_the_same_drawing_at_twice_the_resolution(style):
    paintings = [paint(style, ball(size)) for size in (192, 384)]
    small = [torch.nn.functional.interpolate(p, size=(32, 32), mode="area") for p in paintings]
    assert (small[0] - small[1]).abs().mean() < 0.03


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(("ink", "background"), [(25, 235), (240, 60)])
def test_lettering_keeps_its_contrast(style, ink, background):
    image = Image.new("RGB", (240, 120), (background,) * 3)
    ImageDraw.Draw(image).text((20, 30), "OATS", (ink,) * 3, font_size=64)
    photo = tensors.to_tensor(image)
    letters = (luminance(photo) - background / 255).abs() > 0.9 * abs(ink - background) / 255
    beside = (luminance(photo) - background / 255).abs() < 0.01
    painted = luminance(paint(style, photo, torch.ones_like(photo[:, :1])))
    kept = (painted[letters].mean() - painted[beside].mean()) / ((ink - background) / 255)
    assert kept > 0.6


@pytest.mark.parametrize("style", STYLES)
def test_a_white_product_has_a_silhouette_on_white_paper(style):
    photo = torch.full((1, 3, 160, 160), 0.97)
    product = torch.zeros(1, 1, 160, 160)
    product[..., 30:130, 40:120] = 1
    toned = getattr(tones, style)(photo)
    painted = luminance(MEDIA[style.replace("_", "-")](Subject(photo, toned, product, 0 * product)))
    contour = painted[..., 60:100, 36:46].amin(-1).mean()
    assert painted[..., 60:100, :20].mean() - contour > 0.05


def test_strokes_of_a_flat_product_are_parallel():
    photo = torch.full((1, 3, 200, 200), 0.5)
    flat = Subject(photo, photo, torch.ones(1, 1, 200, 200), torch.zeros(1, 1, 200, 200))
    assert plane_angle(flat).std() < 0.02


@pytest.mark.parametrize("style", STYLES)
def test_small_errors_of_the_tones_change_little(style):
    """Tones come from a network: its errors must not be amplified."""
    photo = ball(160)
    toned = getattr(tones, style)(photo)
    error = 0.025 * torch.randn(toned.shape, generator=torch.Generator().manual_seed(2))
    mask = torch.ones_like(photo[:, :1])
    paintings = [
        MEDIA[style.replace("_", "-")](Subject(photo, (toned + change).clamp(0, 1), mask, 0 * mask))
        for change in (0 * error, error)
    ]
    assert (paintings[0] - paintings[1]).abs().mean() < 0.03
