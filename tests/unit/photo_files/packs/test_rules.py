"""Each kind of rule at its limits: outcome, code, and what the reason names."""

from dataclasses import dataclass, replace
from datetime import date

import pytest

from photo_files.metadata.provenance import STYLED, UNKNOWN, Provenance
from photo_files.packs.facts import FileFacts
from photo_files.packs.rules import (
    AspectRule,
    BackgroundRule,
    BorderRule,
    BytesRule,
    FillRule,
    FormatRule,
    IllustrationRule,
    OverlayRule,
    PixelsRule,
    RuleOutcome,
)

SOURCE = {"source": "https://example.com/rules", "read_on": date(2026, 11, 28)}


@dataclass(frozen=True)
class Measures:
    background: str = "white"
    background_rgb: tuple[int, int, int] = (255, 255, 255)
    fill: float | None = 0.9
    has_border: bool = False
    overlay_share: float | None = 0.0


FILE = FileFacts("JPEG", 2**20, 1000, 1000, False, UNKNOWN)


def code(rule, file=FILE, picture=None):
    return rule.check(file, picture or Measures()).code


def test_formats():
    rule = FormatRule(formats=("JPEG", "PNG"), **SOURCE)
    assert code(rule) == "passed"
    assert code(rule, replace(FILE, format="WEBP")) == "format_not_accepted"


def test_most_bytes():
    rule = BytesRule(max_bytes=2**20, **SOURCE)
    assert code(rule) == "passed"
    finding = rule.check(replace(FILE, nbytes=3 * 2**20), Measures())
    assert (finding.code, finding.reason) == ("too_many_bytes", "The file has 3.0 MB; the most is 1.0 MB.")


@pytest.mark.parametrize(
    ("limits", "size", "expected"),
    [
        ({"min_long_side_px": 500}, (499, 100), "too_few_pixels"),
        ({"min_long_side_px": 500}, (100, 500), "passed"),
        ({"min_short_side_px": 600}, (2000, 599), "too_few_pixels"),
        ({"max_long_side_px": 5000}, (5001, 10), "too_many_pixels"),
        ({"max_megapixels": 25}, (5000, 5000), "passed"),
        ({"max_megapixels": 25}, (5000, 5001), "too_many_pixels"),
    ],
)
def test_pixels(limits, size, expected):
    width, height = size
    assert code(PixelsRule(**limits, **SOURCE), replace(FILE, width=width, height=height)) == expected


@pytest.mark.parametrize(("size", "expected"), [((1000, 1009), "passed"), ((1000, 1020), "wrong_aspect")])
def test_aspect(size, expected):
    width, height = size
    assert code(AspectRule(aspect=1.0, **SOURCE), replace(FILE, width=width, height=height)) == expected


def test_a_background_that_is_nearly_white_is_named_with_its_colour():
    picture = Measures("nearly_white", (250, 249, 250))
    finding = BackgroundRule(**SOURCE).check(FILE, picture)
    assert finding.code == "background_not_white"
    assert "RGB 250, 249, 250" in finding.reason


def test_a_transparent_background_is_white_nowhere_but_where_the_rule_allows_it():
    cut_out = replace(FILE, is_transparent=True)
    assert code(BackgroundRule(**SOURCE), cut_out) == "background_transparent"
    assert code(BackgroundRule(transparent=True, **SOURCE), cut_out) == "passed"


@pytest.mark.parametrize(
    ("fill", "expected"),
    [
        (0.85, "passed"),
        (0.849, "product_too_small"),
        (0.91, "product_too_large"),
        (None, "product_not_found"),
    ],
)
def test_fill(fill, expected):
    assert code(FillRule(min_fill=0.85, max_fill=0.9, **SOURCE), picture=Measures(fill=fill)) == expected


def test_what_needs_the_product_is_not_checked_without_one():
    picture = Measures(fill=None, overlay_share=None)
    for rule in (FillRule(**SOURCE), OverlayRule(**SOURCE)):
        assert rule.check(FILE, picture).outcome is RuleOutcome.NOT_CHECKED


def test_border_and_overlay():
    picture = Measures(has_border=True, overlay_share=0.01)
    assert code(BorderRule(**SOURCE), picture=picture) == "border_found"
    assert code(OverlayRule(**SOURCE), picture=picture) == "overlay_found"


def test_a_picture_that_says_it_was_styled_is_an_illustration():
    rule = IllustrationRule(**SOURCE)
    assert code(rule) == "passed"
    assert code(rule, replace(FILE, provenance=UNKNOWN.enhanced)) == "passed"
    assert code(rule, replace(FILE, provenance=Provenance(source=STYLED))) == "illustration_not_allowed"
