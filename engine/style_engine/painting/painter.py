"""Canvas: a photo at working size before the net, ready to be painted in any style."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import torch
from PIL import Image
from torch import Tensor

from ..imaging import tensors
from ..looks import Levels
from ..network.conditioning import guides
from ..network.fusenet import level_shares
from ..network.model import Model
from ..network.modulation import Modulation, Shared, Styled
from ..network.patterns import half_fields
from ..network.styles import Goal
from ..regions.background import plain_ground
from . import tone_fit
from .highlights import held

AT_ONCE: Final = 8  # coats laid on together, meant to fill a GPU; a CPU is faster one by one


@dataclass(frozen=True, eq=False)
class Coat:
    """What to paint: towards a goal, at one strength inside a mask (1, 1, H, W) and another outside.

    At 0 the style vector is the photo's own, at 1 the goal's; `levels` say which numbers of it move.
    """

    goal: Goal
    mask: Tensor
    levels: Levels = field(default_factory=Levels)
    inside: float = 1.0
    outside: float = 1.0


class Canvas:
    """What the looks of one photo (1, 3, H, W) share: padding, guides, its own style vector, its remake."""

    def __init__(self, model: Model, photo: Tensor) -> None:
        self.model, self.photo = model, photo
        self._planned: list[Coat] = []
        self._painted: dict[Coat, Tensor] = {}

    def plan(self, coat: Coat) -> None:
        """It will be asked for: the first that is brings the others along, where that saves time."""
        self._planned.append(coat)

    def paint(self, coat: Coat) -> Tensor:
        """(1, 3, H, W) the photo painted.

        What the net cannot give back of it (the photo minus its remake) fades out as forms are redrawn.
        """
        if coat not in self._painted:
            others = [each for each in self._planned if each is not coat]
            together = [coat, *others][: 1 if self.photo.device.type == "cpu" else AT_ONCE]
            self._planned = [each for each in others if each not in together]
            painted = self.run(self._between(together), len(together)).split(1)
            self._painted |= zip(together, painted, strict=True)
        return self._finished(coat, self._painted.pop(coat))

    def _finished(self, coat: Coat, painted: Tensor) -> Tensor:
        kept = 1 - coat.levels.motif * (coat.outside + (coat.inside - coat.outside) * coat.mask)
        if kept.any():
            painted = painted + kept * (self.photo - self.remade)
        painted = held(painted, self.photo, coat.goal.light)
        return tone_fit.evened(painted, self.photo, coat.goal.learned)

    def run(self, by: Modulation, count: int = 1) -> Tensor:
        """(count, 3, H, W) the whole photo through the net, its features treated in one way or another."""
        height, width = self.photo.shape[2:]
        photo, guide = (each.expand(count, -1, -1, -1) for each in (self._padded, self._guide))
        picture: Tensor = self.model.net(photo, by, guide)
        # Planes again: all that comes after mixes it with the photo's.
        return picture[:, :, :height, :width].contiguous()

    @cached_property
    def own(self) -> Tensor:
        """(1, vector_size) the photo's own style vector."""
        code = self.model.encoder(tensors.thumbnail(self.photo))
        return self.model.head.vector(code, self.model.encoder.intake)

    @cached_property
    def remade(self) -> Tensor:
        """The photo as the net gives it back in its own style."""
        return self.run(self.model.net.modulation(self.own))

    @cached_property
    def _padded(self) -> Tensor:
        return tensors.padded(self.photo).contiguous(memory_format=torch.channels_last)

    @cached_property
    def _guide(self) -> Tensor:
        return guides(self._padded, half_fields(*self._padded.shape[2:]).to(self.photo))

    def _at_levels(self, vector: Tensor, levels: Levels) -> Tensor:
        if levels == Levels():
            return vector
        return torch.lerp(self.own, vector, level_shares(levels, self.model.net.widths).to(vector))

    def _between(self, coats: Sequence[Coat]) -> Styled | Shared:
        inside = self._towards([(coat, coat.inside) for coat in coats])
        if all(coat.inside == coat.outside or bool((coat.mask == 1).all()) for coat in coats):
            return inside
        outside = self._towards([(coat, coat.outside) for coat in coats])
        return Shared(inside, outside, tensors.padded(torch.cat([coat.mask for coat in coats])))

    def _towards(self, coats: Sequence[tuple[Coat, float]]) -> Styled:
        vectors = [self._vector(coat, strength) for coat, strength in coats]
        return self.model.net.modulation(torch.cat(vectors))

    def _vector(self, coat: Coat, strength: float) -> Tensor:
        vector = self._at_levels(coat.goal.vector, coat.levels)
        return vector if strength == 1 else torch.lerp(self.own, vector, strength)


def bare(model: Model, goal: Goal, photo: Tensor, strength: float = 1.0) -> Tensor:
    """(1, 3, H, W) the net's own picture of a photo (1, 3, H, W): nothing is protected, no gate steps in."""
    photo, goal = photo.to(model.device), goal.to(model.device)
    everywhere = torch.ones_like(photo[:, :1])
    return Canvas(model, photo).paint(Coat(goal, everywhere, inside=strength, outside=strength))


@torch.inference_mode()
def paint_bare(model: Model, goal: Goal, photo: Image.Image, strength: float = 1.0) -> Image.Image:
    """The same at the size of an RGB photo, whose plain ground stays."""
    working = tensors.to_tensor(tensors.to_working_size(photo, *model.working_pixels))
    change = bare(model, goal, working, strength) - working
    return tensors.apply_change(photo, (1 - plain_ground(working)) * change)
