"""The exported network gives torch's pictures in ONNX Runtime, at sizes other than the traced one."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from style_engine import export
from style_engine.commands.options import MODEL
from style_engine.errors import ExportRefused
from style_engine.export import export_model, pattern_share
from style_engine.network.model import load_model
from style_engine.network.styles import LEARNED_FAMILY, load_catalogue
from style_engine.painting.network_pass import NetworkPass


@pytest.fixture(scope="module")
def model():
    return load_model(MODEL)


@pytest.fixture(scope="module")
def styles():
    oil = load_catalogue(MODEL / "styles")["oil"]
    return [oil, replace(oil, id="own", family=LEARNED_FAMILY)]


@pytest.fixture(scope="module", params=[False, True], ids=["fp32", "fp16"])
def exported(request, model, styles, tmp_path_factory):
    return export_model(model, styles, tmp_path_factory.mktemp("export"), half=request.param)


@pytest.mark.parametrize("size", [(32, 48), (72, 200), (304, 304)])
@pytest.mark.parametrize("number", [0, 1], ids=["catalogue", "learned"])
@torch.inference_mode()
def test_pictures_are_those_of_torch(exported, model, styles, size, number):
    style = styles[number]
    photo = torch.from_numpy(np.random.default_rng(3).random((1, 3, *size), dtype=np.float32))
    session = onnxruntime.InferenceSession(exported.network, providers=["CPUExecutionProvider"])
    vectors, share = np.load(exported.vectors), np.array([pattern_share(style)], np.float32)
    feeds = {"photo": photo.numpy(), "style": vectors[style.id][None], "pattern_share": share}
    picture = session.run(["picture"], feeds)[0]
    painted = NetworkPass(model, photo, patterned=bool(share)).run(model.net.modulation(style.vector[None]))
    assert picture.shape == painted.shape
    assert np.abs(picture - painted.numpy()).mean() < (2e-3 if "fp16" in exported.network.name else 1e-4)


def test_the_catalogue_without_patterns_and_a_learned_style_with_them(styles):
    assert [pattern_share(style) for style in styles] == [0.0, 1.0]


def test_half_precision_halves_the_file(model, styles, tmp_path: Path):
    single, half = (export_model(model, styles, tmp_path, half=choice).network for choice in (False, True))
    assert half.stat().st_size < 0.6 * single.stat().st_size


def test_a_network_that_differs_is_refused_and_removed(model, styles, tmp_path: Path, monkeypatch):
    other = replace(model, net=load_model(MODEL).net)
    other.net.out.bias.data += 0.5
    monkeypatch.setattr(export, "export_onnx", lambda _net, path: export_original(model.net, path))
    with pytest.raises(ExportRefused, match="differs from torch"):
        export_model(other, styles, tmp_path)
    assert [*tmp_path.iterdir()] == []


export_original = export.export_onnx
