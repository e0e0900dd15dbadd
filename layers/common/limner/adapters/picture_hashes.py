"""Perceptual hashes of published pictures in a DynamoDB table of their own, found by nearly equal hashes.

A hash of 64 bits is four bands of 16. Each picture has four items, one for each band:

    band      partition key: tenant, number and value of the band, such as `main#2-9f3c`
    picture   sort key: photo key, job, look
    hash      all 64 bits, in hexadecimal
    version   the model or release that made it

Hashes that differ in at most three bits have at least one band in common: four queries by `band` find them
all. With the 16 neighbours of each band, 68 queries find all that differ in at most seven bits.
The keys follow from the photo's row, so whoever deletes a row can delete its items.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from limner.adapters.sdk import sdk_errors
from limner.ports import PublishedPicture

HASH_BANDS, HASH_BAND_BITS = 4, 16


class DynamoDbPictureHashes:
    """`table` is a boto3 Table resource."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def record(self, pictures: Sequence[PublishedPicture]) -> None:
        with sdk_errors("recording picture hashes"), self._table.batch_writer() as batch:
            for picture in pictures:
                for key in keys(picture):
                    item = {"hash": f"{picture.hash:016x}", "version": picture.version}
                    batch.put_item(Item={**key, **item})


def keys(picture: PublishedPicture) -> Iterator[dict[str, str]]:
    """The keys of the picture's items."""
    for band in range(HASH_BANDS):
        value = picture.hash >> band * HASH_BAND_BITS & (1 << HASH_BAND_BITS) - 1
        yield {
            "band": f"{picture.photo.tenant}#{band}-{value:04x}",
            "picture": f"{picture.photo}#{picture.job}#{picture.look}",
        }
