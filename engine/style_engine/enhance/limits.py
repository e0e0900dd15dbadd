"""How much evidence enhancement asks for before it changes a photo."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class EvidenceLimits:
    """Least evidence for corrections of light in a scene, and for denoising.

    `scene`: log odds that the photo shows a scene (`light_evidence.scene_evidence`).
    `colour_noise`: variance of noise in its second principal colour, as a share of that in its first.
    """

    scene: float
    colour_noise: float


DEFAULT_LIMITS: Final = EvidenceLimits(scene=0.4, colour_noise=0.03)
