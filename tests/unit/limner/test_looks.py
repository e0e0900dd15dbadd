"""Looks: slugs, validation, and the names of the first release."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from limner.looks import Look, Protection
from tests import makers


def test_slug_is_ascii_and_independent_of_style_order_and_weight_scale():
    look = Look(styles={"watercolour": 0.3, "oil": 0.7}, strength=0.85)
    assert look.slug == "oil-70.watercolour-30.s85"
    assert look.slug == Look(styles={"oil": 0.14, "watercolour": 0.06}, strength=0.85).slug


@pytest.mark.parametrize(
    ("options", "suffix"),
    [
        ({}, ""),
        ({"protection": "soft", "enhance": True, "levels": {}}, ""),
        ({"protection": "background-only"}, ".background-only"),
        ({"levels": {"motif": 0.25}}, ".levels-100-100-25"),
        ({"enhance": False}, ".as-is"),
        ({"protection": "off", "levels": {"colour": 0}, "enhance": False}, ".off.levels-0-100-100.as-is"),
    ],
)
def test_slug_names_only_non_default_options(options, suffix):
    assert Look.model_validate({"styles": {"oil": 1}, **options}).slug == f"oil-100.s100{suffix}"


SHARES = st.integers(0, 100).map(lambda percent: percent / 100)
LOOKS = st.builds(
    lambda weight, strength, protection, levels, enhance: Look.model_validate(
        {
            "styles": {"oil": 1} if weight in {0, 1} else {"oil": weight, "pencil": 1 - weight},
            "strength": strength,
            "protection": protection,
            "levels": dict(zip(("colour", "stroke", "motif"), levels, strict=True)),
            "enhance": enhance,
        }
    ),
    SHARES, SHARES, st.sampled_from(Protection), st.tuples(SHARES, SHARES, SHARES), st.booleans(),
)  # fmt: skip


@given(LOOKS, LOOKS)
def test_slugs_differ_exactly_when_looks_in_whole_percents_differ(one, other):
    assert one.slug.isascii()
    assert (one.slug == other.slug) == (_in_whole_percents(one) == _in_whole_percents(other))


def _in_whole_percents(look):
    shares = {style: round(share * 100) for style, share in look.shares.items()}
    return look.model_copy(update={"styles": shares})


def test_slugs_of_all_protections_and_enhancements_differ():
    looks = [
        Look(styles={"oil": 1.0}, protection=mode, enhance=enhance)
        for mode, enhance in product(Protection, (True, False))
    ]
    assert len({look.slug for look in looks}) == len(looks)


@pytest.mark.parametrize("style", ["auto", "enhance", "grade-autumn"])
def test_auto_enhance_and_grades_cannot_be_mixed(style):
    assert Look(styles={style: 1.0}).slug == f"{style}-100.s100"
    with pytest.raises(ValidationError, match=f"{style} cannot be mixed") as refusal:
        Look(styles={"oil": 0.5, style: 0.5})
    assert refusal.value.errors()[0]["type"] == "style_stands_alone"


@pytest.mark.parametrize(
    "invalid",
    [
        {"styles": {}},
        {"styles": {"oil": 1}, "protection": "hard"},
        {"styles": {"oil": 1}, "levels": {"colour": 1.1}},
        {"styles": {"oil": 1}, "levels": {"hue": 1}},
        {"styles": {"oil": 1}, "enhance": "perhaps"},
        {"styles": {"Oil": 1}},
        {"styles": {"oil": 0}},
        {"styles": {"oil": -1}},
        {"styles": {"oil": 1}, "strength": 1.01},
        {"styles": {"oil": 1}, "strenght": 1},
        {"styles": dict.fromkeys("abcde", 1)},
    ],
)
def test_invalid_looks_are_refused(invalid):
    with pytest.raises(ValidationError):
        Look.model_validate(invalid)


def test_the_same_look_twice_is_refused():
    with pytest.raises(ValidationError, match="twice"):
        makers.photo(looks=(makers.OIL, Look(styles={"oil": 0.5}, strength=0.8)))


def test_the_former_option_beautify_is_read_as_enhance():
    assert Look.model_validate({"styles": {"oil": 1}, "beautify": False}).enhance is False


def test_the_former_style_beautify_is_read_as_enhance():
    assert Look.model_validate({"styles": {"beautify": 1}}).styles == {"enhance": 1.0}


@pytest.mark.parametrize(
    "both_names",
    [
        {"styles": {"oil": 1}, "beautify": True, "enhance": True},
        {"styles": {"beautify": 0.5, "enhance": 0.5}},
    ],
)
def test_a_former_name_beside_the_current_one_is_refused(both_names):
    with pytest.raises(ValidationError):
        Look.model_validate(both_names)
