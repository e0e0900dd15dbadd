from datetime import timedelta

import boto3
import pytest
from botocore.config import Config

from limner.adapters.s3 import S3Links
from limner.bootstrap.storefront import LINK_CONFIG
from tests import makers

KEYS = ("public/main/x/1-a/oil/full.jpg", "styled/main/x/full.jpg", "variants/main/public/x.jpg")
AWS = "https://results.s3.eu-central-1.amazonaws.com"
LIFETIME = timedelta(minutes=30)


def session(token=None):
    return boto3.Session("AKIDEXAMPLE", "secret", token, region_name="eu-central-1")


def links(pictures_url="", *, signed_by=None, config=LINK_CONFIG, endpoint=None):
    signed_by = signed_by or session()
    return S3Links(
        signed_by.client("s3", config=config, endpoint_url=endpoint),
        signed_by.get_credentials(),
        uploads_bucket="uploads",
        results_bucket="results",
        pictures_url=pictures_url,
        link_lifetime=LIFETIME,
        form_lifetime=timedelta(minutes=10),
        now=lambda: makers.NOON,
    )


def test_public_pictures_have_an_address_and_all_others_a_link_that_ends():
    public, *private = (links("https://cdn.example").download_link(key) for key in KEYS)
    assert (public.url, public.expires_at) == (f"https://cdn.example/{KEYS[0]}", None)
    for link, key in zip(private, KEYS[1:], strict=True):
        assert link.url.startswith(f"{AWS}/{key}?X-Amz-Algorithm=AWS4-HMAC-SHA256")
        assert link.expires_at == makers.NOON + LIFETIME


def test_without_a_distribution_public_pictures_have_links_too():
    found = [links("").download_link(key) for key in KEYS]
    assert [link.url.partition("?")[0] for link in found] == [f"{AWS}/{key}" for key in KEYS]
    assert all(link.expires_at for link in found)


@pytest.mark.parametrize("key", [KEYS[1], "styled/main/x/a ä+~'()*&=?#%.jpg", "styled//x"])
@pytest.mark.parametrize("token", [None, "a/token+of=a session"])
@pytest.mark.parametrize(
    ("config", "endpoint"),
    [
        (LINK_CONFIG, None),
        (Config(signature_version="s3v4", s3={"addressing_style": "path"}), "http://127.0.0.1:4566"),
    ],
)
def test_a_link_is_the_one_that_the_sdk_makes(monkeypatch, key, token, config, endpoint):
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: makers.NOON.replace(tzinfo=None))
    signed_by = session(token)
    sdk_link = signed_by.client("s3", config=config, endpoint_url=endpoint).generate_presigned_url(
        "get_object", Params={"Bucket": "results", "Key": key}, ExpiresIn=int(LIFETIME.total_seconds())
    )

    found = links(signed_by=signed_by, config=config, endpoint=endpoint).download_link(key)

    assert found.url == sdk_link


def test_the_origin_of_public_pictures_is_among_those_of_the_page():
    assert links("https://cdn.example").origins() == {
        "https://uploads.s3.eu-central-1.amazonaws.com",
        AWS,
        "https://cdn.example",
    }
