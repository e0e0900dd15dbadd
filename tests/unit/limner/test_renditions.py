import json

import pytest
from pydantic import ValidationError

from limner.adapters.dynamodb_items import to_map
from limner.photos import Results, Variants
from limner.report import StyledPicture
from tests import makers

FOLDER = "variants/main/0123456789abcdef0123456789abcdef/0061/"
TYPES = {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg", "png": "image/png"}


def of_all_types():
    return tuple(
        makers.rendition(key=f"{FOLDER}w{width}.{extension}", width=width, content_type=content_type)
        for width in (1600, 320)
        for extension, content_type in TYPES.items()
    )


def test_a_row_has_the_short_form_and_reads_it():
    variants = makers.variants(renditions=of_all_types())
    stored = to_map(variants)
    assert stored["renditions"]["folder"] == FOLDER.rstrip("/")
    assert stored["renditions"]["files"].startswith("w1600.avif 1600 480 999\nw1600.webp ")
    assert Variants.model_validate(stored) == variants


def test_a_report_has_the_renditions_written_out():
    picture = makers.results().pictures[0]
    assert json.loads(picture.model_dump_json())["renditions"][0]["key"].endswith("full.jpg")


def test_rows_of_older_releases_are_read():
    variants = makers.variants(renditions=of_all_types())
    assert Variants.model_validate(json.loads(variants.model_dump_json())) == variants
    stored = to_map(variants)
    stored["renditions"]["files"] = stored["renditions"]["files"].split("\n")
    assert Variants.model_validate(stored) == variants


def test_a_row_has_its_pictures_as_one_text_and_reads_the_list_of_older_releases():
    picture = makers.full_picture(renditions=of_all_types()).without_explanation
    results = makers.results(pictures=(picture, picture))
    stored = to_map(results)
    assert isinstance(stored["pictures"], str)
    assert Results.model_validate(stored) == results
    assert Results.model_validate({**stored, "pictures": json.loads(stored["pictures"])}) == results


@pytest.mark.parametrize("text", ["", "[", "7", '{"look": {}}', "[null]"])
def test_a_text_that_has_no_pictures_is_invalid(text):
    stored = {**to_map(makers.results()), "pictures": text}
    with pytest.raises(ValidationError):
        Results.model_validate(stored)


@pytest.mark.parametrize(
    "changes",
    [
        {"key": "elsewhere/w320.avif", "content_type": "image/avif"},
        {"key": f"{FOLDER}w320.avif", "content_type": "image/jpeg"},
        {"key": f"{FOLDER}w320", "content_type": "image/avif"},
        {"key": f"{FOLDER}w 320.avif", "content_type": "image/avif"},
    ],
)
def test_what_the_short_form_cannot_hold_is_written_out(changes):
    variants = makers.variants(renditions=(*of_all_types(), makers.rendition(**changes)))
    stored = to_map(variants)
    assert isinstance(stored["renditions"], list)
    assert Variants.model_validate(stored) == variants


@pytest.mark.parametrize(
    "short",
    [
        {"folder": "styled/main/x"},
        {"folder": "styled/main/x", "files": 3},
        {"folder": "styled/main/x", "files": ["full.jpg 640 480"]},
        {"folder": "styled/main/x", "files": ["full.gif 640 480 999"]},
        {"folder": "styled/main/x", "files": ["full.jpg 640 -480 999"]},
        {"folder": "styled/main/x", "files": []},
    ],
)
def test_an_invalid_short_form_is_refused(short):
    picture = json.loads(makers.results().pictures[0].model_dump_json()) | {"renditions": short}
    with pytest.raises(ValidationError):
        StyledPicture.model_validate(picture)
