"""Painter: paints one photo at working size in any number of styles.

The network paints the tones of a style. A style with a medium is then painted in its marks: the network needs
only half the resolution for the tones, which are fitted to the photo's edges.
"""

from functools import cached_property
from threading import Lock
from typing import Final

import torch
from PIL import Image
from torch import Tensor

from ..imaging import tensors
from ..imaging.compositing import FullSizePhoto
from ..network.model import Model
from ..network.styles import StyleTarget
from ..regions.background import plain_background
from ..regions.finder import Regions
from . import tone_fit
from .media import MEDIA
from .media.subject import Subject
from .network_pass import NetworkPass, PaintRequest
from .tone_map import map_tones

BLACKEST, WHITEST = 0.015, 0.99  # of marks: no pigment and no paper is clipped, which is a defect of photos
CPU: Final = torch.device("cpu")
TONE_LONG_SIDE_PX: Final = 224  # of the photo for the network where a medium is painted over its tones
FULL_SHARE: Final = 1 - 1e-6


class Painter:
    """Paints one photo (1, 3, H, W); without regions the whole picture is the product, without lettering."""

    def __init__(self, model: Model, photo: Tensor, regions: Regions | None = None) -> None:
        self.model, self.photo, self._regions = model, photo, regions
        self._lock = Lock()

    def enqueue(self, request: PaintRequest) -> None:
        """Queue a request: on a GPU the first `paint` runs the queued requests as one batch."""
        self._pass_for(request.target).enqueue(request)

    @property
    def passes(self) -> list[NetworkPass]:
        """Those that have been asked to paint."""
        return [network for name in ("full", "reduced") if (network := vars(self).get(name)) is not None]

    def clear(self) -> None:
        """Drop what is queued, and what is painted and was not asked for."""
        for network in self.passes:
            network.clear()

    def paint(self, request: PaintRequest) -> Tensor:
        """(1, 3, H, W) the painted photo."""
        return self.add_marks(request, self.tone(request))

    def tone(self, request: PaintRequest) -> Tensor:
        """(1, 3, H, W) the photo in the tones of a request, as the network paints it, without marks."""
        network = self._pass_for(request.target)
        painted = network.paint(request)
        if network is self.full:
            return tone_fit.remove_tone_residual(painted, self.photo, request.target.learned)
        return map_tones(self.photo, network.photo, painted)

    @cached_property
    def full(self) -> NetworkPass:
        """The network at the photo's resolution."""
        return NetworkPass(self.model, self.photo)

    @cached_property
    def reduced(self) -> NetworkPass:
        """The network at a part of the resolution, for the tones of styles with a medium."""
        scale = min(1.0, TONE_LONG_SIDE_PX / max(self.photo.shape[2:]))
        height, width = (max(1, round(side * scale)) for side in self.photo.shape[2:])
        return NetworkPass(self.model, tensors.area_resize(self.photo, (height, width)), patterned=False)

    def _pass_for(self, target: StyleTarget) -> NetworkPass:
        return self.reduced if sum(share for _, share in target.media) >= FULL_SHARE else self.full

    def add_marks(self, request: PaintRequest, toned: Tensor) -> Tensor:
        """The toned photo with the marks of its media, at the request's strength and level of strokes.

        Needs no device where the photo is in the processor's memory; several threads may call it at once.
        """
        share = request.levels.stroke * request.strength_map
        if not request.target.media or not share.any():
            return toned
        with self._lock:  # what follows from the photo alone is computed once, not by each thread
            subject = self._subject.with_tones(toned.clamp(0, 1).to(CPU))
        marks = torch.zeros_like(subject.toned)
        for name, weight in request.target.media:
            marks += weight * (MEDIA[name](subject).clamp(BLACKEST, WHITEST) - subject.toned)
        return toned + share * marks.to(toned)

    @cached_property
    def _subject(self) -> Subject:
        """The photo in its own tones, on the CPU, where the indexed steps and the noise of media are made."""
        photo = self.photo.to(CPU)
        regions = self._regions
        if regions is None:
            everywhere = torch.ones_like(photo[:, :1])
            return Subject(photo, photo, everywhere, torch.zeros_like(everywhere))
        skin = None if regions.skin is None else regions.skin.to(CPU)
        return Subject(photo, photo, regions.product.to(CPU), regions.text.to(CPU), skin)


def paint_unprotected(
    model: Model, target: StyleTarget, photo: Tensor, strength: float = 1.0, regions: Regions | None = None
) -> Tensor:
    """(1, 3, H, W) the painted photo (1, 3, H, W) without protection or gates."""
    photo, target = photo.to(model.device), target.to(model.device)
    everywhere = torch.ones_like(photo[:, :1])
    request = PaintRequest(target, everywhere, inside=strength, outside=strength)
    return Painter(model, photo, regions).paint(request)


@torch.inference_mode()
def paint_photo_unprotected(
    model: Model, target: StyleTarget, photo: Image.Image, strength: float = 1.0
) -> Image.Image:
    """An RGB photo painted without protection or gates, at its own size; a plain background is kept."""
    working = tensors.to_tensor(tensors.to_working_size(photo, *model.working_pixels))
    change = paint_unprotected(model, target, working, strength) - working
    return FullSizePhoto.of(photo).composited((1 - plain_background(working)) * change)
