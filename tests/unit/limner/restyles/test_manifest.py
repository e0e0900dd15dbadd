"""Manifests: which rows name photos of the tenant."""

import pytest

from limner.keys import attached_photo_key
from limner.restyles.errors import RestyleProblem, RestyleRefused
from limner.restyles.manifest import ManifestReader
from tests import makers

OTHER_ID = "f" * 32
ATTACHED = ("shop-photos", "cups/1.jpg")


def read(text):
    reader = ManifestReader(makers.TENANT, "uploads")
    return list(reader.of_csv(text.splitlines(keepends=True))), reader


@pytest.mark.parametrize(
    "text",
    [
        f"photo_id\n{makers.PHOTO_ID}\n{OTHER_ID}\n",
        f"sku,Photo_ID \n1, {makers.PHOTO_ID}\n2,{OTHER_ID}\n",
        f"key\nuploads/main/{makers.PHOTO_ID}\nuploads/main/{OTHER_ID}\n",
        f"bucket,key\nuploads,uploads/main/{makers.PHOTO_ID}\n,uploads/main/{OTHER_ID}\n",
        f'"key"\r\n"uploads/main/{makers.PHOTO_ID}"\r\n"uploads/main/{OTHER_ID}"\r\n',
    ],
)
def test_ids_and_keys_name_photos(text):
    ids, reader = read(text)
    assert ids == [makers.PHOTO_ID, OTHER_ID]
    assert (reader.rows, reader.others) == (2, 0)


def test_objects_of_an_attached_bucket_have_the_ids_that_their_uploads_got():
    ids, _ = read(f"bucket,key\n{','.join(ATTACHED)}\n")
    assert ids == [attached_photo_key(makers.TENANT, *ATTACHED).photo_id]


@pytest.mark.parametrize(
    "row", [f"uploads/other/{makers.PHOTO_ID}", "tickets/main/x.json", "", "uploads/main/", "../main/x"]
)
def test_rows_of_others_are_counted_and_left_out(row):
    ids, reader = read(f"sku,key\n1,uploads/main/{makers.PHOTO_ID}\n2,{row}\n")
    assert ids == [makers.PHOTO_ID]
    assert (reader.rows, reader.others) == (2, 1)


@pytest.mark.parametrize("photo_id", ["A" * 32, "1" * 31, "1" * 33, "x", "1/2"])
def test_what_is_no_id_is_left_out(photo_id):
    assert read(f"sku,photo_id\n1,{photo_id}\n")[0] == []


@pytest.mark.parametrize(
    "text", ["", "\n", f"{makers.PHOTO_ID}\n", "sku,name\n1,2\n", 'key\n"uploads/main\n']
)
def test_a_file_without_the_columns_is_refused(text):
    with pytest.raises(RestyleRefused) as refused:
        read(text)
    assert refused.value.code == RestyleProblem.INVALID_MANIFEST


def test_keys_of_an_inventory_name_photos_too():
    reader = ManifestReader(makers.TENANT, "uploads")
    keys = [f"uploads/main/{makers.PHOTO_ID}", f"uploads/other/{makers.PHOTO_ID}"]
    assert list(reader.of_keys(keys)) == [makers.PHOTO_ID]
    assert reader.others == 1
