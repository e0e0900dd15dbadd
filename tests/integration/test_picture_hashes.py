"""The registry of published pictures by perceptual hash, on moto."""

from dataclasses import replace

import boto3

from limner.adapters.picture_hashes import HASH_ITEMS, DynamoDbPictureHashes, keys
from limner.ports import VARIANTS, PublishedPicture
from tests import makers

PICTURE = PublishedPicture(0x0123456789ABCDEF, makers.KEY, "job-1", "oil-100.s80", "m@1")


def test_a_picture_has_an_item_for_each_band_and_one_by_its_photo(hashes_table):
    DynamoDbPictureHashes(hashes_table).record([PICTURE])
    items = hashes_table.scan()["Items"]
    assert sorted(item["band"] for item in items) == [
        "main#0-cdef",
        "main#1-89ab",
        "main#2-4567",
        "main#3-0123",
        f"main#photo-{makers.PHOTO_ID}",
    ]
    for item in items:
        assert item["picture"] == f"{makers.KEY}#job-1#oil-100.s80"
        assert (item["hash"], item["version"]) == ("0123456789abcdef", "m@1")


def test_recording_again_changes_nothing_and_other_looks_are_kept(hashes_table):
    hashes = DynamoDbPictureHashes(hashes_table)
    hashes.record([PICTURE, replace(PICTURE, look=VARIANTS, job="1" * 32)])
    hashes.record([PICTURE])
    assert hashes_table.scan()["Count"] == 2 * HASH_ITEMS


def test_a_hash_that_differs_in_three_bits_is_found_by_one_of_four_queries(hashes_table):
    DynamoDbPictureHashes(hashes_table).record([PICTURE])
    near = replace(PICTURE, hash=PICTURE.hash ^ (1 | 1 << 17 | 1 << 34))
    found = [
        hashes_table.query(
            KeyConditionExpression="band = :band", ExpressionAttributeValues={":band": key["band"]}
        )
        for key in keys(near)
    ]
    assert sum(answer["Count"] for answer in found) == 1


def test_recording_nothing_asks_nothing_of_the_table():
    DynamoDbPictureHashes(boto3.resource("dynamodb").Table("no-such-table")).record([])
