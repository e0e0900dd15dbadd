"""Pointillism: finite on any picture, dots average to the local colour, lettering stays readable."""

import pytest
import torch
from PIL import Image, ImageDraw
from torch import Tensor
from torch.nn import functional as F

from style_engine.imaging import tensors
from style_engine.painting.media.dots import pointillist
from style_engine.painting.media.subject import Subject


def subject(photo: Tensor, text: Tensor | None = None) -> Subject:
    plane = torch.zeros_like(photo[:, :1])
    return Subject(photo, photo, plane + 1, plane if text is None else text)


def ramp(side: int) -> Tensor:
    steps = torch.linspace(0.1, 0.9, side)
    return torch.stack(
        [steps.expand(side, side), steps[:, None].expand(side, side), torch.full((side, side), 0.4)]
    )[None]


@pytest.mark.parametrize("photo", [torch.zeros(1, 3, 33, 47), torch.ones(1, 3, 47, 33), ramp(8), ramp(64)])
def test_any_picture_is_painted_in_range_and_always_alike(photo):
    painted = pointillist(subject(photo))
    assert painted.shape == photo.shape
    assert torch.isfinite(painted).all()
    assert 0 <= painted.min() <= painted.max() <= 1
    assert torch.equal(painted, pointillist(subject(photo)))


def test_dots_of_divided_colour_average_to_the_local_colour():
    photo = ramp(480)
    painted = pointillist(subject(photo))
    means = [F.interpolate(picture, size=(12, 12), mode="area") for picture in (painted, photo)]
    assert (means[0] - means[1]).abs().mean() < 0.04
    assert painted[:, :, 200:280, 200:280].std((2, 3)).min() > 0.02, "dots differ from each other"


def test_the_same_painting_at_twice_the_resolution():
    means = [
        F.interpolate(pointillist(subject(ramp(side))), size=(24, 24), mode="area") for side in (360, 720)
    ]
    assert (means[0] - means[1]).abs().mean() < 0.02


def test_lettering_keeps_its_contrast():
    image = Image.new("RGB", (480, 480), (235, 230, 220))
    ImageDraw.Draw(image).text((48, 170), "TEA 25", fill=(30, 30, 40), font_size=100)
    photo = tensors.to_tensor(image)
    letters = (photo.mean(1, keepdim=True) < 0.5).float()
    near = F.max_pool2d(letters, 9, 1, 4)
    painted = pointillist(subject(photo, near)).mean(1, keepdim=True)
    assert painted[(near > 0) & (letters == 0)].mean() - painted[letters > 0].mean() > 0.4


def test_light_greys_are_divided_less_than_colours():
    spread = []
    for colour in ((0.8, 0.8, 0.8), (0.9, 0.75, 0.3)):
        photo = torch.tensor(colour).view(1, 3, 1, 1).expand(1, 3, 240, 240).contiguous()
        painted = pointillist(subject(photo))[0]
        spread.append((painted[0] - painted[2]).std())
    assert spread[0] < 0.6 * spread[1]
