"""The skin mask: people are found, and products in the colours of skin are not."""

from pathlib import Path

import pytest
import torch
from PIL import Image
from skimage.data import astronaut

from samples.labelled_photos import LABELLED_PHOTOS
from style_engine.imaging import tensors
from style_engine.regions.background import plain_background
from style_engine.regions.finder import RegionFinder, Regions
from style_engine.regions.skin import colour_plausibility, refine_skin

MODEL = Path(__file__).parents[4] / "engine" / "models" / "regions-lite"


@pytest.fixture(scope="module")
def finder() -> RegionFinder:
    return RegionFinder.load(MODEL)


def regions_of(finder: RegionFinder, image: Image.Image) -> Regions:
    photo = tensors.to_tensor(image)
    return finder(photo, plain_background(photo))


def test_a_face_is_skin_and_hair_and_suit_are_not(finder):
    skin = regions_of(finder, Image.fromarray(astronaut())).skin
    assert skin is not None
    face, suit, flag = skin[..., 110:160, 200:250], skin[..., 330:500, 60:300], skin[..., 40:200, 0:80]
    assert face.mean() > 0.9
    assert suit.mean() < 0.05
    assert flag.mean() < 0.05


@pytest.mark.parametrize(
    "name",
    ["red mug", "tan mug", "terracotta pot", "wooden bowl", "wooden board", "leather wallet", "bread",
     "leather filling the frame", "peach cloth", "coffee cup", "brick"],
)  # fmt: skip
def test_products_in_the_colours_of_skin_are_not_skin(finder, name):
    assert regions_of(finder, LABELLED_PHOTOS[name]()).skin is None


def test_a_smaller_copy_has_the_skin_at_its_size(finder):
    regions = regions_of(finder, Image.fromarray(astronaut()))
    small = regions.downsample(128, 128)
    assert small.skin is not None
    assert small.skin.shape == (1, 1, 128, 128)
    assert float(small.skin.mean()) == pytest.approx(float(regions.skin.mean()), rel=0.02)


def test_grey_blue_and_glaring_orange_have_no_colour_of_skin():
    colours = [(0.8, 0.6, 0.5), (0.35, 0.22, 0.16), (0.5, 0.5, 0.5), (0.3, 0.5, 0.8), (0.95, 0.4, 0.1)]
    picture = torch.tensor(colours).T.view(1, 3, 1, 5)
    assert colour_plausibility(picture).flatten().tolist() == pytest.approx([1, 1, 0, 0, 0], abs=0.01)


def test_a_few_pixels_are_not_called_skin():
    small = torch.tensor([0.8, 0.6, 0.5]).view(1, 3, 1, 1).expand(1, 3, 80, 80).contiguous()
    skin = torch.zeros(1, 1, 80, 80)
    skin[..., :5, :5] = 1
    assert refine_skin(small, small, skin) is None
