"""Styles found by words through the API: for everybody, and with a tenant's own styles."""

import pytest
from fastapi.testclient import TestClient

from limner.bootstrap import pipeline
from tests import makers
from tests.callers import Gateway, caller
from tests.function_modules import load
from tests.integration.conftest import NAMES

PUBLIC, PRIVATE = "/v1/styles", "/v1/styles/search"
ORDER = {"filename": "mug.jpg", "content_type": "image/jpeg"}


@pytest.fixture
def app(storefront_aws, function_environment):
    function_environment("StorefrontFunction")
    return load("storefront").app


@pytest.fixture
def api(app):
    return TestClient(Gateway(app, caller().context()), raise_server_exceptions=False)


@pytest.fixture
def own_style():
    styles = pipeline.own_styles(NAMES["TenantsTable"])
    style = makers.own_style(name="Herbst Plakat")
    styles.add(style)
    styles.record_end(style.tenant, style.style_id, makers.learned_style(preview=makers.rendition()))
    return style.style_id


def ids(answer):
    return [style["id"] for style in answer.json()["styles"]]


@pytest.mark.parametrize("path", [PUBLIC, PRIVATE])
@pytest.mark.parametrize(
    ("query", "first"), [("warm vintage poster", "art-deco"), ("像水彩一样清新", "watercolour")]
)
def test_words_find_styles_and_a_look_that_can_be_ordered(api, path, query, first):
    answer = api.get(path, params={"q": query})
    assert answer.status_code == 200
    assert ids(answer)[0] == first
    scores = [style["score"] for style in answer.json()["styles"]]
    assert scores == sorted(scores, reverse=True)
    look = answer.json()["suggestion"]
    assert look["styles"] == {first: 1}
    assert api.post("/v1/photos", json=ORDER | {"looks": [look]}).status_code == 201


@pytest.mark.parametrize("path", [PUBLIC, PRIVATE])
def test_what_is_not_found_is_an_empty_list(api, path):
    answer = api.get(path, params={"q": "xyzzy"})
    assert answer.status_code == 200
    assert answer.json() | {"model": None} == {
        "model": None,
        "styles": [],
        "language": None,
        "suggestion": None,
    }


@pytest.mark.parametrize("path", [PUBLIC, PRIVATE])
@pytest.mark.parametrize("query", [None, "", "  "])
def test_without_words_all_styles_are_listed(api, path, query):
    answer = api.get(path, params={} if query is None else {"q": query})
    assert len(ids(answer)) > 30
    assert ids(answer)[0] == "auto"
    assert {style["score"] for style in answer.json()["styles"]} == {None}
    assert answer.json()["suggestion"] is None


@pytest.mark.parametrize("path", [PUBLIC, PRIVATE])
@pytest.mark.parametrize("query", ["q=" + "a" * 201, "lang=english%20please", "lang=", "search=oil"])
def test_what_is_too_long_or_unknown_is_422(api, path, query):
    answer = api.get(f"{path}?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_the_language_may_be_given(api):
    answer = api.get(PUBLIC, params={"q": "mi aquarelle", "lang": "fr-CA"}).json()
    assert (answer["language"], answer["suggestion"]["strength"]) == ("fr", 0.5)


def test_the_public_answer_is_kept_by_its_address_and_depends_on_nothing_else(app, own_style):
    anonymous = TestClient(Gateway(app, None), raise_server_exceptions=False)
    own = TestClient(Gateway(app, caller().context()), raise_server_exceptions=False)
    query = {"q": "herbst plakat"}
    answers = [
        anonymous.get(PUBLIC, params=query),
        own.get(PUBLIC, params=query),
        anonymous.get(PUBLIC, params=query, headers={"Accept-Language": "ja"}),
    ]
    assert {answer.text for answer in answers} == {answers[0].text}
    assert own_style not in ids(answers[0])
    for answer in answers:
        assert answer.headers["cache-control"].startswith("public, max-age=300")
        tag = {"If-None-Match": answer.headers["etag"]}
        assert anonymous.get(PUBLIC, params=query, headers=tag).status_code == 304


def test_own_styles_are_found_by_their_names(api, own_style):
    answer = api.get(PRIVATE, params={"q": "herbstplakat"})
    assert answer.headers["cache-control"] == "private, no-store"
    found = answer.json()["styles"][0]
    assert (found["id"], found["name"], found["family"]) == (own_style, "Herbst Plakat", "own")
    assert found["preview"].startswith("https://")
    mixed = api.get(PRIVATE, params={"q": "halb Herbst Plakat, halb Aquarell"}).json()["suggestion"]
    assert mixed["styles"] == {own_style: 0.5, "watercolour": 0.5}
    assert api.post("/v1/photos", json=ORDER | {"looks": [mixed]}).status_code == 201
    assert ids(api.get(PRIVATE))[0] == own_style


def test_styles_that_are_not_learned_yet_are_not_found(api):
    pipeline.own_styles(NAMES["TenantsTable"]).add(makers.own_style(name="Herbst Plakat"))
    assert "own" not in {
        style["family"] for style in api.get(PRIVATE, params={"q": "herbst plakat"}).json()["styles"]
    }


def test_another_tenants_styles_are_not_found(app, own_style, tenants_table):
    from limner.adapters.tenants import DynamoDbTenants

    DynamoDbTenants(tenants_table).put(makers.tenant(tenant="walnut"), 0)
    other = TestClient(Gateway(app, caller("walnut").context()), raise_server_exceptions=False)
    assert own_style not in ids(other.get(PRIVATE, params={"q": "herbst plakat"}))
    assert own_style not in ids(other.get(PRIVATE))
