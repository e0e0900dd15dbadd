"""Packs on moto: ordered in the API, made in the stylizer's or the sandbox's place, read, archived and erased."""

import io
import zipfile

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from limner.adapters.tenants import DynamoDbTenants
from limner.contracts import upload_event
from limner.keys import archives_prefix, photo_prefixes
from limner.photos import Source
from limner.tenancy import PhotoKey
from limner.use_cases import assemble_archive
from photo_files.packs.profile import profile_ids
from tests import makers
from tests.callers import Gateway, caller
from tests.function_modules import load
from tests.integration.conftest import NAMES
from tests.integration.test_functions import NOTHING_FAILED, Context
from tests.integration.test_sandbox import record

TENANT = "test_main"
FUNCTIONS = ("Storefront", "Router", "Thumbnailer", "Recorder", "Sandbox", "Campaigns")
QUEUES = {
    "thumbnailer": "ThumbQueue",
    "sandbox": "SandboxQueue",
    "recorder": "DoneQueue",
    "campaigns": "CampaignQueue",
}
ORDER = {"filename": "mug.jpg", "content_type": "image/jpeg", "looks": [{"styles": {"oil": 1}}]}
LANGUAGES = ("en", "de", "es", "fr", "ja", "zh")


@pytest.fixture
def stack(storefront_aws, router_queues, submission_state, function_environment, tenants_table):
    for function in FUNCTIONS:
        function_environment(f"{function}Function")
    DynamoDbTenants(tenants_table).put(makers.tenant(tenant=TENANT), 0)
    return load("storefront").app


@pytest.fixture
def api(stack):
    return TestClient(Gateway(stack, caller(TENANT).context()), raise_server_exceptions=False)


@pytest.fixture
def work(stack, router_queues):
    """Lets the functions work until their queues are empty."""

    def run(rounds=20):
        for _ in range(rounds):
            if not sum(_deliver(router_queues, folder, queue) for folder, queue in QUEUES.items()):
                return
        raise AssertionError("the queues do not become empty")

    return run


def _deliver(queues, folder, queue):
    messages = queues.receive_message(QueueUrl=NAMES[queue], MaxNumberOfMessages=10, WaitTimeSeconds=0).get(
        "Messages", []
    )
    for message in messages:
        handled = load(folder).handler({"Records": [record(message["Body"])]}, Context())
        assert handled == NOTHING_FAILED
        queues.delete_message(QueueUrl=NAMES[queue], ReceiptHandle=message["ReceiptHandle"])
    return len(messages)


@pytest.fixture
def photo(api, buckets, work):
    """Orders a photo and uploads its file; its id."""

    def run(external_id, body=None, **changes):
        answer = api.post("/v1/photos", json=ORDER | {"external_id": external_id} | changes).json()
        key, data = answer["upload"]["fields"]["key"], body or makers.jpeg(1600, 1200)
        buckets.put_object(Bucket=NAMES["UploadsBucket"], Key=key, Body=data)
        source = Source(bucket=NAMES["UploadsBucket"], key=key, sequencer="0061", bytes=len(data))
        routed = record(upload_event(source), MessageGroupId=TENANT)
        assert load("router").handler({"Records": [routed]}, Context()) == NOTHING_FAILED
        work()
        return answer["photo_id"]

    return run


def ordered(api, work, *photo_ids, **changes):
    body = {"photo_ids": list(photo_ids), "marketplaces": ["amazon-main"]} | changes
    answer = api.post("/v1/packs", json=body)
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"packs/{answer.json()['pack_id']}"
    work()
    return answer.json()["pack_id"]


def found(api, pack_id, **parameters):
    answer = api.get(f"/v1/packs/{pack_id}", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def stored_keys(buckets, prefix):
    listed = buckets.list_objects_v2(Bucket=NAMES["ResultsBucket"], Prefix=prefix)
    return [each["Key"] for each in listed.get("Contents", [])]


def body_of(buckets, key):
    return buckets.get_object(Bucket=NAMES["ResultsBucket"], Key=key)["Body"].read()


def test_every_marketplace_is_listed_with_the_source_and_day_of_each_rule(api):
    answer = api.get("/v1/marketplaces")
    listed = answer.json()["marketplaces"]
    assert [each["id"] for each in listed] == profile_ids()
    amazon = next(each for each in listed if each["id"] == "amazon-main")
    assert amazon["canvas"] == {
        "is_white": True, "long_side_px": 2000, "aspect": 1.0, "fill": 0.88, "format": "JPEG",
    }  # fmt: skip
    fill = next(rule for rule in amazon["rules"] if rule["rule"] == "fill")
    assert (fill["required"], fill["limits"]) == (True, {"min_fill": 0.85, "max_fill": 1})
    assert all(rule["source"].startswith("https://") for rule in amazon["rules"])
    assert {rule["read_on"] for rule in amazon["rules"]} == {"2026-11-28"}
    again = api.get("/v1/marketplaces", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


def test_a_pack_is_made_of_each_photo_with_verdicts_by_rule_and_pictures(api, photo, work, buckets):
    ids = [photo("MUG-1"), photo("MUG-2")]
    pack = found(api, ordered(api, work, *ids, marketplaces=["amazon-main", "ebay"]))
    assert (pack["status"], pack["outcomes"]["made"], pack["under_way"]) == ("FINISHED", 2, 0)
    assert [each["photo_id"] for each in pack["photos"]] == ids
    amazon, ebay = pack["photos"][0]["packed"]
    assert (amazon["marketplace"], ebay["marketplace"]) == ("amazon-main", "ebay")
    assert amazon["accepted"]
    assert ebay["accepted"]
    assert amazon["picture"]["name"] == "MUG-1.jpg"
    required = {each["rule"]: each["outcome"] for each in amazon["verdicts"] if each["required"]}
    assert set(required.values()) == {"passed"}
    assert {"background", "fill", "illustration"} <= set(required)
    (key,) = [
        each for each in stored_keys(buckets, f"packs/{TENANT}/{ids[0]}/") if each.endswith("amazon-main.jpg")
    ]
    with Image.open(io.BytesIO(body_of(buckets, key))) as picture:
        assert picture.size == (1818, 1818)
        assert picture.getpixel((0, 0)) == (255, 255, 255)


def test_a_styled_picture_is_refused_by_the_rule_that_forbids_illustrations(api, photo, work):
    look = {"styles": {"oil": 1}}
    pack = found(api, ordered(api, work, photo("MUG-1"), look=look, marketplaces=["amazon-main", "ebay"]))
    amazon, ebay = pack["photos"][0]["packed"]
    assert pack["look_name"] == "oil-100.s100"
    assert not amazon["accepted"]
    assert amazon["picture"] is None
    assert amazon["refusal"]["code"] == "illustration_not_allowed"
    (rule,) = [each for each in amazon["found"] if each["rule"] == "illustration"]
    assert (rule["outcome"], rule["source"][:8]) == ("failed", "https://")
    assert ebay["accepted"]


def test_reasons_are_in_the_languages_that_are_asked_for(api, photo, work):
    pack_id = ordered(api, work, photo("MUG-1"), look={"styles": {"oil": 1}})
    (packed,) = found(api, pack_id, lang=",".join(LANGUAGES))["photos"][0]["packed"]
    for texts in (packed["refusal"]["reasons"], *(each["reasons"] for each in packed["found"])):
        assert tuple(texts) == LANGUAGES
        assert len(set(texts.values())) == len(LANGUAGES)
    (packed,) = found(api, pack_id)["photos"][0]["packed"]
    assert set(packed["refusal"]["reasons"]) == {"en"}


@pytest.mark.parametrize(
    ("external_id", "refusal"),
    [("test_product_not_found", "product_not_found"), ("test_pack_failed", "pack_failed")],
)
def test_orders_of_test_tenants_end_as_their_id_says(api, photo, work, external_id, refusal):
    (each,) = found(api, ordered(api, work, photo(external_id)))["photos"]
    code = each["refusal"] or each["packed"][0]["refusal"]
    assert code["code"] == refusal


def test_a_pack_of_a_collection_has_its_photos(api, photo, work):
    photo_id = photo("MUG-1", tags=["autumn"])
    photo("MUG-2")
    collection = api.post("/v1/collections", json={"name": "Autumn", "filter": {"tag": "autumn"}}).json()
    answer = api.post(
        "/v1/packs", json={"collection_id": collection["collection_id"], "marketplaces": ["ebay"]}
    )
    work()
    pack = found(api, answer.json()["pack_id"])
    assert [each["photo_id"] for each in pack["photos"]] == [photo_id]


def test_photos_without_a_file_or_a_picture_of_the_look_are_refused(api, photo, work):
    no_file = api.post("/v1/photos", json=ORDER | {"external_id": "MUG-0"}).json()["photo_id"]
    assert refusals(api, ordered(api, work, no_file, "0" * 32)) == ["not_uploaded", "photo_gone"]
    pack_id = ordered(api, work, photo("MUG-1"), look={"styles": {"cartoon": 1}})
    assert refusals(api, pack_id) == ["look_missing"]


def refusals(api, pack_id):
    return [each["refusal"]["code"] for each in found(api, pack_id)["photos"]]


@pytest.mark.parametrize(
    "body",
    [
        {"photo_ids": ["a" * 32], "marketplaces": ["amazon"]},
        {"photo_ids": ["a" * 32], "marketplaces": []},
        {"photo_ids": [], "marketplaces": ["ebay"]},
        {"photo_ids": ["a" * 32] * 501, "marketplaces": ["ebay"]},
        {"photo_ids": ["a" * 32], "collection_id": "c" * 32, "marketplaces": ["ebay"]},
    ],
)
def test_an_order_that_cannot_be_made_is_refused_as_a_whole(api, body):
    answer = api.post("/v1/packs", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_photos_of_a_pack_are_paged(api, photo, work):
    ids = [photo(f"MUG-{number}") for number in range(3)]
    pack_id = ordered(api, work, *ids)
    first = found(api, pack_id, limit=2)
    second = found(api, pack_id, limit=2, cursor=first["next_cursor"])
    assert [each["photo_id"] for each in (*first["photos"], *second["photos"])] == ids
    assert second["next_cursor"] is None
    assert found(api, pack_id, limit=0)["photos"] == []


def test_jobs_of_a_pack_are_counted_and_none_stays_in_flight(api, photo, work, usage_table):
    ordered(api, work, photo("MUG-1"), marketplaces=["amazon-main", "ebay"])
    usage = api.get("/v1/usage").json()
    assert usage["total"]["orders"] == 2
    jobs = [item for item in usage_table.scan()["Items"] if item["counter"].startswith(f"{TENANT}#jobs")]
    assert [int(item["jobs"]) for item in jobs] == [0]


def test_the_archive_of_a_marketplace_has_its_pictures_by_the_shops_ids(api, photo, work, buckets):
    ids = [photo("MUG 1/ä"), photo("mug-1-a"), photo("../etc")]
    pack_id = ordered(api, work, *ids, marketplaces=["amazon-main", "ebay"])
    address = f"/v1/packs/{pack_id}/archives/amazon-main"
    first = api.get(address)
    assert (first.json()["is_ready"], first.headers["retry-after"]) == (False, "3")
    work()
    ready = api.get(address).json()
    assert ready["is_ready"]
    assert "amazon-main.zip" in ready["url"]
    body = body_of(buckets, f"pack-archives/{TENANT}/{pack_id}/amazon-main.zip")
    assert len(body) == ready["bytes"]
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["MUG-1-a.jpg", "mug-1-a-2.jpg", "etc.jpg"]
    assert api.get(f"/v1/packs/{pack_id}/archives/etsy").status_code == 422


def test_an_archive_that_would_be_too_large_is_refused_and_not_asked_for_again(
    api, photo, work, monkeypatch, router_queues
):
    pack_id = ordered(api, work, photo("MUG-1"), marketplaces=["amazon-main", "ebay"])
    monkeypatch.setattr(assemble_archive, "MAX_ARCHIVED_BYTES", 10)
    addresses = [f"/v1/packs/{pack_id}/archives/{each}" for each in ("amazon-main", "ebay")]
    assert [api.get(address).status_code for address in addresses] == [200, 200]
    work()
    refused, other = (api.get(address) for address in addresses)
    assert (refused.status_code, refused.json()["code"]) == (409, "archive_too_large")
    assert other.json()["is_ready"] is False, "one at a time"
    work()
    assert api.get(addresses[1]).status_code == 409
    assert "Messages" not in router_queues.receive_message(QueueUrl=NAMES["CampaignQueue"])


def test_there_is_no_archive_of_a_pack_that_runs(api, photo):
    photo_id = photo("MUG-1")
    body = {"photo_ids": [photo_id], "marketplaces": ["ebay"]}
    pack_id = api.post("/v1/packs", json=body).json()["pack_id"]
    answer = api.get(f"/v1/packs/{pack_id}/archives/ebay")
    assert (answer.status_code, answer.json()["code"]) == (409, "pack_running")


def test_an_erased_photo_is_in_no_pack_and_no_archive(api, photo, work, buckets):
    gone, stays = photo("MUG-1"), photo("MUG-2")
    pack_id = ordered(api, work, gone, stays)
    api.get(f"/v1/packs/{pack_id}/archives/amazon-main")
    work()
    assert stored_keys(buckets, f"pack-archives/{TENANT}/")
    for prefix in (*photo_prefixes(PhotoKey(TENANT, gone)), archives_prefix(TENANT)):
        for key in stored_keys(buckets, prefix):
            buckets.delete_object(Bucket=NAMES["ResultsBucket"], Key=key)
    first, second = found(api, pack_id)["photos"]
    assert (first["outcome"], first["refusal"]["code"], first["packed"]) == ("gone", "photo_gone", [])
    assert second["packed"][0]["accepted"]
