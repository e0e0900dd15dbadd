"""PaintedLook: a look that is painted and judged at working size, to be composed at the photo's own size."""

from dataclasses import dataclass

import torch

from .auto import Chosen
from .enhance.enhance import Step
from .explain import Explanation
from .looks import Look
from .painting.framed_photo import FramedPhoto
from .painting.renderings import Rendering
from .safety.gates import Verdict
from .safety.scene import Scene
from .styled_picture import RegionsFound, StyledPicture


@dataclass(frozen=True, eq=False)
class PaintedLook:
    """What is composed of a look; the fields are those of the StyledPicture."""

    framed: FramedPhoto
    scene: Scene
    rendering: Rendering
    look: Look
    chosen: Chosen | None
    steps: tuple[Step, ...]
    metrics: dict[str, float]
    verdict: Verdict
    explanation: Explanation | None

    @torch.inference_mode()
    def compose(self) -> StyledPicture:
        """The picture at the published strength, inside the photo's frame. Needs no device."""
        photo = self.rendering.at_full_size(self.verdict.strength)
        shares = {"background": float(self.scene.background.mean()), "frame": self.framed.frame_share}
        return StyledPicture(
            image=self.framed.with_photo(photo),
            look=self.look,
            metrics=self.metrics | shares,
            verdict=self.verdict,
            regions=RegionsFound.of(self.scene.regions),
            steps=self.steps,
            chosen=self.chosen,
            explanation=self.explanation,
        )
