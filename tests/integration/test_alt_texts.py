"""Texts for the attribute `alt` in the answers about photos, in the languages that are asked for."""

import pytest
from fastapi.testclient import TestClient

from limner.bootstrap import pipeline
from limner.languages import LANGUAGES
from limner.looks import Look
from tests import makers
from tests.callers import Gateway, caller
from tests.function_modules import load

PHOTO = f"/v1/photos/{makers.PHOTO_ID}"


@pytest.fixture
def api(storefront_aws, function_environment):
    function_environment("StorefrontFunction")
    return TestClient(Gateway(load("storefront").app, caller().context()), raise_server_exceptions=False)


@pytest.fixture
def photo(api):
    photos = pipeline.photos("limner-photos")
    photo = makers.photo(source=makers.source(), external_id="MUG-0042", metadata={"name.ja": "青いマグ"})
    photos.record_upload(photo)
    picture = makers.full_picture(look=Look(styles={"oil": 1.0}), chosen=None, dominant_colour="#8b5a2b")
    photos.record_results(photo.key, makers.results(pictures=(picture,)))
    photos.record_variants(photo.key, makers.variants())


def test_a_photo_has_texts_for_itself_and_each_picture(api, photo):
    answer = api.get(PHOTO).json()
    assert set(answer["alt"]) == set(answer["results"][0]["alt"]) == set(LANGUAGES)
    assert answer["results"][0]["alt"]["de"] == "MUG-0042 als Ölgemälde, überwiegend braun"
    assert answer["results"][0]["alt"]["ja"] == "油絵風の青いマグ、主な色は茶色"


def test_languages_may_be_chosen(api, photo):
    assert set(api.get(PHOTO, params={"lang": "fr,de"}).json()["alt"]) == {"de", "fr"}
    (card,) = api.get("/v1/photos").json()["photos"]
    assert card["alt"] == {"en": "MUG-0042 as an oil painting, mainly brown"}
    (card,) = api.get("/v1/photos", params={"lang": "zh"}).json()["photos"]
    assert card["alt"] == {"zh": "油画风格的MUG-0042，以棕色为主"}
    (whole,) = api.get("/v1/photos", params={"expand": "results", "lang": "es"}).json()["photos"]
    assert set(whole["results"][0]["alt"]) == {"es"}


def test_another_language_is_another_answer_for_caches(api, photo):
    tag = api.get(PHOTO, params={"lang": "de"}).headers["etag"]
    assert api.get(PHOTO, params={"lang": "de"}, headers={"If-None-Match": tag}).status_code == 304
    assert api.get(PHOTO, params={"lang": "fr"}, headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize("lang", ["", "xx", "de,", "de;fr", "DE", "de,fr,es,en,ja,zh,de"])
@pytest.mark.parametrize("path", [PHOTO, "/v1/photos"])
def test_a_language_that_is_not_known_is_422(api, photo, path, lang):
    answer = api.get(path, params={"lang": lang})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
