"""Stylizer: paints a photo in several looks and returns the pictures with their verdicts.

`Stylizer.stylize_each` is the whole process in order: frame, enhance, paint, protect, gate, compose. It has
four stages, which a server may run apart: `prepare` on the CPU; `paint_together`, the networks, on the
device, for looks of one photo or of several; `TonedLook.finish`, marks and gates, and `PaintedLook.compose`
on the CPU.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import torch
from PIL import Image

from . import auto
from .auto import Chosen
from .errors import InvalidLook, UnknownStyle
from .grade.presets import PRESETS
from .imaging import tensors
from .loaded_models import LoadedModels
from .looks import AUTO, ENHANCE, Look, stands_alone
from .network.styles import Style, load_catalogue, style_target
from .painting.enhanced_photos import EnhancedPhotos
from .painting.framed_photo import FramedPhoto
from .painting.network_pass import paint_queued
from .painting.painter import Painter
from .painting.photo_context import PhotoContext
from .painting.tiled import TiledPainter
from .prepared_photo import PreparedPhoto
from .self_test import require_equal_outputs
from .styled_picture import StyledPicture
from .toned_look import Job, TonedLook, limits_of, request_painting


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
            yield self._tone(job).finish(explained=explained).compose()

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
    def paint_together(self, requests: Sequence[tuple[PreparedPhoto, Look]]) -> list[TonedLook]:
        """What the networks paint of looks of one photo or of several, which other stylizers of the same
        models may have prepared.

        On a GPU the network paints photos of one size in one batch.
        """
        jobs, painters = deque[tuple[Stylizer, Job]](), list[Painter]()
        try:
            for photo, look in requests:
                jobs.append((photo.stylizer, photo.stylizer._queue(photo, look)))
                painters.append(jobs[-1][1].context.painter)
            paint_queued([network for painter in painters for network in painter.passes])
            return [Stylizer._tone(*jobs.popleft()) for _ in requests]
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
    def _queue(self, prepared: PreparedPhoto, requested: Look) -> Job:
        photos = prepared.photos
        chosen = self._choose(photos.upload, requested)
        look = chosen.look if chosen else requested
        context = self._enhance(photos, look)
        request = request_painting(context, look, self.styles, self.device)
        return Job(prepared.framed, context, requested, chosen, look, request)

    @torch.inference_mode()
    def _tone(self, job: Job) -> TonedLook:
        """The look in the tones that the networks paint, moved to the processor's memory."""
        toned = job.context.painter.tone(job.request).cpu() if job.request else None
        on_cpu = self.loaded.on_cpu
        return TonedLook(job.on_cpu(on_cpu), toned, on_cpu, self.styles)

    def _enhance(self, photos: EnhancedPhotos, look: Look) -> PhotoContext:
        """The photo that the look starts from: the upload, enhanced as far as the look asks for and may."""
        if not look.is_enhanced:
            return photos.upload
        return photos.context(
            look.protection, limits_of(look, self.loaded.limits).by_protection[look.protection]
        )

    def _choose(self, context: PhotoContext, requested: Look) -> Chosen | None:
        """The look that `auto` chooses, scaled by the requested strength; None for any other style."""
        if requested.only != AUTO:
            return None
        families = {style.id: style.family for style in self.styles.values()}
        chosen = auto.choose(context.scene, families)
        strength = chosen.look.strength * requested.strength
        look = replace(chosen.look, strength=strength, enhance=requested.enhance)
        return replace(chosen, look=look)

    def _require_known(self, looks: Sequence[Look]) -> None:
        """Raises UnknownStyle."""
        known = {*self.styles, *PRESETS, AUTO, ENHANCE}
        unknown = [name for look in looks for name in look.styles if name not in known]
        if unknown:
            raise UnknownStyle(unknown[0], sorted(known))
