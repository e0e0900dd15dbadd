"""Own styles in DynamoDB and in memory: both keep the same promises; and the routes of the API."""

from datetime import timedelta

import boto3
import pytest
from fastapi.testclient import TestClient

from limner.adapters.own_styles import DynamoDbOwnStyles
from limner.adapters.tenants import DynamoDbTenants
from limner.bootstrap import pipeline
from limner.errors import InvalidRequest, SettingsChanged, StaleWrite, StyleNotFound, TenantNotFound
from limner.looks import Look
from limner.own_styles import UPLOAD_DEADLINE, OwnStyleStatus, StyleFailure
from limner.tenants import Rule
from limner.use_cases.outcomes import Outcome
from tests import makers
from tests.callers import Gateway, caller
from tests.fake_own_styles import InMemoryOwnStyles
from tests.fake_tenants import InMemoryTenants
from tests.function_modules import load
from tests.integration.conftest import NAMES

FAILURE = StyleFailure(code="learning_failed", message="Learning failed.")


@pytest.fixture(params=["memory", "dynamodb"])
def styles(request):
    if request.param == "memory":
        return InMemoryOwnStyles()
    return DynamoDbOwnStyles(request.getfixturevalue("tenants_table"))


def test_a_style_is_read_as_it_was_stored(styles):
    style = makers.own_style(preview_photo=makers.source(), refinement_steps=40)
    styles.add(style)
    assert styles.get(style.tenant, style.style_id) == style
    with pytest.raises(StaleWrite):
        styles.add(style)


def test_another_tenants_style_is_not_found(styles):
    styles.add(makers.own_style())
    assert styles.list("walnut") == []
    with pytest.raises(StyleNotFound):
        styles.get("walnut", makers.STYLE_ID)
    with pytest.raises(StyleNotFound):
        styles.mark_deleted("walnut", makers.STYLE_ID, makers.NOON, 0)


def test_styles_are_listed_by_age(styles):
    for number, minute in ((1, 5), (2, 1)):
        changes = {"style_id": f"own-{number:012x}", "created_at": makers.NOON.replace(minute=minute)}
        styles.add(makers.own_style(**changes))
    assert [style.style_id[-1] for style in styles.list(makers.TENANT)] == ["2", "1"]


def test_the_first_end_is_recorded_and_stays(styles):
    styles.add(makers.own_style())
    styles.record_job(makers.TENANT, makers.STYLE_ID, "main.own-0123456789ab.aaaaaaaaaaaa", makers.NOON)
    assert styles.record_end(makers.TENANT, makers.STYLE_ID, makers.learned_style())
    assert not styles.record_end(makers.TENANT, makers.STYLE_ID, FAILURE)
    style = styles.get(makers.TENANT, makers.STYLE_ID)
    assert style.status(makers.NOON) is OwnStyleStatus.READY
    assert style.learned == makers.learned_style()


def test_styles_are_due_until_they_end_or_are_deleted(styles):
    ids = [f"own-{number:012x}" for number in range(4)]
    for minute, style_id in enumerate(ids):
        styles.add(makers.own_style(style_id=style_id, created_at=makers.NOON.replace(minute=minute)))
    first_due = makers.NOON + UPLOAD_DEADLINE
    assert [style.style_id for style in styles.due(first_due, 9)] == ids[:1]
    later = first_due + timedelta(hours=1)
    assert [style.style_id for style in styles.due(later, 3)] == ids[:3]
    styles.record_end(makers.TENANT, ids[0], makers.learned_style())
    styles.record_end(makers.TENANT, ids[1], FAILURE)
    styles.mark_deleted(makers.TENANT, ids[2], makers.NOON, 0)
    assert [style.style_id for style in styles.due(later, 9)] == ids[3:]


def test_a_style_with_a_job_is_due_when_the_job_has_ended_at_the_latest(styles):
    styles.add(makers.own_style())
    ends_by = makers.NOON + timedelta(hours=6)
    for hours in (5, 6):  # the second submission of the same job may wait longer
        styles.record_job(makers.TENANT, makers.STYLE_ID, "a job", makers.NOON + timedelta(hours=hours))
    assert styles.due(ends_by - timedelta(minutes=1), 9) == []
    (style,) = styles.due(ends_by, 9)
    assert (style.job_id, style.job_ends_by) == ("a job", ends_by)


def test_an_invalid_row_does_not_keep_other_styles_from_being_due(tenants_table, caplog):
    styles = DynamoDbOwnStyles(tenants_table)
    tenants_table.put_item(
        Item={"tenant": "walnut", "record": "style#own-1", "open_styles": "open", "due_at": 1}
    )
    styles.add(makers.own_style())
    due = styles.due(makers.NOON + UPLOAD_DEADLINE, 9)
    assert [style.style_id for style in due] == [makers.STYLE_ID]
    assert "walnut" in caplog.text


def test_nothing_is_recorded_of_a_deleted_style(styles):
    styles.add(makers.own_style())
    assert not styles.is_deleted(makers.TENANT, makers.STYLE_ID)
    with pytest.raises(StaleWrite):
        styles.remove(makers.TENANT, makers.STYLE_ID)
    styles.mark_deleted(makers.TENANT, makers.STYLE_ID, makers.NOON, 0)
    assert styles.list(makers.TENANT) == []
    assert not styles.record_end(makers.TENANT, makers.STYLE_ID, FAILURE)
    with pytest.raises(StyleNotFound):
        styles.record_job(makers.TENANT, makers.STYLE_ID, "a job", makers.NOON)
    with pytest.raises(StyleNotFound):
        styles.mark_deleted(makers.TENANT, makers.STYLE_ID, makers.NOON, 0)
    styles.remove(makers.TENANT, makers.STYLE_ID)
    styles.remove(makers.TENANT, makers.STYLE_ID)
    assert styles.is_deleted(makers.TENANT, makers.STYLE_ID)


@pytest.fixture(params=["memory", "dynamodb"])
def stored(request):
    """Styles, and the settings of their tenants."""
    if request.param == "memory":
        styles = InMemoryOwnStyles()
        return styles, InMemoryTenants(styles=styles)
    table = request.getfixturevalue("tenants_table")
    return DynamoDbOwnStyles(table), DynamoDbTenants(table)


def test_settings_use_learned_styles_of_their_own_tenant_alone(stored):
    styles, tenants = stored
    looks = (Look(styles={makers.STYLE_ID: 1.0}),)
    settings = makers.tenant(rules=(Rule(prefix="a/", looks=looks),))
    styles.add(makers.own_style(tenant="walnut", learned=makers.learned_style()))
    with pytest.raises(InvalidRequest, match=makers.STYLE_ID):
        tenants.put(settings, 0)
    styles.add(makers.own_style())
    with pytest.raises(InvalidRequest, match=makers.STYLE_ID):
        tenants.put(settings, 0)
    with pytest.raises(TenantNotFound):
        tenants.get(makers.TENANT)
    styles.record_end(makers.TENANT, makers.STYLE_ID, makers.learned_style())
    tenants.put(settings, 0)
    assert tenants.get(makers.TENANT) == settings
    with pytest.raises(SettingsChanged):
        tenants.put(settings, 0)


def test_a_style_is_deleted_only_while_the_settings_are_those_that_do_not_use_it(stored):
    styles, tenants = stored
    styles.add(makers.own_style(learned=makers.learned_style()))
    tenants.put(makers.tenant(), 0)
    for version in (0, 2):
        with pytest.raises(StaleWrite):
            styles.mark_deleted(makers.TENANT, makers.STYLE_ID, makers.NOON, version)
    styles.mark_deleted(makers.TENANT, makers.STYLE_ID, makers.NOON, 1)
    with pytest.raises(StyleNotFound):
        styles.get(makers.TENANT, makers.STYLE_ID)
    with pytest.raises(InvalidRequest):
        tenants.put(makers.tenant(version=2, looks=(Look(styles={makers.STYLE_ID: 1.0}),)), 1)


@pytest.fixture
def queue(aws):
    return boto3.client("sqs").create_queue(QueueName="erase")["QueueUrl"]


@pytest.fixture
def api(storefront_aws, queue, function_environment, monkeypatch):
    function_environment("StorefrontFunction")
    monkeypatch.setenv("ERASE_QUEUE_URL", queue)
    app = load("storefront").app
    return TestClient(Gateway(app, caller().context()), raise_server_exceptions=False)


ORDER = {"name": "Autumn", "pictures": [{"content_type": "image/jpeg"}, {"content_type": "image/png"}]}


def test_a_style_is_ordered_listed_and_used_once_it_is_learned(api):
    answer = api.post("/v1/styles", json=ORDER)
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "private, no-store"
    style_id = answer.json()["style"]["id"]
    keys = [form["fields"]["key"] for form in answer.json()["uploads"]]
    assert keys == [f"style-pictures/main/{style_id}/{number}" for number in (1, 2)]
    assert [style["status"] for style in api.get("/v1/styles/own").json()["styles"]] == ["AWAITING_UPLOAD"]
    look = {"filename": "mug.jpg", "content_type": "image/jpeg", "looks": [{"styles": {style_id: 1}}]}
    assert api.post("/v1/uploads", json=look).status_code == 422
    pipeline.own_styles(NAMES["TenantsTable"]).record_end("main", style_id, makers.learned_style())
    assert api.get(f"/v1/styles/own/{style_id}").json()["status"] == "READY"
    assert api.post("/v1/uploads", json=look).status_code == 201


@pytest.mark.parametrize(
    "change",
    [{"pictures": []}, {"pictures": ORDER["pictures"] * 3}, {"name": ""}, {"refinement_steps": 10_000}],
)
def test_an_invalid_order_is_422(api, change):
    assert api.post("/v1/styles", json=ORDER | change).status_code == 422


def test_a_deleted_style_is_erased_by_the_eraser(api, buckets, queue, function_environment):
    style_id = api.post("/v1/styles", json=ORDER).json()["style"]["id"]
    for bucket, key in (
        (NAMES["UploadsBucket"], f"style-pictures/main/{style_id}/1"),
        (NAMES["ResultsBucket"], f"learned/main/{style_id}/report.json"),
    ):
        buckets.put_object(Bucket=bucket, Key=key, Body=b"kept until now")
    assert api.delete(f"/v1/styles/own/{style_id}").status_code == 204
    assert api.get(f"/v1/styles/own/{style_id}").status_code == 404
    (message,) = boto3.client("sqs").receive_message(QueueUrl=queue)["Messages"]
    function_environment("EraserFunction")
    assert load("eraser").erase(message["Body"]) == [Outcome.STYLE_ERASED]
    left = [buckets.list_object_versions(Bucket=NAMES[name]) for name in ("UploadsBucket", "ResultsBucket")]
    assert [answer.get("Versions", []) for answer in left] == [[], []]


def test_default_looks_and_rules_use_a_learned_style_which_is_then_not_deleted(api):
    style_id = api.post("/v1/styles", json=ORDER).json()["style"]["id"]
    looks = [{"styles": {style_id: 1}}]
    settings = {"name": "The shop", "looks": looks, "rules": [{"tag": "sale", "looks": looks}]}
    first = api.put("/v1/settings", json=settings, headers={"If-Match": '"0"'})
    assert (first.status_code, first.json()["code"]) == (422, "invalid_request"), "it is not learned yet"
    pipeline.own_styles(NAMES["TenantsTable"]).record_end("main", style_id, makers.learned_style())
    assert api.put("/v1/settings", json=settings, headers={"If-Match": '"0"'}).status_code == 200
    refused = api.delete(f"/v1/styles/own/{style_id}")
    assert (refused.status_code, refused.json()["code"]) == (409, "style_in_use")
    without = settings | {"looks": [{"styles": {"oil": 1}}], "rules": []}
    assert api.put("/v1/settings", json=without, headers={"If-Match": '"1"'}).status_code == 200
    assert api.delete(f"/v1/styles/own/{style_id}").status_code == 204
    again = api.put("/v1/settings", json=settings, headers={"If-Match": '"2"'})
    assert again.status_code == 422
