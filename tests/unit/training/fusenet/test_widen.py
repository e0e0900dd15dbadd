"""A widened start paints what it painted before, and its copies part ways in training."""

import pytest
import torch

from style_engine.network.conditioning import conditioning_maps
from style_engine.network.patterns import half_size_patterns
from training.fusenet.checkpoint import Trainee
from training.fusenet.warm_start import Start
from training.fusenet.widen import widened, widths_of

NARROW, WIDE = (8, 12, 16), (12, 12, 40)


@pytest.fixture
def start() -> Start:
    torch.manual_seed(4)
    trainee = Trainee(1, NARROW)
    nets = {
        name: tensor for name, tensor in trainee.state_dict().items() if name not in {"affines", "injections"}
    }
    for name in ("head.injection", "encoder.injection"):
        nets[name] = torch.randn_like(nets[name])
    return Start(nets, {}, {"oil": torch.randn(trainee.vectors.shape[1])})


def loaded(start: Start) -> Trainee:
    trainee = Trainee(1, widths_of(start.nets))
    trainee.load_state_dict(trainee.state_dict() | start.nets)
    trainee.set_vectors(start.styles["oil"][None])
    return trainee


def painted(trainee: Trainee, photo: torch.Tensor, vectors: torch.Tensor) -> torch.Tensor:
    return trainee.net(photo, vectors, conditioning_maps(photo, half_size_patterns(*photo.shape[2:])))


def test_a_wider_net_paints_the_same(start):
    narrow, wide = loaded(start), loaded(widened(start, WIDE))
    assert wide.net.widths == WIDE
    photo, statistics = torch.rand(1, 3, 64, 48), torch.rand(1, 1920)
    for vectors_of in (
        lambda trainee: trainee.vectors,
        lambda trainee: trainee.head(statistics),
        lambda trainee: trainee.head.vector(trainee.encoder(photo[..., :32, :32]), trainee.encoder.injection),
    ):
        torch.testing.assert_close(
            painted(wide, photo, vectors_of(wide)),
            painted(narrow, photo, vectors_of(narrow)),
            atol=1e-4,
            rtol=0,
        )


def test_copies_learn_different_things(start):
    wide = loaded(widened(start, WIDE))
    painted(wide, torch.rand(1, 3, 64, 48), wide.vectors).square().mean().backward()
    grown, gradient = wide.net.s3.weight, wide.net.s3.weight.grad
    pairs = [
        (one, other)
        for one in range(NARROW[2])
        for other in range(NARROW[2], WIDE[2])
        if torch.equal(grown[one], grown[other])
    ]
    assert len(pairs) == WIDE[2] - NARROW[2]
    assert any(not torch.allclose(gradient[one], gradient[other]) for one, other in pairs)


def test_a_net_never_becomes_narrower(start):
    with pytest.raises(ValueError, match="only grow"):
        widened(start, (8, 8, 16))
