"""Lettering and pale products are set off from what they stand on; what is clear already stays as it is."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from style_engine.imaging.filters import luminance
from style_engine.painting.media.separation import in_greys, set_off, weak_silhouette
from style_engine.painting.media.subject import Subject

SIDE_PX = 200


def stripes(letters: float, behind: float, side: int = SIDE_PX) -> Subject:
    """Letters as upright bars in the middle of a product that fills the picture."""
    photo, text = torch.full((1, 3, side, side), behind), torch.zeros(1, 1, side, side)
    middle = slice(side * 2 // 5, side * 3 // 5)
    text[..., middle, middle] = 0.5
    bar = side // 100
    for left in range(middle.start, middle.stop, 4 * bar):
        photo[..., middle, left : left + 2 * bar] = letters
    return Subject(photo, photo, torch.ones_like(text), text)


def square(inside: tuple[float, float, float], behind: float, side: int = SIDE_PX) -> Subject:
    """A product of one colour in the middle of a plain background."""
    photo, product = torch.full((1, 3, side, side), behind), torch.zeros(1, 1, side, side)
    middle = slice(side // 4, side * 3 // 4)
    product[..., middle, middle] = 1
    photo = torch.lerp(photo, torch.tensor(inside).view(1, 3, 1, 1), product)
    return Subject(photo, photo, product, torch.zeros_like(product))


def contrast(picture: Tensor) -> float:
    row = luminance(picture)[0, 0, SIDE_PX // 2, SIDE_PX * 2 // 5 + 8 : SIDE_PX * 3 // 5 - 8]
    return float(row.amax() - row.amin())


@pytest.mark.parametrize(("letters", "behind"), [(0.97, 0.76), (0.28, 0.50), (0.68, 0.45)])
def test_pale_lettering_gets_contrast(letters, behind):
    subject = stripes(letters, behind)
    assert contrast(set_off(subject, 0.4).toned) > 1.4 * contrast(subject.toned)


def test_white_letters_stay_white():
    subject = stripes(0.97, 0.80)
    assert float(set_off(subject, 0.4).toned.amax()) >= 0.95


def test_clear_lettering_and_a_clear_product_stay_as_they_are():
    for subject in (stripes(0.05, 0.9), square((0.3, 0.3, 0.3), 1.0)):
        torch.testing.assert_close(set_off(subject, 0.4).photo, subject.photo)


def test_text_is_certain_throughout_lettering():
    text = set_off(stripes(0.05, 0.9)).text
    assert float(text[..., 90:110, 90:110].amin()) == 1
    assert float(text[..., :40, :40].amax()) == 0


@pytest.mark.parametrize(
    ("inside", "behind", "darker"), [(0.97, 1.0, True), (0.62, 0.60, True), (0.10, 0.12, False)]
)
def test_a_product_like_its_surroundings_turns_away_at_its_silhouette(inside, behind, darker):
    subject = square((inside,) * 3, behind)
    change = (luminance(set_off(subject).toned) - luminance(subject.toned))[0, 0]
    silhouette, middle = change[100, 50:54], change[100, 95:105].mean()
    assert (silhouette.amin() < -0.1) if darker else (silhouette.amax() > 0.1)
    assert abs(float(middle)) < 0.02
    assert float(change[:, :49].abs().amax()) == 0  # behind the product


def test_without_a_found_product_there_is_no_silhouette():
    photo = torch.rand(1, 3, 80, 80, generator=torch.Generator().manual_seed(3))
    everywhere = torch.ones_like(photo[:, :1])
    assert float(weak_silhouette(Subject(photo, photo, everywhere, 0 * everywhere)).amax()) == 0


def test_colours_of_like_luminance_get_different_greys():
    photo = torch.full((1, 3, SIDE_PX, SIDE_PX), 0.5)
    orange, skin = ([0.93, 0.52, 0.05], [0.74, 0.55, 0.47])
    photo[..., :100] = torch.tensor(orange).view(1, 3, 1, 1)
    photo[..., 100:] = torch.tensor(skin).view(1, 3, 1, 1)
    everywhere = torch.ones_like(photo[:, :1])
    tones = [
        luminance(subject.toned)[..., 90:98].mean() - luminance(subject.toned)[..., 102:110].mean()
        for subject in [Subject(photo, photo, everywhere, 0 * everywhere)]
        for subject in (subject, in_greys(subject))
    ]
    assert abs(float(tones[0])) < 0.03
    assert float(tones[1]) < -0.06


def test_the_same_at_twice_the_resolution():
    for make in (stripes, square):
        arguments = (0.97, 0.80) if make is stripes else ((0.97,) * 3, 1.0)
        large, small = (set_off(make(*arguments, side)).toned for side in (2 * SIDE_PX, SIDE_PX))
        assert (F.interpolate(large, size=small.shape[2:], mode="area") - small).abs().mean() < 0.02
