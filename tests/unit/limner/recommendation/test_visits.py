"""What is recommended, why, and what its events add."""

from collections import Counter
from random import Random

import pytest

from limner.recommendation.arms import Arm
from limner.recommendation.rates import ALL_LOOKS, Tally, VisitTallies
from limner.recommendation.visits import (
    CONTROL_SHARE,
    SHOP,
    Addition,
    Group,
    Reason,
    Subjects,
    additions,
    control_group,
    recommend,
)

ARMS = (Arm("oil@8", "painting"), Arm("pencil@8", "drawing"), Arm("flat@8", "graphic"))
NOTHING = VisitTallies(shop={}, kind={}, photo={}, visitor={})
PENCIL_IS_LIKED = {
    ALL_LOOKS: Tally(3_000, 300),
    "oil@8": Tally(1_000, 50),
    "pencil@8": Tally(1_000, 200),
    "flat@8": Tally(1_000, 50),
}


def test_the_control_group_is_always_shown_the_first_look():
    shown = {
        recommend(ARMS, VisitTallies(PENCIL_IS_LIKED, {}, {}, {}), Group.CONTROL, Random(seed)).position
        for seed in range(50)
    }
    assert shown == {0}


def test_its_share_of_the_visitors_is_fixed():
    groups = [control_group(number / 10_000) for number in range(10_000)]
    assert groups.count(Group.CONTROL) == CONTROL_SHARE * len(groups)


def test_looks_are_shown_as_often_as_their_propensities_say():
    """Inverse propensity scoring of the count of each look gives the number of visits."""
    random, counted, scored = Random(7), VisitTallies(PENCIL_IS_LIKED, {}, {}, {}), Counter()
    visits = 20_000
    for _ in range(visits):
        made = recommend(ARMS, counted, Group.RECOMMENDED, random)
        scored[made.position] += 1 / made.propensity
    for position in range(len(ARMS)):
        assert scored[position] == pytest.approx(visits, rel=0.15)


def test_the_reason_is_the_strongest_factor_or_that_something_is_tried():
    reasons = {}
    for seed in range(200):
        made = recommend(ARMS, VisitTallies(PENCIL_IS_LIKED, {}, {}, {}), Group.RECOMMENDED, Random(seed))
        reasons.setdefault(made.position, set()).add(made.reason)
    assert reasons[1] == {Reason.SHOP}
    assert reasons[0] == {Reason.EXPLORATION}
    visitor = {"graphic": Tally(2.0, 30.0)}
    fond = VisitTallies(PENCIL_IS_LIKED, {}, {}, visitor)
    chosen = [recommend(ARMS, fond, Group.RECOMMENDED, Random(seed)) for seed in range(20)]
    assert {made.reason for made in chosen if made.position == 2} == {Reason.VISITOR}
    assert recommend(ARMS[:1], NOTHING, Group.RECOMMENDED, Random(1)).reason is Reason.ONLY_LOOK


def test_a_visit_is_counted_for_shop_kind_photo_and_visitor():
    subjects = Subjects("a" * 32, "mug", "f" * 32)
    added = list(additions(subjects, ARMS[0], rate=0.1, affinity=1.5, is_shown=True, reward=2.0))
    of_any, of_visitor = Tally(1.5, 2.0), Tally(0.1, 2.0)
    assert added == [
        *(Addition(SHOP, key, of_any) for key in (ALL_LOOKS, "painting", "oil@8")),
        Addition("kind#mug", "oil@8", of_any),
        Addition(f"photo#{'a' * 32}", "oil@8", of_any),
        *(Addition(f"visitor#{'f' * 32}", key, of_visitor) for key in ("painting", "oil@8")),
    ]


def test_without_consent_nothing_is_counted_for_the_visitor():
    added = additions(Subjects("a" * 32, None), ARMS[0], rate=0.1, affinity=1.0, is_shown=True, reward=0.0)
    assert {each.subject for each in added} == {SHOP, f"photo#{'a' * 32}"}
