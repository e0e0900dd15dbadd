import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner import keys
from limner.errors import ForeignUpload, MalformedMessage
from limner.tenancy import PhotoKey, Visibility
from tests import makers


def test_photo_id_is_read_from_an_upload_key():
    assert keys.photo_key_for("any", keys.upload_key(makers.KEY)) == makers.KEY


@given(st.text(min_size=1))
def test_any_other_key_of_a_tenant_gets_a_deterministic_photo_id(name):
    key = f"uploads/shop-2/{name}"
    photo = keys.photo_key_for("bucket", key)
    assert photo == keys.photo_key_for("bucket", key)
    assert photo.tenant == "shop-2"
    assert keys.photo_key_for("other", keys.upload_key(photo)) == photo


@pytest.mark.parametrize(
    "key",
    ["", "mug.jpg", "uploads/mug.jpg", "uploads//mug.jpg", "uploads/Main/mug.jpg", "uploads/a#b/mug.jpg",
     "uploads/-a/mug.jpg", f"uploads/{'a' * 19}/mug.jpg", "uploads/main/", "uploads/main\n/mug.jpg",
     "styled/main/mug.jpg", f"uploads/{makers.PHOTO_ID}"],
)  # fmt: skip
def test_a_key_without_a_tenant_is_foreign(key):
    with pytest.raises(ForeignUpload):
        keys.photo_key_for("bucket", key)


@pytest.mark.parametrize(
    ("encoded", "plain"),
    [
        ("a+b.jpg", "a b.jpg"),
        ("a%2Bb.jpg", "a+b.jpg"),
        ("%E6%B2%B9%E7%94%BB.png", "油画.png"),
        ("100%25.jpg", "100%.jpg"),
    ],
)
def test_notification_keys_are_url_decoded(encoded, plain):
    assert keys.decode_notification_key(encoded) == plain


def test_a_key_with_a_line_break_after_an_id_has_another_id():
    key = keys.upload_key(makers.KEY)
    assert keys.photo_key_for("uploads", key) == makers.KEY
    assert keys.photo_key_for("uploads", key + "\n").photo_id != makers.PHOTO_ID


def test_only_an_empty_object_with_a_slash_at_its_end_is_a_folder():
    assert keys.is_folder("uploads/new-season/", 0)
    assert not keys.is_folder("uploads/new-season/", 1)
    assert not keys.is_folder("uploads/empty.jpg", 0)


def test_sequencers_of_different_lengths_compare_in_order():
    shorter, longer = keys.comparable_sequencer("0A"), keys.comparable_sequencer("0a00000000000000001")
    assert shorter < longer
    assert keys.comparable_sequencer("0b") > longer


def test_a_found_sequencer_sorts_after_the_newest_and_before_later_ones():
    newest, later = keys.comparable_sequencer("0A"), keys.comparable_sequencer("0A00000000000001")
    assert newest < keys.found_sequencer(newest) < keys.found_sequencer(keys.found_sequencer(newest)) < later
    assert keys.found_sequencer() < newest


def test_job_id_contains_tenant_and_photo_id_and_depends_on_upload_looks_and_model():
    def job_id(source=makers.source(), looks=(makers.OIL,), model="m@1"):
        return keys.job_id_for(makers.KEY, source, looks, model)

    other = makers.OIL.model_copy(update={"strength": 0.5})
    ids = {job_id(), job_id(makers.source(sequencer="9" * 32)), job_id(looks=(other,)), job_id(model="m@2")}
    assert len(ids) == 4
    assert job_id() == job_id()
    assert keys.photo_key_of_job(job_id()) == makers.KEY


def test_the_longest_job_id_is_a_valid_inference_id():
    longest = PhotoKey("t" * 18, makers.PHOTO_ID)
    job_id = keys.job_id_for(longest, makers.source(), (makers.OIL,), "m@1")
    assert keys.photo_key_of_job(job_id) == longest
    assert len(job_id) <= 64, "InferenceId is at most 64 characters"


@pytest.mark.parametrize(
    "job_id",
    ["", "warm-up", f"{makers.PHOTO_ID}-{'a' * 16}", f"main.{makers.PHOTO_ID}.short", f"main.x.{'a' * 12}",
     f"../main.{makers.PHOTO_ID}.{'a' * 12}", f"main.{makers.PHOTO_ID}.{'a' * 12}/", f"{makers.JOB_ID}\n"],
)  # fmt: skip
def test_a_text_that_is_no_job_id_is_malformed(job_id):
    with pytest.raises(MalformedMessage):
        keys.styled_prefix(job_id)


def test_s3_uris_are_split_and_invalid_ones_refused():
    assert keys.split_s3_uri("s3://bucket/a/b.json") == ("bucket", "a/b.json")
    for bad in ("bucket/key", "https://bucket/key", "s3://bucket", "s3:///key"):
        with pytest.raises(ValueError, match="not an s3"):
            keys.split_s3_uri(bad)


@pytest.mark.parametrize("visibility", list(Visibility))
def test_a_photos_pictures_and_variants_are_under_its_prefixes(visibility):
    folders = (
        keys.picture_folder(makers.JOB_ID, "1a", "oil-100.s100", visibility),
        keys.variants_folder(makers.KEY, makers.SEQUENCER, "1a", visibility),
    )
    for folder in folders:
        assert folder.startswith(keys.photo_prefixes(makers.KEY))
        assert folder.startswith(keys.tenant_prefixes(makers.TENANT))
        assert folder.startswith(keys.PUBLIC_PREFIX) == (visibility == Visibility.PUBLIC)


def test_a_private_key_never_begins_with_the_public_prefix():
    """Whatever the tenant is called."""
    photo = PhotoKey("public", makers.PHOTO_ID)
    job_id = keys.job_id_of(photo, "a" * 12)
    private = (
        keys.upload_key(photo),
        keys.ticket_key(job_id),
        keys.report_key(job_id),
        keys.picture_folder(job_id, "1a", "oil", Visibility.PRIVATE),
        keys.variants_folder(photo, makers.SEQUENCER, "1a", Visibility.PRIVATE),
    )
    assert not [key for key in private if key.startswith(keys.PUBLIC_PREFIX)]


@pytest.mark.parametrize("visibility", list(Visibility))
def test_the_job_of_a_picture_follows_from_its_key(visibility):
    folder = keys.picture_folder(makers.JOB_ID, "1a", "oil-100.s100", visibility)
    assert keys.job_id_of_picture(f"{folder}full.jpg") == makers.JOB_ID
    variants = keys.variants_folder(makers.KEY, makers.SEQUENCER, "1a", visibility)
    assert keys.job_id_of_picture(f"{variants}w320.avif") is None
