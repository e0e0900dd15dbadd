"""The region finder: products, text, empty pictures, edges, confidence, model folders."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from style_engine.errors import ModelRefused
from style_engine.imaging import tensors
from style_engine.imaging.guided_filter import guided_upsample
from style_engine.painting.photo_context import PhotoContext
from style_engine.regions.background import plain_background
from style_engine.regions.finder import (
    ConfidenceModel,
    RegionFinder,
    Regions,
    apply_background,
    background_agreement,
    fill_holes,
)
from style_engine.regions.segmentation_net import RegionNet

MODEL = Path(__file__).parents[4] / "engine" / "models" / "regions-lite"


@pytest.fixture(scope="session")
def finder() -> RegionFinder:
    return RegionFinder.load(MODEL)


def regions_of(finder: RegionFinder, image: Image.Image) -> Regions:
    photo = tensors.to_tensor(image)
    return finder(photo, plain_background(photo))


def iou(mask: torch.Tensor, truth: np.ndarray) -> float:
    product = mask[0, 0].numpy() > 0.5
    return float((product & truth).sum() / (product | truth).sum())


def bag(background: Image.Image) -> tuple[Image.Image, np.ndarray]:
    """A red bag with a dark handle on a background, and its mask."""
    image, mask = background.copy(), Image.new("L", background.size)
    for plane, body, handle in ((image, (190, 40, 50), (60, 20, 20)), (mask, 255, 255)):
        draw = ImageDraw.Draw(plane)
        draw.arc((190, 80, 290, 240), 180, 360, fill=handle, width=16)
        draw.rounded_rectangle((130, 150, 350, 380), 24, fill=body)
    return image, np.array(mask) > 127


def test_product_on_white_is_found(finder):
    image, truth = bag(Image.new("RGB", (480, 480), "white"))
    regions = regions_of(finder, image)
    assert regions.found
    assert iou(regions.product, truth) > 0.95


def test_product_on_a_gradient_background_is_found(finder):
    gradient = np.linspace(150, 235, 480)[:, None, None] * np.array([0.9, 1.0, 0.95])
    image, truth = bag(Image.fromarray(np.broadcast_to(gradient, (480, 480, 3)).astype(np.uint8)))
    regions = regions_of(finder, image)
    assert regions.found
    assert iou(regions.product, truth) > 0.9


@pytest.mark.parametrize("colour", ["white", (90, 120, 100), "black"])
def test_without_product_found_is_false_and_everything_is_protected(finder, colour):
    regions = regions_of(finder, Image.new("RGB", (320, 240), colour))
    assert not regions.found
    assert regions.product.min() == 1


def test_text_is_found(finder):
    image = Image.new("RGB", (480, 360), (60, 90, 150))
    ImageDraw.Draw(image).text((90, 140), "MARZIPAN", fill="white", font_size=64)
    text = regions_of(finder, image).text[0, 0]
    assert text[150:200, 110:380].mean() > 0.6
    assert text[250:].mean() < 0.05


@pytest.mark.parametrize("size", [(600, 90), (33, 47), (8, 8), (1, 1)])
def test_any_size_gives_masks_of_that_size(finder, size):
    regions = regions_of(finder, Image.new("RGB", size, (200, 30, 60)))
    for mask in (regions.product, regions.text):
        assert mask.shape == (1, 1, size[1], size[0])
        assert bool(torch.isfinite(mask).all())
        assert 0 <= float(mask.min()) <= float(mask.max()) <= 1
    assert 0 <= regions.confidence <= 1


def test_same_photo_gives_same_regions(finder, product):
    first, second = (regions_of(finder, product) for _ in range(2))
    torch.testing.assert_close(first.product, second.product)
    assert first.confidence == second.confidence


def test_upsampled_mask_follows_the_photos_edges():
    photo = torch.zeros(1, 3, 256, 256)
    photo[:, :, 100:, 60:] = torch.tensor([0.8, 0.3, 0.2]).view(1, 3, 1, 1)
    photo += 0.01 * torch.rand(photo.shape, generator=torch.Generator().manual_seed(0))
    small = torch.nn.functional.interpolate(photo, size=(64, 64), mode="area")
    blurred = torch.nn.functional.avg_pool2d((small[:, :1] > 0.4).float(), 5, 1, 2)
    mask = guided_upsample(photo, small, blurred)
    assert mask[0, 0, 103:, 63:].min() > 0.5
    assert mask[0, 0, :97].max() < 0.5


def test_on_a_plain_background_only_low_probabilities_are_removed():
    background = torch.tensor([1.0, 0.0, 0.0, 0.0]).view(1, 1, 1, 4)
    probability = torch.tensor([0.9, 0.9, 0.3, 0.0]).view(1, 1, 1, 4)
    assert apply_background(probability, background).flatten().tolist() == [0, 1, 1, 0]
    assert apply_background(probability, torch.zeros_like(background)) is probability


def test_background_agreement_needs_a_plain_background():
    mask = torch.zeros(1, 1, 8, 8)
    mask[..., :4] = 1
    assert background_agreement(mask, torch.zeros(1, 1, 16, 16)) is None
    background = torch.nn.functional.interpolate(1 - mask, scale_factor=2)
    assert background_agreement(mask, background) == pytest.approx(1)


def test_confidence_increases_with_certainty_and_agreement():
    confidence_model = ConfidenceModel(bias=-4, certainty=6, plain_background=-1, agreement=4)
    assert confidence_model(0.5, None) < confidence_model(0.9, None) < 1
    assert confidence_model(0.9, 0.2) < confidence_model(0.9, 0.95)


def test_network_is_small():
    assert sum(weights.numel() for weights in RegionNet().parameters()) < 370_000
    assert (MODEL / "model.safetensors").stat().st_size < 800_000


def test_altered_model_is_refused(tmp_path):
    folder = tmp_path / "regions-lite"
    shutil.copytree(MODEL, folder)
    (folder / "config.json").write_text("{}", "utf-8")
    with pytest.raises(ModelRefused, match=r"config\.json"):
        RegionFinder.load(folder)


def test_a_small_context_reuses_the_regions(stylizer):
    calls = []

    def counting(photo: torch.Tensor, background: torch.Tensor) -> Regions:
        calls.append(photo.shape)
        return Regions(1 - background, 0 * background, found=True, confidence=0.7)

    context = PhotoContext(Image.new("RGB", (600, 400)), stylizer.model, counting, torch.device("cpu"))
    small = context.small(224).scene
    assert small.regions.product.shape[2:] == small.photo.shape[2:] == (149, 224)
    assert small.regions.confidence == 0.7
    assert len(calls) == 1


def test_holes_are_filled_unless_they_show_the_background_colour():
    """Two red rings on grey: a grey hole stays a hole, a green one is filled."""
    picture = torch.full((1, 3, 60, 80), 0.6)
    product = torch.zeros(1, 1, 60, 80)
    for left in (5, 45):
        product[..., 15:45, left : left + 30] = 1
        product[..., 25:35, left + 10 : left + 20] = 0.1
    red, green = (torch.tensor(colour).view(1, 3, 1) for colour in ((0.8, 0.1, 0.1), (0.2, 0.7, 0.1)))
    inside = product[0, 0] > 0.5
    picture[:, :, inside] = red
    picture[..., 25:35, 55:65] = green.unsqueeze(3)
    filled = fill_holes(product, picture)
    assert torch.equal(filled[..., :45], product[..., :45])
    assert filled[..., 25:35, 55:65].min() == 1
    assert torch.equal(fill_holes(product[..., :40], picture[..., :40]), product[..., :40])


@pytest.mark.parametrize(("logit", "passes"), [(8.0, 1), (0.5, 2)])
def test_an_uncertain_prediction_is_averaged_with_the_mirrored_one(finder, logit, passes):
    inputs = []

    def net(photo):
        inputs.append(photo)
        left_to_right = torch.linspace(0, logit, photo.shape[3] // 2).expand(1, 2, photo.shape[2] // 2, -1)
        return left_to_right if logit < 1 else torch.full_like(left_to_right, logit)

    _, masks = replace(finder, net=net).predict(torch.rand(1, 3, 96, 128))
    assert len(inputs) == passes
    torch.testing.assert_close(masks, masks.flip(3))
    if passes == 2:
        torch.testing.assert_close(inputs[1], inputs[0].flip(3))
