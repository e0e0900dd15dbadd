"""Stylizer: the door of the engine. A photo and some looks in, styled pictures and their verdicts out."""

import hashlib
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Final

import torch
from PIL import Image
from torch import Tensor

from . import auto
from .auto import Chosen
from .enhance.enhance import Step
from .errors import DeviceRefused, InvalidLook, UnknownStyle
from .explain import LONG_SIDE, Explanation, explain
from .grade.lut import Grader
from .grade.presets import CAMPAIGNS
from .imaging import tensors
from .looks import AUTO, BEAUTIFY, Look, Protection, stands_alone
from .network.model import Model, load_model
from .network.styles import Goal, Style, goal_of, load_catalogue
from .painting.painter import bare
from .painting.photo_context import Subject
from .painting.renderings import Grading, Lifting, Painting, Rendering
from .painting.tiled import Tiled
from .regions.finder import RegionFinder, Regions
from .safety import metrics
from .safety.gates import Limits, Verdict, admit
from .safety.metrics import View
from .safety.scene import seen

REGIONS, GRADE = "regions-lite", "grade-lite"
CPU: Final = torch.device("cpu")
TOLERANCE: Final = 2 / 255  # mean difference on a GPU, fp16 included: a ramp's is .1 / 255


@dataclass(frozen=True)
class RegionsFound:
    """Where no product was found the whole photo is protected as one; shares are of the photo's area."""

    found: bool
    confidence: float
    product_share: float
    text_share: float

    @classmethod
    def of(cls, regions: Regions) -> "RegionsFound":
        product, text = (float(mask.mean()) for mask in (regions.product, regions.text))
        return cls(regions.found, regions.confidence, product, text)


@dataclass(frozen=True)
class Stylized:
    """A picture of the photo's size and mode, and what is to be said of it.

    metrics: ssim, edge_keep, flat_noise, mean_shift, ground; `chosen` is what `auto` came to; `explanation`
    is there when asked for and painted.
    """

    image: Image.Image
    look: Look
    metrics: dict[str, float]
    verdict: Verdict
    regions: RegionsFound
    steps: tuple[Step, ...]
    chosen: Chosen | None = None
    explanation: Explanation | None = None


@dataclass(frozen=True)
class Parts:
    """The nets and limits of a stylizer; `reference`: the same on the CPU, where these are on a GPU."""

    model: Model
    finder: RegionFinder
    grader: Grader
    limits: Limits
    reference: "Parts | None" = None

    @classmethod
    def load(cls, folder: Path, device: torch.device = CPU) -> "Parts":
        """The model in a folder and its companions in the folders beside it.

        Raises ModelRefused, and DeviceRefused where there is no CUDA.
        """
        if device.type == "cuda" and not torch.cuda.is_available():
            raise DeviceRefused("no CUDA here: the driver is missing or older than torch needs")
        here = cls(
            model=load_model(folder),
            finder=RegionFinder.load(folder.parent / REGIONS),
            grader=Grader.load(folder.parent / GRADE),
            limits=Limits.load(),
        )
        return here if device == CPU else here.on(device)

    def on(self, device: torch.device) -> "Parts":
        """The same on a GPU, the painting net in fp16."""
        torch.backends.cudnn.allow_tf32 = False  # what is fp32 is to be fp32
        model, finder = self.model.on(device, torch.float16), self.finder.on(device)
        return replace(self, model=model, finder=finder, reference=self)

    @property
    def version(self) -> str:
        """Twelve hex digits that change with any weight, style or limit."""
        versions = [self.model.version, self.finder.version, self.grader.version, repr(self.limits)]
        return hashlib.sha256("\n".join(versions).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class _Plan:
    """A look that was asked for, what it came to, and how it will be rendered."""

    subject: Subject
    asked: Look
    chosen: Chosen | None
    look: Look
    rendering: Rendering


class Stylizer:
    """One model, ready: the same photo and look give the same bytes on one CPU; on a GPU, to a rounding."""

    def __init__(self, parts: Parts, styles: Mapping[str, Style]) -> None:
        self.parts, self.model, self.device = parts, parts.model, parts.model.device
        self.styles: Mapping[str, Style] = MappingProxyType(dict(styles))

    @classmethod
    def load(cls, folder: Path, device: str = "cpu") -> "Stylizer":
        """Read a model folder and, beside it, those of its companions; on a GPU the net paints in fp16.

        Raises ModelRefused unless every file in them matches its SHA256SUMS; DeviceRefused without CUDA.
        """
        return cls(Parts.load(folder, torch.device(device)), load_catalogue(folder / "styles"))

    @property
    def version(self) -> str:
        """Twelve hex digits that change with any weight, style or limit."""
        return self.parts.version

    def with_style(self, style: Style) -> "Stylizer":
        """The same model with one more style."""
        return Stylizer(self.parts, {**self.styles, style.id: style})

    def warm_up(self) -> None:
        """Run the nets once on a small grey ramp, so that the first photo does not pay for it.

        Raises DeviceRefused where a GPU paints it, or finds its regions, otherwise than the CPU.
        """
        ramp = Image.linear_gradient("L").resize((64, 64)).convert("RGB")
        style = next(iter(self.styles))
        self.stylize(ramp, style, strength=0.5)
        if reference := self.parts.reference:
            self._compare(reference, tensors.to_tensor(ramp), goal_of(Look.of(style), self.styles))

    @torch.inference_mode()
    def _compare(self, reference: Parts, photo: Tensor, goal: Goal) -> None:
        """Raises DeviceRefused unless these parts answer about what the reference does."""
        answers = zip(_answers(reference, photo, goal), _answers(self.parts, photo, goal), strict=True)
        off = max(float((here - there).abs().mean()) for here, there in answers)
        if not off <= TOLERANCE:
            raise DeviceRefused(f"{self.device} answers {255 * off:.2f}/255 off what the CPU does")

    def stylize(
        self, image: Image.Image, style: str | Mapping[str, float], strength: float = 1.0
    ) -> Image.Image:
        """One look; raises UnknownStyle, InvalidLook, UnsupportedPicture."""
        return self.stylize_all(image, [Look.of(style, strength)])[0].image

    @torch.inference_mode()
    def stylize_all(
        self, image: Image.Image, looks: Sequence[Look], *, explained: bool = False
    ) -> list[Stylized]:
        """Several looks of one upright sRGB picture (RGB or RGBA, any size), in the order given."""
        tensors.require_supported(image)
        for look in looks:
            self._require_known(look)
        subjects = [
            Subject(image, self.model, self.parts.finder, self.device, lifted=lifted)
            for lifted in (False, True)
        ]
        # All are planned before the first is painted; none is held longer than it takes.
        plans = deque(self._plan(subjects[_is_lifted(look)], look) for look in looks)
        return [self._carried_out(plans.popleft(), explained) for _ in looks]

    @torch.inference_mode()
    def stylize_tiled(self, image: Image.Image, look: Look) -> Image.Image:
        """One look painted at the photo's full size, in tiles (see tiled.py); plain grounds stay.

        Raises InvalidLook for what tiles cannot do: protection, levels, lifting, looks without a net.
        """
        tensors.require_supported(image)
        if look != Look(look.styles, look.strength) or (look.only and stands_alone(look.only)):
            raise InvalidLook("tiles take styles and a strength; not protection, levels or lifting")
        goal = goal_of(look, self.styles).to(self.device)
        return Tiled(self.model, image, self.device).paint(goal, look.strength)

    def _plan(self, subject: Subject, asked: Look) -> "_Plan":
        chosen = self._choose(subject, asked)
        look = chosen.look if chosen else asked
        return _Plan(subject, asked, chosen, look, self._rendering(subject, look))

    def _carried_out(self, plan: "_Plan", explained: bool) -> Stylized:
        subject, look = plan.subject, plan.look
        result, verdict = self._admitted(subject, look, plan.rendering)
        scene = subject.scene
        return Stylized(
            image=plan.rendering.finished(verdict.strength),
            look=plan.asked,
            metrics=metrics.report(scene.view, result) | {"ground": float(scene.ground.mean())},
            verdict=verdict,
            regions=RegionsFound.of(scene.regions),
            steps=subject.steps,
            chosen=plan.chosen,
            explanation=self._explain(subject, look, verdict) if explained else None,
        )

    def _choose(self, subject: Subject, asked: Look) -> Chosen | None:
        """What the rules come to, at the share of its strength that was asked for; None unless asked to."""
        if asked.only != AUTO:
            return None
        families = {style.id: style.family for style in self.styles.values()}
        chosen = auto.choose(subject.scene, families)
        look = replace(chosen.look, strength=chosen.look.strength * asked.strength, beautify=asked.beautify)
        return replace(chosen, look=look)

    def _rendering(self, subject: Subject, look: Look) -> Rendering:
        if look.only == BEAUTIFY:
            return Lifting(subject)
        if look.only in CAMPAIGNS:
            return Grading(subject, look, self.parts.grader)
        return Painting(subject, look, goal_of(look, self.styles).to(self.device))

    def _admitted(self, subject: Subject, look: Look, rendering: Rendering) -> tuple[View, Verdict]:
        """What may be published. Lifting keeps its own bounds; a grade cannot bend and is asked for less."""
        if look.only == BEAUTIFY:
            return seen(rendering.at(look.strength)), Verdict("passed", look.strength, (), ())
        if look.only in CAMPAIGNS and look.protection in {Protection.OFF, Protection.SOFT}:
            clipping = self.parts.limits.by_protection[Protection.OFF]["clipping"]
            return admit(rendering.at, look, subject.scene, Limits({look.protection: {"clipping": clipping}}))
        return admit(rendering.at, look, subject.scene, self.parts.limits)

    def _explain(self, subject: Subject, look: Look, verdict: Verdict) -> Explanation | None:
        """Of a painted picture as it was published; None for any other."""
        if verdict.strength == 0 or look.only == BEAUTIFY or look.only in CAMPAIGNS:
            return None
        small = subject.small(LONG_SIDE)
        names = {name: self.styles[name].name for name in look.styles}
        published = replace(look, strength=verdict.strength)
        return explain(published, small.scene, partial(self._painted, small), self.parts.limits, names)

    def _painted(self, subject: Subject, look: Look) -> Tensor:
        return self._rendering(subject, look).at(look.strength)

    def _require_known(self, look: Look) -> None:
        """Raises UnknownStyle."""
        known = {*self.styles, *CAMPAIGNS, AUTO, BEAUTIFY}
        unknown = [name for name in look.styles if name not in known]
        if unknown:
            raise UnknownStyle(unknown[0], sorted(known))


def _answers(parts: Parts, photo: Tensor, goal: Goal) -> tuple[Tensor, Tensor]:
    """The photo painted half way, which every net but the next takes part in; its regions; on the CPU."""
    painted, seen = bare(parts.model, goal, photo, 0.5), parts.finder.see(photo.to(parts.model.device))[1]
    return painted.to(CPU), seen.to(CPU)


def _is_lifted(look: Look) -> bool:
    return look.beautify or look.only == BEAUTIFY
