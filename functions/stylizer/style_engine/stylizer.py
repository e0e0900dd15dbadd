"""Stylizer: the door of the engine. A photo and some looks in, styled pictures with their measures out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import torch
from PIL import Image
from torch import Tensor

from . import measures, pictures
from .fields import half_fields
from .ground import plain_ground
from .guides import guides
from .model import Model, load_model
from .styles import Look, Style, load_catalogue, mix


@dataclass(frozen=True)
class Stylized:
    """A picture of the photo's size and mode; metrics: ssim, edge_keep, flat_noise, mean_shift, ground."""

    image: Image.Image
    look: Look
    metrics: dict[str, float]


class Stylizer:
    """One model, ready: the same photo and look give the same bytes on one machine."""

    def __init__(self, model: Model, styles: Mapping[str, Style], device: str = "cpu") -> None:
        self.model = model
        self.styles: Mapping[str, Style] = MappingProxyType(dict(styles))
        self.device = torch.device(device)
        for net in (model.net, model.head, model.encoder):
            net.to(self.device)

    @classmethod
    def load(cls, folder: Path, device: str = "cpu") -> "Stylizer":
        """Read a model folder; raises ModelRefused unless every file in it matches SHA256SUMS."""
        model = load_model(folder)
        return cls(model, load_catalogue(folder / "styles"), device)

    def with_style(self, style: Style) -> "Stylizer":
        """The same model with one more style."""
        return Stylizer(self.model, {**self.styles, style.id: style}, str(self.device))

    def warm_up(self) -> None:
        """Run the nets once on a small grey ramp, so that the first photo does not pay for it."""
        ramp = Image.linear_gradient("L").resize((64, 64)).convert("RGB")
        self.stylize(ramp, next(iter(self.styles)), strength=0.5)

    def stylize(
        self, image: Image.Image, style: str | Mapping[str, float], strength: float = 1.0
    ) -> Image.Image:
        """One look; raises UnknownStyle, InvalidLook, UnsupportedPicture."""
        return self.stylize_all(image, [Look.of(style, strength)])[0].image

    @torch.inference_mode()
    def stylize_all(self, image: Image.Image, looks: Sequence[Look]) -> list[Stylized]:
        """Several looks of one upright sRGB picture (RGB or RGBA, any size), in the order given."""
        pictures.require_supported(image)
        targets = [mix(look, self.styles) for look in looks]
        working = pictures.to_working_size(pictures.over_white(image), *self.model.working_pixels)
        photo = pictures.to_tensor(working).to(self.device)
        canvas = _Canvas(self.model, photo, needs_own=any(0 < look.strength < 1 for look in looks))
        return [self._one(image, canvas, look, goal) for look, goal in zip(looks, targets, strict=True)]

    def _one(self, image: Image.Image, canvas: "_Canvas", look: Look, goal: Tensor) -> Stylized:
        change = canvas.change(goal.to(self.device), look.strength)
        result = (canvas.photo + change).clamp(0, 1)
        metrics = measures.report(canvas.photo, result) | {"ground": float(canvas.ground.mean())}
        styled = pictures.apply_change(image, change) if look.strength > 0 else image.copy()
        return Stylized(styled, look, metrics)


class _Canvas:
    """A photo at working size, with what its looks share: padding, guides, plain ground, its own code."""

    def __init__(self, model: Model, photo: Tensor, needs_own: bool) -> None:
        self.net, self.photo = model.net, photo
        self.padded = pictures.padded(photo)
        self.guide = guides(self.padded, half_fields(*self.padded.shape[2:]).to(photo))
        self.ground = plain_ground(photo)
        if needs_own:
            code = model.encoder(pictures.thumbnail(photo))
            self.own = model.head.vector(code, model.encoder.intake)
            self.remade = self._run(self.own)

    def change(self, goal: Tensor, strength: float) -> Tensor:
        """(1, 3, H, W) what to add to the photo: nothing at 0, the style at 1, nothing on plain ground.

        Between the two, the style vector moves from the photo's own to the goal, and what the net cannot give
        back of the photo (the photo minus its remake) fades out alongside.
        """
        if strength == 0:
            return torch.zeros_like(self.photo)
        if strength == 1:
            styled = self._run(goal)
        else:
            styled = self._run(torch.lerp(self.own, goal, strength))
            styled = styled + (1 - strength) * (self.photo - self.remade)
        return (1 - self.ground) * (styled - self.photo)

    def _run(self, vector: Tensor) -> Tensor:
        height, width = self.photo.shape[2:]
        picture: Tensor = self.net(self.padded, vector, self.guide)
        return picture[:, :, :height, :width]
