"""A training run: its moving average and its checkpoints."""

from copy import deepcopy
from pathlib import Path

import pytest
import torch
from torch import nn

from training.shared.run import TrainingRun, read_averaged_weights

DECAY = 0.998


def begin_run(warm_up_steps: int = 9) -> TrainingRun[nn.Sequential]:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4))
    optimiser = torch.optim.AdamW(net.parameters(), lr=0.1)
    return TrainingRun(net, optimiser, ema_decay=DECAY, ema_warm_up_steps=warm_up_steps)


def take_step(run: TrainingRun[nn.Sequential]) -> None:
    batch = torch.rand(8, 4, generator=run.random)
    run.optimiser.zero_grad()
    run.net(batch).square().sum().backward()
    run.optimiser.step()
    run.finish_step()


def states(run: TrainingRun[nn.Sequential]) -> list[dict[str, torch.Tensor]]:
    return [run.net.state_dict(), run.averaged_net.state_dict()]


@pytest.mark.parametrize("warm_up_steps", [9, 10])
def test_average_is_an_ema_with_warm_up_from_the_initial_weights(warm_up_steps):
    run = begin_run(warm_up_steps)
    expected = deepcopy(run.net.state_dict())
    for step in (1, 2):
        take_step(run)
        decay = min(DECAY, step / (step + warm_up_steps))
        for name, value in run.net.state_dict().items():
            average = expected[name]
            expected[name] = average.lerp(value, 1 - decay) if average.is_floating_point() else value.clone()
    assert run.step == 2
    averaged = run.averaged_net.state_dict()
    assert all(torch.equal(averaged[name], expected[name]) for name in expected)


def test_decay_of_a_long_run_is_the_maximum():
    run = begin_run()
    run.average.n_averaged.fill_(1_000_000)
    before = deepcopy(run.averaged_net[0].weight)
    take_step(run)
    assert torch.equal(run.averaged_net[0].weight, before.lerp(run.net[0].weight, 1 - DECAY))


def test_resumed_run_continues_with_the_same_numbers(tmp_path: Path):
    run, resumed = begin_run(), begin_run()
    for _ in range(3):
        take_step(run)
    run.save(tmp_path / "checkpoint.pt")
    resumed.resume(tmp_path / "checkpoint.pt")
    for one in (run, resumed):
        take_step(one)
    for state, resumed_state in zip(states(run), states(resumed), strict=True):
        assert all(torch.equal(state[name], resumed_state[name]) for name in state)
    assert resumed.step == 4
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.pt"]


def test_averaged_weights_are_read_from_the_folder_of_a_run(tmp_path: Path):
    run = begin_run()
    take_step(run)
    run.save(tmp_path / "checkpoint.pt")
    weights = read_averaged_weights(tmp_path)
    assert all(torch.equal(weights[name], x) for name, x in run.averaged_net.state_dict().items())
