"""The table of recommendations: what is added, once, by several writers, and what is forgotten."""

from datetime import timedelta

import pytest

from limner.adapters import dynamodb_recommendations as adapter
from limner.adapters.dynamodb_recommendations import DynamoDbRecommendations
from limner.recommendation.decay import GENERATION_HALF_LIVES, HALF_LIFE_VISITS
from limner.recommendation.experiment import total
from limner.recommendation.rates import ALL_LOOKS, Tally
from limner.recommendation.visitor_events import (
    EventOutcome,
    IssuedRecommendation,
    Visitor,
    VisitorEvent,
    VisitorEventType,
    recommendation_id,
)
from limner.recommendation.visits import Group, Subjects
from tests import makers

IMPRESSION, CLICK, BASKET, PURCHASE = VisitorEventType
COUNTED, REPEATED = EventOutcome.COUNTED, EventOutcome.REPEATED
VISITOR = Visitor("0f" * 16, has_consent=True)
SUBJECTS = Subjects(makers.PHOTO_ID, "mug", VISITOR.key)


@pytest.fixture
def store(recommendations_table):
    return new_store(recommendations_table)


def new_store(table, now=makers.NOON):
    """As another process has it: with a clock of its own."""
    return DynamoDbRecommendations(table, lambda: now, lambda: 0.0)


def issued(number=0, **changes):
    facts = {
        "id": recommendation_id(makers.NOON, number),
        "photo_id": makers.PHOTO_ID,
        "kind": "mug",
        "arm": "oil@8",
        "family": "painting",
        "offered": ("oil@8", "pencil@8"),
        "expected": (0.1, 0.05),
        "group": Group.RECOMMENDED,
        "propensity": 0.8,
        "rate": 0.1,
        "affinity": 1.25,
    }
    return IssuedRecommendation(**(facts | changes))


def event(type_, number=0, visitor=VISITOR, **changes):
    return VisitorEvent(type_, issued(number, **changes), visitor)


def test_what_visitors_did_counts_for_shop_kind_photo_and_visitor(store):
    assert store.count("main", [event(IMPRESSION), event(CLICK)]) == [COUNTED, COUNTED]
    found = store.tallies("main", SUBJECTS)
    of_any = Tally(1.25, 1.0)
    assert found.shop == {ALL_LOOKS: of_any, "painting": of_any, "oil@8": of_any}
    assert found.kind == found.photo == {"oil@8": of_any}
    assert found.visitor == {"painting": Tally(0.1, 1.0), "oil@8": Tally(0.1, 1.0)}


def test_a_tenant_has_tallies_of_its_own(store):
    store.count("main", [event(CLICK)])
    other = store.tallies("other", SUBJECTS)
    assert (other.shop, other.kind, other.photo, other.visitor) == ({}, {}, {}, {})


def test_an_event_that_comes_twice_is_counted_once(store):
    assert store.count("main", [event(CLICK), event(CLICK)]) == [COUNTED, REPEATED]
    once = store.tallies("main", SUBJECTS)
    assert store.count("main", [event(CLICK), event(IMPRESSION)]) == [REPEATED, REPEATED]
    assert store.tallies("main", SUBJECTS) == once
    assert store.count("main", [event(CLICK), event(PURCHASE)]) == [REPEATED, COUNTED]
    assert store.tallies("main", SUBJECTS).shop["oil@8"].rewarded == pytest.approx(3.0)


def test_a_click_counts_the_impression_that_must_have_been(store):
    store.count("main", [event(CLICK)])
    assert store.tallies("main", SUBJECTS).shop[ALL_LOOKS] == Tally(1.25, 1.0)


def test_two_writers_at_a_time_lose_nothing_and_count_nothing_twice(recommendations_table, monkeypatch):
    """The second one counts some of the first one's events, and others, after the first has read which
    were counted and before it writes."""
    first, second = (new_store(recommendations_table) for _ in range(2))
    overlapping = [event(CLICK, number) for number in range(10, 30)]
    by_second = []
    transact = adapter.transact

    def interrupted(*arguments):
        if not by_second:
            by_second.append(None)
            by_second[:] = second.count("main", overlapping)
        transact(*arguments)

    monkeypatch.setattr(adapter, "transact", interrupted)
    by_first = first.count("main", [event(CLICK, number) for number in range(20)])
    counted = sum(outcome is COUNTED for outcome in by_first + by_second)
    assert counted == 30
    found = new_store(recommendations_table).tallies("main", SUBJECTS)
    assert found.shop["oil@8"] == pytest.approx(Tally(1.25 * 30, 30.0), rel=2.5e-2)
    assert found.visitor["oil@8"] == pytest.approx(Tally(0.1 * 30, 30.0), rel=2.5e-2)
    days = first.report("main", [makers.NOON.date()])
    assert total(days, Group.RECOMMENDED) == {IMPRESSION: 30, CLICK: 30, BASKET: 0, PURCHASE: 0}


def test_more_recommendations_than_a_transaction_holds_are_counted_in_several(store):
    events = [
        event(IMPRESSION, number, visitor=Visitor(f"{number:032x}", has_consent=True), kind=f"kind {number}")
        for number in range(100)
    ]
    assert store.count("main", events) == [COUNTED] * 100
    assert store.count("main", events) == [REPEATED] * 100


def test_without_consent_nothing_is_stored_of_the_visitor(store, recommendations_table):
    silent = Visitor(VISITOR.key, has_consent=False)
    assert store.count("main", [event(CLICK, visitor=silent)]) == [COUNTED]
    assert VISITOR.key not in str(recommendations_table.scan()["Items"])
    assert store.tallies("main", SUBJECTS).shop[ALL_LOOKS].rewarded == 1.0


def test_a_forgotten_visitor_has_no_history_and_nothing_names_it_but_an_item_that_expires(
    store, recommendations_table
):
    other = Visitor("1e" * 16, has_consent=True)
    store.count("main", [event(CLICK), event(CLICK, 1, visitor=other)])
    store.erase("main", VISITOR.key)
    assert store.tallies("main", SUBJECTS).visitor == {}
    left = [item for item in recommendations_table.scan()["Items"] if VISITOR.key in str(item)]
    assert [set(item) for item in left] == [{"subject", "record", "expires_at"}]
    assert all(item["expires_at"] <= makers.NOON.timestamp() for item in left)
    kept = store.tallies("main", Subjects(makers.PHOTO_ID, "mug", other.key)).visitor
    assert kept["painting"].rewarded == 1.0
    store.erase("main", "77" * 16)


def test_a_history_ends_with_its_retention_also_before_the_table_deletes_it(store, recommendations_table):
    store.count("main", [event(CLICK)])
    later = new_store(recommendations_table, makers.NOON + timedelta(days=91))
    assert later.tallies("main", SUBJECTS).visitor == {}


def test_every_item_but_the_number_of_visits_expires(store, recommendations_table):
    store.count("main", [event(CLICK)])
    lasting = [item for item in recommendations_table.scan()["Items"] if "expires_at" not in item]
    assert [item["subject"] for item in lasting] == ["main#visits"]


def test_sums_go_on_in_the_next_generation(store, recommendations_table):
    visits = GENERATION_HALF_LIVES * HALF_LIFE_VISITS
    recommendations_table.put_item(Item={"subject": "main#visits", "record": "0", "visits": visits - 1})
    new_store(recommendations_table).count("main", [event(CLICK)])
    recommendations_table.put_item(Item={"subject": "main#visits", "record": "0", "visits": visits})
    later = new_store(recommendations_table)
    later.count("main", [event(CLICK, 1)])
    assert later.tallies("main", SUBJECTS).shop["oil@8"] == pytest.approx(Tally(2.5, 2.0), rel=1e-3)
    stored = {
        item["record"].partition("#")[0]
        for item in recommendations_table.scan()["Items"]
        if item["subject"] == "main#shop"
    }
    assert stored == {"0", "1"}
    later.erase("main", VISITOR.key)
    assert later.tallies("main", SUBJECTS).visitor == {}


def test_the_log_has_what_an_offline_estimate_needs_and_no_visitor(store, recommendations_table):
    store.count("main", [event(CLICK)])
    (logged,) = [item for item in recommendations_table.scan()["Items"] if "#log#" in item["subject"]]
    made = issued()
    for name in ("arm", "offered", "group"):
        assert logged[name] == (list(made.offered) if name == "offered" else getattr(made, name))
    assert float(logged["propensity"]) == made.propensity
    assert {"impression", "click"} <= set(logged)
    assert VISITOR.key not in str(logged)
