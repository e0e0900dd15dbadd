"""Verdicts as sentences."""

import pytest

from limner.views.verdicts import verdict_sentence
from tests import makers


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"outcome": "passed", "strength": 1, "refused_by": ()}, "Passed every check."),
        ({"outcome": "passed", "strength": 1, "refused_by": (), "gates": ()}, "No checks apply."),
        ({}, "Strength lowered to 60 % to keep the text legible."),
        (
            {"refused_by": ("product_ssim", "halo", "text")},
            "Strength lowered to 60 % to keep the product's shape, to keep the background around the product clean"
            " and to keep the text legible.",
        ),
        (
            {"outcome": "fallback", "strength": 0, "refused_by": ("engine",)},
            "Shown without the style because the style could not be painted.",
        ),
        ({"refused_by": ("new_gate",)}, "Strength lowered to 60 % to pass the check “new_gate”."),
        ({"refused_by": ()}, "Strength lowered to 60 % to be safe."),
    ],
)
def test_verdict_sentence(facts, words):
    assert verdict_sentence(makers.lowered(**facts)) == words
