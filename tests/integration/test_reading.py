"""Reading photos cheaply: lists, conditional requests, HEAD, compression, waiting, methods and media types."""

import gzip
import threading
from datetime import timedelta

import pytest
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient

from limner.api.page import with_limits
from limner.api.page_assets import PageAssets
from limner.bootstrap import pipeline, storefront
from limner.photos import Failure
from limner.tenancy import PhotoKey
from photo_files.intake import Limits
from tests import makers
from tests.callers import Gateway, caller
from tests.function_modules import load

PHOTO = f"/v1/photos/{makers.PHOTO_ID}"


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


def upload(photos, number=None, **changes):
    photo_id = makers.PHOTO_ID if number is None else f"{number:032x}"
    created_at = makers.NOON + timedelta(hours=number or 0)
    photo = makers.photo(photo_id=photo_id, created_at=created_at, source=makers.source(), **changes)
    photos.record_upload(photo)
    return photo.key


def ready(photos, number=None, **changes):
    key = upload(photos, number, **changes)
    photos.record_results(key, makers.results(pictures=(makers.full_picture(),)))
    photos.record_variants(key, makers.variants())
    return key


def ids(answer):
    assert answer.status_code == 200, answer.text
    return [int(photo["photo_id"], 16) for photo in answer.json()["photos"]]


def test_a_list_has_cards_and_with_expand_whole_photos(api, photos):
    ready(photos, 1, external_id="MUG-1", tags=("mugs",))
    (card,) = api.get("/v1/photos").json()["photos"]
    assert card["look_names"] == ["oil-100.s80"]
    assert "X-Amz-Signature" in card["thumbnail"].pop("url")
    assert card["thumbnail"].pop("expires_at")
    assert card["thumbnail"] == {"width": 640, "height": 480, "bytes": 999, "content_type": "image/jpeg"}
    assert (card["external_id"], card["status"], card["failure_code"]) == ("MUG-1", "READY", None)
    assert set(card) == {
        "photo_id", "external_id", "filename", "status", "created_at", "updated_at", "look_names",
        "thumbnail", "alt", "failure_code", "livemode",
    }  # fmt: skip
    (one,) = api.get("/v1/photos", params={"expand": "results"}).json()["photos"]
    assert (len(one["results"]), one["original"], one["tags"]) == (1, [], ["mugs"])
    (whole,) = api.get("/v1/photos", params={"expand": "results,original"}).json()["photos"]
    single = api.get(f"/v1/photos/{1:032x}").json()
    signed_anew = dict.fromkeys(("original", "results", "srcset"))
    assert whole | signed_anew == single | signed_anew
    assert len(whole["original"]) == len(single["original"]) == 1


def test_a_failed_photos_card_has_the_code(api, photos):
    key = upload(photos, 1)
    photos.record_failure(
        key, Failure(sequencer=makers.SEQUENCER, code="too_small", message="…", at=makers.NOON)
    )
    (card,) = api.get("/v1/photos", params={"status": "FAILED"}).json()["photos"]
    assert (card["failure_code"], card["thumbnail"]) == ("too_small", None)


def test_lists_are_filtered_and_sorted(api, photos):
    for number in range(4):
        upload(photos, number, external_id=f"SKU-{number % 2}", tags=("even",) if number % 2 == 0 else ())
    ready(photos, 9)
    assert ids(api.get("/v1/photos")) == [9, 3, 2, 1, 0]
    assert ids(api.get("/v1/photos", params={"status": "READY"})) == [9]
    assert ids(api.get("/v1/photos", params={"status": "UPLOADED", "sort": "updated_at"})) == [3, 2, 1, 0]
    assert ids(api.get("/v1/photos", params={"external_id": "SKU-1"})) == [3, 1]
    assert ids(api.get("/v1/photos", params={"tag": "even"})) == [2, 0]
    asked = ",".join(f"{number:032x}" for number in (1, 77, 3))
    assert ids(api.get("/v1/photos", params={"ids": asked})) == [1, 3]
    assert ids(api.get("/v1/photos", params={"ids": asked, "external_id": "SKU-0"})) == []
    assert ids(api.get("/v1/photos", params={"updated_since": "2100-01-01T00:00:00Z"})) == []
    newest = photos.get(PhotoKey(makers.TENANT, f"{9:032x}")).updated_at
    assert ids(api.get("/v1/photos", params={"updated_since": newest.isoformat()})) == [9]


def test_the_queries_of_the_page_are_answered(api, photos):
    """Those of `getPhotosById` and `getPhotos` in functions/storefront/pages/api.js."""
    for number in range(3):
        upload(photos, number, external_id=f"SKU-{number}")
    whole = "expand=results,original&lang=en"
    asked = f"{1:032x},{2:032x},{'f' * 32}"
    by_id = api.get(f"/v1/photos?limit=50&{whole}&ids={asked}")
    assert sorted(ids(by_id)) == [1, 2]
    again = api.get(str(by_id.url), headers={"If-None-Match": by_id.headers["etag"]})
    assert again.status_code == 304
    filters = "status=UPLOADED&external_id=SKU-1&updated_since=2020-01-01T00%3A00%3A00.000Z"
    found = api.get(f"/v1/photos?limit=12&{whole}&{filters}")
    assert ids(found) == [1]
    assert {"results", "original", "livemode", "failure"} <= set(found.json()["photos"][0])


def test_an_order_is_found_by_its_external_id_before_its_upload(api):
    order = {"filename": "mug.jpg", "content_type": "image/jpeg", "external_id": "MUG / 7"}
    photo_id = api.post("/v1/uploads", json=order).json()["photo_id"]
    (card,) = api.get("/v1/photos", params={"external_id": "MUG / 7"}).json()["photos"]
    assert (card["photo_id"], card["status"]) == (photo_id, "AWAITING_UPLOAD")
    (card,) = api.get("/v1/photos", params={"ids": photo_id, "status": "AWAITING_UPLOAD"}).json()["photos"]
    assert card["photo_id"] == photo_id
    assert ids(api.get("/v1/photos")) == []


@pytest.mark.parametrize(
    "query",
    [
        "status=ready",
        "status=AWAITING_UPLOAD",
        "updated_since=yesterday",
        "updated_since=1767225600",
        "updated_since=2026-01-01T00:00:00",
        "updated_since=0001-01-01T00:00:00%2B01:00",
        "updated_since=9999-12-31T23:59:59-01:00",
        "ids=",
        "ids=1",
        "ids=" + ",".join(["0" * 32] * 51),
        "sort=filename",
        "expand=everything",
        "expand=results,",
        "external_id=" + "x" * 129,
        "tag=a,b",
        "page=2",
        "Status=READY",
        "limit=51",
    ],
)
def test_parameters_that_are_not_understood_are_422(api, query):
    answer = api.get(f"/v1/photos?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request"), answer.text


def test_unknown_parameters_are_422_on_every_route(app, api):
    for route in iter_route_contexts(app.routes):
        if not (route.path or "").startswith("/v1/"):
            continue
        for method in route.methods:
            path = route.path.replace("{photo_id}", makers.PHOTO_ID)
            answer = api.request(method, f"{path}?colour=red")
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request"), (method, path)
            assert answer.json()["errors"][0]["at"] == "query/colour"


def test_a_list_is_paged_by_its_link_header(api, photos):
    for number in range(5):
        upload(photos, number, tags=("a b",))
    seen, address = [], "/v1/photos?limit=2&tag=a%20b&sort=updated_at"
    while address:
        answer = api.get(address)
        seen += ids(answer)
        link = answer.links.get("next")
        assert bool(link) == bool(answer.json()["next_cursor"])
        address = str(answer.url.join(link["url"])) if link else None
        assert address is None or address.startswith("http://testserver/v1/photos?")
    assert seen == [4, 3, 2, 1, 0]


def test_a_cursor_is_good_for_its_own_filters_and_tenant_alone(app, api, photos):
    for number in range(3):
        upload(photos, number, tags=("mugs", "cups"))
    cursor = api.get("/v1/photos", params={"limit": 1, "tag": "mugs"}).json()["next_cursor"]
    assert ids(api.get("/v1/photos", params={"tag": "mugs", "cursor": cursor, "limit": 5})) == [1, 0]
    others = [{}, {"tag": "cups"}, {"tag": "mugs", "sort": "updated_at"}, {"tag": "mugs", "status": "READY"}]
    for query in others:
        answer = api.get("/v1/photos", params={**query, "cursor": cursor})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request"), query


def test_an_unchanged_photo_is_304_of_few_bytes_while_its_links_are_good(api, photos, monkeypatch):
    ready(photos)
    start = pipeline.now().replace(year=2040, minute=0, second=1)
    monkeypatch.setattr(pipeline, "now", lambda: start)
    first = api.get(PHOTO)
    tag = first.headers["etag"]
    assert tag.startswith('W/"')
    again = api.get(PHOTO, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tag
    assert api.get(PHOTO, headers={"If-None-Match": f'"other", {tag}'}).status_code == 304
    assert api.get(PHOTO, headers={"If-None-Match": '"other"'}).status_code == 200
    life = storefront.storefront_settings().link_seconds
    monkeypatch.setattr(pipeline, "now", lambda: start + timedelta(seconds=life / 2))
    renewed = api.get(PHOTO, headers={"If-None-Match": tag})
    assert renewed.status_code == 200, "half of the links' life is over"
    assert renewed.headers["etag"] != tag


def test_what_a_caller_sees_changes_the_tag_and_nothing_else_does(api, photos):
    key = upload(photos)
    tag = api.get(PHOTO).headers["etag"]
    photos.lease(key, makers.job(), 10**9, makers.charge())
    assert api.get(PHOTO, headers={"If-None-Match": tag}).status_code == 304, "a lease is not seen"
    photos.record_submission(key, makers.job(submitted_at=makers.NOON))
    processing = api.get(PHOTO, headers={"If-None-Match": tag})
    assert (processing.status_code, processing.json()["status"]) == (200, "PROCESSING")


DRAWN_ANEW = "/v1/recommendations"
"""Each answer is another draw with an id of its own: there is nothing to keep."""
QUERIES = {"/v1/published": f"?placement=home&ids={makers.PHOTO_ID}"}
"""Of routes that need one."""


def test_every_get_route_has_a_tag_and_answers_304_and_head(app, api, photos):
    ready(photos)
    answered = set()
    for route in iter_route_contexts(app.routes):
        if route.path in {"/assets", DRAWN_ANEW} or "GET" not in route.methods:
            continue
        path = route.path.replace("{photo_id}", makers.PHOTO_ID) + QUERIES.get(route.path, "")
        whole = api.get(path)
        if "{" in path:
            assert whole.status_code in {404, 422}, path  # of something that this test does not make
            continue
        assert whole.status_code == 200, path
        answered.add(route.path)
        known = api.get(path, headers={"If-None-Match": whole.headers["etag"]})
        assert (known.status_code, known.content) == (304, b""), path
        head = api.head(path)
        assert (head.status_code, head.content) == (200, b""), path
        assert head.headers["etag"] == whole.headers["etag"], path
        assert head.headers["cache-control"] == whole.headers["cache-control"], path
    assert {"/", "/v1/styles", "/v1/photos", "/v1/photos/{photo_id}", "/v1/usage"} <= answered
    assert api.head("/assets/app.js").status_code == 200
    assert api.head("/v1/photos/" + "0" * 32).status_code == 404


def test_long_answers_are_compressed(api, photos):
    for number in range(8):
        ready(photos, number)
    plain = api.get("/v1/photos", headers={"Accept-Encoding": "identity"})
    with api.stream("GET", "/v1/photos", headers={"Accept-Encoding": "br, gzip"}) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["etag"] == plain.headers["etag"]
    assert len(gzip.decompress(raw)) == len(plain.content) > 2 * len(raw)
    assert "content-encoding" not in plain.headers
    assert "content-encoding" not in api.get("/v1/photos?limit=1&status=FAILED").headers


def test_retry_after_says_when_to_ask_again(api, photos):
    key = upload(photos)
    assert 1 <= int(api.get(PHOTO).headers["retry-after"]) <= 30
    tag = api.get(PHOTO).headers["etag"]
    assert "retry-after" in api.get(PHOTO, headers={"If-None-Match": tag}).headers
    photos.record_results(key, makers.results())
    photos.record_variants(key, makers.variants())
    assert "retry-after" not in api.get(PHOTO).headers


def test_a_request_may_wait_until_a_photo_is_ready(api, photos):
    key = upload(photos)
    reads, really_get = [], photos.get
    timer = threading.Timer(0.8, lambda: (photos.record_results(key, makers.results()),
                                          photos.record_variants(key, makers.variants())))  # fmt: skip
    timer.start()
    answer = api.get(PHOTO, params={"wait": 20})
    timer.join()
    assert answer.json()["status"] == "READY"
    assert answer.elapsed < timedelta(seconds=15)
    assert not reads
    assert really_get(key).status == "READY"


def test_waiting_is_limited_to_a_tenants_places(api, photos, monkeypatch):
    upload(photos)
    places = storefront.tenant_stores("main").waiting
    later = pipeline.now() + timedelta(seconds=60)
    count = storefront.storefront_settings().long_polls_per_tenant
    held = [places.take("main", later) for _ in range(count)]
    assert len(set(held)) == count
    assert None not in held
    assert places.take("main", later) is None
    assert places.take("other", later)
    monkeypatch.setattr("limner.bootstrap.storefront.sleep", lambda _: pytest.fail("it must not wait"))
    answer = api.get(PHOTO, params={"wait": 25})
    assert (answer.status_code, answer.json()["status"]) == (200, "UPLOADED")
    places.leave(held[3])
    assert places.take("main", later) == held[3]
    for wait in ("26", "-1", "soon"):
        assert api.get(PHOTO, params={"wait": wait}).status_code == 422


def test_a_place_whose_process_ended_is_free_after_its_time(api):
    places = storefront.tenant_stores("main").waiting
    past = pipeline.now() - timedelta(seconds=1)
    count = storefront.storefront_settings().long_polls_per_tenant
    for _ in range(count):
        assert places.take("main", past)
    assert places.take("main", past + timedelta(seconds=60))


def test_a_405_names_what_is_allowed_at_the_path(api):
    answer = api.delete("/v1/photos")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert {"GET", "HEAD"} <= set(answer.headers["allow"].split(", "))
    assert api.put(PHOTO).headers["allow"] == "DELETE, GET, HEAD"
    assert api.get("/v1/uploads").headers["allow"] == "POST"
    assert api.head("/v1/uploads").status_code == 405


@pytest.mark.parametrize(
    "sent", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_a_body_of_another_type_is_415(api, sent):
    answer = api.post("/v1/uploads", content=b"{}", headers={"content-type": sent})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    answer = api.post(
        "/v1/uploads", content=b"{}", headers={"content-type": "Application/JSON; charset=utf-8"}
    )
    assert answer.status_code == 422


@pytest.mark.parametrize("path", ["/v1/photos/", PHOTO + "/", "/v1/styles/", "/v1/uploads/"])
def test_a_trailing_slash_is_404_and_never_a_redirect(api, path):
    answer = api.get(path, follow_redirects=False)
    assert answer.status_code == 404
    assert "location" not in answer.headers


def test_the_pages_files_are_kept_for_good_under_the_address_of_their_contents(app, api, tmp_path):
    page = api.get("/")
    assert page.headers["cache-control"] == "no-cache"
    release = load("storefront").assets.release
    assert f'src="assets/{release}/app.js"' in page.text
    script = api.get(f"/assets/{release}/app.js")
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert script.text == api.get("/assets/app.js").text
    assert api.get("/assets/app.js").headers["cache-control"] == "no-cache"
    before = api.get(f"/assets/{'0' * 16}/app.js")
    assert (before.text, before.headers["cache-control"]) == (script.text, "no-cache")
    missing = api.get(f"/assets/{release}/nothing.js")
    assert (missing.status_code, "immutable" in missing.headers["cache-control"]) == (404, False)
    previews = {style["preview"] for style in api.get("/v1/styles").json()["styles"]}
    assert api.get("/" + next(filter(None, previews))).headers["cache-control"].endswith("immutable")


def test_the_page_has_the_limits_of_files(api):
    limits = Limits()
    page = api.get("/").text
    assert f'data-max-bytes="{limits.max_bytes}" data-max-megapixels="{limits.max_pixels / 1e6:g}"' in page
    changed = with_limits(page, 1000, 12.5)
    assert '<body data-max-bytes="1000" data-max-megapixels="12.5">' in changed


def test_another_content_of_a_page_file_is_another_release(tmp_path):
    (tmp_path / "index.html").write_text('<script src="assets/app.js"></script>')
    (tmp_path / "app.js").write_text("1")
    first = PageAssets(tmp_path)
    assert first.address("app.js") == f"assets/{first.release}/app.js"
    assert first.address("other.js") is None
    (tmp_path / "app.js").write_text("2")
    assert PageAssets(tmp_path).release != first.release
