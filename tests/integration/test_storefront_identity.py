"""Who may call which route: every route of the app is either named public here, or has an identity and a scope."""

import json

import pytest
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient

from limner.adapters.tenants import DynamoDbTenants
from limner.api.log import logger
from limner.errors import PhotoNotFound
from limner.identity import CredentialProblem, Scope, refusal_context
from limner.views.headers import PUBLIC_PATHS
from tests import makers
from tests.callers import ALL_SCOPES, KEY_ID, Gateway, caller
from tests.function_modules import load

SCOPE_BY_ROUTE = {
    ("GET", "/v1/photos"): Scope.PHOTOS_READ,
    ("GET", "/v1/photos/{photo_id}"): Scope.PHOTOS_READ,
    ("GET", "/v1/photos/{photo_id}/explanation"): Scope.PHOTOS_READ,
    ("POST", "/v1/photos"): Scope.PHOTOS_WRITE,
    ("POST", "/v1/batches"): Scope.PHOTOS_WRITE,
    ("GET", "/v1/batches/{batch_id}"): Scope.PHOTOS_READ,
    ("POST", "/v1/photos/import"): Scope.PHOTOS_WRITE,
    ("POST", "/v1/uploads"): Scope.PHOTOS_WRITE,
    ("POST", "/v1/photos/{photo_id}/upload"): Scope.PHOTOS_WRITE,
    ("POST", "/v1/photos/{photo_id}/looks"): Scope.PHOTOS_WRITE,
    ("POST", "/v1/photos/{photo_id}/retry"): Scope.PHOTOS_WRITE,
    ("POST", "/v1/photos/{photo_id}/cancel"): Scope.PHOTOS_WRITE,
    ("POST", "/v1/photos/{photo_id}/restore"): Scope.PHOTOS_WRITE,
    ("GET", "/v1/photos/{photo_id}/versions"): Scope.PHOTOS_READ,
    ("DELETE", "/v1/photos/{photo_id}"): Scope.PHOTOS_WRITE,
    ("POST", "/v1/styles"): Scope.STYLES_WRITE,
    ("GET", "/v1/styles/search"): Scope.PHOTOS_READ,
    ("GET", "/v1/styles/own"): Scope.PHOTOS_READ,
    ("GET", "/v1/styles/own/{style_id}"): Scope.PHOTOS_READ,
    ("DELETE", "/v1/styles/own/{style_id}"): Scope.STYLES_WRITE,
    ("POST", "/v1/collections"): Scope.PHOTOS_WRITE,
    ("GET", "/v1/collections"): Scope.PHOTOS_READ,
    ("GET", "/v1/collections/{collection_id}"): Scope.PHOTOS_READ,
    ("POST", "/v1/collections/{collection_id}/external-ids"): Scope.PHOTOS_WRITE,
    ("DELETE", "/v1/collections/{collection_id}"): Scope.PHOTOS_WRITE,
    ("POST", "/v1/campaigns"): Scope.PHOTOS_WRITE,
    ("GET", "/v1/campaigns"): Scope.PHOTOS_READ,
    ("GET", "/v1/campaigns/{campaign_id}"): Scope.PHOTOS_READ,
    ("GET", "/v1/campaigns/{campaign_id}/photos"): Scope.PHOTOS_READ,
    ("POST", "/v1/campaigns/{campaign_id}/estimate"): Scope.PHOTOS_WRITE,
    ("POST", "/v1/campaigns/{campaign_id}/preview"): Scope.PHOTOS_WRITE,
    ("GET", "/v1/campaigns/{campaign_id}/preview"): Scope.PHOTOS_READ,
    ("POST", "/v1/campaigns/{campaign_id}/run"): Scope.PHOTOS_WRITE,
    ("POST", "/v1/campaigns/{campaign_id}/pause"): Scope.PHOTOS_WRITE,
    ("POST", "/v1/campaigns/{campaign_id}/resume"): Scope.PHOTOS_WRITE,
    ("POST", "/v1/campaigns/{campaign_id}/cancel"): Scope.PHOTOS_WRITE,
    ("POST", "/v1/campaigns/{campaign_id}/publish"): Scope.PHOTOS_WRITE,
    ("POST", "/v1/campaigns/{campaign_id}/unpublish"): Scope.PHOTOS_WRITE,
    ("POST", "/v1/campaigns/{campaign_id}/photos/{photo_id}/unpublish"): Scope.PHOTOS_WRITE,
    ("POST", "/v1/campaigns/{campaign_id}/photos/{photo_id}/publish"): Scope.PHOTOS_WRITE,
    ("GET", "/v1/published"): Scope.PHOTOS_READ,
    ("GET", "/v1/reviews"): Scope.PHOTOS_READ,
    ("GET", "/v1/reviews/decisions"): Scope.PHOTOS_READ,
    ("GET", "/v1/reviews/report"): Scope.PHOTOS_READ,
    ("GET", "/v1/reviews/{review_id}"): Scope.PHOTOS_READ,
    ("POST", "/v1/reviews/{review_id}/approve"): Scope.PHOTOS_WRITE,
    ("POST", "/v1/reviews/{review_id}/reject"): Scope.PHOTOS_WRITE,
    ("POST", "/v1/reviews/{review_id}/redo"): Scope.PHOTOS_WRITE,
    ("GET", "/v1/settings"): Scope.ADMIN,
    ("PUT", "/v1/settings"): Scope.ADMIN,
    ("GET", "/v1/settings/history"): Scope.ADMIN,
    ("POST", "/v1/webhooks"): Scope.ADMIN,
    ("GET", "/v1/webhooks"): Scope.ADMIN,
    ("GET", "/v1/webhooks/{webhook_id}"): Scope.ADMIN,
    ("PATCH", "/v1/webhooks/{webhook_id}"): Scope.ADMIN,
    ("DELETE", "/v1/webhooks/{webhook_id}"): Scope.ADMIN,
    ("POST", "/v1/webhooks/{webhook_id}/rotate-secret"): Scope.ADMIN,
    ("POST", "/v1/webhooks/{webhook_id}/test"): Scope.ADMIN,
    ("GET", "/v1/webhooks/{webhook_id}/deliveries"): Scope.ADMIN,
    ("POST", "/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver"): Scope.ADMIN,
    ("GET", "/v1/usage"): Scope.ADMIN,
    ("GET", "/v1/marketplaces"): Scope.PHOTOS_READ,
    ("POST", "/v1/packs"): Scope.PHOTOS_WRITE,
    ("GET", "/v1/packs/{pack_id}"): Scope.PHOTOS_READ,
    ("GET", "/v1/packs/{pack_id}/archives/{marketplace}"): Scope.PHOTOS_READ,
    ("GET", "/v1/recommendations"): Scope.PHOTOS_READ,
    ("GET", "/v1/recommendations/report"): Scope.PHOTOS_READ,
    ("POST", "/v1/events"): Scope.PHOTOS_WRITE,
    ("DELETE", "/v1/visitors/{visitor}"): Scope.PHOTOS_WRITE,
    ("POST", "/v1/provenance"): Scope.PHOTOS_READ,
}
PUBLIC_ROUTES = {("GET", path) for path in PUBLIC_PATHS}
ORDER = {"filename": "mug.jpg", "content_type": "image/jpeg"}


@pytest.fixture
def app(storefront_aws, tenants_table, function_environment):
    function_environment("StorefrontFunction")
    for tenant in ("north", "south"):
        DynamoDbTenants(tenants_table).put(makers.tenant(tenant=tenant), 0)
    return load("storefront").app


def client(app, context):
    return TestClient(Gateway(app, context), raise_server_exceptions=False)


def call(api, method, path, **request):
    ids = {
        "{photo_id}": makers.PHOTO_ID,
        "{style_id}": makers.STYLE_ID,
        "{batch_id}": "b" * 32,
        "{collection_id}": "c" * 32,
        "{campaign_id}": "c" * 32,
        "{pack_id}": "d" * 32,
        "{marketplace}": "ebay",
        "{webhook_id}": makers.ENDPOINT_ID,
        "{delivery_id}": makers.delivery_id(1),
        "{visitor}": "f" * 64,
    }
    for name, value in ids.items():
        path = path.replace(name, value)
    return api.request(method, path, **request)


def routes_of(app):
    """(method, path) of every route; the mount of /assets has no methods."""
    return {
        (method, route.path)
        for route in iter_route_contexts(app.routes)
        for method in (route.methods or ())
        if method != "HEAD"
    }


def test_every_route_is_named_public_or_has_a_scope(app):
    assert routes_of(app) == PUBLIC_ROUTES | set(SCOPE_BY_ROUTE)
    assert not PUBLIC_ROUTES & set(SCOPE_BY_ROUTE)


@pytest.mark.parametrize("path", [*sorted(PUBLIC_PATHS), "/assets/app.js"])
def test_a_public_route_asks_for_nothing(app, path):
    assert client(app, None).get(path).status_code == 200


REFUSALS = {
    "missing_credentials": None,
    "invalid_credentials": refusal_context(CredentialProblem.INVALID),
    "expired_credentials": refusal_context(CredentialProblem.EXPIRED),
    "revoked_key": refusal_context(CredentialProblem.REVOKED),
}


@pytest.mark.parametrize("code", REFUSALS)
@pytest.mark.parametrize(("method", "path"), SCOPE_BY_ROUTE)
def test_a_private_route_answers_401_without_an_identity(app, method, path, code):
    for content in (b"", b"{", b"\xff", json.dumps(ORDER).encode()):
        answer = call(
            client(app, REFUSALS[code]),
            method,
            path,
            content=content,
            headers={"content-type": "application/json"},
        )
        assert (answer.status_code, answer.json()["code"]) == (401, code)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["cache-control"] == "private, no-store"
        assert answer.headers["www-authenticate"].startswith("Bearer")
    assert ("invalid_token" in answer.headers["www-authenticate"]) == (REFUSALS[code] is not None)


@pytest.mark.parametrize(("method", "path"), SCOPE_BY_ROUTE)
def test_a_private_route_answers_403_without_its_scope(app, method, path):
    needed = SCOPE_BY_ROUTE[method, path]
    for scopes in (ALL_SCOPES - {needed}, frozenset()):
        answer = call(client(app, caller(scopes=scopes).context()), method, path, content=b"{")
        assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")
        assert needed in answer.json()["detail"]
        assert answer.headers["www-authenticate"] == f'Bearer error="insufficient_scope", scope="{needed}"'
    allowed = call(client(app, caller(scopes=frozenset({needed})).context()), method, path, content=b"{")
    assert allowed.status_code not in {401, 403}


@pytest.mark.parametrize(
    "context",
    [
        {"tenant": "main"},
        caller().context() | {"tenant": ""},
        caller().context() | {"tenant": "Main/../other"},
        caller().context() | {"tenant": "main", "key_id": ""},
        caller().context() | {"livemode": "perhaps"},
    ],
)
def test_a_context_that_is_not_the_authorizers_is_401(app, context):
    answer = client(app, context).get("/v1/photos")
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")


def test_scopes_of_the_description_are_those_of_the_routes(app):
    paths = app.openapi()["paths"]
    for (method, path), scope in SCOPE_BY_ROUTE.items():
        operation = paths[path][method.lower()]
        assert operation["security"] == [{"bearer": [scope]}]
        assert {"401", "403"} <= set(operation["responses"])
    assert "security" not in paths["/v1/styles"]["get"]


def test_the_tenant_is_the_callers_whatever_the_request_says(app, table):
    api = client(app, caller("north").context())
    assert api.post("/v1/photos?tenant=south", json=ORDER).status_code == 422
    order = api.post("/v1/photos", json=ORDER, headers={"x-tenant": "south"}).json()
    assert order["upload"]["fields"]["key"] == f"uploads/north/{order['photo_id']}"
    assert api.post("/v1/photos", json=ORDER | {"tenant": "south"}).status_code == 422
    (row,) = table.scan()["Items"]
    assert row["tenant"] == "north"


def test_another_tenants_photo_is_answered_as_an_unknown_one(app):
    order = client(app, caller("north").context()).post("/v1/photos", json=ORDER).json()
    south = client(app, caller("south").context())
    unknown = "0" * 32
    for path in ("/v1/photos/{}", "/v1/photos/{}/explanation"):
        others, none = south.get(path.format(order["photo_id"])), south.get(path.format(unknown))
        assert others.status_code == none.status_code == 404
        ids = (order["photo_id"], others.json()["request_id"]), (unknown, none.json()["request_id"])
        bodies = [
            answer.text.replace(photo_id, "ID").replace(request_id, "REQUEST")
            for answer, (photo_id, request_id) in zip((others, none), ids, strict=True)
        ]
        assert bodies[0] == bodies[1]


def test_log_lines_have_the_tenant_and_the_key_and_never_those_of_another_request(app, monkeypatch):
    logged = []

    def look_at_the_logger(*_):
        logged.append(dict(logger.get_current_keys()))
        raise PhotoNotFound

    monkeypatch.setattr("limner.adapters.dynamodb.DynamoDbPhotos.get", look_at_the_logger)
    monkeypatch.setattr("limner.api.page.sign_in_view", look_at_the_logger)
    for api, path in (
        (client(app, caller().context()), f"/v1/photos/{makers.PHOTO_ID}"),
        (client(app, None), "/v1/sign-in"),
    ):
        answer = api.get(path)
        assert answer.json()["request_id"] == logged[-1]["request_id"]
    assert (logged[0]["tenant"], logged[0]["key_id"]) == (makers.TENANT, KEY_ID)
    assert not {"tenant", "key_id"} & set(logged[1])
