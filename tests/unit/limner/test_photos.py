from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from limner.looks import Look, Protection
from limner.photos import Failure, Photo, PhotoStatus
from limner.report import Gate, Verdict
from tests import makers

OLDER = "0" * 32


def failure(**changes):
    facts = {"sequencer": makers.SEQUENCER, "code": "too_small", "message": "…", "at": makers.NOON}
    return Failure(**(facts | changes))


SUBMITTED = makers.job(submitted_at=makers.NOON)


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ({}, PhotoStatus.AWAITING_UPLOAD),
        ({"source": makers.source()}, PhotoStatus.UPLOADED),
        ({"source": makers.source(), "job": makers.job()}, PhotoStatus.UPLOADED),
        ({"source": makers.source(), "job": SUBMITTED}, PhotoStatus.PROCESSING),
        (
            {"source": makers.source(), "job": SUBMITTED, "variants": makers.variants()},
            PhotoStatus.PROCESSING,
        ),
        ({"source": makers.source(), "job": SUBMITTED, "results": makers.results()}, PhotoStatus.PROCESSING),
        (
            {"source": makers.source(), "results": makers.results(), "variants": makers.variants()},
            PhotoStatus.READY,
        ),
        (
            {"source": makers.source(), "failure": failure(), "variants": makers.variants()},
            PhotoStatus.FAILED,
        ),
    ],
)
def test_status_follows_from_the_parts(parts, status):
    assert makers.photo(**parts).status == status


def test_parts_of_an_older_upload_do_not_count():
    again = makers.photo(
        source=makers.source(),
        job=SUBMITTED.model_copy(update={"sequencer": OLDER}),
        results=makers.results(sequencer=OLDER),
        variants=makers.variants(sequencer=OLDER),
        failure=failure(sequencer=OLDER),
    )
    assert again.status == PhotoStatus.UPLOADED
    assert again.newest == makers.photo(source=makers.source())


def test_slug_is_ascii_and_blind_to_order_and_scale():
    look = Look(styles={"watercolour": 0.3, "oil": 0.7}, strength=0.85)
    assert look.slug == "oil-70.watercolour-30.s85"
    assert look.slug == Look(styles={"oil": 0.14, "watercolour": 0.06}, strength=0.85).slug


@pytest.mark.parametrize(
    ("unusual", "suffix"),
    [
        ({}, ""),
        ({"protection": "soft", "enhance": True, "levels": {}}, ""),
        ({"protection": "background-only"}, ".background-only"),
        ({"levels": {"motif": 0.25}}, ".levels-100-100-25"),
        ({"enhance": False}, ".as-is"),
        ({"protection": "off", "levels": {"colour": 0}, "enhance": False}, ".off.levels-0-100-100.as-is"),
    ],
)
def test_a_slug_tells_only_what_is_unusual(unusual, suffix):
    assert Look.model_validate({"styles": {"oil": 1}, **unusual}).slug == f"oil-100.s100{suffix}"


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
def test_different_looks_in_whole_percents_have_different_ascii_slugs(one, other):
    assert one.slug.isascii()
    assert (one.slug == other.slug) == (_shown(one) == _shown(other))


def _shown(look):
    shares = {style: round(share * 100) for style, share in look.shares.items()}
    return look.model_copy(update={"styles": shares})


def test_modes_do_not_share_a_slug():
    every = [
        Look(styles={"oil": 1.0}, protection=mode, enhance=enhanced)
        for mode, enhanced in product(Protection, (True, False))
    ]
    assert len({look.slug for look in every}) == len(every)


@pytest.mark.parametrize("alone", ["auto", "enhance", "grade-autumn"])
def test_some_styles_stand_alone(alone):
    assert Look(styles={alone: 1.0}).slug == f"{alone}-100.s100"
    with pytest.raises(ValidationError, match=f"{alone} cannot be mixed") as refusal:
        Look(styles={"oil": 0.5, alone: 0.5})
    assert refusal.value.errors()[0]["type"] == "style_stands_alone"


def test_a_gate_that_could_not_measure_says_so():
    gate = Gate(name="halo", value=float("nan"), limit=1.23456789, passed=False)
    assert (gate.value, gate.limit) == (None, 1.234568)


def test_a_share_may_be_off_by_a_float_and_no_more():
    assert Verdict(outcome="passed", strength=1.0000001).strength == 1
    with pytest.raises(ValidationError):
        Verdict(outcome="passed", strength=1.001)


@pytest.mark.parametrize(
    "bad",
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
def test_looks_out_of_range_are_refused(bad):
    with pytest.raises(ValidationError):
        Look.model_validate(bad)


def test_the_same_look_twice_is_refused():
    with pytest.raises(ValidationError, match="twice"):
        makers.photo(looks=(makers.OIL, Look(styles={"oil": 0.5}, strength=0.8)))


def test_a_photo_survives_json():
    whole = makers.photo(
        source=makers.source(),
        job=SUBMITTED,
        variants=makers.variants(),
        results=makers.results(),
        failure=failure(),
    )
    assert Photo.model_validate_json(whole.model_dump_json()) == whole
