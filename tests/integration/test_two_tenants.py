"""Two tenants: every route of the API, with every id of the other tenant, answers as for an unknown id.

Routes are found in the app, so that a new one is covered, or makes the test fail until its ids are named here.
"""

import re
from collections.abc import Iterator

import botocore.client
import pytest
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient

from limner.adapters.dynamodb_batches import DynamoDbBatches
from limner.adapters.dynamodb_campaigns import DynamoDbCampaigns
from limner.adapters.dynamodb_collections import DynamoDbCollections
from limner.adapters.dynamodb_packs import DynamoDbPacks
from limner.adapters.dynamodb_webhooks import DynamoDbWebhooks
from limner.adapters.tenants import DynamoDbTenants
from limner.batches import Batch
from limner.bootstrap import pipeline
from limner.campaigns.campaign import Member, MemberOutcome, published
from limner.keys import report_key, upload_key
from limner.packs.pack import Pack
from limner.reviews.publication import picture_id_of
from limner.tenancy import PhotoKey
from tests import campaign_makers, makers
from tests.callers import Gateway, caller
from tests.function_modules import load
from tests.integration.conftest import NAMES


def review_id_of(key: PhotoKey) -> str:
    """Of the photo's picture, which the gates have lowered."""
    report = makers.report(makers.ticket(key).job_id, makers.full_picture())
    return f"{key.photo_id}-{picture_id_of(report.pictures[0])}"


OWN, OTHER = "north", "south"
OTHERS_PHOTO = PhotoKey(OTHER, "b0" * 16)
UNKNOWN_PHOTO_ID = "0" * 32
OTHERS_STYLE = "own-bbbbbbbbbbbb"
OTHERS_BATCH_ID = "b1" * 16
OTHERS_IDS = {
    "photo_id": OTHERS_PHOTO.photo_id,
    "style_id": OTHERS_STYLE,
    "batch_id": OTHERS_BATCH_ID,
    "collection_id": campaign_makers.COLLECTION_ID,
    "campaign_id": campaign_makers.CAMPAIGN_ID,
    "pack_id": "d1" * 16,
    "marketplace": "ebay",
    "webhook_id": "b1" * 16,
    "delivery_id": makers.delivery_id(1),
    "visitor": "b1" * 32,
    "review_id": review_id_of(OTHERS_PHOTO),
}
UNKNOWN_IDS = {
    "photo_id": UNKNOWN_PHOTO_ID,
    "style_id": "own-000000000000",
    "batch_id": "1" * 32,
    "collection_id": "c1" * 16,
    "campaign_id": "a1" * 16,
    "pack_id": "d2" * 16,
    "marketplace": "etsy",
    "webhook_id": "1" * 32,
    "delivery_id": makers.delivery_id(2),
    "visitor": "1" * 64,
    "review_id": f"{UNKNOWN_PHOTO_ID}-{'1' * 20}",
}
"""By parameter in a path."""
BODIES: dict[tuple[str, str], dict[str, object]] = {
    ("POST", "/v1/photos/{photo_id}/upload"): {"content_type": "image/jpeg", "replace": True},
    ("POST", "/v1/photos/{photo_id}/looks"): {"looks": [{"styles": {"oil": 1.0}}]},
    ("POST", "/v1/photos/{photo_id}/restore"): {"version": 1},
    ("POST", "/v1/reviews/{review_id}/reject"): {"reason": "artefacts"},
    ("POST", "/v1/reviews/{review_id}/redo"): {},
    ("PATCH", "/v1/webhooks/{webhook_id}"): {"description": "changed"},
    ("POST", "/v1/collections/{collection_id}/external-ids"): {"external_ids": ["MUG"]},
}
"""By method and path, for routes with an id whose body must be valid."""
STATUS_WHERE_UNKNOWN = {("DELETE", "/v1/visitors/{visitor}"): 204}
"""404 but for what is erased whether it is there or not."""


@pytest.fixture
def app(storefront_aws, tenants_table, function_environment):
    function_environment("StorefrontFunction")
    for tenant in (OWN, OTHER):
        DynamoDbTenants(tenants_table).put(makers.tenant(tenant=tenant), 0)
    return load("storefront").app


@pytest.fixture
def client_of(app):
    def client(tenant: str) -> TestClient:
        return TestClient(Gateway(app, caller(tenant=tenant).context()), raise_server_exceptions=False)

    return client


@pytest.fixture
def others_photo(app, buckets, table, requests_table):
    """READY, with a report, in a batch; the row as it was stored."""
    batch = Batch(
        batch_id=OTHERS_BATCH_ID, tenant=OTHER, created_at=makers.NOON, photo_ids=(OTHERS_PHOTO.photo_id,)
    )
    DynamoDbBatches(requests_table).add(batch)
    key, job = OTHERS_PHOTO, makers.ticket(OTHERS_PHOTO).job_id
    photos, source = pipeline.photos(NAMES["PhotosTable"]), makers.source(key=upload_key(OTHERS_PHOTO))
    report = makers.report(job, makers.full_picture())
    photos.record_upload(makers.photo(tenant=OTHER, photo_id=key.photo_id, source=source))
    photos.lease(key, makers.job(job_id=job, is_reviewed=True), 0, makers.charge())
    photos.record_submission(key, makers.job(job_id=job, is_reviewed=True, submitted_at=makers.NOON))
    photos.record_results(key, makers.results(pictures=report.pictures))
    photos.record_variants(key, makers.variants())
    buckets.put_object(
        Bucket=NAMES["ResultsBucket"], Key=report_key(job), Body=report.model_dump_json().encode()
    )
    pipeline.own_styles(NAMES["TenantsTable"]).add(makers.own_style(tenant=OTHER, style_id=OTHERS_STYLE))
    return table.get_item(Key={"photo_key": str(key)})["Item"]


@pytest.fixture
def others_webhook(app, webhooks_table):
    """With one delivery; both rows as they were stored."""
    webhooks, endpoint_id = DynamoDbWebhooks(webhooks_table), OTHERS_IDS["webhook_id"]
    webhooks.add_endpoint(makers.endpoint(tenant=OTHER, endpoint_id=endpoint_id))
    webhooks.add_delivery(makers.delivery(tenant=OTHER, endpoint_id=endpoint_id))
    return webhooks_table.scan()["Items"]


@pytest.fixture
def others_campaign(app, campaigns_table):
    """Published, with the other's photo, and a pack of it; all rows as they were stored."""
    campaigns, collections = DynamoDbCampaigns(campaigns_table), DynamoDbCollections(campaigns_table)
    collections.add(campaign_makers.collection(tenant=OTHER))
    finished = campaign_makers.finished(tenant=OTHER)
    campaigns.add(finished)
    campaigns.replace(finished, published(finished, makers.NOON))
    member = Member(photo_id=OTHERS_PHOTO.photo_id, outcome=MemberOutcome.READY, at=makers.NOON, run=1)
    campaigns.put_member(finished.key, member)
    now = pipeline.now()
    pack = Pack(
        pack_id=OTHERS_IDS["pack_id"],
        tenant=OTHER,
        created_at=now,
        photo_ids=(OTHERS_PHOTO.photo_id,),
        profiles=("ebay",),
        taken=1,
        finished_at=now,
    )
    DynamoDbPacks(campaigns_table, pipeline.usage()).add(pack)
    return campaigns_table.scan()["Items"]


def routes(app) -> Iterator[tuple[str, str]]:
    """Method and path of every route."""
    for route in iter_route_contexts(app.routes):
        yield from ((method, route.path) for method in sorted((route.methods or set()) - {"HEAD"}))


def routes_with_ids(app) -> list[tuple[str, str]]:
    return [(method, path) for method, path in routes(app) if "{" in path and not path.startswith("/assets")]


def call(client, method, path, ids):
    return client.request(method, path.format(**ids), json=BODIES.get((method, path)))


def without_ids(answer, ids):
    """The answer as text, but for the request's id and the ids that were asked for."""
    text = answer.text.replace(answer.headers["x-request-id"], "REQUEST")
    for name, value in ids.items():
        text = text.replace(value, name)
    return answer.status_code, text


def test_the_ids_of_every_route_are_named_here(app):
    named = {name for _, path in routes_with_ids(app) for name in re.findall(r"\{(\w+)", path)}
    assert named == set(OTHERS_IDS) == set(UNKNOWN_IDS)


@pytest.fixture
def calls_to_aws(monkeypatch):
    """The parameters of every call from now on."""
    made, make = [], botocore.client.BaseClient._make_api_call

    def record(self, operation, parameters):
        made.append(f"{operation} {parameters}")
        return make(self, operation, parameters)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", record)
    return made


def test_every_route_answers_another_tenants_id_as_an_unknown_one_and_reads_nothing_of_it(
    app,
    client_of,
    others_photo,
    others_webhook,
    others_campaign,
    table,
    webhooks_table,
    campaigns_table,
    calls_to_aws,
):
    owner = client_of(OTHER)
    reading = [(method, path) for method, path in routes_with_ids(app) if method == "GET"]
    assert reading
    for method, path in reading:
        assert call(owner, method, path, OTHERS_IDS).status_code == 200, f"{path} works for the owner"
    of_campaigns = campaigns_table.scan()["Items"]  # a read may ask for the archive of a pack
    client, asked_by_owner = client_of(OWN), len(calls_to_aws)
    for method, path in routes_with_ids(app):
        others, unknown = (call(client, method, path, ids) for ids in (OTHERS_IDS, UNKNOWN_IDS))
        status = STATUS_WHERE_UNKNOWN.get((method, path), 404)
        assert others.status_code == status, f"{method} {path}"
        assert without_ids(others, OTHERS_IDS) == without_ids(unknown, UNKNOWN_IDS), f"{method} {path}"
    made = calls_to_aws[asked_by_owner:]
    assert made
    assert [each for each in made if OTHER in each] == []
    assert table.get_item(Key={"photo_key": str(OTHERS_PHOTO)})["Item"] == others_photo
    assert webhooks_table.scan()["Items"] == others_webhook
    assert campaigns_table.scan()["Items"] == of_campaigns


@pytest.mark.usefixtures("others_photo", "others_webhook", "others_campaign")
def test_no_route_without_an_id_shows_anything_of_another_tenant(app, client_of):
    client = client_of(OWN)
    paths = [path for method, path in routes(app) if method == "GET" and "{" not in path]
    for path in paths:
        for other_id in (value for name, value in OTHERS_IDS.items() if name != "marketplace"):
            assert other_id not in client.get(path).text, path
    assert client.get(list_path(app)).json()["photos"] == []
    assert [photo["photo_id"] for photo in client_of(OTHER).get(list_path(app)).json()["photos"]] == [
        OTHERS_PHOTO.photo_id
    ]


def list_path(app):
    (path,) = [path for method, path in routes(app) if method == "GET" and path == "/v1/photos"]
    return path


def test_another_tenants_cursor_is_422(app, client_of):
    photos = pipeline.photos(NAMES["PhotosTable"])
    for tenant in (OWN, OTHER):
        for photo_id in ("1" * 32, "2" * 32):
            source = makers.source(key=upload_key(PhotoKey(tenant, photo_id)))
            photos.record_upload(makers.photo(tenant=tenant, photo_id=photo_id, source=source))
    cursor = client_of(OTHER).get(list_path(app), params={"limit": 1}).json()["next_cursor"]
    answer = client_of(OWN).get(list_path(app), params={"cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert client_of(OTHER).get(list_path(app), params={"cursor": cursor}).status_code == 200
