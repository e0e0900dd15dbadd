"""Which pictures the gates are sure of."""

import pytest

from limner.report import Gate, Verdict
from limner.reviews.certainty import has_margin, is_sure, unsure_gates, visibility_of_picture
from limner.tenancy import Visibility
from tests import makers


def verdict(*gates, **changes):
    facts = {"outcome": "passed", "strength": 1.0, "gates": gates}
    return Verdict(**(facts | changes))


def gate(name, value, limit, *, passed=True):
    return Gate(name=name, value=value, limit=limit, passed=passed)


@pytest.mark.parametrize(
    ("name", "limit", "sure", "unsure"),
    [
        ("product_ssim", 0.85, 0.87, 0.86),
        ("text", 0.98, 0.983, 0.981),
        ("delta_e", 7.0, 6.2, 6.5),
        ("halo", 1.3, 1.1, 1.2),
        ("clipping", 0.01, 0.0, 0.0095),
    ],
)
def test_a_gate_is_sure_a_tenth_of_its_range_away_from_its_limit(name, limit, sure, unsure):
    assert has_margin(gate(name, sure, limit))
    assert not has_margin(gate(name, unsure, limit))


@pytest.mark.parametrize(("name", "value", "limit"), [("style_gain", 2.0, 1.99), ("background", 3.0, 3.0)])
def test_gates_that_promise_nothing_about_the_product_need_no_margin(name, value, limit):
    assert has_margin(gate(name, value, limit))


def test_a_gate_that_did_not_pass_is_never_sure():
    assert not has_margin(gate("style_gain", 1.0, 2.0, passed=False))


def test_a_gate_without_a_value_is_as_sure_as_it_passed():
    assert has_margin(Gate(name="text", passed=True))


def test_a_picture_at_a_lowered_strength_waits_whatever_its_gates_are_now():
    lowered = verdict(gate("text", 1.0, 0.9), outcome="lowered", strength=0.6, refused_by=("text",))
    assert not is_sure(lowered)
    assert unsure_gates(lowered) == ("text",)


def test_the_photo_in_place_of_a_refused_look_waits():
    assert not is_sure(verdict(outcome="fallback", strength=0, refused_by=("engine",)))


@pytest.mark.parametrize("nothing", [None, verdict()])
def test_what_no_gate_has_judged_is_not_sure(nothing):
    assert not is_sure(nothing)


def test_the_gates_that_passed_narrowly_are_named():
    narrow = verdict(gate("delta_e", 6.9, 7.0), gate("text", 1.0, 0.9), gate("halo", 1.25, 1.3))
    assert unsure_gates(narrow) == ("delta_e", "halo")
    assert not is_sure(narrow)


@pytest.mark.parametrize(
    ("is_reviewed", "value", "expected"),
    [(True, 1.0, Visibility.PUBLIC), (True, 6.9, Visibility.PRIVATE), (False, 6.9, Visibility.PUBLIC)],
)
def test_a_picture_that_waits_has_no_public_address(is_reviewed, value, expected):
    ticket = makers.ticket(visibility=Visibility.PUBLIC, is_reviewed=is_reviewed)
    assert visibility_of_picture(ticket, verdict(gate("delta_e", value, 7.0))) is expected


def test_a_private_tenants_pictures_stay_private():
    sure = verdict(gate("delta_e", 1.0, 7.0))
    assert visibility_of_picture(makers.ticket(is_reviewed=True), sure) is Visibility.PRIVATE
