"""Widened start weights: the same pictures as before, and copies of channels that train differently."""

import pytest
import torch

from style_engine.network.conditioning import conditioning_maps
from style_engine.network.patterns import half_size_patterns
from training.fusenet.networks import CATALOGUE_PARAMETERS, StyleNetworks
from training.fusenet.warm_start import StartWeights
from training.fusenet.widen import widen, widths_of

NARROW, WIDE = (8, 12, 16), (12, 12, 40)


@pytest.fixture
def start() -> StartWeights:
    torch.manual_seed(4)
    networks = StyleNetworks(1, NARROW)
    nets = {name: x for name, x in networks.state_dict().items() if name not in CATALOGUE_PARAMETERS}
    for name in ("head.injection", "encoder.injection"):
        nets[name] = torch.randn_like(nets[name])
    return StartWeights(nets, {}, {"oil": torch.randn(networks.vectors.shape[1])})


def load(start: StartWeights) -> StyleNetworks:
    networks = StyleNetworks(1, widths_of(start.nets))
    networks.load_state_dict(networks.state_dict() | start.nets)
    networks.set_vectors(start.styles["oil"][None])
    return networks


def paint(networks: StyleNetworks, photo: torch.Tensor, vectors: torch.Tensor) -> torch.Tensor:
    return networks.net(photo, vectors, conditioning_maps(photo, half_size_patterns(*photo.shape[2:])))


def test_widened_network_paints_the_same_pictures(start):
    narrow, wide = load(start), load(widen(start, WIDE))
    assert wide.net.widths == WIDE
    photo, statistics = torch.rand(1, 3, 64, 48), torch.rand(1, 1920)
    for vectors_of in (
        lambda networks: networks.vectors,
        lambda networks: networks.head(statistics),
        lambda networks: networks.head.vector(
            networks.encoder(photo[..., :32, :32]), networks.encoder.injection
        ),
    ):
        torch.testing.assert_close(
            paint(wide, photo, vectors_of(wide)),
            paint(narrow, photo, vectors_of(narrow)),
            atol=1e-4,
            rtol=0,
        )


def test_copies_of_a_channel_have_different_gradients(start):
    wide = load(widen(start, WIDE))
    paint(wide, torch.rand(1, 3, 64, 48), wide.vectors).square().mean().backward()
    weight, gradient = wide.net.s3.weight, wide.net.s3.weight.grad
    pairs = [
        (old, copy)
        for old in range(NARROW[2])
        for copy in range(NARROW[2], WIDE[2])
        if torch.equal(weight[old], weight[copy])
    ]
    assert len(pairs) == WIDE[2] - NARROW[2]
    assert any(not torch.allclose(gradient[old], gradient[copy]) for old, copy in pairs)


def test_narrower_widths_are_refused(start):
    with pytest.raises(ValueError, match="only grow"):
        widen(start, (8, 8, 16))
