"""A training run: network, moving average of its weights, optimiser; saved and resumed as one."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, Generic, TypeVar, cast

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

CHECKPOINT: Final = "checkpoint.pt"  # in the folder of a run
EMA_WARM_UP_STEPS: Final = 9

Net = TypeVar("Net", bound=nn.Module)


class TrainingRun(Generic[Net]):
    """The state of a run after `step` steps.

    `average` is an exponential moving average (EMA) of the network's weights and buffers; it is the network
    that is released. `random` is a generator for steps that draw from one; its state is saved too.
    """

    def __init__(
        self,
        net: Net,
        optimiser: torch.optim.Optimizer,
        *,
        ema_decay: float,
        ema_warm_up_steps: int = EMA_WARM_UP_STEPS,
        random: torch.Generator | None = None,
    ) -> None:
        self.net, self.optimiser, self.step = net, optimiser, 0
        self.random = random or torch.Generator()
        update = ema_with_warm_up(ema_decay, ema_warm_up_steps)
        self.average = AveragedModel(net, multi_avg_fn=update, use_buffers=True).eval()
        # AveragedModel copies the weights where it has averaged none. The initial weights count as the first.
        self.average.n_averaged.fill_(1)

    @property
    def averaged_net(self) -> Net:
        return cast(Net, self.average.module)

    def finish_step(self) -> None:
        """Count a step of the optimiser, and update the average."""
        self.step += 1
        self.average.update_parameters(self.net)

    def save(self, path: Path) -> None:
        """Written to a second file and renamed, so that a kill leaves a whole checkpoint."""
        state: dict[str, Any] = {
            "net": self.net.state_dict(),
            "average": self.averaged_net.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "random": self.random.get_state(),
        }
        part = path.with_suffix(".part")
        torch.save(state, part)
        part.replace(path)

    def resume(self, path: Path) -> None:
        """Continue from a checkpoint."""
        state = torch.load(path, map_location="cpu", weights_only=True)
        self.net.load_state_dict(state.get("net", state.get("trainee")))  # `trainee`: older checkpoints
        self.averaged_net.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step = int(state["step"])
        self.average.n_averaged.fill_(1 + self.step)
        if "random" in state:
            self.random.set_state(state["random"])


def ema_with_warm_up(
    decay: float, warm_up_steps: int = EMA_WARM_UP_STEPS
) -> Callable[[Sequence[Tensor], Sequence[Tensor], Tensor | int], None]:
    """An averaging function for AveragedModel: EMA with the decay min(decay, step / (step + warm_up_steps)).

    The lower decay of the first steps lets the average forget the initial weights. Integer
    buffers are copied.
    """

    @torch.no_grad()
    def update(averaged: Sequence[Tensor], current: Sequence[Tensor], step: Tensor | int) -> None:
        steps = int(step)
        weight = 1 - min(decay, steps / (steps + warm_up_steps))
        for average, value in zip(averaged, current, strict=True):
            if average.is_floating_point():
                average.lerp_(value, weight)
            else:
                average.copy_(value)

    return update


def read_averaged_weights(run: Path) -> dict[str, Tensor]:
    """State dict of the averaged network in the checkpoint of a run's folder."""
    state: dict[str, dict[str, Tensor]] = torch.load(run / CHECKPOINT, map_location="cpu", weights_only=True)
    return state["average"]
