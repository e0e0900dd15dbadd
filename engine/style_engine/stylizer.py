"""Stylizer: paints a photo in several looks and returns the pictures with their verdicts.

`Stylizer.stylize_each` is the whole process in order: frame, enhance, paint, protect, gate, compose. It has
three stages, which a server may run apart: `prepare` on the CPU, `paint_together` on the device for looks of
one photo or of several, and `PaintedLook.compose` on the CPU.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import torch
from PIL import Image
from torch import Tensor

from . import auto
from .auto import Chosen
from .errors import InvalidLook, UnknownStyle
from .explain import EXPLAINED_LONG_SIDE_PX, Explanation, explain
from .grade.presets import PRESETS
from .imaging import tensors
from .loaded_models import LoadedModels
from .looks import AUTO, ENHANCE, Look, Protection, stands_alone
from .network.styles import Style, load_catalogue, style_target
from .painted_look import PaintedLook
from .painting.enhanced_photos import EnhancedPhotos
from .painting.framed_photo import FramedPhoto
from .painting.network_pass import PaintRequest, paint_queued
from .painting.painter import Painter
from .painting.photo_context import PhotoContext
from .painting.renderings import EnhancedRendering, GradedRendering, PaintedRendering, Rendering
from .painting.tiled import TiledPainter
from .prepared_photo import PreparedPhoto
from .safety.gates import GateLimits, Verdict, gate_with_backoff, report
from .safety.metrics import MeasuredImage
from .safety.protection import MODES, protect, unprotected_area
from .safety.scene import measure
from .self_test import require_equal_outputs
from .styled_picture import StyledPicture


@dataclass(frozen=True)
class _Job:
    """A look in progress; `request`, if a network paints it, is queued in the context's painter."""

    framed: FramedPhoto
    context: PhotoContext
    requested: Look
    chosen: Chosen | None
    look: Look
    request: PaintRequest | None


class Stylizer:
    """Loaded models and a catalogue of styles.

    The same photo and look give the same bytes on one CPU; on a GPU they agree up to rounding.
    """

    def __init__(self, loaded: LoadedModels, styles: Mapping[str, Style]) -> None:
        self.loaded, self.model, self.device = loaded, loaded.model, loaded.model.device
        self.styles: Mapping[str, Style] = MappingProxyType(dict(styles))

    @classmethod
    def load(cls, folder: Path, device: str = "cpu") -> "Stylizer":
        """Read a model folder and the region and grade models beside it.

        Raises ModelRefused unless every file matches its SHA256SUMS; DeviceRefused without CUDA.
        """
        return cls(LoadedModels.load(folder, torch.device(device)), load_catalogue(folder / "styles"))

    @property
    def version(self) -> str:
        """Twelve hex digits of a hash over all weights, styles and limits."""
        return self.loaded.version

    def with_style(self, style: Style) -> "Stylizer":
        """The same models with one more style."""
        return self.with_styles([style])

    def with_styles(self, styles: Sequence[Style]) -> "Stylizer":
        """The same models with more styles."""
        return Stylizer(self.loaded, {**self.styles, **{style.id: style for style in styles}})

    @torch.inference_mode()
    def people_share(self, image: Image.Image) -> float:
        """The share of the picture's area that shows the skin of people, 0..1. Raises UnsupportedPicture."""
        tensors.require_supported(image)
        context = PhotoContext(tensors.over_white(image), self.model, self.loaded.finder, self.device)
        skin = context.scene.regions.skin
        return 0.0 if skin is None else float(skin.mean())

    def stylize(
        self, image: Image.Image, style: str | Mapping[str, float], strength: float = 1.0
    ) -> Image.Image:
        """One look; raises UnknownStyle, InvalidLook, UnsupportedPicture."""
        return self.stylize_all(image, [Look.of(style, strength)])[0].image

    def stylize_all(
        self, image: Image.Image, looks: Sequence[Look], *, explained: bool = False
    ) -> list[StyledPicture]:
        """Several looks of one upright sRGB picture (RGB or RGBA, any size), in the order given.

        Raises UnknownStyle, UnsupportedPicture.
        """
        return [*self.stylize_each(image, looks, explained=explained)]

    def stylize_each(
        self, image: Image.Image, looks: Sequence[Look], *, explained: bool = False
    ) -> Iterator[StyledPicture]:
        """As `stylize_all`, but each picture is made when it is asked for: only one is in memory."""
        prepared = self.prepare(image, looks)
        # All looks are queued before the first is painted, so that a GPU paints them in batches.
        jobs = deque(self._queue(prepared, look) for look in looks)
        while jobs:
            job = jobs.popleft()  # removed, so that its tensors are freed before the next job
            yield self._finish(job, explained).compose()

    @torch.inference_mode()
    def prepare(self, image: Image.Image, looks: Sequence[Look]) -> PreparedPhoto:
        """What needs no device: the photo inside its frame, enhanced if a look asks for that.

        Raises UnknownStyle, UnsupportedPicture.
        """
        tensors.require_supported(image)
        self._require_known(looks)
        framed = FramedPhoto.of(image)
        upload = PhotoContext(framed.photo, self.model, self.loaded.finder, self.device)
        photos = EnhancedPhotos(upload)  # each computed once for all looks
        photos.prepare(enhances=any(look.is_enhanced for look in looks))
        return PreparedPhoto(self, framed, photos)

    @torch.inference_mode()
    def paint_together(
        self, requests: Sequence[tuple[PreparedPhoto, Look]], *, explained: bool = False
    ) -> list[PaintedLook]:
        """Looks of one photo or of several, which other stylizers of the same models may have prepared.

        On a GPU the network paints photos of one size in one batch.
        """
        jobs, painters = deque[tuple[Stylizer, _Job]](), list[Painter]()
        try:
            for photo, look in requests:
                jobs.append((photo.stylizer, photo.stylizer._queue(photo, look)))
                painters.append(jobs[-1][1].context.painter)
            paint_queued([network for painter in painters for network in painter.passes])
            return [Stylizer._finish(*jobs.popleft(), explained) for _ in requests]
        finally:  # what is left of a batch that failed would be painted with the next attempt
            for painter in painters:
                painter.clear()

    @torch.inference_mode()
    def stylize_tiled(self, image: Image.Image, look: Look) -> Image.Image:
        """One look painted at the photo's full size, in tiles (see tiled.py); plain backgrounds stay.

        Raises InvalidLook for looks that tiles do not support: protection, levels, enhancement, presets, and
        styles with a medium, whose marks have the same size on the product at every resolution.
        """
        tensors.require_supported(image)
        if look != Look(look.styles, look.strength) or (look.only and stands_alone(look.only)):
            raise InvalidLook("tiled painting takes styles and a strength only, no other option of a look")
        target = style_target(look, self.styles).to(self.device)
        if target.media:
            raise InvalidLook("tiled painting takes learned styles only: marks keep their size")
        framed = FramedPhoto.of(image)
        painted = TiledPainter(self.model, framed.photo, self.device).paint(target, look.strength)
        return framed.with_photo(painted)

    def warm_up(self) -> None:
        """Run the networks once on a small grey ramp, so that the first photo needs no initialisation.

        Raises DeviceRefused if a GPU's picture or regions of the ramp differ from the CPU's.
        """
        ramp = Image.linear_gradient("L").resize((64, 64)).convert("RGB")
        style = next(iter(self.styles))
        self.stylize(ramp, style, strength=0.5)
        if self.loaded.reference:
            require_equal_outputs(self.loaded, tensors.to_tensor(ramp), Look.of(style), self.styles)

    @torch.inference_mode()
    def _queue(self, prepared: PreparedPhoto, requested: Look) -> _Job:
        photos = prepared.photos
        chosen = self._choose(photos.upload, requested)
        look = chosen.look if chosen else requested
        context = self._enhance(photos, look)
        return _Job(prepared.framed, context, requested, chosen, look, self._request(context, look))

    @torch.inference_mode()
    def _finish(self, job: _Job, explained: bool) -> PaintedLook:
        """The look painted and judged at working size; what is composed from it is on the CPU."""
        rendering = self._protect(job, self._paint(job))
        measured, verdict = self._gate(job, rendering)
        return PaintedLook(
            framed=job.framed,
            scene=job.context.scene_on_cpu,
            rendering=rendering.cpu(),
            look=job.requested,
            chosen=job.chosen,
            steps=job.context.steps,
            metrics=report(job.context.scene, measured),
            verdict=verdict,
            explanation=self._explain(job, verdict) if explained else None,
        )

    def _enhance(self, photos: EnhancedPhotos, look: Look) -> PhotoContext:
        """The photo that the look starts from: the upload, enhanced as far as the look asks for and may."""
        if not look.is_enhanced:
            return photos.upload
        return photos.context(look.protection, self._limits(look).by_protection[look.protection])

    def _choose(self, context: PhotoContext, requested: Look) -> Chosen | None:
        """The look that `auto` chooses, scaled by the requested strength; None for any other style."""
        if requested.only != AUTO:
            return None
        families = {style.id: style.family for style in self.styles.values()}
        chosen = auto.choose(context.scene, families)
        strength = chosen.look.strength * requested.strength
        look = replace(chosen.look, strength=strength, enhance=requested.enhance)
        return replace(chosen, look=look)

    def _request(self, context: PhotoContext, look: Look) -> PaintRequest | None:
        """Queued in the context's painter; None for looks that no network paints.

        Those are presets, the enhanced photo, and strength 0.
        """
        if _needs_no_painting(look) or look.strength == 0:
            return None
        # Instance norms are global: the network paints the whole frame, protected areas are restored later.
        mode = MODES[look.protection]
        inside, outside = (
            look.strength * (share or 1.0) for share in (mode.product_strength, mode.background_strength)
        )
        target = style_target(look, self.styles).to(self.device)
        request = PaintRequest(target, context.scene.regions.product, look.levels, inside, outside)
        context.painter.enqueue(request)
        return request

    def _paint(self, job: _Job) -> Tensor:
        """(1, 3, H, W) the painted photo; the photo itself where no network paints."""
        return job.context.painter.paint(job.request) if job.request else job.context.scene.photo

    def _protect(self, job: _Job, painted: Tensor) -> Rendering:
        """A rendering, at any strength up to the look's, of the change that the protection allows."""
        context, look = job.context, job.look
        if look.only == ENHANCE:
            return EnhancedRendering(context)
        if look.only in PRESETS:
            return GradedRendering(context, look, self.loaded.grader)
        change, marks, skin_max_delta_e = painted - context.scene.photo, None, None
        if job.request:
            change = protect(context.scene, change, look.protection)
            skin_max_delta_e = MODES[look.protection].skin_max_delta_e
            if job.request.target.media:
                marks = job.request.marks_share * unprotected_area(context.scene, look.protection)
        return PaintedRendering(context, change, look.strength, marks, skin_max_delta_e)

    def _gate(self, job: _Job, rendering: Rendering) -> tuple[MeasuredImage, Verdict]:
        """The picture that may be published, and its verdict."""
        look = job.look
        if look.only == ENHANCE:
            return measure(rendering.at_working_size(look.strength)), Verdict("passed", look.strength, (), ())
        return gate_with_backoff(rendering.at_working_size, look, job.context.scene, self._limits(look))

    def _limits(self, look: Look) -> GateLimits:
        """Enhancement alone has no gates; a preset cannot move edges and has fewer gates."""
        limits = self.loaded.limits
        if look.only == ENHANCE:
            return GateLimits({look.protection: {}})
        if look.only in PRESETS and look.protection in {Protection.OFF, Protection.SOFT}:
            clipping = {"clipping": limits.by_protection[Protection.OFF]["clipping"]}
            promised = limits.by_protection[look.protection]
            return GateLimits({look.protection: clipping | {k: promised[k] for k in promised if k == "skin"}})
        return limits

    def _explain(self, job: _Job, verdict: Verdict) -> Explanation | None:
        """The explanation of a painted picture at its published strength; None for other pictures."""
        if verdict.strength == 0 or _needs_no_painting(job.look):
            return None
        small = job.context.small(EXPLAINED_LONG_SIDE_PX)

        def render(look: Look) -> Tensor:
            trial = _Job(job.framed, small, look, None, look, self._request(small, look))
            return self._protect(trial, self._paint(trial)).at_working_size(look.strength)

        names = {name: self.styles[name].name for name in job.look.styles}
        published = replace(job.look, strength=verdict.strength)
        return explain(published, small.scene, render, self.loaded.limits, names)

    def _require_known(self, looks: Sequence[Look]) -> None:
        """Raises UnknownStyle."""
        known = {*self.styles, *PRESETS, AUTO, ENHANCE}
        unknown = [name for look in looks for name in look.styles if name not in known]
        if unknown:
            raise UnknownStyle(unknown[0], sorted(known))


def _needs_no_painting(look: Look) -> bool:
    return look.only == ENHANCE or look.only in PRESETS
