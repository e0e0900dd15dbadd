"""Stylizer: paints a photo in several looks and returns the pictures with their verdicts.

`Stylizer.stylize_all` is the whole process in order: frame, enhance, paint, protect, gate, publish.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

import torch
from PIL import Image
from torch import Tensor

from . import auto
from .auto import Chosen
from .errors import DeviceRefused, InvalidLook, UnknownStyle
from .explain import EXPLAINED_LONG_SIDE_PX, Explanation, explain
from .grade.presets import PRESETS
from .imaging import tensors
from .loaded_models import CPU, LoadedModels
from .looks import AUTO, ENHANCE, Look, Protection, stands_alone
from .network.styles import Style, StyleTarget, load_catalogue, style_target
from .painting.enhanced_photos import EnhancedPhotos
from .painting.framed_photo import FramedPhoto
from .painting.network_pass import PaintRequest
from .painting.painter import paint_unprotected
from .painting.photo_context import PhotoContext
from .painting.renderings import EnhancedRendering, GradedRendering, PaintedRendering, Rendering
from .painting.tiled import TiledPainter
from .safety.gates import GateLimits, Verdict, gate_with_backoff, report
from .safety.metrics import MeasuredImage
from .safety.protection import MODES, protect, unprotected_area
from .safety.scene import measure
from .styled_picture import RegionsFound, StyledPicture

DEVICE_MAX_DIFFERENCE: Final = 2 / 255  # mean, from the CPU; fp16 differs by .1 / 255 on a grey ramp


@dataclass(frozen=True)
class _Job:
    """A look in progress; `request`, if a network paints it, is queued in the context's painter."""

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

    @torch.inference_mode()
    def stylize_all(
        self,
        image: Image.Image,
        looks: Sequence[Look],
        *,
        explained: bool = False,
        between_looks: Callable[[], None] = lambda: None,
    ) -> list[StyledPicture]:
        """Several looks of one upright sRGB picture (RGB or RGBA, any size), in the order given.

        `between_looks` is called after each look but the last; another photo may be stylized in it.

        Raises UnknownStyle, UnsupportedPicture.
        """
        tensors.require_supported(image)
        self._require_known(looks)
        framed = FramedPhoto.of(image)
        upload = PhotoContext(framed.photo, self.model, self.loaded.finder, self.device)
        enhanced = EnhancedPhotos(upload)  # each computed once for all looks
        # All looks are queued before the first is painted, so that a GPU paints them in batches.
        jobs = deque(self._queue(enhanced, look) for look in looks)
        pictures = []
        while jobs:
            job = jobs.popleft()  # removed, so that its tensors are freed before the next job
            painted = self._paint(job)
            rendering = self._protect(job, painted)
            measured, verdict = self._gate(job, rendering)
            photo = rendering.at_full_size(verdict.strength)
            explanation = self._explain(job, verdict) if explained else None
            pictures.append(self._publish(job, framed, photo, measured, verdict, explanation))
            if jobs:
                between_looks()
        return pictures

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
        if reference := self.loaded.reference:
            self._compare(reference, tensors.to_tensor(ramp), style_target(Look.of(style), self.styles))

    def _queue(self, photos: EnhancedPhotos, requested: Look) -> _Job:
        chosen = self._choose(photos.upload, requested)
        look = chosen.look if chosen else requested
        context = self._enhance(photos, look)
        return _Job(context, requested, chosen, look, self._request(context, look))

    def _enhance(self, photos: EnhancedPhotos, look: Look) -> PhotoContext:
        """The photo that the look starts from: the upload, enhanced as far as the look asks for and may."""
        if not (look.enhance or look.only == ENHANCE):
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
        change, marks = painted - context.scene.photo, None
        if job.request:
            change = protect(context.scene, change, look.protection)
            if job.request.target.media:
                marks = job.request.marks_share * unprotected_area(context.scene, look.protection)
        return PaintedRendering(context, change, look.strength, marks)

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

    def _publish(  # noqa: PLR0917 - what the steps before it have made
        self,
        job: _Job,
        framed: FramedPhoto,
        photo: Image.Image,
        measured: MeasuredImage,
        verdict: Verdict,
        explanation: Explanation | None,
    ) -> StyledPicture:
        scene = job.context.scene
        shares = {"background": float(scene.background.mean()), "frame": framed.frame_share}
        return StyledPicture(
            image=framed.with_photo(photo),
            look=job.requested,
            metrics=report(scene, measured) | shares,
            verdict=verdict,
            regions=RegionsFound.of(scene.regions),
            steps=job.context.steps,
            chosen=job.chosen,
            explanation=explanation,
        )

    def _explain(self, job: _Job, verdict: Verdict) -> Explanation | None:
        """The explanation of a painted picture at its published strength; None for other pictures."""
        if verdict.strength == 0 or _needs_no_painting(job.look):
            return None
        small = job.context.small(EXPLAINED_LONG_SIDE_PX)

        def render(look: Look) -> Tensor:
            trial = _Job(small, look, None, look, self._request(small, look))
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

    @torch.inference_mode()
    def _compare(self, reference: LoadedModels, photo: Tensor, target: StyleTarget) -> None:
        """Raises DeviceRefused unless the loaded models and the reference give nearly the same outputs."""
        pairs = zip(_outputs(reference, photo, target), _outputs(self.loaded, photo, target), strict=True)
        difference = max(float((output - expected).abs().mean()) for expected, output in pairs)
        if not difference <= DEVICE_MAX_DIFFERENCE:
            off = f"{255 * difference:.2f}/255"
            raise DeviceRefused(f"outputs on {self.device} differ from the CPU's by {off}")


def _outputs(loaded: LoadedModels, photo: Tensor, target: StyleTarget) -> tuple[Tensor, Tensor]:
    """The photo painted at half strength, which runs the photo encoder too, and its region masks; on CPU."""
    painted = paint_unprotected(loaded.model, target, photo, 0.5)
    masks = loaded.finder.predict(photo.to(loaded.model.device))[1]
    return painted.to(CPU), masks.to(CPU)


def _needs_no_painting(look: Look) -> bool:
    return look.only == ENHANCE or look.only in PRESETS
