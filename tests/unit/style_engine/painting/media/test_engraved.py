"""Engraving and linocut: ink alone makes the tones, and lettering stays readable."""

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from style_engine.imaging import tensors
from style_engine.imaging.filters import luminance
from style_engine.painting.media import engraved, linocut, plane_lines
from style_engine.painting.media.subject import Subject
from training.styles.tones import engraved as engraved_tones

STYLES = ("engraving", "linocut")


def subject_of(photo: torch.Tensor, style: str, text: torch.Tensor | None = None) -> Subject:
    product = torch.ones_like(photo[:, :1])
    toned = getattr(engraved_tones, style)(photo)
    return Subject(photo, toned, product, torch.zeros_like(product) if text is None else text)


def printed(photo: torch.Tensor, style: str, text: torch.Tensor | None = None) -> torch.Tensor:
    medium = {"engraving": engraved.engraving, "linocut": linocut.linocut}[style]
    return medium(subject_of(photo, style, text))


def flat(tone: float, height: int = 96, width: int = 96) -> torch.Tensor:
    return torch.full((1, 3, height, width), tone)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("photo", [flat(0.5, 8, 8), flat(0.5, 33, 47), flat(1.0), flat(0.0)])
def test_any_picture_is_printed_in_range_and_the_same_each_time(style, photo):
    first, second = printed(photo, style), printed(photo, style)
    assert first.shape == photo.shape
    assert torch.isfinite(first).all()
    assert 0 <= first.min() <= first.max() <= 1
    assert torch.equal(first, second)


@pytest.mark.parametrize("style", STYLES)
def test_darker_tones_take_more_ink(style):
    means = [float(printed(flat(tone), style).mean()) for tone in (0.1, 0.3, 0.5, 0.7, 0.98)]
    assert means == sorted(means)
    assert means[-1] - means[0] > 0.5


@pytest.mark.parametrize("style", STYLES)
def test_there_is_hardly_any_grey_between_ink_and_paper(style):
    tone = luminance(printed(flat(0.45, 256, 256), style))
    assert float(((tone > 0.3) & (tone < 0.7)).float().mean()) < 0.35


@pytest.mark.parametrize("style", STYLES)
def test_the_same_print_at_twice_the_size(style, product):
    large = tensors.to_tensor(product.resize((640, 640), Image.Resampling.LANCZOS))
    small = tensors.to_tensor(product.resize((320, 320), Image.Resampling.LANCZOS))
    prints = [
        torch.nn.functional.interpolate(printed(p, style), size=(32, 32), mode="area") for p in (large, small)
    ]
    assert (prints[0] - prints[1]).abs().mean() < 0.04


@pytest.mark.parametrize("style", STYLES)
def test_lettering_keeps_its_contrast(style):
    image = Image.new("RGB", (256, 96), (190, 190, 190))
    ImageDraw.Draw(image).text((20, 24), "ABC 123", fill=(20, 20, 20), font_size=44)
    photo = tensors.to_tensor(image)
    letters = torch.from_numpy(np.asarray(image.convert("L")) < 60)
    result = luminance(printed(photo, style, torch.ones_like(photo[:, :1])))[0, 0]
    assert result[letters].mean() < 0.25
    assert result[~letters].mean() > 0.6


def test_lines_cross_the_longer_axis_of_each_form():
    photo = torch.full((1, 3, 240, 240), 0.9)
    photo[..., 20:60, 20:220] = torch.tensor([0.7, 0.2, 0.1]).view(3, 1, 1)
    photo[..., 90:230, 100:140] = torch.tensor([0.1, 0.2, 0.6]).view(3, 1, 1)
    product = (photo.amin(1, keepdim=True) < 0.5).float()
    subject = Subject(photo, photo, product, 0 * product)
    angle_at = torch.zeros(240, 240)
    for angle, window, mask in plane_lines.planes_by_angle(subject):
        angle_at[window] = torch.where(mask[0, 0] > 0, angle % 180, angle_at[window])
    across, level = abs(float(angle_at[40, 120]) - 90), float(angle_at[160, 120])
    assert across < 25
    assert min(level, 180 - level) < 25


def test_a_pale_product_keeps_its_outline_in_a_linocut():
    photo = torch.full((1, 3, 240, 240), 1.0)
    product = torch.zeros(1, 1, 240, 240)
    product[..., 60:180, 60:180] = 1
    photo = photo - 0.06 * product
    painted = linocut.linocut(Subject(photo, engraved_tones.linocut(photo), product, 0 * product))
    edge = luminance(painted)[0, 0, 70:170, 55:65].amin(1)
    assert (edge < 0.3).float().mean() > 0.95


def test_hatching_turns_across_long_forms_and_stays_on_round_ones():
    photo = torch.full((1, 3, 240, 240), 0.9)
    photo[..., 30:60, 20:220] = 0.3
    photo[..., 120:210, 75:165] = 0.3
    product = (photo.amin(1, keepdim=True) < 0.5).float()
    cosine, sine = plane_lines.across_long_forms(Subject(photo, photo, product, 0 * product), np.pi / 2)[0]
    long, round_form, behind = (45, 120), (165, 120), (90, 20)
    assert cosine[long] < -0.9  # twice a right angle from the long axis, which is level
    assert abs(float(sine[long])) < 0.2
    for place in (round_form, behind):
        assert torch.hypot(cosine[place], sine[place]) < 0.1


def test_lines_on_skin_have_another_direction_than_those_beside_it():
    photo, skin = flat(0.5, 240, 240), torch.zeros(1, 1, 240, 240)
    skin[..., :120] = 1
    everywhere = torch.ones_like(skin)
    found = {
        angle: mask.sum()
        for angle, _, mask in plane_lines.planes_by_angle(
            Subject(photo, photo, everywhere, 0 * everywhere, skin)
        )
    }
    assert len(found) == 2


def test_a_linocut_has_no_cuts_across_a_face():
    photo, skin = torch.full((1, 3, 240, 240), 0.55), torch.zeros(1, 1, 240, 240)
    skin[..., 40:200, 60:180] = 1
    for rows, columns in (
        (slice(90, 96), slice(80, 105)),
        (slice(90, 96), slice(135, 160)),
        (slice(150, 156), slice(95, 145)),
    ):
        photo[..., rows, columns] = 0.1
    everywhere = torch.ones_like(skin)
    toned = engraved_tones.linocut(photo)
    painted = luminance(linocut.linocut(Subject(photo, toned, everywhere, 0 * everywhere, skin)))
    assert painted[..., 110:140, 90:150].min() > 0.8
    assert painted[..., 91:95, 85:100].mean() < 0.2
