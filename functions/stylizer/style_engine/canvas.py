"""Canvas: a photo at working size before the net, ready to be painted in any style."""

from functools import cached_property

import torch
from torch import Tensor

from . import pictures
from .fields import half_fields
from .fusenet import level_shares
from .guides import guides
from .looks import Levels
from .model import Model
from .modulation import Modulation, Shared, Styled


class Canvas:
    """What the looks of one photo (1, 3, H, W) share: padding, guides, its own style vector, its remake."""

    def __init__(self, model: Model, photo: Tensor) -> None:
        self.model, self.photo = model, photo

    def paint(self, goal: Tensor, levels: Levels, inside: float, outside: float, mask: Tensor) -> Tensor:
        """(1, 3, H, W) the photo painted at one strength inside the mask (1, 1, H, W) and another outside.

        At 0 the style vector is the photo's own, at 1 the goal; `levels` say which of its numbers move. What
        the net cannot give back of the photo (the photo minus its remake) fades out as forms are redrawn.
        """
        goal = self._at_levels(goal, levels)
        kept = 1 - levels.motif * (outside + (inside - outside) * mask)
        painted = self.run(self._between(goal, inside, outside, mask))
        return painted + kept * (self.photo - self.remade) if kept.any() else painted

    def run(self, by: Modulation) -> Tensor:
        """The whole photo through the net, its features treated in one way or another."""
        height, width = self.photo.shape[2:]
        picture: Tensor = self.model.net(self._padded, by, self._guide)
        # Planes again: all that comes after mixes it with the photo's.
        return picture[:, :, :height, :width].contiguous()

    @cached_property
    def own(self) -> Tensor:
        """(1, vector_size) the photo's own style vector."""
        code = self.model.encoder(pictures.thumbnail(self.photo))
        return self.model.head.vector(code, self.model.encoder.intake)

    @cached_property
    def remade(self) -> Tensor:
        """The photo as the net gives it back in its own style."""
        return self.run(self.model.net.modulation(self.own))

    @cached_property
    def _padded(self) -> Tensor:
        return pictures.padded(self.photo).contiguous(memory_format=torch.channels_last)

    @cached_property
    def _guide(self) -> Tensor:
        return guides(self._padded, half_fields(*self._padded.shape[2:]).to(self.photo))

    def _at_levels(self, goal: Tensor, levels: Levels) -> Tensor:
        if levels == Levels():
            return goal
        return torch.lerp(self.own, goal, level_shares(levels, self.model.net.widths).to(goal))

    def _between(self, goal: Tensor, inside: float, outside: float, mask: Tensor) -> Styled | Shared:
        product = self._towards(goal, inside)
        if inside == outside or bool((mask == 1).all()):
            return product
        return Shared(product, self._towards(goal, outside), pictures.padded(mask))

    def _towards(self, goal: Tensor, strength: float) -> Styled:
        return self.model.net.modulation(goal if strength == 1 else torch.lerp(self.own, goal, strength))
