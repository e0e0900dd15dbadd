"""The richer style head: starts as the released head, learns with the network fixed, resumes where it stopped."""

import numpy as np
import pytest
import torch

from style_engine.network.fusenet import vector_size
from style_engine.perceptual import vgg
from style_engine.perceptual.style_distance import STYLE_DISTANCE_LAYERS
from training.fusenet import train_head
from training.fusenet.style_head import CHANNELS, RichStyleHead
from training.shared.data import TrainingPicture

SIZE = 64


@pytest.fixture(scope="module")
def extractor() -> vgg.VggFeatures:
    """VGG-19 up to conv5_1 with random filters."""
    generator = torch.Generator().manual_seed(5)
    outputs = (64, 64, 128, 128, *[256] * 4, *[512] * 5)
    weights, inputs = {}, 3
    for name, width in zip(vgg.VGG19_CONVOLUTIONS, outputs, strict=False):
        filters = torch.randn(width, inputs, 3, 3, generator=generator)
        weights |= {f"{name}.weight": filters * (2 / (9 * inputs)) ** 0.5, f"{name}.bias": torch.zeros(width)}
        inputs = width
    return vgg.VggFeatures(weights, {})


@pytest.fixture(scope="module")
def pools() -> train_head.HeadPools:
    rng = np.random.default_rng(3)
    noise = [torch.from_numpy(rng.integers(0, 255, (3, 96, 96))).byte() for _ in range(4)]
    pictures = [TrainingPicture(pixels, None) for pixels in noise]
    return train_head.HeadPools((pictures, pictures), pictures)


def make_trainer(stylizer, extractor, pools) -> train_head.HeadTrainer:
    torch.manual_seed(0)
    head = RichStyleHead(stylizer.model.net.widths)
    head.base.load_state_dict(stylizer.model.head.state_dict())
    run = train_head.begin_run(head.requires_grad_(True), rate=1e-3)
    return train_head.HeadTrainer(run, stylizer.model.net, extractor, pools, seed=1)


def features_of(extractor, count=2):
    generator = torch.Generator().manual_seed(1)
    return extractor(torch.rand(count, 3, SIZE, SIZE, generator=generator), STYLE_DISTANCE_LAYERS)


def test_it_starts_as_the_released_head(stylizer, extractor, pools):
    head = make_trainer(stylizer, extractor, pools).run.net.eval()
    features = features_of(extractor)
    released = stylizer.model.head(vgg.statistics(features))
    assert head(features).shape == (2, vector_size(stylizer.model.net.widths))
    assert torch.equal(head(features), released)


def test_standardised_inputs_have_unit_std(stylizer, extractor, pools):
    head = make_trainer(stylizer, extractor, pools).run.net
    inputs = head.inputs(features_of(extractor, 8))
    head.standardise_inputs(inputs)
    scaled = (inputs - head.input_mean) / head.input_std
    assert scaled.mean(0).abs().max() < 1e-3
    assert scaled.std(0).max() < 1.01


def test_steps_change_the_head_and_leave_the_network(stylizer, extractor, pools):
    trainer = make_trainer(stylizer, extractor, pools)
    net = {name: value.clone() for name, value in stylizer.model.net.state_dict().items()}
    losses = [trainer.step(style_count=2, size=SIZE, progress=0.0) for _ in range(2)]
    assert all(np.isfinite(value) for each in losses for value in each.values())
    assert set(losses[0]) == {"loss", *train_head.LOSS_WEIGHTS}
    assert trainer.run.net.affine.weight.abs().sum() > 0
    assert trainer.run.net.injection.weight.abs().sum() > 0
    assert all(torch.equal(value, net[name]) for name, value in stylizer.model.net.state_dict().items())


def test_a_run_resumes_where_it_was_saved(stylizer, extractor, pools, tmp_path):
    first = make_trainer(stylizer, extractor, pools)
    first.step(style_count=1, size=SIZE, progress=0.0)
    first.run.save(tmp_path / "checkpoint.pt")
    second = make_trainer(stylizer, extractor, pools)
    second.run.resume(tmp_path / "checkpoint.pt")
    assert second.run.step == 1
    for name, value in first.run.net.state_dict().items():
        assert torch.equal(value, second.run.net.state_dict()[name]), name


def test_evaluation_is_the_same_each_time(stylizer, extractor, pools):
    trainer = make_trainer(stylizer, extractor, pools)
    first, second = (train_head.evaluate(trainer, pools, SIZE, count=1) for _ in range(2))
    assert first == second


def test_training_writes_log_evaluation_and_checkpoint_and_ends(
    stylizer, extractor, pools, tmp_path, monkeypatch
):
    monkeypatch.setattr(train_head, "EVALUATE_EVERY_STEPS", 20)
    trainer = make_trainer(stylizer, extractor, pools)
    trainer.run.step = 19
    train_head.train(trainer, pools, tmp_path, (21, 1, SIZE))
    assert (tmp_path / "log.tsv").read_text().startswith("20\t")
    assert (tmp_path / "evaluation.tsv").read_text().startswith("20\t")
    again = make_trainer(stylizer, extractor, pools)
    again.run.resume(tmp_path / "checkpoint.pt")
    assert again.run.step == 21


def test_mixed_colours_stay_colours():
    rng = np.random.default_rng(0)
    picture = torch.rand(3, 8, 8, generator=torch.Generator().manual_seed(0))
    mixed = [train_head.mix_colours(picture, rng) for _ in range(8)]
    assert any(not torch.equal(each, picture) for each in mixed)
    assert all(0 <= each.min() <= each.max() <= 1 for each in mixed)


def test_every_layer_has_its_channels():
    assert list(CHANNELS) == list(STYLE_DISTANCE_LAYERS)
