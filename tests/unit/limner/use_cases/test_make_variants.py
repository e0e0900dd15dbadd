import io

import pytest
from PIL import Image

from limner.photos import PhotoStatus
from limner.use_cases.make_variants import MakeVariants
from limner.use_cases.outcomes import Outcome
from photo_files.intake import Limits
from tests import makers
from tests.fakes import Clock, InMemoryObjects, InMemoryPhotos


@pytest.fixture
def objects():
    return InMemoryObjects()


@pytest.fixture
def photos():
    return InMemoryPhotos()


@pytest.fixture
def make(photos, objects):
    return MakeVariants(
        photos=photos,
        objects=objects,
        new_photo=lambda source: makers.photo(source=source),
        now=Clock(),
        limits=Limits(),
        results_bucket="results",
    )


def upload(objects, data, **changes):
    source = makers.source(bytes=len(data), **changes)
    objects.put(source.bucket, source.key, data, "image/jpeg")
    return source


def test_variants_are_stored_and_recorded(make, photos, objects):
    assert make(upload(objects, makers.jpeg(700, 500))) == Outcome.VARIANTS_MADE
    renditions = photos.get(makers.PHOTO_ID).variants.renditions
    assert {rendition.content_type for rendition in renditions} == {"image/avif", "image/webp", "image/jpeg"}
    assert {rendition.width for rendition in renditions} == {320, 640, 700}
    for rendition in renditions:
        body = objects.get("results", rendition.key)
        assert len(body) == rendition.bytes
        assert Image.open(io.BytesIO(body)).size == (rendition.width, rendition.height)
        assert objects.content_types["results", rendition.key] == rendition.content_type


def test_a_duplicate_event_makes_no_variants(make, objects):
    source = upload(objects, makers.jpeg())
    make(source)
    before = dict(objects.bodies)
    assert make(source) == Outcome.SUPERSEDED
    assert objects.bodies == before


def test_an_older_upload_makes_no_variants(make, objects):
    make(upload(objects, makers.jpeg(), sequencer="2" * 32))
    assert make(upload(objects, makers.jpeg(), sequencer="1" * 32)) == Outcome.SUPERSEDED


def test_a_damaged_photo_fails_with_a_reason(make, photos, objects):
    assert make(upload(objects, makers.jpeg(400, 400)[:-200])) == Outcome.REFUSED
    photo = photos.get(makers.PHOTO_ID)
    assert photo.status == PhotoStatus.FAILED
    assert photo.failure.code == "damaged_image"


def test_a_deleted_upload_fails_with_a_reason(make, photos):
    assert make(makers.source()) == Outcome.REFUSED
    assert photos.get(makers.PHOTO_ID).failure.code == "upload_gone"
