"""Woodblock, risograph and cyanotype: the material leaves tones, lettering and the picture at every size."""

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from style_engine.imaging import tensors
from style_engine.imaging.filters import luminance
from style_engine.painting.media import prints
from style_engine.painting.media.subject import Subject
from training.styles.tones import prints as print_tones

STYLES = ("ukiyo_e", "risograph", "cyanotype")


def printed(photo: torch.Tensor, style: str, text: torch.Tensor | None = None) -> torch.Tensor:
    product = torch.ones_like(photo[:, :1])
    toned = getattr(print_tones, style)(photo)
    subject = Subject(photo, toned, product, torch.zeros_like(product) if text is None else text)
    return getattr(prints, style)(subject)


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
def test_darker_tones_give_a_darker_print(style):
    means = [float(printed(flat(tone), style).mean()) for tone in (0.05, 0.3, 0.6, 0.98)]
    assert means == sorted(means)
    assert means[-1] - means[0] > 0.5


@pytest.mark.parametrize("style", STYLES)
def test_the_same_print_at_twice_the_size(style, product):
    large = tensors.to_tensor(product.resize((640, 640), Image.Resampling.LANCZOS))
    small = tensors.to_tensor(product.resize((320, 320), Image.Resampling.LANCZOS))
    both = [
        torch.nn.functional.interpolate(printed(p, style), size=(32, 32), mode="area") for p in (large, small)
    ]
    assert (both[0] - both[1]).abs().mean() < 0.03


@pytest.mark.parametrize("style", STYLES)
def test_lettering_keeps_its_contrast(style):
    image = Image.new("RGB", (256, 96), (225, 225, 225))
    ImageDraw.Draw(image).text((20, 24), "ABC 123", fill=(20, 20, 20), font_size=44)
    photo = tensors.to_tensor(image)
    letters = torch.from_numpy(np.asarray(image.convert("L")) < 60)
    result = luminance(printed(photo, style, torch.ones_like(photo[:, :1])))[0, 0]
    assert result[~letters].mean() - result[letters].mean() > 0.45


def test_the_screens_of_dots_cover_the_share_that_is_asked_for():
    for share in (0.2, 0.5, 0.8):
        dots = prints.dot_screen(torch.full((1, 1, 240, 240), share), 15.0, 6.0)
        assert float(dots.mean()) == pytest.approx(share, abs=0.06)


def test_the_separation_gives_the_colour_back():
    colour = torch.tensor([0.75, 0.45, 0.35]).view(1, 3, 1, 1)
    coverage = prints.separate(colour)
    mixed = torch.tensor(prints.RISO_PAPER).view(1, 3, 1, 1)
    for index, ink in enumerate(prints.RISO_INKS):
        mixed = mixed * (1 - coverage[:, index : index + 1] * (1 - torch.tensor(ink).view(1, 3, 1, 1)))
    assert (mixed - colour).abs().max() < 0.03


def test_greys_are_printed_in_grey_and_vivid_colours_are_not():
    grey, red = (
        prints.separate(torch.tensor(c).view(1, 3, 1, 1))[0, prints.GREY, 0, 0]
        for c in ((0.4, 0.4, 0.4), (0.9, 0.2, 0.2))
    )
    assert grey > 0.5
    assert red == 0


@pytest.mark.parametrize("hue", [(0.8, 0.2, 0.2), (0.2, 0.6, 0.3), (0.2, 0.4, 0.8), (0.85, 0.5, 0.7)])
def test_hues_stay_in_their_family_in_risograph_and_woodblock(hue):
    photo = torch.tensor(hue).view(1, 3, 1, 1).expand(1, 3, 96, 96).clone()
    for style in ("risograph", "ukiyo_e"):
        mean = printed(photo, style).mean((0, 2, 3))
        assert int(mean.argmax()) == int(torch.tensor(hue).argmax()), style


def test_a_cyanotype_is_coated_to_the_frame_where_the_product_is():
    photo = flat(0.3, 128, 128)
    everywhere, nowhere = torch.ones(1, 1, 128, 128), torch.zeros(1, 1, 128, 128)
    toned = print_tones.cyanotype(photo)
    edges = [
        luminance(prints.cyanotype(Subject(photo, toned, product, nowhere)))[..., 0].mean()
        for product in (everywhere, nowhere)
    ]
    assert edges[1] - edges[0] > 0.15
