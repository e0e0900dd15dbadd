"""The storefront's HTTP API in process, on moto."""

import base64
import json
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import reduce

import pytest
from botocore.exceptions import ConnectTimeoutError, ParamValidationError, ReadTimeoutError
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient

from limner.bootstrap import pipeline, storefront
from limner.photos import Failure
from limner.quotas import Quotas
from limner.tenancy import PhotoKey
from limner.views.explanations import ExplanationView
from limner.views.uploads import UploadRequest
from tests import makers
from tests.callers import Gateway, caller
from tests.function_modules import load
from tests.integration.conftest import NAMES


@pytest.fixture
def app(storefront_aws, function_environment):
    function_environment("StorefrontFunction")
    return load("storefront").app


@pytest.fixture
def api(app):
    return TestClient(Gateway(app, caller().context()), raise_server_exceptions=False)


@pytest.fixture
def photos(api):
    return pipeline.photos("limner-photos")


def ready(photos, **changes):
    photo = makers.photo(source=makers.source(), **changes)
    photos.record_upload(photo)
    photos.record_results(photo.key, makers.results())
    photos.record_variants(photo.key, makers.variants())


def test_a_ready_photo_has_links_and_timings(api, photos):
    ready(photos)
    photo = api.get(f"/v1/photos/{makers.PHOTO_ID}").json()
    assert photo["status"] == "READY"
    assert photo["timings"] == {"total": 0.5, "variants": 0.25}
    (styled,) = photo["results"]
    assert styled["name"] == "oil-100.s80"
    assert "X-Amz-Signature" in styled["renditions"][0]["url"]
    assert "key" not in styled["renditions"][0], "S3 keys are not returned"


def test_a_photo_and_its_explanation_have_the_verdict(api, photos):
    photos.record_upload(makers.photo(source=makers.source()))
    path = f"/v1/photos/{makers.PHOTO_ID}"
    assert api.get(f"{path}/explanation").json()["pictures"] == []
    photos.record_results(makers.KEY, makers.results(pictures=(makers.full_picture(),)))
    photos.record_variants(makers.KEY, makers.variants())
    (styled,) = api.get(path).json()["results"]
    assert styled["verdict"]["words"] == "Strength lowered to 60 % to keep the text legible."
    assert styled["verdict"]["gates"][0] == {"name": "text", "value": 0.94, "limit": 0.9, "passed": True}
    assert styled["regions"]["product_share"] == 0.41
    assert styled["chosen"]["look"]["protection"] == "strict"
    assert "explanation" not in styled, "only /explanation returns it"

    explained = api.get(f"{path}/explanation").json()
    (picture,) = explained["pictures"]
    assert explained["status"] == "READY"
    assert {name: picture[name] for name in ("name", "verdict", "chosen", "regions", "steps")} == {
        name: styled[name] for name in ("name", "verdict", "chosen", "regions", "steps")
    }
    assert picture["explanation"]["levels"] == {"colour": 0.6, "stroke": 0.3, "motif": 0.1}
    assert picture["explanation"]["words"] == "Most of the change is colour."
    exhibit = picture["exhibits"]["difference-colour"]
    assert "X-Amz-Signature" in exhibit["url"]
    assert "key" not in exhibit


def test_a_picture_without_a_verdict_is_returned_without_one(api, photos):
    ready(photos)
    (styled,) = api.get(f"/v1/photos/{makers.PHOTO_ID}").json()["results"]
    assert (styled["verdict"], styled["steps"]) == (None, [])
    (picture,) = api.get(f"/v1/photos/{makers.PHOTO_ID}/explanation").json()["pictures"]
    assert (picture["explanation"], picture["exhibits"]) == (None, {})


def test_a_failed_photo_has_its_reason(api, photos):
    photos.record_upload(makers.photo(source=makers.source()))
    failure = Failure(
        sequencer=makers.SEQUENCER, code="too_small", message="The photo is too small.", at=makers.NOON
    )
    photos.record_failure(makers.KEY, failure)
    photo = api.get(f"/v1/photos/{makers.PHOTO_ID}").json()
    assert photo["status"] == "FAILED"
    assert photo["failure"] == {"code": "too_small", "message": "The photo is too small."}


def test_a_replacement_that_cannot_be_read_takes_no_picture_away(api, photos):
    ready(photos)
    before = api.get(f"/v1/photos/{makers.PHOTO_ID}").json()
    assert before["is_earlier_file"] is False
    newer = makers.source(sequencer="FF" + "0" * 30, version_id="2")
    photos.record_upload(makers.photo(source=newer))
    bad = Failure(sequencer=newer.sequencer, code="not_an_image", message="No picture.", at=makers.NOON)
    photos.record_failure(makers.KEY, bad)
    after = api.get(f"/v1/photos/{makers.PHOTO_ID}").json()
    assert (after["status"], after["failure"]["code"]) == ("FAILED", "not_an_image")
    assert after["is_earlier_file"] is True
    signed_anew = dict.fromkeys(("url", "expires_at", "srcset", "renditions"))
    for part in ("original", "results"):
        assert [one | signed_anew for one in after[part]] == [one | signed_anew for one in before[part]]
    photos.record_variants(makers.KEY, makers.variants(sequencer=newer.sequencer))
    shown = api.get(f"/v1/photos/{makers.PHOTO_ID}").json()
    assert (shown["is_earlier_file"], shown["results"]) == (False, [])


def test_photos_are_paged(api, photos):
    for n in range(3):
        ready(photos, photo_id=f"{n:032x}")
    first = api.get("/v1/photos", params={"limit": 2}).json()
    second = api.get("/v1/photos", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [len(page["photos"]) for page in (first, second)] == [2, 1]
    assert second["next_cursor"] is None


def test_a_cursor_that_was_not_signed_here_is_422(api, photos, cursor_secret):
    for n in range(3):
        ready(photos, photo_id=f"{n:032x}")
    cursor = api.get("/v1/photos", params={"limit": 1}).json()["next_cursor"]
    unsigned = base64.urlsafe_b64decode(cursor)[16:].decode()
    altered = base64.urlsafe_b64encode(
        bytes([base64.urlsafe_b64decode(cursor)[0] ^ 1]) + base64.urlsafe_b64decode(cursor)[1:]
    )
    other_shops = storefront.cursors().sign(unsigned, "photos of another")
    for forged in (
        unsigned,
        altered.decode(),
        other_shops,
        "",
        "x",
        "e30=",
        "é",
        cursor[:-4],
        cursor + "AAAA",
        "A" * 1000,
    ):
        answer = api.get("/v1/photos", params={"cursor": forged})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request"), forged
    cursor_secret.put_secret_value(SecretId=NAMES["CursorSecret"], SecretString="n" * 64)
    assert api.get("/v1/photos", params={"cursor": cursor}).status_code == 200, "read once for each process"
    storefront.cursors.cache_clear()
    assert api.get("/v1/photos", params={"cursor": cursor}).status_code == 422


def test_the_first_page_reads_no_secret(api, photos, cursor_secret):
    ready(photos)
    cursor_secret.delete_secret(SecretId=NAMES["CursorSecret"], ForceDeleteWithoutRecovery=True)
    assert api.get("/v1/photos").json()["next_cursor"] is None
    assert api.get("/v1/photos", params={"cursor": "AAAA" * 10}).status_code == 500


def test_the_upload_form_limits_size_and_type(api):
    order = {"filename": "mug.jpg", "content_type": "image/png"}
    upload = api.post("/v1/photos", json=order).json()["upload"]
    policy = json.loads(base64.b64decode(upload["fields"]["policy"]))
    assert ["content-length-range", 0, upload["max_bytes"]] in policy["conditions"]
    assert {"Content-Type": "image/png"} in policy["conditions"]
    assert {"key": upload["fields"]["key"]} in policy["conditions"]
    assert upload["url"].startswith("https://limner-uploads.s3.eu-central-1.amazonaws.com"), "no redirect"


def test_the_upload_form_expires_after_ten_minutes_whatever_links_do(api, monkeypatch):
    monkeypatch.setenv("LINK_SECONDS", "1800")
    upload = api.post("/v1/photos", json={"filename": "mug.jpg", "content_type": "image/png"}).json()[
        "upload"
    ]
    policy = json.loads(base64.b64decode(upload["fields"]["policy"]))
    remaining = datetime.fromisoformat(policy["expiration"]) - datetime.now(UTC)
    assert timedelta(minutes=9, seconds=30) < remaining <= timedelta(minutes=10)
    assert abs(
        datetime.fromisoformat(upload["expires_at"]) - datetime.fromisoformat(policy["expiration"])
    ) < (timedelta(seconds=2))


def new_form(api, photo_id, **body):
    return api.post(f"/v1/photos/{photo_id}/upload", json={"content_type": "image/png", **body})


def test_a_form_that_has_expired_can_be_had_again(api):
    order = api.post("/v1/photos", json={"filename": "mug.jpg", "content_type": "image/jpeg"}).json()
    again = new_form(api, order["photo_id"])
    assert again.status_code == 201
    assert again.json()["upload"]["fields"]["key"] == order["upload"]["fields"]["key"]
    assert again.json()["upload"]["fields"]["Content-Type"] == "image/png"
    assert again.headers["cache-control"] == "private, no-store"


ORDER = {"filename": "mug.jpg", "content_type": "image/jpeg"}


def remaining(answer):
    return re.search('"orders";r=([0-9]+)', answer.headers["ratelimit"])[1]


def test_orders_and_further_forms_are_counted_and_refused_with_what_is_left(api, photos, monkeypatch):
    quotas = Quotas(orders_per_day=3, orders_per_key_per_day=10)
    monkeypatch.setattr(storefront, "quotas_of", lambda tenant: quotas)
    photos.add(makers.photo(replaceable=""), makers.NOON)
    photos.record_upload(makers.photo(source=makers.source()))
    order = api.post("/v1/uploads", json=ORDER)
    assert remaining(order) == "2"
    assert remaining(new_form(api, order.json()["photo_id"])) == "1"
    assert remaining(new_form(api, makers.PHOTO_ID, replace=True)) == "0"
    for refused in (
        api.post("/v1/uploads", json=ORDER),
        new_form(api, order.json()["photo_id"]),
        new_form(api, makers.PHOTO_ID, replace=True),
    ):
        assert (refused.status_code, refused.json()["code"]) == (429, "quota_exceeded")
        assert remaining(refused) == "0"
        assert refused.headers["ratelimit-policy"].startswith('"orders";q=3;w=86400, "budget";')
        window = re.search('"orders";r=0;t=([0-9]+)', refused.headers["ratelimit"])[1]
        assert abs(int(refused.headers["retry-after"]) - int(window)) <= 1, "not before the window ends"


def test_a_refused_form_neither_counts_nor_lets_the_file_be_replaced(api, photos, monkeypatch):
    monkeypatch.setattr(storefront, "quotas_of", lambda tenant: Quotas(orders_per_day=1))
    photos.add(makers.photo(replaceable=""), makers.NOON)
    photos.record_upload(makers.photo(source=makers.source()))
    assert new_form(api, makers.PHOTO_ID).status_code == 409
    assert remaining(api.post("/v1/uploads", json=ORDER)) == "0"
    assert new_form(api, makers.PHOTO_ID, replace=True).status_code == 429
    assert photos.get(makers.KEY).replaceable == ""


def test_another_file_for_a_photo_needs_an_explicit_replacement(api, photos):
    photos.add(makers.photo(replaceable=""), makers.NOON)
    photos.record_upload(makers.photo(source=makers.source()))
    refused = new_form(api, makers.PHOTO_ID)
    assert (refused.status_code, refused.json()["code"]) == (409, "replacement_needed")
    assert photos.get(makers.KEY).replaceable == ""
    assert new_form(api, makers.PHOTO_ID, replace=True).status_code == 201
    assert photos.get(makers.KEY).replaceable == makers.SEQUENCER


def test_a_photo_that_a_program_put_into_the_bucket_has_no_form(api, photos):
    ready(photos)
    answer = new_form(api, makers.PHOTO_ID, replace=True)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert new_form(api, "0" * 32, replace=True).status_code == 404


def test_an_order_without_looks_gets_the_default_looks(api, photos):
    order = api.post("/v1/photos", json={"filename": "a.jpg", "content_type": "image/jpeg"}).json()
    looks = photos.get(PhotoKey(makers.TENANT, order["photo_id"])).looks
    assert [list(look.styles) for look in looks] == [["oil"], ["watercolour"], ["cartoon"]]
    assert {(look.protection, look.enhance) for look in looks} == {("soft", True)}


def test_an_order_is_stored_unchanged(api, photos):
    looks = [
        {"styles": {"auto": 1.0}, "strength": 1.0, "protection": "soft", "enhance": True},
        {"styles": {"oil": 1.0}, "strength": 0.5, "protection": "background-only", "enhance": False},
    ]
    default_levels = {"levels": {"colour": 1.0, "stroke": 1.0, "motif": 1.0}}
    body = {
        "filename": "a.jpg",
        "content_type": "image/jpeg",
        "looks": [look | default_levels for look in looks],
    }
    order = api.post("/v1/photos", json=body).json()
    stored = [
        look.model_dump(mode="json") for look in photos.get(PhotoKey(makers.TENANT, order["photo_id"])).looks
    ]
    assert stored == body["looks"]


OIL = {"styles": {"oil": 1.0}}


NOTES = {"external_id": "MUG 42 · blau", "metadata": {"season": "spring"}, "tags": ["mugs", "blue"]}


def test_what_is_written_on_an_order_is_found_with_its_photo(api):
    body = {"filename": "mug.jpg", "content_type": "image/jpeg", **NOTES}
    order = api.post("/v1/photos", json=body).json()
    photo = api.get(f"/v1/{order['photo']}").json()
    assert {name: photo[name] for name in NOTES} == NOTES
    assert photo["batch_id"] is None


@pytest.mark.parametrize(
    "notes",
    [
        {"external_id": ""},
        {"external_id": "x" * 129},
        {"external_id": "SKU\n7"},
        {"metadata": {f"key{number}": "" for number in range(17)}},
        {"metadata": {"a key": ""}},
        {"metadata": {"k" * 41: ""}},
        {"metadata": {"key": "v" * 129}},
        {"metadata": {"key": 1}},
        {"tags": [f"tag{number}" for number in range(17)]},
        {"tags": ["t" * 65]},
        {"tags": ["a,b"]},
        {"tags": ["mugs", "mugs"]},
        {"batch_id": "b" * 32},
    ],
)
def test_an_order_with_invalid_notes_is_refused(api, notes):
    body = {"filename": "mug.jpg", "content_type": "image/jpeg", **notes}
    answer = api.post("/v1/photos", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


@pytest.mark.parametrize(
    ("looks", "code"),
    [
        ([OIL, {"styles": {"oil": 0.5}}], "same_look_twice"),
        ([{"styles": {"oil": 0.5, "auto": 0.5}}], "style_stands_alone"),
        ([OIL | {"protection": "hard"}], "enum"),
        ([OIL | {"levels": {"colour": 2}}], "less_than_equal"),
    ],
)
def test_an_invalid_look_is_refused_with_a_stable_code(api, looks, code):
    answer = api.post("/v1/photos", json={"filename": "a", "content_type": "image/jpeg", "looks": looks})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert {error["code"] for error in answer.json()["errors"]} == {code}


@pytest.mark.parametrize(
    ("method", "path", "content", "status", "code"),
    [
        ("GET", "/v1/photos/" + "0" * 32, None, 404, "photo_not_found"),
        ("GET", f"/v1/photos/{'0' * 32}/explanation", None, 404, "photo_not_found"),
        ("GET", "/v1/photos/no-id", None, 422, "invalid_request"),
        ("GET", "/v1/photos?limit=0", None, 422, "invalid_request"),
        ("GET", "/v1/photos?cursor=forged", None, 422, "invalid_request"),
        ("GET", "/nothing/here", None, 404, "not_found"),
        ("DELETE", "/v1/photos", None, 405, "method_not_allowed"),
        ("POST", "/v1/photos", "{", 422, "invalid_request"),
        ("POST", "/v1/photos", b"\xff{}", 422, "invalid_request"),
        ("POST", "/v1/photos", "{}", 422, "invalid_request"),
        ("POST", "/v1/photos", '{"filename": "../a", "content_type": "image/jpeg"}', 422, "invalid_request"),
        ("POST", "/v1/photos", '{"filename": "a", "content_type": "text/html"}', 422, "invalid_request"),
        ("POST", "/v1/photos", '{"filename": "a", "content_type": "image/jpeg", "extra": 1}', 422, "invalid_request"),
        ("POST", "/v1/photos",
         '{"filename": "a", "content_type": "image/jpeg", "looks": [{"styles": {"oil": NaN}}]}', 422, "invalid_request"),
    ],
)  # fmt: skip
def test_every_error_is_a_problem_with_a_stable_code(api, method, path, content, status, code):
    answer = api.request(method, path, content=content, headers={"content-type": "application/json"})
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert problem["detail"]


def test_a_body_above_the_limit_is_413_before_it_is_parsed(api):
    largest = b"{" + b" " * (64 * 1024 - 1)
    headers = {"content-type": "application/json"}
    assert api.post("/v1/photos", content=largest, headers=headers).status_code == 422
    answer = api.post("/v1/photos", content=largest + b" ", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "request_too_large")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"] == answer.json()["request_id"]


LONG = "x" * 1000


@pytest.mark.parametrize(
    ("path", "order"),
    [
        ("/v1/photos", {"filename": "a", "content_type": "image/jpeg", "looks": [1] * 20_000}),
        ("/v1/photos", {"looks": [{"styles": {f"UPPER-{n}": 2 for n in range(3_000)}}]}),
        ("/v1/photos", {"looks": [{f"unknown-{n}": 2 for n in range(3_000)}]}),
        ("/v1/photos", {f"{LONG}{n}": LONG for n in range(30)}),
        (f"/{LONG * 20}", None),
        (f"/v1/photos/{LONG * 20}", None),
    ],
)
def test_an_error_is_short_whatever_was_sent(api, path, order):
    answer = api.post(path, json=order) if order else api.get(path)
    assert answer.status_code in {404, 422}
    assert len(answer.json()["errors"]) <= 10
    assert len(answer.content) < 10_000


def test_the_number_of_further_errors_is_in_the_detail(api):
    answer = api.post("/v1/photos", json={f"unknown{n}": 1 for n in range(30)}).json()
    assert len(answer["errors"]) == 10
    assert answer["detail"].endswith("; 29 more"), (
        "30 unknown fields and two missing ones, three of them named"
    )


@pytest.mark.parametrize("number", [1e-131, 1e-200, 5e-324, 9e-4, float("nan"), float("inf"), -1e-200])
@pytest.mark.parametrize(
    "look",
    [
        lambda n: {"styles": {"oil": n}},
        lambda n: {"styles": {"oil": 1, "pencil": n}},
        lambda n: {"styles": {"oil": 1}, "strength": n},
        lambda n: {"styles": {"oil": 1}, "levels": {"motif": n}},
    ],
    ids=["weight", "mix", "strength", "level"],
)
def test_shares_too_small_to_show_are_422(api, look, number):
    body = {"filename": "a.jpg", "content_type": "image/jpeg", "looks": [look(number)]}
    answer = api.post("/v1/photos", content=json.dumps(body), headers={"content-type": "application/json"})
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["code"] in {
        "share_too_small",
        "greater_than",
        "greater_than_equal",
        "less_than_equal",
    }


def client_error(code, status):
    from botocore.exceptions import ClientError

    error = {"Code": code, "Message": "arn:aws:iam::123456789012:role/secret is not authorized"}
    return ClientError({"Error": error, "ResponseMetadata": {"HTTPStatusCode": status}}, "GetItem")


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (client_error("ProvisionedThroughputExceededException", 400), 503, "unavailable"),
        (client_error("InternalServerError", 500), 503, "unavailable"),
        (client_error("Whatever", 503), 503, "unavailable"),
        (ConnectTimeoutError(endpoint_url="https://secret"), 503, "unavailable"),
        (ReadTimeoutError(endpoint_url="https://secret"), 503, "unavailable"),
        (client_error("AccessDeniedException", 400), 500, "internal_error"),
        (client_error("ValidationException", 400), 500, "internal_error"),
        (ParamValidationError(report="secret"), 500, "internal_error"),
        (ZeroDivisionError("secret"), 500, "internal_error"),
    ],
    ids=repr,
)
def test_only_what_may_pass_is_503_and_no_error_of_the_sdk_reaches_callers(
    api, monkeypatch, error, status, code
):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(storefront.tenant_stores("main").photos._table, "get_item", fail)
    answer = api.get(f"/v1/photos/{makers.PHOTO_ID}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert ("retry-after" in answer.headers) == (status == 503)
    assert not [word for word in ("secret", "arn", "123456789012", "GetItem") if word in answer.text]


def test_a_bug_is_500(api, monkeypatch):
    def bug(*_):
        raise ZeroDivisionError

    monkeypatch.setattr("limner.adapters.dynamodb.DynamoDbPhotos.get", bug)
    answer = api.get(f"/v1/photos/{makers.PHOTO_ID}")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"] == answer.json()["request_id"]


def test_openapi_describes_problems_and_examples(app, api):
    description = api.get("/openapi.json").json()
    assert description["openapi"].startswith("3.1")
    assert set(description["paths"]) == {
        "/v1/sign-in",
        "/v1/styles",
        "/v1/styles/search",
        "/v1/styles/own",
        "/v1/styles/own/{style_id}",
        "/v1/uploads",
        "/v1/photos",
        "/v1/photos/import",
        "/v1/batches",
        "/v1/batches/{batch_id}",
        "/v1/webhooks",
        "/v1/webhooks/{webhook_id}",
        "/v1/webhooks/{webhook_id}/deliveries",
        "/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver",
        "/v1/webhooks/{webhook_id}/rotate-secret",
        "/v1/webhooks/{webhook_id}/test",
        "/v1/photos/{photo_id}",
        "/v1/photos/{photo_id}/explanation",
        "/v1/photos/{photo_id}/upload",
        "/v1/photos/{photo_id}/looks",
        "/v1/photos/{photo_id}/retry",
        "/v1/photos/{photo_id}/cancel",
        "/v1/photos/{photo_id}/restore",
        "/v1/photos/{photo_id}/versions",
        "/v1/settings",
        "/v1/settings/history",
        "/v1/reviews",
        "/v1/reviews/decisions",
        "/v1/reviews/report",
        "/v1/reviews/{review_id}",
        "/v1/reviews/{review_id}/approve",
        "/v1/reviews/{review_id}/reject",
        "/v1/reviews/{review_id}/redo",
        "/v1/collections",
        "/v1/collections/{collection_id}",
        "/v1/collections/{collection_id}/external-ids",
        "/v1/campaigns",
        "/v1/campaigns/{campaign_id}",
        "/v1/campaigns/{campaign_id}/cancel",
        "/v1/campaigns/{campaign_id}/estimate",
        "/v1/campaigns/{campaign_id}/pause",
        "/v1/campaigns/{campaign_id}/photos",
        "/v1/campaigns/{campaign_id}/photos/{photo_id}/publish",
        "/v1/campaigns/{campaign_id}/photos/{photo_id}/unpublish",
        "/v1/campaigns/{campaign_id}/preview",
        "/v1/campaigns/{campaign_id}/publish",
        "/v1/campaigns/{campaign_id}/resume",
        "/v1/campaigns/{campaign_id}/run",
        "/v1/campaigns/{campaign_id}/unpublish",
        "/v1/published",
        "/v1/marketplaces",
        "/v1/packs",
        "/v1/packs/{pack_id}",
        "/v1/packs/{pack_id}/archives/{marketplace}",
        "/v1/usage",
        "/v1/provenance",
        "/v1/recommendations",
        "/v1/recommendations/report",
        "/v1/events",
        "/v1/visitors/{visitor}",
    }
    responses = description["paths"]["/v1/photos"]["post"]["responses"]
    assert responses["422"] == {"$ref": "#/components/responses/UnprocessableEntity"}
    shared = description["components"]["responses"]["UnprocessableEntity"]
    assert "application/problem+json" in shared["content"]
    schemas = description["components"]["schemas"]
    UploadRequest.model_validate(schemas["UploadRequest"]["example"])
    ExplanationView.model_validate(schemas["ExplanationView"]["example"])


def test_the_page_has_a_security_policy_with_the_buckets_origins(api):
    page = api.get("/")
    policy = page.headers["content-security-policy"]
    assert page.headers["content-type"].startswith("text/html")
    assert "https://limner-uploads.s3.eu-central-1.amazonaws.com" in policy
    assert "https://limner-results.s3.eu-central-1.amazonaws.com" in policy
    for directive in (
        "default-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ):
        assert directive in policy.split("; ")
    assert "unsafe" not in policy


EVERY_ROUTE = {
    "/": "no-cache",
    "/assets/app.js": "no-cache",
    "/v1/styles": "public, max-age=300, stale-while-revalidate=86400",
    "/v1/sign-in": "no-cache",
    "/openapi.json": "public, max-age=300, stale-while-revalidate=86400",
    "/v1/photos": "private, no-store",
    f"/v1/batches/{'b' * 32}": "private, no-store",
    f"/v1/photos/{makers.PHOTO_ID}": "private, no-store",
    f"/v1/photos/{makers.PHOTO_ID}/explanation": "private, no-store",
    f"/v1/photos/{makers.PHOTO_ID}/versions": "private, no-store",
    "/v1/photos/none": "private, no-store",
    "/v1/styles/search": "private, no-store",
    "/v1/styles/own": "private, no-store",
    f"/v1/styles/own/{makers.STYLE_ID}": "private, no-store",
    "/v1/collections": "private, no-store",
    f"/v1/collections/{'c' * 32}": "private, no-store",
    "/v1/campaigns": "private, no-store",
    f"/v1/campaigns/{'c' * 32}": "private, no-store",
    f"/v1/campaigns/{'c' * 32}/photos": "private, no-store",
    f"/v1/campaigns/{'c' * 32}/preview": "private, no-store",
    "/v1/published": "private, no-store",
    "/v1/marketplaces": "private, no-store",
    f"/v1/packs/{'d' * 32}": "private, no-store",
    f"/v1/packs/{'d' * 32}/archives/ebay": "private, no-store",
    "/v1/reviews": "private, no-store",
    "/v1/reviews/decisions": "private, no-store",
    "/v1/reviews/report": "private, no-store",
    f"/v1/reviews/{makers.PHOTO_ID}-{'0' * 20}": "private, no-store",
    "/v1/settings": "private, no-store",
    "/v1/settings/history": "private, no-store",
    "/v1/webhooks": "private, no-store",
    f"/v1/webhooks/{makers.ENDPOINT_ID}": "private, no-store",
    f"/v1/webhooks/{makers.ENDPOINT_ID}/deliveries": "private, no-store",
    "/v1/usage": "private, no-store",
    "/v1/recommendations": "private, no-store",
    "/v1/recommendations/report": "private, no-store",
    "/nothing": "private, no-store",
}


@pytest.mark.parametrize(("path", "cache"), EVERY_ROUTE.items())
def test_every_response_has_the_security_headers_and_only_public_ones_are_kept(api, photos, path, cache):
    ready(photos)
    headers = api.get(path).headers
    assert headers["cache-control"] == cache
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["strict-transport-security"].startswith("max-age=63072000")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_every_route_is_tested_for_its_headers(app):
    """A new route is private unless it is named public."""
    ids = {
        "{photo_id}": makers.PHOTO_ID,
        "{style_id}": makers.STYLE_ID,
        "{batch_id}": "b" * 32,
        "{collection_id}": "c" * 32,
        "{campaign_id}": "c" * 32,
        "{pack_id}": "d" * 32,
        "{marketplace}": "ebay",
        "{webhook_id}": makers.ENDPOINT_ID,
        "{review_id}": f"{makers.PHOTO_ID}-{'0' * 20}",
    }
    paths = set()
    for route in iter_route_contexts(app.routes):
        if "GET" in (route.methods or ()):
            paths.add(reduce(lambda path, name: path.replace(name, ids[name]), ids, route.path))
    assert paths <= set(EVERY_ROUTE)


def test_the_former_route_orders_too_and_says_until_when(api, photos):
    answer = api.post("/v1/uploads", json={"filename": "mug.jpg", "content_type": "image/png"})
    assert answer.status_code == 201
    assert photos.get(PhotoKey(makers.TENANT, answer.json()["photo_id"]))
    assert re.fullmatch(r"@\d{10}", answer.headers["deprecation"]), "RFC 9745"
    assert parsedate_to_datetime(answer.headers["sunset"]) > datetime.now(UTC), "RFC 8594"
    assert answer.headers["link"] == '</v1/photos>; rel="successor-version"'
    assert api.get("/openapi.json").json()["paths"]["/v1/uploads"]["post"]["deprecated"] is True
    assert "deprecation" not in api.post("/v1/photos", json={}).headers


def test_an_upload_form_is_private(api):
    order = api.post("/v1/photos", json={"filename": "mug.jpg", "content_type": "image/png"})
    assert order.headers["cache-control"] == "private, no-store"
