"""Recommendations through the API: a look for a visitor, its events, the report, and erasure."""

import hashlib
from random import Random

import pytest
from fastapi.testclient import TestClient

from limner.adapters.tenants import DynamoDbTenants
from limner.bootstrap import pipeline, recommendation
from limner.keys import upload_key
from limner.looks import Look
from limner.recommendation.visitor_events import MAX_EVENTS
from limner.report import StyledPicture
from limner.tenancy import PhotoKey
from tests import makers
from tests.callers import Gateway, caller
from tests.function_modules import load
from tests.integration.conftest import NAMES

SHOPS = ("north", "south")
LOOKS = tuple(Look(styles={style: 1.0}, strength=0.8) for style in ("oil", "pencil", "flat"))


def visitor(number):
    return hashlib.sha256(f"visitor {number}".encode()).hexdigest()


@pytest.fixture
def app(storefront_aws, tenants_table, function_environment):
    function_environment("StorefrontFunction")
    for tenant in SHOPS:
        DynamoDbTenants(tenants_table).put(makers.tenant(tenant=tenant), 0)
    for tenant in SHOPS:
        ready_photo(tenant)
    return load("storefront").app


def ready_photo(tenant, photo_id=makers.PHOTO_ID, looks=LOOKS, **changes):
    photos, key = pipeline.photos(NAMES["PhotosTable"]), PhotoKey(tenant, photo_id)
    facts = {"metadata": {"category": "mug"}} | changes
    source = makers.source(key=upload_key(key))
    photos.record_upload(makers.photo(tenant=tenant, photo_id=photo_id, looks=looks, source=source, **facts))
    pictures = tuple(
        StyledPicture(look=look, renditions=(makers.rendition(),), metrics={"ssim": 0.6}) for look in looks
    )
    photos.record_results(key, makers.results(pictures=pictures))


@pytest.fixture
def api(app):
    return client(app, "north")


def client(app, tenant):
    return TestClient(Gateway(app, caller(tenant=tenant).context()), raise_server_exceptions=False)


def recommended(api, number=0, *, consent=True, photo=makers.PHOTO_ID):
    answer = api.get(
        "/v1/recommendations", params={"photo": photo, "visitor": visitor(number), "consent": consent}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def event(made, number=0, type_="click", *, consent=True):
    return {
        "type": type_,
        "recommendation": made["recommendation"],
        "visitor": visitor(number),
        "consent": consent,
    }


def outcomes(api, *events):
    answer = api.post("/v1/events", json={"events": list(events)})
    assert answer.status_code == 200, answer.text
    assert [item["index"] for item in answer.json()["items"]] == list(range(len(events)))
    return [item["outcome"] for item in answer.json()["items"]]


def test_a_recommendation_names_a_finished_look_with_its_propensity_and_reason(api):
    made = recommended(api)
    assert made["look_name"] in {look.slug for look in LOOKS}
    assert 0 < made["propensity"] <= 1
    assert made["reason"] in {"first_look", "exploration", "control"}
    assert made["expected_reward"] > 0


def test_visitors_are_shown_what_visitors_like(api, monkeypatch):
    """Whoever is shown pencil, which is tried by chance at first, buys; nobody else does anything."""
    chance, pencil = Random(2), LOOKS[1].slug
    monkeypatch.setattr(recommendation, "_random", lambda: chance)
    for number in range(60):
        made = recommended(api, number)
        buys = ("click", "basket", "purchase") if made["look_name"] == pencil else ()
        outcomes(api, *(event(made, number, each) for each in ("impression", *buys)))
    shown = [recommended(api, number)["look_name"] for number in range(1_000, 1_020)]
    assert shown.count(pencil) >= 15


def test_a_visitors_own_history_counts_with_its_consent_alone(api):
    for _ in range(40):
        made = recommended(api)
        outcomes(api, event(made, type_="purchase"), event(made), event(made, type_="basket"))
    with_history = recommended(api)
    without = recommended(api, consent=False)
    assert with_history["expected_reward"] > without["expected_reward"]


def test_an_event_that_is_sent_twice_is_counted_once(api):
    made = recommended(api)
    assert outcomes(api, event(made), event(made)) == ["counted", "repeated"]
    assert outcomes(api, event(made), event(made, type_="basket")) == ["repeated", "counted"]


def test_what_was_not_recommended_here_to_this_visitor_is_not_counted(app, api, recommendations_table):
    made, other = recommended(api), client(app, "south")
    forged = {"recommendation": made["recommendation"][:-4] + "AAAA"}
    assert (
        outcomes(api, event(made, 1), event(forged), event({"recommendation": "x"}))
        == ["unknown_recommendation"] * 3
    )
    assert outcomes(other, event(made)) == ["unknown_recommendation"]
    assert recommendations_table.scan()["Items"] == []


def test_what_a_visitor_has_not_agreed_to_is_not_stored(api, recommendations_table):
    outcomes(api, event(recommended(api, consent=False), consent=False))
    items = recommendations_table.scan()["Items"]
    assert items
    assert [item for item in items if "visitor#" in item["subject"]] == []
    assert visitor(0) not in str(items)


def test_nothing_of_what_the_shop_calls_a_visitor_is_stored_and_tenants_have_different_keys(
    app, api, recommendations_table
):
    for shop in (api, client(app, "south")):
        outcomes(shop, event(recommended(shop)))
    items = recommendations_table.scan()["Items"]
    assert visitor(0) not in str(items)
    keys = {item["subject"].partition("visitor#")[2] for item in items if "visitor#" in item["subject"]}
    assert len(keys) == len(SHOPS)


def test_a_visitor_is_erased_and_others_stay(api, recommendations_table):
    for number in (0, 1):
        outcomes(api, event(recommended(api, number), number))
    with_history = [item for item in recommendations_table.scan()["Items"] if is_history(item)]
    assert len(with_history) == 2
    assert api.delete(f"/v1/visitors/{visitor(0)}").status_code == 204
    assert len([item for item in recommendations_table.scan()["Items"] if is_history(item)]) == 1
    assert api.delete(f"/v1/visitors/{visitor(0)}").status_code == 204
    assert api.delete("/v1/visitors/jane@example.com").status_code == 422


def is_history(item):
    return "visitor#" in item["subject"] and set(item) > {"subject", "record", "expires_at"}


def test_the_report_compares_both_groups(api):
    for number in range(40):
        made = recommended(api, number)
        outcomes(api, event(made, number, "impression"))
    report = api.get("/v1/recommendations/report").json()
    groups = {each["group"]: each for each in report["groups"]}
    assert groups["recommended"]["impressions"] + groups["control"]["impressions"] == 40
    assert report["control_share"] == 0.05
    assert [each["type"] for each in report["comparisons"]] == ["click", "basket", "purchase"]
    assert report["comparisons"][0]["recommended_rate"] == 0.0
    for wrong in ({"since": "2026-01-02", "until": "2026-01-01"}, {"since": "2020-01-01"}):
        assert api.get("/v1/recommendations/report", params=wrong).status_code == 422


def test_a_photo_without_a_finished_look_is_shown_as_it_is(api):
    photos = pipeline.photos(NAMES["PhotosTable"])
    key = PhotoKey("north", "c" * 32)
    photos.record_upload(
        makers.photo(tenant="north", photo_id="c" * 32, source=makers.source(key=upload_key(key)))
    )
    made = recommended(api, photo="c" * 32)
    assert (made["look_name"], made["recommendation"], made["reason"]) == (None, None, "no_finished_look")


def test_of_looks_that_share_an_arm_the_first_is_shown_with_the_propensity_of_the_arm(api):
    first, second = (Look(styles={"oil": 1.0}, strength=strength) for strength in (0.8, 0.82))
    ready_photo("north", "b" * 32, looks=(first, second))
    for number in range(20):
        made = recommended(api, number, photo="b" * 32)
        assert (made["look_name"], made["propensity"]) == (first.slug, 1.0)


def test_another_tenants_photo_is_unknown(app, api):
    ready_photo("south", "d" * 32)
    for photo in ("d" * 32, "e" * 32):
        answer = api.get("/v1/recommendations", params={"photo": photo, "visitor": visitor(0)})
        assert (answer.status_code, answer.json()["code"]) == (404, "photo_not_found")


@pytest.mark.parametrize(
    "changed",
    [
        {"visitor": "jane@example.com"},
        {"visitor": "F" * 64},
        {"consent": "yes"},
        {"photo": "mug"},
    ],
)
def test_what_is_no_hash_or_id_is_422(api, changed):
    asked = {"photo": makers.PHOTO_ID, "visitor": visitor(0)} | changed
    answer = api.get("/v1/recommendations", params=asked)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_a_call_has_at_most_100_events(api):
    made = recommended(api)
    many = [event(made)] * (MAX_EVENTS + 1)
    assert api.post("/v1/events", json={"events": many}).status_code == 422
    assert outcomes(api, *many[:-1]) == ["counted"] + ["repeated"] * (MAX_EVENTS - 1)
