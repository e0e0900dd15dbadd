import io
from dataclasses import replace

import pytest
from PIL import Image

from limner.errors import PhotoRefused, RefusalCode, Unavailable
from limner.photos import PhotoStatus
from limner.ports import VARIANTS
from limner.tenancy import Visibility
from limner.use_cases.make_variants import MakeVariants
from limner.use_cases.outcomes import Outcome
from photo_files.credentials.content_credentials import RemoteKey, read_credentials
from photo_files.intake import Limits
from tests import makers
from tests.fakes import Clock, InMemoryObjects, InMemoryPhotos, InMemoryPictureHashes


@pytest.fixture
def objects():
    return InMemoryObjects()


@pytest.fixture
def photos():
    return InMemoryPhotos()


@pytest.fixture
def hashes():
    return InMemoryPictureHashes()


@pytest.fixture
def make(photos, objects, hashes, signing_key):
    return MakeVariants(
        photos=photos,
        objects=objects,
        new_photo=lambda source: makers.photo(source=source),
        now=Clock(),
        limits=Limits(),
        results_bucket="results",
        signing_key=lambda: signing_key,
        hashes=hashes,
    )


def upload(objects, data, **changes):
    source = makers.source(bytes=len(data), **changes)
    objects.put(source.bucket, source.key, data, "image/jpeg")
    return source


def test_variants_are_stored_and_recorded(make, photos, objects):
    assert make(upload(objects, makers.jpeg(700, 500))) == Outcome.VARIANTS_MADE
    renditions = photos.get(makers.KEY).variants.renditions
    assert {rendition.content_type for rendition in renditions} == {"image/avif", "image/webp", "image/jpeg"}
    assert {rendition.width for rendition in renditions} == {320, 640, 700}
    for rendition in renditions:
        body = objects.get("results", rendition.key)
        assert len(body) == rendition.bytes
        assert Image.open(io.BytesIO(body)).size == (rendition.width, rendition.height)
        assert objects.content_types["results", rendition.key] == rendition.content_type


def test_no_variants_are_made_for_a_refused_tenant(make, photos, objects):
    def refuse(tenant):
        raise PhotoRefused(RefusalCode.TENANT_SUSPENDED, f"{tenant} is suspended")

    refusing = replace(make, check_tenant=refuse)
    assert refusing(upload(objects, makers.jpeg(700, 500))) == Outcome.REFUSED
    assert photos.get(makers.KEY).failure.code == "tenant_suspended"
    assert {bucket for bucket, _ in objects.bodies} == {"uploads"}


def test_a_refused_file_of_a_test_tenant_is_no_failure_of_a_live_one(make, objects):
    of_test = replace(make, new_photo=lambda source: makers.photo(tenant="test_main", source=source))
    assert of_test(upload(objects, b"no image")) == Outcome.SANDBOX_PHOTO_FAILED


def test_every_variant_is_signed_and_its_hash_recorded(make, photos, objects, hashes):
    make(upload(objects, makers.jpeg(700, 500)))
    variants = photos.get(makers.KEY).variants
    for rendition in variants.renditions:
        credentials = read_credentials(objects.get("results", rendition.key), rendition.content_type)
        assert credentials.is_valid
        assert credentials.ingredients == ("parentOf upload",)
        resized = ["c2pa.resized"] if rendition.width < 700 else []
        assert [action["action"] for action in credentials.actions] == [
            "c2pa.opened",
            "c2pa.converted",
            *resized,
        ]
    (published,) = hashes.recorded
    assert (published.photo, published.look) == (makers.KEY, VARIANTS)
    assert variants.hash == f"{published.hash:016x}"


def test_without_certificates_variants_are_published_unsigned_and_counted(make, photos, objects):
    unsigned = []
    make = replace(make, signing_key=lambda: None, on_unsigned=unsigned.append)
    make(upload(objects, makers.jpeg(700, 500)))
    renditions = photos.get(makers.KEY).variants.renditions
    assert unsigned == [len(renditions)]
    for rendition in renditions:
        assert read_credentials(objects.get("results", rendition.key), rendition.content_type) is None


def test_a_key_that_fails_leaves_the_photo_to_a_retry(make, photos, objects, signing_key):
    """Nothing is published unsigned that should be signed, and the next delivery finishes the work."""

    def throttled(data):
        raise Unavailable("KMS is throttled")

    source = upload(objects, makers.jpeg())
    failing = replace(make, signing_key=lambda: RemoteKey(signing_key.certificates, throttled))
    with pytest.raises(Unavailable, match="signing"):
        failing(source)
    assert photos.get(makers.KEY).variants is None
    assert [key for bucket, key in objects.bodies if bucket == "results"] == []
    assert make(source) == Outcome.VARIANTS_MADE


def test_a_missing_key_is_noticed_before_the_work(make, objects):
    def missing():
        raise Unavailable("no certificates")

    with pytest.raises(Unavailable):
        replace(make, signing_key=missing)(upload(objects, b"not even a photo"))


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
    photo = photos.get(makers.KEY)
    assert photo.status == PhotoStatus.FAILED
    assert photo.failure.code == "damaged_image"


def test_a_deleted_upload_fails_with_a_reason(make, photos):
    assert make(makers.source()) == Outcome.REFUSED
    assert photos.get(makers.KEY).failure.code == "upload_gone"


def keys_of(photos):
    return [rendition.key for rendition in photos.get(makers.KEY).variants.renditions]


def test_variants_are_private_unless_the_tenants_setting_says_otherwise(make, photos, objects):
    source = upload(objects, makers.jpeg())
    make(source)
    assert all(key.startswith(f"variants/main/{makers.PHOTO_ID}/") for key in keys_of(photos))
    assert not [key for _, key in objects.bodies if key.startswith("public/")]


def test_variants_of_a_public_tenant_are_under_the_public_prefix(make, photos, objects):
    asked = []

    def visibility_of(tenant):
        asked.append(tenant)
        return Visibility.PUBLIC

    make = replace(make, visibility_of=visibility_of, new_attempt=lambda: "1a")
    make(upload(objects, makers.jpeg()))
    folder = f"public/main/{makers.PHOTO_ID}/{makers.SEQUENCER}-1a/original"
    assert {key.rpartition("/")[0] for key in keys_of(photos)} == {folder}
    assert asked == [makers.TENANT]
    assert not [key for _, key in objects.bodies if key.startswith("variants/")]


def test_a_second_attempt_writes_over_no_picture(make, photos, objects, monkeypatch):
    """The first one was interrupted before it was recorded."""
    record = photos.record_variants
    monkeypatch.setattr(photos, "record_variants", lambda *_: (_ for _ in ()).throw(Unavailable("slow down")))
    source = upload(objects, makers.jpeg())
    with pytest.raises(Unavailable):
        make(source)
    first = dict(objects.bodies)
    monkeypatch.setattr(photos, "record_variants", record)
    assert make(source) == Outcome.VARIANTS_MADE
    assert all(objects.bodies[place] is body for place, body in first.items())
    assert not {("results", key) for key in keys_of(photos)} & set(first)


def test_variants_have_a_colour_and_a_placeholder(make, photos, objects):
    make(upload(objects, makers.jpeg(colour="red")))
    variants = photos.get(makers.KEY).variants
    assert variants.dominant_colour in {"#fe0000", "#ff0000"}
    assert variants.placeholder
