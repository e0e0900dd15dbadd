"""Collections and campaigns by the API and the deployed function: from a collection to what is published."""

import json
from datetime import timedelta

import boto3
import pytest
from fastapi.testclient import TestClient

from limner.adapters.dynamodb_campaigns import DynamoDbCampaigns
from limner.adapters.tenant_records import DynamoDbTenantRecords
from limner.adapters.tenants import DynamoDbTenants
from limner.bootstrap import pipeline
from limner.photos import FINAL_STATUSES
from limner_admin.erase import TENANT_RECORDS
from tests import makers
from tests.callers import Gateway, caller
from tests.campaign_world import photo_key, stored_photos
from tests.function_modules import load
from tests.integration.conftest import NAMES
from tests.integration.test_functions import Context
from tests.recorded import event

CARTOON = {"styles": {"cartoon": 1.0}}
OTHER_TENANT = "south"
HOUR = timedelta(hours=1)


@pytest.fixture
def api(storefront_aws, router_queues, tenants_table, function_environment):
    for function in ("StorefrontFunction", "CampaignsFunction"):
        function_environment(function)
    for tenant in (makers.TENANT, OTHER_TENANT):
        DynamoDbTenants(tenants_table).put(makers.tenant(tenant=tenant), 0)
    return client_of(makers.TENANT)


def client_of(tenant):
    app = load("storefront").app
    return TestClient(Gateway(app, caller(tenant=tenant).context()), raise_server_exceptions=False)


@pytest.fixture
def photos(api):
    return stored_photos(boto3.resource("dynamodb").Table(NAMES["PhotosTable"]), pipeline.usage())


@pytest.fixture
def keys(photos):
    return photos.add_ready(3)


def collect(api, **given):
    answer = api.post("/v1/collections", json={"name": "Mugs", **({"filter": {}} | given)})
    assert answer.status_code == 201, answer.text
    return answer.json()["collection_id"]


def create(api, **given):
    facts = {"name": "Autumn", "looks": [CARTOON], "placement": "home"}
    if "collection_id" not in given:
        facts["collection_id"] = collect(api)
    answer = api.post("/v1/campaigns", json=facts | given)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"campaigns/{answer.json()['campaign_id']}"
    return answer.json()["campaign_id"]


def do(api, campaign_id, action, status=None):
    answer = api.post(f"/v1/campaigns/{campaign_id}/{action}")
    if status is not None:
        assert answer.status_code == status, answer.text
    return answer.json()


def deliver():
    """Give the function every message that is on its queue, whatever its delay; how many."""
    queue = boto3.client("sqs")
    function = load("campaigns")
    taken = queue.receive_message(QueueUrl=NAMES["CampaignQueue"], MaxNumberOfMessages=10).get("Messages", [])
    for message in taken:
        record = {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:limner-campaigns",
            "attributes": {},
        }
        assert function.handler({"Records": [record]}, Context()) == {"batchItemFailures": []}
        queue.delete_message(QueueUrl=NAMES["CampaignQueue"], ReceiptHandle=message["ReceiptHandle"])
    return len(taken)


def run(api, photos, keys, campaign_id):
    """To its end: the pipeline finishes each order, and what is due later is due at once."""
    campaigns = DynamoDbCampaigns(boto3.resource("dynamodb").Table(NAMES["CampaignsTable"]))
    do(api, campaign_id, "run", 202)
    for _ in range(10):
        deliver()
        for photo in photos.those_of(keys, consistent=True):
            if photo.status not in FINAL_STATUSES:
                photos.finish(photo)
        campaign = campaigns.get(makers.TENANT, campaign_id)
        if campaign.status == "FINISHED":
            return api.get(f"/v1/campaigns/{campaign_id}").json()
        campaigns.replace(campaign, campaign.model_copy(update={"due_at": pipeline.now()}))
        tick()
    raise AssertionError(f"the run has not ended: {campaign}")


def tick():
    boto3.client("sqs").send_message(
        QueueUrl=NAMES["CampaignQueue"], MessageBody=json.dumps({"request_version": 1, "tick": True})
    )


def published(api, keys, placement="home"):
    ids = ",".join(key.photo_id for key in keys)
    answer = api.get("/v1/published", params={"placement": placement, "ids": ids})
    assert answer.status_code == 200, answer.text
    return {each["photo_id"]: each for each in answer.json()["photos"]}


def shown(api, keys, placement="home"):
    """Campaign and files by photo; links differ each time but in their paths."""
    return {
        photo_id: (
            each["campaign_id"],
            [file["url"].partition("?")[0] for picture in each["pictures"] for file in picture["renditions"]],
        )
        for photo_id, each in published(api, keys, placement).items()
    }


def test_from_a_collection_to_what_is_published_and_back(api, photos, keys, buckets):
    """Undoing brings back what was published before, byte for byte, and changes no object."""
    nothing = shown(api, keys)
    assert {campaign for campaign, _ in nothing.values()} == {None}
    season = create(api)
    assert do(api, season, "estimate", 200)["pictures"] == 3
    finished = run(api, photos, keys, season)
    assert finished["progress"]["outcomes"] == {
        "ready": 3, "failed": 0, "refused": 0, "cancelled": 0, "gone": 0
    }  # fmt: skip
    assert finished["actions"] == ["run", "cancel", "publish"]
    assert do(api, season, "publish", 200)["status"] == "PUBLISHED"
    of_season = shown(api, keys)
    assert {campaign for campaign, _ in of_season.values()} == {season}
    sale = create(api, looks=[{"styles": {"oil": 1.0}, "strength": 0.8}], priority=5)
    run(api, photos, keys, sale)
    objects = versions(buckets)
    do(api, sale, "publish", 200)
    assert {campaign for campaign, _ in shown(api, keys).values()} == {sale}
    assert {campaign for campaign, _ in shown(api, keys, placement="cart").values()} == {None}
    do(api, sale, "unpublish", 200)
    assert shown(api, keys) == of_season
    do(api, season, "unpublish", 200)
    assert shown(api, keys) == nothing
    assert versions(buckets) == objects


def versions(buckets):
    answer = buckets.list_object_versions(Bucket=NAMES["ResultsBucket"])
    return [(each["Key"], each["ETag"], each["VersionId"]) for each in answer.get("Versions", [])]


def test_one_photo_is_left_out_and_taken_in_again(api, photos, keys):
    campaign = create(api)
    run(api, photos, keys, campaign)
    do(api, campaign, "publish", 200)
    before, one = shown(api, keys), keys[0].photo_id
    assert do(api, campaign, f"photos/{one}/unpublish", 200)["is_withdrawn"] is True
    assert {photo_id for photo_id, (owner, _) in shown(api, keys).items() if owner is None} == {one}
    assert do(api, campaign, f"photos/{one}/publish", 200)["is_withdrawn"] is False
    assert shown(api, keys) == before
    assert do(api, campaign, f"photos/{'f' * 32}/publish", 404)["code"] == "photo_not_found"


def test_the_outcome_of_each_photo_is_listed_in_pages(api, photos, keys):
    campaign = create(api)
    run(api, photos, keys, campaign)
    address = f"/v1/campaigns/{campaign}/photos"
    first = api.get(address, params={"limit": 2}).json()
    rest = api.get(address, params={"limit": 2, "cursor": first["next_cursor"]}).json()
    listed = [*first["photos"], *rest["photos"]]
    assert [each["photo_id"] for each in listed] == sorted(key.photo_id for key in keys)
    assert {each["outcome"] for each in listed} == {"ready"}
    assert rest["next_cursor"] is None
    other = create(api)
    answer = api.get(f"/v1/campaigns/{other}/photos", params={"cursor": first["next_cursor"]})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_a_window_is_shown_with_its_instants(api):
    window = {
        "starts_at": "2026-10-25T02:30", "ends_at": "2026-10-25T03:00", "time_zone": "Europe/Berlin"
    }  # fmt: skip
    campaign = api.get(f"/v1/campaigns/{create(api, window=window)}").json()
    assert campaign["window"] == {
        "starts_at": "2026-10-25T02:30:00",
        "ends_at": "2026-10-25T03:00:00",
        "time_zone": "Europe/Berlin",
        "start": "2026-10-25T00:30:00Z",
        "end": "2026-10-25T02:00:00Z",
    }


@pytest.mark.parametrize(
    "change",
    [
        {"window": {"time_zone": "Mars/Olympus"}},
        {"window": {"starts_at": "2026-02-30T00:00"}},
        {"window": {"starts_at": 1_700_000_000}},
        {"window": {"starts_at": "9999-12-31T23:59", "time_zone": "America/New_York"}},
        {"window": {"ends_at": "0001-01-01T00:00", "time_zone": "Asia/Kolkata"}},
        {"window": {"starts_at": "2026-11-27T00:00Z"}},
        {"window": {"starts_at": "2026-11-28T00:00", "ends_at": "2026-11-27T00:00"}},
        {"looks": []},
        {"looks": [{"styles": {"nothing": 1.0}}]},
        {"placement": "Home page"},
        {"priority": True},
        {"priority": 1_001},
        {"name": ""},
        {"status": "PUBLISHED"},
    ],
    ids=str,
)
def test_a_campaign_that_is_not_described_correctly_is_refused(api, change):
    facts = {"name": "Autumn", "looks": [CARTOON], "placement": "home", "collection_id": collect(api)}
    answer = api.post("/v1/campaigns", json=facts | change)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


@pytest.mark.parametrize(
    "body",
    [
        {"name": "Mugs"},
        {"name": "Mugs", "filter": {}, "external_ids": ["MUG"]},
        {"name": "Mugs", "external_ids": []},
        {"name": "Mugs", "external_ids": ["x"] * 5_001},
        {"name": "Mugs", "filter": {"created_since": "2026-01-01T00:00"}},
        {"name": "Mugs", "filter": {"colour": "blue"}},
    ],
    ids=["neither", "both", "no id", "too many ids", "no offset", "an unknown condition"],
)
def test_a_collection_that_is_not_described_correctly_is_refused(api, body):
    answer = api.post("/v1/collections", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_collections_are_made_extended_counted_and_deleted(api, photos):
    photos.add_ready(2, external_id="MUG")
    photos.add_ready(1, first=2, external_id="CUP")
    collection = collect(api, filter=None, external_ids=["MUG"])
    address = f"/v1/collections/{collection}"
    assert api.get(address).json()["photos"] == 2
    extended = api.post(f"{address}/external-ids", json={"external_ids": ["CUP", "MUG"]}).json()
    assert extended["listed_ids"] == 2
    assert api.get(address).json() == {**extended, "photos": 3, "is_exact": True}
    assert [each["collection_id"] for each in api.get("/v1/collections").json()["collections"]] == [
        collection
    ]
    assert api.delete(address).status_code == 204
    assert api.get(address).json()["code"] == "collection_not_found"
    assert api.get("/v1/collections").json() == {"collections": []}


def test_five_thousand_ids_of_the_longest_kind_fit_into_a_call(api):
    ids = [f"{number:0128}" for number in range(5_000)]
    assert (
        api.get(f"/v1/collections/{collect(api, filter=None, external_ids=ids)}").json()["listed_ids"]
        == 5_000
    )


@pytest.mark.parametrize(
    ("action", "code"),
    [
        ("run", "empty_collection"),
        ("pause", "campaign_not_allowed"),
        ("resume", "campaign_not_allowed"),
        ("publish", "campaign_not_allowed"),
        ("unpublish", "campaign_not_allowed"),
    ],
)
def test_what_a_drafts_status_or_collection_does_not_allow_is_409(api, action, code):
    assert do(api, create(api), action, 409)["code"] == code


def test_an_estimate_names_the_caps_that_make_the_run_wait(api, photos):
    photos.add_ready(20)
    estimate = do(api, create(api, looks=[CARTOON, {"styles": {"oil": 1.0}}]), "estimate", 200)
    assert (estimate["photos"], estimate["is_exact"], estimate["pictures"]) == (20, True, 40)
    assert estimate["instance_seconds"] > 0
    assert estimate["estimated_cost_usd"] > 0
    caps = {check["cap"]: check for check in estimate["caps"]}
    assert (caps["orders"]["needed"], caps["looks"]["needed"]) == (20, 40)
    assert estimate["fits"] is True


def test_a_tenants_campaigns_are_erased_with_it(api, photos, keys):
    run(api, photos, keys, create(api))
    create_for_other = client_of(OTHER_TENANT)
    collect(create_for_other)
    table = boto3.resource("dynamodb").Table(NAMES["CampaignsTable"])
    (attribute,) = [name for logical_id, _, name in TENANT_RECORDS if logical_id == "CampaignsTable"]
    assert DynamoDbTenantRecords("campaigns", table, attribute).erase(makers.TENANT) >= 5
    left = table.scan()["Items"]
    assert left
    assert all(item["campaign_key"].startswith(f"{OTHER_TENANT}#") for item in left)


def test_the_recorded_events_are_handled(api):
    """Of a campaign that is gone; and of a tick when none is due."""
    function = load("campaigns")
    for name in ("campaigns-step", "campaigns-tick"):
        assert function.handler(event(name), Context()) == {"batchItemFailures": []}


def test_a_message_of_another_form_is_tried_again(api):
    record = {
        "messageId": "1",
        "receiptHandle": "1",
        "body": "{}",
        "attributes": {},
        "eventSource": "aws:sqs",
    }
    answer = load("campaigns").handler({"Records": [record]}, Context())
    assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}


def test_photo_ids_of_nothing_are_left_out_of_what_is_published(api, keys):
    assert published(api, [photo_key(99), keys[0]]).keys() == {keys[0].photo_id}


def preview(api, campaign_id, method="get", status=200):
    answer = api.request(method, f"/v1/campaigns/{campaign_id}/preview")
    assert answer.status_code == status, answer.text
    return answer.json()


def test_a_preview_makes_the_campaigns_pictures_of_twelve_photos_which_the_run_does_not_make_again(
    api, photos
):
    keys = photos.add_ready(15)
    campaign = create(api)
    assert [each["pictures"] for each in preview(api, campaign)["photos"]] == [[]] * 12
    ordered = preview(api, campaign, "post", 202)
    assert ordered["under_way"] == len(ordered["photos"]) == 12
    assert preview(api, campaign, "post", 202)["under_way"] == 12
    previewed = [photo_id["photo_id"] for photo_id in ordered["photos"]]
    for photo in photos.those_of([key for key in keys if key.photo_id in previewed], consistent=True):
        photos.finish(photo)
    done = preview(api, campaign)
    assert (done["under_way"], [each["photo_id"] for each in done["photos"]]) == (0, previewed)
    assert {each["pictures"][0]["look"]["styles"]["cartoon"] for each in done["photos"]} == {1.0}
    assert do(api, campaign, "estimate", 200)["pictures"] == 3
    finished = run(api, photos, keys, campaign)
    assert finished["progress"]["outcomes"]["ready"] == 15
    revisions = {photo.photo_id: photo.revision for photo in photos.those_of(keys, consistent=True)}
    assert {revisions[photo_id] for photo_id in previewed} == {1}


def test_a_photo_that_is_uploaded_later_is_in_no_preview(api, photos, keys):
    campaign = create(api)
    before = [each["photo_id"] for each in preview(api, campaign)["photos"]]
    photos.add_ready(1, first=9, created_at=pipeline.now() + HOUR)
    assert [each["photo_id"] for each in preview(api, campaign)["photos"]] == before


def test_a_campaign_that_is_over_or_has_no_photos_is_not_previewed(api, photos):
    empty = create(api)
    assert preview(api, empty, "post", 409)["code"] == "empty_collection"
    do(api, empty, "cancel", 200)
    assert preview(api, empty, "post", 409)["code"] == "campaign_not_allowed"


def test_a_preview_does_not_order_beyond_the_day_cap(api, photos, tenants_table):
    photos.add_ready(4)
    DynamoDbTenants(tenants_table).put(makers.tenant(version=2, quotas={"orders_per_day": 2}), 1)
    campaign = create(api)
    assert preview(api, campaign, "post", 429)["code"] == "quota_exceeded"
    assert preview(api, campaign)["under_way"] == 2
