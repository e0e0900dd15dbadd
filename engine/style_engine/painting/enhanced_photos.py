"""EnhancedPhotos: the seller's upload, enhanced as far as the promises about the product allow.

A look that limits how far the product may differ from the upload counts the enhancement too. It starts from
upload + share * (enhanced - upload), with the largest share that leaves the style enough of its limits.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Final

import torch
from PIL import Image

from ..enhance.enhance import Step, enhance
from ..safety.gates import PRODUCT_GATES, used_shares_of_limits
from ..safety.scene import measure
from .photo_context import PhotoContext

ENHANCEMENT_SHARES: Final = (1.0, 0.75, 0.5, 0.25)  # that are tried, before the upload itself
ENHANCEMENT_LIMIT_SHARE: Final = 0.5  # of each limit on the product that enhancement may use


class EnhancedPhotos:
    """The contexts in which the enhanced looks of one upload are painted, by share of the enhancement."""

    def __init__(self, upload: PhotoContext) -> None:
        self.upload = upload
        self._shares: dict[tuple[tuple[str, float], ...], tuple[float, str | None]] = {}
        self._contexts: dict[tuple[float, str], PhotoContext] = {}

    def prepare(self, *, enhances: bool) -> None:
        """Compute what needs no device: copies at working size, and the enhanced photo if it is needed."""
        _ = self.upload.working
        if enhances and self._enhanced[1]:
            _ = self._full.working

    def context(self, protection: str, limits: Mapping[str, float]) -> PhotoContext:
        """The upload, enhanced as far as the limits by gate allow; `protection` is named in the note."""
        if not self._enhanced[1]:
            return self.upload
        promised = {name: limits[name] for name in PRODUCT_GATES if name in limits}
        share, refused_by = self._share_within(promised)
        key = (share, protection if refused_by else "")
        if key not in self._contexts:
            self._contexts[key] = self._at_share(share, _reduced(share, protection, refused_by, limits))
        return self._contexts[key]

    def _share_within(self, promised: Mapping[str, float]) -> tuple[float, str | None]:
        """As `_largest_share`, found once for looks with equal limits."""
        key = tuple(promised.items())
        if key not in self._shares:
            self._shares[key] = self._largest_share(promised)
        return self._shares[key]

    def _largest_share(self, promised: Mapping[str, float]) -> tuple[float, str | None]:
        """The share of the enhancement, and the gate that refuses a larger one."""
        if not promised:
            return 1.0, None
        upload, refused_by = self.upload, None
        for share in ENHANCEMENT_SHARES:
            result = measure(torch.lerp(upload.scene.photo, self._full.scene.photo, share))
            used = used_shares_of_limits(upload.scene, result, promised)
            most_used = max(used, key=lambda name: used[name])
            if used[most_used] <= ENHANCEMENT_LIMIT_SHARE:
                return share, refused_by
            refused_by = most_used
        return 0.0, refused_by

    def _at_share(self, share: float, note: tuple[Step, ...]) -> PhotoContext:
        if share == 1:
            return self._full
        enhanced, steps = self._enhanced
        if share > 0:
            return self.upload.enhanced(Image.blend(self.upload.image, enhanced, share), (*note, *steps))
        context = self.upload.enhanced(self.upload.image, note)
        context.working, context.scene = self.upload.working, self.upload.scene
        return context

    @cached_property
    def _full(self) -> PhotoContext:
        return self.upload.enhanced(*self._enhanced)

    @cached_property
    def _enhanced(self) -> tuple[Image.Image, tuple[Step, ...]]:
        return enhance(self.upload.image)


def _reduced(
    share: float, protection: str, refused_by: str | None, limits: Mapping[str, float]
) -> tuple[Step, ...]:
    """The step that says how far the enhancement was reduced, and why; none where it was not."""
    if refused_by is None:
        return ()
    extent = f"enhancement reduced to {share:.0%}" if share else "the photo was not enhanced"
    colours = f"the product's colours to move by ΔE {limits.get('delta_e', 0):g} at most"
    allowed = colours if refused_by == "delta_e" else "the product's detail to change no further"
    return (Step("enhancement-share", share, f"{extent}: {protection} allows {allowed}"),)
