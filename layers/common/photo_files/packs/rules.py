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

ASPECT_TOLERANCE = 0.01  # of the longer side over the shorter one
_BYTES_PER_MEGABYTE = 2**20
_PIXELS_PER_MEGAPIXEL = 1_000_000


class RuleOutcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    NOT_CHECKED = "not_checked"


@dataclass(frozen=True)
class Finding:
    """`code` is stable: `passed`, or why the rule failed or could not be checked; `reason` is for people."""

    outcome: RuleOutcome
    code: str
    reason: str


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


def _passed(reason: str) -> Finding:
    return Finding(RuleOutcome.PASSED, "passed", reason)


def _failed(code: str, reason: str) -> Finding:
    return Finding(RuleOutcome.FAILED, code, reason)


@dataclass(frozen=True, kw_only=True)
class FormatRule(MarketplaceRule):
    """`formats` by Pillow's names; some of them the service cannot open."""

    kind = "format"
    formats: tuple[str, ...]

    def check(self, file: FileFacts, picture: PictureMeasures) -> Finding:
        if file.format in self.formats:
            return _passed(f"The format is {file.format}.")
        accepted = ", ".join(self.formats)
        return _failed("format_not_accepted", f"The format is {file.format}; accepted: {accepted}.")


@dataclass(frozen=True, kw_only=True)
class BytesRule(MarketplaceRule):
    kind = "bytes"
    max_bytes: int

    def check(self, file: FileFacts, picture: PictureMeasures) -> Finding:
        size, most = (f"{count / _BYTES_PER_MEGABYTE:.1f} MB" for count in (file.nbytes, self.max_bytes))
        if file.nbytes <= self.max_bytes:
            return _passed(f"The file has {size}.")
        return _failed("too_many_bytes", f"The file has {size}; the most is {most}.")


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
        size = f"The picture has {file.width} × {file.height} pixels"
        if short < self.min_short_side_px:
            return _failed(
                "too_few_pixels", f"{size}; the shorter side must have at least {self.min_short_side_px}."
            )
        if long < self.min_long_side_px:
            return _failed(
                "too_few_pixels", f"{size}; the longer side must have at least {self.min_long_side_px}."
            )
        if self.max_long_side_px and long > self.max_long_side_px:
            return _failed(
                "too_many_pixels", f"{size}; the longer side may have at most {self.max_long_side_px}."
            )
        if self.max_megapixels and short * long > self.max_megapixels * _PIXELS_PER_MEGAPIXEL:
            return _failed("too_many_pixels", f"{size}; the most is {self.max_megapixels:g} megapixels.")
        return _passed(f"{size}.")


@dataclass(frozen=True, kw_only=True)
class AspectRule(MarketplaceRule):
    """`aspect`: width over height."""

    kind = "aspect"
    aspect: float

    def check(self, file: FileFacts, picture: PictureMeasures) -> Finding:
        ratio = file.width / file.height / self.aspect
        size = f"{file.width} × {file.height} pixels"
        if max(ratio, 1 / ratio) <= 1 + ASPECT_TOLERANCE:
            return _passed(f"The picture has {size}.")
        wanted = "square" if self.aspect == 1 else f"{self.aspect:g} times as wide as high"
        return _failed("wrong_aspect", f"The picture has {size}; it must be {wanted}.")


@dataclass(frozen=True, kw_only=True)
class BackgroundRule(MarketplaceRule):
    """A background of exactly RGB 255, 255, 255, or a transparent one if `transparent` says so."""

    kind = "background"
    transparent: bool = False

    def check(self, file: FileFacts, picture: PictureMeasures) -> Finding:
        if file.is_transparent:
            if self.transparent:
                return _passed("The background is transparent.")
            return _failed("background_transparent", "The picture is partly transparent; it must be white.")
        if picture.background == "white":
            return _passed("The background is exactly white.")
        colour = ", ".join(map(str, picture.background_rgb))
        if picture.background == "nearly_white":
            return _failed(
                "background_not_white", f"The background is nearly white, but not exactly (RGB {colour})."
            )
        return _failed("background_not_white", f"The background is not white (such as RGB {colour}).")


@dataclass(frozen=True, kw_only=True)
class FillRule(MarketplaceRule):
    """Limits of the share of the picture's side that the product spans, 0..1."""

    kind = "fill"
    min_fill: float = 0
    max_fill: float = 1

    def check(self, file: FileFacts, picture: PictureMeasures) -> Finding:
        if picture.fill is None:
            return Finding(
                RuleOutcome.NOT_CHECKED, "product_not_found", "No product was found with certainty."
            )
        spans = f"The product spans {picture.fill:.0%} of the picture"
        if picture.fill < self.min_fill:
            return _failed("product_too_small", f"{spans}; the least is {self.min_fill:.0%}.")
        if picture.fill > self.max_fill:
            return _failed("product_too_large", f"{spans}; the most is {self.max_fill:.0%}.")
        return _passed(f"{spans}.")


@dataclass(frozen=True, kw_only=True)
class BorderRule(MarketplaceRule):
    """No frame, bars or rounded corners around the photo."""

    kind = "border"

    def check(self, file: FileFacts, picture: PictureMeasures) -> Finding:
        if picture.has_border:
            return _failed("border_found", "There is a border, bars or rounded corners around the photo.")
        return _passed("There is no border around the photo.")


@dataclass(frozen=True, kw_only=True)
class OverlayRule(MarketplaceRule):
    """No text or badge beside the product. What is printed on the product belongs to it."""

    kind = "overlay"

    def check(self, file: FileFacts, picture: PictureMeasures) -> Finding:
        if picture.overlay_share is None:
            reason = "No product was found, so that text beside it cannot be distinguished from its own."
            return Finding(RuleOutcome.NOT_CHECKED, "product_not_found", reason)
        if picture.overlay_share > 0:
            share = f"{picture.overlay_share:.1%} of the picture"
            return _failed("overlay_found", f"There is text beside the product ({share}).")
        return _passed("No text was found beside the product.")


@dataclass(frozen=True, kw_only=True)
class IllustrationRule(MarketplaceRule):
    """No drawing, painting or generated picture, by what the file's metadata say of how it was made."""

    kind = "illustration"

    def check(self, file: FileFacts, picture: PictureMeasures) -> Finding:
        if is_illustration(file.provenance):
            term = file.provenance.source.rpartition("/")[2]
            return _failed("illustration_not_allowed", f"The file says that it is no photograph ({term}).")
        return _passed("Nothing in the file says that it is no photograph.")


RULES: Mapping[str, type[MarketplaceRule]] = MappingProxyType({
    rule.kind: rule
    for rule in (
        FormatRule, BytesRule, PixelsRule, AspectRule, BackgroundRule, FillRule, BorderRule, OverlayRule,
        IllustrationRule,
    )
})  # fmt: skip
