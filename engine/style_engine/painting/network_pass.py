"""NetworkPass: one photo through the painting network, at one resolution, in any number of styles."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

import torch
from torch import Tensor

from ..imaging import tensors
from ..looks import Levels
from ..network.conditioning import conditioning_maps
from ..network.fusenet import level_shares
from ..network.model import Model
from ..network.modulation import MaskedModulation, Modulation, StyleModulation
from ..network.patterns import half_size_patterns
from ..network.styles import StyleTarget
from .highlights import limit_highlights

GPU_BATCH_SIZE: Final = 8  # requests painted in one batch; a CPU is faster one by one


@dataclass(frozen=True, eq=False)
class PaintRequest:
    """A style target, painted at one strength inside a mask (1, 1, H, W) and another outside it.

    At strength 0 the style vector is the photo's, at 1 the target's; `levels` scale its parts.
    """

    target: StyleTarget
    mask: Tensor
    levels: Levels = field(default_factory=Levels)
    inside: float = 1.0
    outside: float = 1.0

    def with_mask(self, mask: Tensor) -> "PaintRequest":
        """The same request with another mask, such as one on another device; itself if it has that mask."""
        return self if mask is self.mask else replace(self, mask=mask)

    @property
    def strength_map(self) -> Tensor:
        """(1, 1, H, W)."""
        return self.outside + (self.inside - self.outside) * self.mask

    @property
    def marks_share(self) -> Tensor:
        """(1, 1, H, W), 0..1, of the painting that consists of the marks of media."""
        return self.levels.stroke * sum(share for _, share in self.target.media) * self.strength_map


class NetworkPass:
    """One photo (1, 3, H, W); requests share its conditioning, style vector and reconstruction.

    `patterned`: with the fixed patterns of the conditioning maps; styles whose marks are painted use none.
    """

    def __init__(self, model: Model, photo: Tensor, *, patterned: bool = True) -> None:
        self.model, self.photo, self._patterned = model, photo, patterned
        self._queue: list[PaintRequest] = []
        self._painted: dict[PaintRequest, Tensor] = {}

    def enqueue(self, request: PaintRequest) -> None:
        """Queue a request: on a GPU the first `paint` runs the queued requests as one batch."""
        self._queue.append(request)

    def paint(self, request: PaintRequest) -> Tensor:
        """(1, 3, H, W) the photo in the request's style.

        Detail that the network cannot reconstruct is added back where motif level or strength is below 1.
        """
        if request not in self._painted:
            others = [queued for queued in self._queue if queued is not request]
            _run_batch([(self, each) for each in [request, *others][: batch_size(self.photo.device)]])
        return self._add_detail(request, self._painted.pop(request))

    def _add_detail(self, request: PaintRequest, painted: Tensor) -> Tensor:
        detail_share = 1 - request.levels.motif * self._resized(request.strength_map)
        if detail_share.any():
            painted = painted + detail_share * (self.photo - self.reconstruction)
        return limit_highlights(painted, self.photo, request.target.light)

    def run(self, modulation: Modulation) -> Tensor:
        """(1, 3, H, W) the whole photo through the network with a modulation."""
        return run_together([self], modulation)

    def clear(self) -> None:
        """Drop what is queued, and what is painted and was not asked for."""
        self._queue.clear()
        self._painted.clear()

    @cached_property
    def photo_style(self) -> Tensor:
        """(1, vector_size) the style vector of the photo itself."""
        code = self.model.encoder(tensors.thumbnail(self.photo))
        return self.model.head.vector(code, self.model.encoder.injection)

    @cached_property
    def reconstruction(self) -> Tensor:
        """The photo painted in its own style."""
        return self.run(self.model.net.modulation(self.photo_style))

    @cached_property
    def _padded(self) -> Tensor:
        return tensors.padded(self.photo).contiguous(memory_format=torch.channels_last)

    @cached_property
    def _conditioning(self) -> Tensor:
        patterns = half_size_patterns(*self._padded.shape[2:]).to(self.photo)
        return conditioning_maps(self._padded, patterns if self._patterned else torch.zeros_like(patterns))

    def _resized(self, mask: Tensor) -> Tensor:
        return mask if mask.shape[2:] == self.photo.shape[2:] else tensors.area_resize(mask, self.photo)

    def _at_levels(self, vector: Tensor, levels: Levels) -> Tensor:
        if levels == Levels():
            return vector
        return torch.lerp(self.photo_style, vector, level_shares(levels, self.model.net.widths).to(vector))

    def _vector(self, request: PaintRequest, strength: float) -> Tensor:
        vector = self._at_levels(request.target.vector, request.levels)
        return vector if strength == 1 else torch.lerp(self.photo_style, vector, strength)


_Queued = tuple[NetworkPass, PaintRequest]


def paint_queued(passes: Iterable[NetworkPass]) -> None:
    """Paint what is queued for several photos on a GPU: those of one size in common batches.

    On a CPU nothing is done, since it is as fast one by one.
    """
    by_size: dict[object, list[_Queued]] = {}
    for network in dict.fromkeys(passes):
        if batch_size(network.photo.device) > 1:
            queued = by_size.setdefault((id(network.model), network.photo.shape[2:]), [])
            queued += [(network, request) for request in network._queue]
    for queued in by_size.values():
        for start in range(0, len(queued), GPU_BATCH_SIZE):
            _run_batch(queued[start : start + GPU_BATCH_SIZE])


def batch_size(device: torch.device) -> int:
    """How many requests are painted at once."""
    return 1 if device.type == "cpu" else GPU_BATCH_SIZE


def _run_batch(batch: Sequence[_Queued]) -> None:
    """Keep each painted photo in its pass, and remove the requests from the queues."""
    painted = run_together([network for network, _ in batch], _modulation(batch)).split(1)
    for (network, request), picture in zip(batch, painted, strict=True):
        network._painted[request] = picture
        network._queue = [queued for queued in network._queue if queued is not request]


def run_together(passes: Sequence[NetworkPass], modulation: Modulation) -> Tensor:
    """(B, 3, H, W) whole photos of one size through the network with a modulation."""
    height, width = passes[0].photo.shape[2:]
    photos, conditioning = (
        torch.cat(planes) if len(passes) > 1 else planes[0]
        for planes in ([each._padded for each in passes], [each._conditioning for each in passes])
    )
    picture: Tensor = passes[0].model.net(photos, modulation, conditioning)
    # Back to channels-first memory, as the photo has it: later steps combine the two.
    return picture[:, :, :height, :width].contiguous()


def _modulation(batch: Sequence[_Queued]) -> StyleModulation | MaskedModulation:
    inside = _style_modulation([(*queued, queued[1].inside) for queued in batch])
    requests = [request for _, request in batch]
    if all(request.inside == request.outside or bool((request.mask == 1).all()) for request in requests):
        return inside
    outside = _style_modulation([(*queued, queued[1].outside) for queued in batch])
    mask = tensors.padded(torch.cat([network._resized(request.mask) for network, request in batch]))
    return MaskedModulation(inside, outside, mask)


def _style_modulation(batch: Sequence[tuple[NetworkPass, PaintRequest, float]]) -> StyleModulation:
    vectors = [network._vector(request, strength) for network, request, strength in batch]
    return batch[0][0].model.net.modulation(torch.cat(vectors))
