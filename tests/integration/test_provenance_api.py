"""POST /v1/provenance: a picture with its credentials, copies without them, and pictures that are not ours."""

import io
from dataclasses import replace

import boto3
import pytest
from fastapi.testclient import TestClient
from PIL import Image, ImageFilter

from limner.adapters.picture_hashes import DynamoDbPictureHashes
from limner.bootstrap import provenance
from limner.ports import PublishedPicture
from limner.provenance import MAX_PICTURE_BYTES
from limner.tenancy import PhotoKey
from photo_files.credentials.content_credentials import History, sign_picture
from photo_files.credentials.picture_history import styled
from photo_files.perceptual_hash import perceptual_hash
from photo_files.variants import encode_rendition
from tests import makers
from tests.callers import Gateway, caller
from tests.function_modules import load
from tests.integration.conftest import NAMES

CERTIFICATES = "limner-certificates"


@pytest.fixture
def app(storefront_aws, function_environment, monkeypatch):
    function_environment("ProvenanceFunction")
    monkeypatch.setenv("SIGNING_CERTIFICATES", CERTIFICATES)
    provenance._own_signer.cache_clear()
    return load("storefront").app


@pytest.fixture
def api(app):
    return TestClient(Gateway(app, caller().context()), raise_server_exceptions=False)


def painting(seed=1):
    """A picture with large forms, different for each seed."""
    image = Image.effect_noise((12, 9), 200).resize((640, 480), Image.Resampling.BICUBIC)
    return image.filter(ImageFilter.GaussianBlur(seed)).convert("RGB")


def jpeg(image, **options):
    out = io.BytesIO()
    image.save(out, "JPEG", **options)
    return out.getvalue()


@pytest.fixture
def image():
    return painting()


@pytest.fixture
def publish(hashes_table, table):
    """Record the picture of a READY photo in the registry."""

    def of(tenant, image):
        key = PhotoKey(tenant, makers.PHOTO_ID)
        picture = PublishedPicture(
            perceptual_hash(image), key, makers.JOB_ID, makers.full_picture().look.slug, "m@1"
        )
        DynamoDbPictureHashes(hashes_table).record([picture])
        photos = load_photos()
        photos.record_upload(makers.photo(tenant=tenant, source=makers.source()))
        photos.lease(key, makers.job(), 0, makers.charge())
        photos.record_submission(key, makers.job(submitted_at=makers.NOON))
        photos.record_results(key, makers.results(pictures=(makers.full_picture(),)))
        return picture

    return of


def load_photos():
    from limner.bootstrap import pipeline

    return pipeline.photos(NAMES["PhotosTable"])


def signed(image, key):
    done = styled(
        {"oil": 1.0},
        strength=0.8,
        ordered_strength=1,
        protection="soft",
        model="m@1",
        source_type="composite",
    )
    return sign_picture(encode_rendition(image), History("1", [done]), key).body


def ask(api, data, content_type="image/jpeg"):
    return api.post("/v1/provenance", content=data, headers={"content-type": content_type})


def trust(chain):
    boto3.client("ssm").put_parameter(Name=CERTIFICATES, Value=chain, Type="String", Overwrite=True)


def test_a_signed_picture_is_found_by_its_credentials(api, publish, image, signing_key, signing_folder):
    publish("main", image)
    authority = (signing_folder / "ca.pem").read_text()
    trust(signing_key.certificates + authority)
    answer = ask(api, signed(image, signing_key)).json()
    assert (answer["is_ours"], answer["found_by"]) == (True, "content_credentials")
    credentials = answer["credentials"]
    assert (credentials["is_valid"], credentials["is_signed_here"]) == (True, True)
    assert [action["action"] for action in credentials["actions"]] == ["c2pa.opened", "c2pa.edited"]
    assert credentials["actions"][1]["parameters"]["limner.styles"] == {"oil": 1}
    (match,) = answer["matches"]
    assert (match["photo_id"], match["version"]) == (makers.PHOTO_ID, makers.JOB_ID)
    assert match["different_bits"] <= 2
    assert match["look"]["styles"] == {"watercolour": 1.0}, "what auto chose"
    assert match["verdict"]["strength"] == 0.6
    assert match["steps"][0]["name"] == "exposure"


def test_a_copy_without_metadata_is_found_by_its_looks(api, publish, image):
    publish("main", image)
    copy = jpeg(image.resize((320, 240)), quality=60)
    answer = ask(api, copy, "application/octet-stream").json()
    assert (answer["is_ours"], answer["found_by"], answer["credentials"]) == (True, "perceptual_hash", None)
    assert answer["matches"][0]["photo_id"] == makers.PHOTO_ID


def test_another_tenants_picture_is_not_named(api, publish, image, signing_key, signing_folder):
    publish("other", image)
    trust(signing_key.certificates + (signing_folder / "ca.pem").read_text())
    answer = ask(api, signed(image, signing_key)).json()
    assert (answer["is_ours"], answer["matches"], answer["found_by"]) == (False, [], None)
    assert answer["credentials"]["is_signed_here"], "the file itself says so"
    assert makers.PHOTO_ID not in str(answer)


def test_a_signature_by_somebody_else_is_not_ours(api, publish, image, signing_key):
    publish("main", painting(2).rotate(90))
    trust(signing_key.certificates)
    answer = ask(api, signed(image, signing_key)).json()
    assert (answer["credentials"]["is_valid"], answer["credentials"]["is_signed_here"]) == (True, False)
    assert answer["is_ours"] is False


def test_a_changed_picture_is_not_valid(api, image, signing_key):
    data = bytearray(signed(image, signing_key))
    data[-20] ^= 1
    credentials = ask(api, bytes(data)).json()["credentials"]
    assert credentials["is_valid"] is False
    assert credentials["problems"]


def test_what_is_no_picture_is_refused_with_a_stable_code(api):
    answer = ask(api, b"hello")
    assert (answer.status_code, answer.json()["code"]) == (422, "not_an_image")
    assert ask(api, b"").json()["code"] == "empty_file"
    assert ask(api, b"{}", "application/json").status_code == 415
    too_large = ask(api, b"x" * (MAX_PICTURE_BYTES + 1))
    assert (too_large.status_code, too_large.json()["code"]) == (413, "request_too_large")


@pytest.mark.parametrize("bits", range(10))
def test_pictures_are_found_that_differ_in_up_to_seven_bits(hashes_table, bits):
    hashes = DynamoDbPictureHashes(hashes_table)
    number = 0x0123456789ABCDEF
    picture = PublishedPicture(number, makers.KEY, makers.JOB_ID, "oil", "m@1")
    hashes.record([picture, replace(picture, photo=PhotoKey("other", makers.PHOTO_ID))])
    spread = sum(1 << (bit * 16) % 64 + bit // 4 for bit in range(bits))
    found = hashes.find(makers.TENANT, number ^ spread, 7)
    assert [(each.picture, each.bits) for each in found] == ([(picture, bits)] if bits <= 7 else [])
