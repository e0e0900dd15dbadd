"""The kinds of rules that profiles are made of. Each checks one fact of a picture.

The names of the fields are the keys of a rule's table in a profile.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar

from photo_files.metadata.provenance import is_illustration
from photo_files.packs.facts import FileFacts, PictureMeasures
from photo_files.packs.texts import Value, reason_in

ASPECT_TOLERANCE = 0.01  # of the longer side over the shorter one
_PIXELS_PER_MEGAPIXEL = 1_000_000
_SHARE_DECIMALS = 4  # of values in texts


class RuleOutcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    NOT_CHECKED = "not_checked"


@dataclass(frozen=True)
class Finding:
    """`code` is stable: `passed`, or why the rule failed or could not be checked. The name of a text with its
    values makes the reason for people in a language (`texts.json`)."""

    outcome: RuleOutcome
    code: str
    text: str
    values: Mapping[str, Value]

    @property
    def reason(self) -> str:
        """In English."""
        return reason_in("en", self.text, self.values)


@dataclass(frozen=True, kw_only=True)
class MarketplaceRule:
    """`source`: URL of the page that states the rule; `read_on`: when it was read. A rule that is not
    required is what the marketplace recommends."""

    kind: ClassVar[str]
    source: str
    read_on: date
    required: bool = True

    def check(self, file: FileFacts, picture: PictureMeasures) -> Finding:
        """What the picture says to this rule."""
        raise NotImplementedError


def _passed(text: str, **values: Value) -> Finding:
    return Finding(RuleOutcome.PASSED, "passed", text, values)


def _failed(code: str, text: str, **values: Value) -> Finding:
    return Finding(RuleOutcome.FAILED, code, text, values)


def _not_checked(text: str) -> Finding:
    """For want of a product."""
    return Finding(RuleOutcome.NOT_CHECKED, "product_not_found", text, {})


@dataclass(frozen=True, kw_only=True)
class FormatRule(MarketplaceRule):
    """`formats` by Pillow's names; some of them the service cannot open."""

    kind = "format"
    formats: tuple[str, ...]

    def check(self, file: FileFacts, picture: PictureMeasures) -> Finding:
        if file.format in self.formats:
            return _passed("format_accepted", format=file.format)
        code = "format_not_accepted"
        return _failed(code, code, format=file.format, accepted=self.formats)


@dataclass(frozen=True, kw_only=True)
class BytesRule(MarketplaceRule):
    kind = "bytes"
    max_bytes: int

    def check(self, file: FileFacts, picture: PictureMeasures) -> Finding:
        if file.nbytes <= self.max_bytes:
            return _passed("bytes_accepted", size=file.nbytes)
        code = "too_many_bytes"
        return _failed(code, code, size=file.nbytes, most_size=self.max_bytes)


@dataclass(frozen=True, kw_only=True)
class PixelsRule(MarketplaceRule):
    """Limits of the sides; 0 stands for none."""

    kind = "pixels"
    min_short_side_px: int = 0
    min_long_side_px: int = 0
    max_long_side_px: int = 0
    max_megapixels: float = 0

    def check(self, file: FileFacts, picture: PictureMeasures) -> Finding:
        short, long = sorted((file.width, file.height))
        size = {"width": file.width, "height": file.height}
        if short < self.min_short_side_px:
            return _failed("too_few_pixels", "short_side_too_small", **size, least=self.min_short_side_px)
        if long < self.min_long_side_px:
            return _failed("too_few_pixels", "long_side_too_small", **size, least=self.min_long_side_px)
        if self.max_long_side_px and long > self.max_long_side_px:
            return _failed("too_many_pixels", "long_side_too_large", **size, most=self.max_long_side_px)
        if self.max_megapixels and short * long > self.max_megapixels * _PIXELS_PER_MEGAPIXEL:
            most = float(self.max_megapixels)
            return _failed("too_many_pixels", "too_many_megapixels", **size, megapixels=most)
        return _passed("pixels_accepted", **size)


@dataclass(frozen=True, kw_only=True)
class AspectRule(MarketplaceRule):
    """`aspect`: width over height."""

    kind = "aspect"
    aspect: float

    def check(self, file: FileFacts, picture: PictureMeasures) -> Finding:
        ratio = file.width / file.height / self.aspect
        size = {"width": file.width, "height": file.height}
        if max(ratio, 1 / ratio) <= 1 + ASPECT_TOLERANCE:
            return _passed("pixels_accepted", **size)
        if self.aspect == 1:
            return _failed("wrong_aspect", "not_square", **size)
        return _failed("wrong_aspect", "wrong_aspect", **size, aspect=float(self.aspect))


@dataclass(frozen=True, kw_only=True)
class BackgroundRule(MarketplaceRule):
    """A background of exactly RGB 255, 255, 255, or a transparent one if `transparent` says so."""

    kind = "background"
    transparent: bool = False

    def check(self, file: FileFacts, picture: PictureMeasures) -> Finding:
        if file.is_transparent:
            if self.transparent:
                return _passed("background_is_transparent")
            return _failed("background_transparent", "background_transparent")
        if picture.background == "white":
            return _passed("background_white")
        is_nearly = picture.background == "nearly_white"
        text = "background_nearly_white" if is_nearly else "background_not_white"
        return _failed("background_not_white", text, colour=", ".join(map(str, picture.background_rgb)))


@dataclass(frozen=True, kw_only=True)
class FillRule(MarketplaceRule):
    """Limits of the share of the picture's side that the product spans, 0..1."""

    kind = "fill"
    min_fill: float = 0
    max_fill: float = 1

    def check(self, file: FileFacts, picture: PictureMeasures) -> Finding:
        if picture.fill is None:
            return _not_checked("product_not_found")
        fill = round(picture.fill, _SHARE_DECIMALS)
        if picture.fill < self.min_fill:
            code = "product_too_small"
            return _failed(code, code, fill=fill, least_fill=self.min_fill)
        if picture.fill > self.max_fill:
            code = "product_too_large"
            return _failed(code, code, fill=fill, most_fill=self.max_fill)
        return _passed("fill_accepted", fill=fill)


@dataclass(frozen=True, kw_only=True)
class BorderRule(MarketplaceRule):
    """No frame, bars or rounded corners around the photo."""

    kind = "border"

    def check(self, file: FileFacts, picture: PictureMeasures) -> Finding:
        if picture.has_border:
            return _failed("border_found", "border_found")
        return _passed("border_absent")


@dataclass(frozen=True, kw_only=True)
class OverlayRule(MarketplaceRule):
    """No text or badge beside the product. What is printed on the product belongs to it."""

    kind = "overlay"

    def check(self, file: FileFacts, picture: PictureMeasures) -> Finding:
        if picture.overlay_share is None:
            return _not_checked("overlay_not_checked")
        if picture.overlay_share > 0:
            share = round(picture.overlay_share, _SHARE_DECIMALS)
            return _failed("overlay_found", "overlay_found", overlay=share)
        return _passed("overlay_absent")


@dataclass(frozen=True, kw_only=True)
class IllustrationRule(MarketplaceRule):
    """No drawing, painting or generated picture, by what the file's metadata say of how it was made."""

    kind = "illustration"

    def check(self, file: FileFacts, picture: PictureMeasures) -> Finding:
        if is_illustration(file.provenance):
            term = file.provenance.source.rpartition("/")[2]
            code = "illustration_not_allowed"
            return _failed(code, code, term=term)
        return _passed("illustration_absent")


RULES: Mapping[str, type[MarketplaceRule]] = MappingProxyType({
    rule.kind: rule
    for rule in (
        FormatRule, BytesRule, PixelsRule, AspectRule, BackgroundRule, FillRule, BorderRule, OverlayRule,
        IllustrationRule,
    )
})  # fmt: skip
