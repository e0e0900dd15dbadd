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


def test_metadata_of_a_file_that_was_ordered_are_only_read_for_rules_that_need_them():
    objects = DescribedObjects(category="boots")
    photo_of(upload_key(makers.KEY), STRICT_SHOES, objects=objects)
    assert objects.described == 0
    assert photo_of(upload_key(makers.KEY), Rule(tag="sale", strength=0.1), objects=objects).looks
    assert objects.described == 1
    assert photo_of("uploads/main/gone.jpg", objects=objects).looks, "what is gone has no metadata"


def labelled(key="uploads/main/1.jpg", **metadata):
    objects = DescribedObjects(**{name.replace("_", "-"): value for name, value in metadata.items()})
    objects.put(UPLOADS, key, b"x", "image/jpeg")
    return photo_of(key, objects=objects)


def test_a_program_writes_its_own_id_metadata_and_tags_on_an_object():
    photo = labelled(
        limner_external_id="MUG-1",
        limner_metadata_colour="blue",
        tags="sale, new,sale",
        etag="no label of ours",
    )
    assert (photo.external_id, photo.metadata, photo.tags) == ("MUG-1", {"colour": "blue"}, ("sale", "new"))
    assert photo.failure is None


def test_text_that_is_not_ascii_is_read_as_s3_gives_it():
    assert labelled(limner_external_id="=?UTF-8?B?VGFzc2UtMcO8?=").external_id == "Tasse-1ü"
    assert labelled(limner_external_id="=?UTF-8?Q?Tasse-1=C3=BC?=").external_id == "Tasse-1ü"
    assert labelled(limner_external_id="=?none-such?B?VGFzc2U=?=").external_id == "=?none-such?B?VGFzc2U=?="


def test_what_is_written_on_the_file_of_an_order_is_the_orders_to_say():
    assert labelled(upload_key(makers.KEY), limner_external_id="MUG-1").external_id is None


@pytest.mark.parametrize(
    ("metadata", "named"),
    [
        ({"limner_external_id": "x" * 129}, "x-amz-meta-limner-external-id: "),
        ({"limner_external_id": ""}, "x-amz-meta-limner-external-id: "),
        ({"limner_external_id": "a\x07b"}, "x-amz-meta-limner-external-id: "),
        ({"limner_metadata_colour": "x" * 129}, "x-amz-meta-limner-metadata-"),
        ({f"limner_metadata_{number}": "x" for number in range(17)}, "x-amz-meta-limner-metadata-"),
        ({"limner_metadata_": "x"}, "x-amz-meta-limner-metadata-"),
    ],
)
def test_what_cannot_be_accepted_is_a_failure_that_names_it(metadata, named):
    photo = labelled(tags="sale", **metadata)
    assert photo.failure.code == "invalid_metadata"
    assert photo.failure.message.startswith(named)
    assert (photo.external_id, photo.metadata, photo.tags) == (None, {}, ("sale",))


def test_a_photo_has_the_tags_that_a_photo_can_have_and_rules_compare_all():
    tags = ",".join(["x" * 65, *(f"tag-{number}" for number in range(20))])
    objects = DescribedObjects(tags=tags)
    objects.put(UPLOADS, "uploads/main/1.jpg", b"x", "image/jpeg")
    photo = photo_of("uploads/main/1.jpg", Rule(tag="tag-19", strength=0.1), objects=objects)
    assert photo.tags == tuple(f"tag-{number}" for number in range(16))
    assert photo.looks[0].strength == 0.1


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
