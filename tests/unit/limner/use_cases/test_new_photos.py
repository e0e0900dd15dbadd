"""Whose an uploaded object is, and which looks it gets."""

from datetime import timedelta

import pytest

from limner.attached_buckets import AttachedPrefix
from limner.errors import ForeignUpload
from limner.keys import attached_photo_key, upload_key
from limner.ports import ObjectFacts
from limner.tenants import Rule
from limner.use_cases.new_photos import NewPhotos, UploadOwners
from tests import makers
from tests.fake_tenants import InMemoryAttachedPrefixes, InMemoryTenants
from tests.fakes import InMemoryObjects

UPLOADS, THEIRS = "uploads", "their-photos"
STRICT_SHOES = Rule(prefix="shoes/", protection="strict")


class DescribedObjects(InMemoryObjects):
    """Objects with metadata; counts how often they are described."""

    def __init__(self, **metadata: str) -> None:
        super().__init__()
        self.metadata = metadata
        self.described = 0

    def describe(self, bucket: str, key: str) -> ObjectFacts:
        self.described += 1
        self.get(bucket, key)
        return ObjectFacts(1, None, None, self.metadata)


def new_photos(*tenants, attached=(), objects=None):
    return NewPhotos(
        owner=UploadOwners(
            uploads_bucket=UPLOADS, attached_prefixes=InMemoryAttachedPrefixes(*attached).of_bucket
        ),
        find_tenant=InMemoryTenants(*tenants).get,
        objects=objects or InMemoryObjects(),
        now=lambda: makers.NOON,
        grace_period=timedelta(minutes=30),
    )


def photo_of(key, *rules, bucket=UPLOADS, attached=(), objects=None, **settings):
    new_photo = new_photos(makers.tenant(rules=rules, **settings), attached=attached, objects=objects)
    return new_photo(makers.source(bucket=bucket, key=key))


def test_the_tenant_of_the_key_gives_the_looks():
    photo = photo_of("uploads/main/by hand.jpg")
    assert (photo.tenant, photo.looks, photo.filename) == ("main", (makers.OIL,), "by hand.jpg")
    assert (photo.created_at, photo.due_at) == (makers.NOON, makers.DUE)


def test_a_rules_prefix_is_compared_with_the_path_below_the_tenants():
    assert photo_of("uploads/main/shoes/1.jpg", STRICT_SHOES).looks[0].protection == "strict"
    assert photo_of("uploads/main/bags/shoes/1.jpg", STRICT_SHOES).looks[0].protection == "soft"


@pytest.mark.parametrize("key", ["uploads/walnut/1.jpg", "uploads/1.jpg", "other/main/1.jpg"])
def test_an_object_of_no_tenant_or_an_unknown_one_is_foreign(key):
    with pytest.raises(ForeignUpload):
        photo_of(key)


def test_tags_and_category_come_from_the_objects_metadata():
    rules = (Rule(tag="sale", strength=0.1), Rule(category="boots", strength=0.2))
    key = "uploads/main/1.jpg"

    def strength(**metadata):
        objects = DescribedObjects(**metadata)
        objects.put(UPLOADS, key, b"x", "image/jpeg")
        return photo_of(key, *rules, objects=objects).looks[0].strength

    assert strength(tags="new, sale") == 0.1
    assert strength(category="boots") == 0.2
    assert strength(tags="sales", category="Boots") == makers.OIL.strength


def test_metadata_are_only_read_for_rules_that_need_them():
    objects = DescribedObjects(category="boots")
    photo_of("uploads/main/shoes/1.jpg", STRICT_SHOES, objects=objects)
    assert objects.described == 0
    assert photo_of("uploads/main/gone.jpg", Rule(tag="sale", strength=0.1), objects=objects).looks
    assert objects.described == 1, "an object that is gone has no metadata"


def test_an_object_of_an_attached_bucket_is_the_tenants_of_its_longest_prefix():
    attached = (
        AttachedPrefix(bucket=THEIRS, prefix="", tenant="walnut"),
        AttachedPrefix(bucket=THEIRS, prefix="shops/main/", tenant="main"),
    )
    key = "shops/main/shoes/1.jpg"
    photo = photo_of(key, STRICT_SHOES, bucket=THEIRS, attached=attached)
    assert photo.key == attached_photo_key("main", THEIRS, key)
    assert photo.looks[0].protection == "strict", "prefixes of rules begin below the attached prefix"
    assert photo.source.bucket == THEIRS


def test_an_object_of_a_bucket_that_is_not_attached_is_foreign():
    """Even when its key is one of our own uploads bucket, such as another tenant's."""
    attached = (AttachedPrefix(bucket=THEIRS, prefix="shops/", tenant="main"),)
    for bucket, key in (
        (THEIRS, "other/1.jpg"),
        ("unknown", "shops/1.jpg"),
        (THEIRS, upload_key(makers.KEY)),
    ):
        with pytest.raises(ForeignUpload):
            photo_of(key, bucket=bucket, attached=attached)
