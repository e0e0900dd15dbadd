from datetime import timedelta
from unittest.mock import Mock

from limner.adapters.s3 import S3Links
from tests import makers

KEYS = ("public/main/x/1-a/oil/full.jpg", "styled/main/x/full.jpg", "variants/main/public/x.jpg")


def links(pictures_url):
    client = Mock()
    client.generate_presigned_url.side_effect = lambda _, Params, **rest: f"https://signed/{Params['Key']}"  # noqa: N803 - boto3's name
    client.generate_presigned_post.return_value = {"url": "https://uploads.example/", "fields": {}}
    return S3Links(
        client,
        uploads_bucket="uploads",
        results_bucket="results",
        pictures_url=pictures_url,
        link_lifetime=timedelta(minutes=30),
        form_lifetime=timedelta(minutes=10),
        now=lambda: makers.NOON,
    )


def test_public_pictures_have_an_address_and_all_others_a_link_that_ends():
    public, *private = (links("https://cdn.example").download_link(key) for key in KEYS)
    assert (public.url, public.expires_at) == (f"https://cdn.example/{KEYS[0]}", None)
    for link, key in zip(private, KEYS[1:], strict=True):
        assert (link.url, link.expires_at) == (f"https://signed/{key}", makers.NOON + timedelta(minutes=30))


def test_without_a_distribution_public_pictures_have_links_too():
    found = [links("").download_link(key) for key in KEYS]
    assert [link.url for link in found] == [f"https://signed/{key}" for key in KEYS]
    assert all(link.expires_at for link in found)


def test_the_origin_of_public_pictures_is_among_those_of_the_page():
    assert links("https://cdn.example").origins() == {
        "https://uploads.example",
        "https://signed",
        "https://cdn.example",
    }
