"""Canvas: a photo at working size before the net, ready to be painted in any style."""

from functools import cached_property

import torch
from PIL import Image
from torch import Tensor

from . import pictures, tones
from .fields import half_fields
from .fusenet import level_shares
from .ground import plain_ground
from .guides import guides
from .highlights import held
from .looks import Levels
from .model import Model
from .modulation import Modulation, Shared, Styled
from .styles import Goal


class Canvas:
    """What the looks of one photo (1, 3, H, W) share: padding, guides, its own style vector, its remake."""

    def __init__(self, model: Model, photo: Tensor) -> None:
        self.model, self.photo = model, photo

    def paint(self, goal: Goal, levels: Levels, inside: float, outside: float, mask: Tensor) -> Tensor:
        """(1, 3, H, W) the photo painted at one strength inside the mask (1, 1, H, W) and another outside.

        At 0 the style vector is the photo's own, at 1 the goal's; `levels` say which numbers of it move. What
        the net cannot give back of the photo (the photo minus its remake) fades out as forms are redrawn.
        """
        vector = self._at_levels(goal.vector, levels)
        kept = 1 - levels.motif * (outside + (inside - outside) * mask)
        painted = self.run(self._between(vector, inside, outside, mask))
        if kept.any():
            painted = painted + kept * (self.photo - self.remade)
        painted = held(painted, self.photo, goal.light)
        return tones.evened(painted, self.photo, goal.learned)

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

    def _at_levels(self, vector: Tensor, levels: Levels) -> Tensor:
        if levels == Levels():
            return vector
        return torch.lerp(self.own, vector, level_shares(levels, self.model.net.widths).to(vector))

    def _between(self, vector: Tensor, inside: float, outside: float, mask: Tensor) -> Styled | Shared:
        product = self._towards(vector, inside)
        if inside == outside or bool((mask == 1).all()):
            return product
        return Shared(product, self._towards(vector, outside), pictures.padded(mask))

    def _towards(self, vector: Tensor, strength: float) -> Styled:
        return self.model.net.modulation(vector if strength == 1 else torch.lerp(self.own, vector, strength))


@torch.inference_mode()
def paint_bare(model: Model, goal: Goal, photo: Image.Image, strength: float = 1.0) -> Image.Image:
    """The net's own picture of an RGB photo: a plain ground stays, nothing is protected, no gate steps in."""
    working = pictures.to_tensor(pictures.to_working_size(photo, *model.working_pixels))
    everywhere = torch.ones_like(working[:, :1])
    painted = Canvas(model, working).paint(goal, Levels(), strength, strength, everywhere)
    return pictures.apply_change(photo, (1 - plain_ground(working)) * (painted - working))
