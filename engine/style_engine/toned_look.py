"""TonedLook: a look whose tones the networks have painted. What is left needs no device: marks, protection,
gates and the explanation, whose small copies the networks paint on the CPU.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from .auto import Chosen
from .explain import EXPLAINED_LONG_SIDE_PX, Explanation, explain
from .grade.presets import PRESETS
from .loaded_models import LoadedModels
from .looks import ENHANCE, Look, Protection
from .network.styles import Style, style_target
from .painted_look import PaintedLook
from .painting.framed_photo import FramedPhoto
from .painting.network_pass import PaintRequest
from .painting.photo_context import PhotoContext
from .painting.renderings import EnhancedRendering, GradedRendering, PaintedRendering, Rendering
from .safety.gates import GateLimits, Verdict, gate_with_backoff, report
from .safety.metrics import MeasuredImage
from .safety.protection import MODES, protect, unprotected_area
from .safety.scene import measure


@dataclass(frozen=True)
class Job:
    """A look in progress; `request`, if a network paints it, is queued in the context's painter."""

    framed: FramedPhoto
    context: PhotoContext
    requested: Look
    chosen: Chosen | None
    look: Look
    request: PaintRequest | None

    def on_cpu(self, loaded: LoadedModels) -> "Job":
        """The same look in the processor's memory, with models on the CPU."""
        context = self.context.on_cpu(loaded.model, loaded.finder)
        request = self.request and self.request.with_mask(context.scene.regions.product)
        return replace(self, context=context, request=request)


def request_painting(
    context: PhotoContext, look: Look, styles: Mapping[str, Style], device: torch.device
) -> PaintRequest | None:
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
    target = style_target(look, styles).to(device)
    request = PaintRequest(target, context.scene.regions.product, look.levels, inside, outside)
    context.painter.enqueue(request)
    return request


def limits_of(look: Look, limits: GateLimits) -> GateLimits:
    """Enhancement alone has no gates; a preset cannot move edges and has fewer gates."""
    if look.only == ENHANCE:
        return GateLimits({look.protection: {}})
    if look.only in PRESETS and look.protection in {Protection.OFF, Protection.SOFT}:
        clipping = {"clipping": limits.by_protection[Protection.OFF]["clipping"]}
        promised = limits.by_protection[look.protection]
        return GateLimits({look.protection: clipping | {k: promised[k] for k in promised if k == "skin"}})
    return limits


@dataclass(frozen=True, eq=False)
class TonedLook:
    """`job` and `toned` (1, 3, H, W), None where no network paints, are in the processor's memory; `loaded`
    are models on the CPU."""

    job: Job
    toned: Tensor | None
    loaded: LoadedModels
    styles: Mapping[str, Style]

    @property
    def look(self) -> Look:
        """As it was requested."""
        return self.job.requested

    @torch.inference_mode()
    def finish(self, *, explained: bool = False) -> PaintedLook:
        """The look with its marks, protected and judged at working size. Needs no device."""
        job = self.job
        rendering = self._protect(job, self._with_marks())
        measured, verdict = self._gate(rendering)
        return PaintedLook(
            framed=job.framed,
            scene=job.context.scene,
            rendering=rendering,
            look=job.requested,
            chosen=job.chosen,
            steps=job.context.steps,
            metrics=report(job.context.scene, measured),
            verdict=verdict,
            explanation=self._explain(verdict) if explained else None,
        )

    def _with_marks(self) -> Tensor:
        """(1, 3, H, W) the painted photo; the photo itself where no network paints."""
        if self.toned is None or self.job.request is None:
            return self.job.context.scene.photo
        return self.job.context.painter.add_marks(self.job.request, self.toned)

    def _protect(self, job: Job, painted: Tensor) -> Rendering:
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

    def _gate(self, rendering: Rendering) -> tuple[MeasuredImage, Verdict]:
        """The picture that may be published, and its verdict."""
        look = self.job.look
        if look.only == ENHANCE:
            return measure(rendering.at_working_size(look.strength)), Verdict("passed", look.strength, (), ())
        limits = limits_of(look, self.loaded.limits)
        return gate_with_backoff(rendering.at_working_size, look, self.job.context.scene, limits)

    def _explain(self, verdict: Verdict) -> Explanation | None:
        """The explanation of a painted picture at its published strength; None for other pictures."""
        job = self.job
        if verdict.strength == 0 or _needs_no_painting(job.look):
            return None
        small = job.context.small(EXPLAINED_LONG_SIDE_PX)

        def render(look: Look) -> Tensor:
            request = request_painting(small, look, self.styles, self.loaded.model.device)
            painted = small.painter.paint(request) if request else small.scene.photo
            trial = Job(job.framed, small, look, None, look, request)
            return self._protect(trial, painted).at_working_size(look.strength)

        names = {name: self.styles[name].name for name in job.look.styles}
        published = replace(job.look, strength=verdict.strength)
        return explain(published, small.scene, render, self.loaded.limits, names)


def _needs_no_painting(look: Look) -> bool:
    return look.only == ENHANCE or look.only in PRESETS
