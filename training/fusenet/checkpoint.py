"""The state of a run: nets, catalogue vectors, optimiser, averages; saved whole, resumed where it stopped."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from style_engine.network.fusenet import FuseNet, PhotoEncoder, StyleHead, affine_size, injection_size


class Trainee(nn.Module):
    """Everything that learns: the net, the style head, the photo encoder, one vector for each style."""

    def __init__(self, styles: int, widths: tuple[int, int, int] = (24, 48, 96)) -> None:
        super().__init__()
        self.net = FuseNet(widths)
        self.head = StyleHead(widths)
        self.encoder = PhotoEncoder(widths)
        self.affines = nn.Parameter(torch.zeros(styles, affine_size(widths)))
        self.injections = nn.Parameter(torch.zeros(styles, injection_size(widths)))

    @property
    def vectors(self) -> Tensor:
        """(styles, vector_size) the catalogue; its halves are apart because they learn at different rates."""
        return torch.cat([self.affines, self.injections], 1)

    @torch.no_grad()
    def set_vectors(self, vectors: Tensor) -> None:
        affines, injections = vectors.split([self.affines.shape[1], self.injections.shape[1]], 1)
        self.affines.copy_(affines)
        self.injections.copy_(injections)


@dataclass
class Run:
    """A training run between two steps."""

    trainee: Trainee
    average: Trainee
    optimiser: torch.optim.Optimizer
    step: int = 0

    def save(self, path: Path) -> None:
        """Write beside and rename, so that a kill never leaves half a checkpoint."""
        state = {
            "trainee": self.trainee.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
        }
        half = path.with_suffix(".part")
        torch.save(state, half)
        half.replace(path)

    def resume(self, path: Path) -> None:
        state = torch.load(path, map_location="cpu", weights_only=True)
        self.trainee.load_state_dict(state["trainee"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step = int(state["step"])

    def update_average(self, decay: float) -> None:
        """Exponential average of every weight; the released model is the average."""
        with torch.no_grad():
            for kept, current in zip(self.average.parameters(), self.trainee.parameters(), strict=True):
                kept.lerp_(current, 1 - decay)
