"""Perceptual hashes of published pictures in a DynamoDB table of their own, found by nearly equal hashes.

A hash of 64 bits is four bands of 16. Each picture has five items, one for each band and one by its photo:

    band      partition key: tenant, number and value of the band, such as `main#2-9f3c`; or tenant and photo
    id,
              such as `main#photo-0123…`
    picture   sort key: tenant, photo id, job, look
    hash      all 64 bits, in hexadecimal
    version   the model or release that made it

Hashes of a tenant that differ in at most three bits have at least one band in common: four queries by `band`
find them all. With the 16 neighbours of each band, 68 queries find all that differ in at most seven bits. The
item by photo is what finds the others when the photo is erased (docs/decisions/0171).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from limner.adapters.sdk import all_items, sdk_errors
from limner.ports import FoundPicture, PublishedPicture
from limner.tenancy import KEY_SEPARATOR, PhotoKey

HASH_BANDS, HASH_BAND_BITS = 4, 16
BITS_FOUND_BY_EQUAL_BANDS = HASH_BANDS - 1
"""Hashes that differ in so many bits have a band in common."""
_FINDING = "finding picture hashes"
HASH_ITEMS = HASH_BANDS + 1
"""Items of one picture."""


class DynamoDbPictureHashes:
    """`table` is a boto3 Table resource."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def record(self, pictures: Sequence[PublishedPicture]) -> None:
        """The items by photo first: an item that they do not lead to could not be erased."""
        items = [{"hash": f"{picture.hash:016x}", "version": picture.version} for picture in pictures]
        with sdk_errors("recording picture hashes"):
            for keys_of in (_keys_by_photo, keys):
                with self._table.batch_writer() as batch:
                    for picture, item in zip(pictures, items, strict=True):
                        for key in keys_of(picture):
                            batch.put_item(Item={**key, **item})

    def find(self, tenant: str, picture_hash: int, max_bits: int) -> list[FoundPicture]:
        """Four queries find hashes that differ in up to 3 bits, as most copies do; 64 more only where those
        find none and more bits are allowed."""
        found = self._near(_bands(tenant, picture_hash), picture_hash, max_bits)
        if not found and max_bits > BITS_FOUND_BY_EQUAL_BANDS:
            found = self._near(_neighbour_bands(tenant, picture_hash), picture_hash, max_bits)
        return sorted(found.values(), key=lambda each: (each.bits, each.picture.photo, each.picture.look))

    def _near(self, bands: Iterable[str], picture_hash: int, max_bits: int) -> dict[str, FoundPicture]:
        found: dict[str, FoundPicture] = {}
        for band in bands:
            for item in self._of_partition(band):
                bits = (int(item["hash"], 16) ^ picture_hash).bit_count()
                if bits <= max_bits:
                    found[item["picture"]] = FoundPicture(_published(item), bits)
        return found

    def erase(self, photo: PhotoKey) -> int:
        return self._erase(list(self._of_photo(photo)))

    def erase_all(self, tenant: str) -> int:
        """Reads the whole table: a tenant's items are in as many partitions as there are bands."""
        request: dict[str, Any] = {
            "FilterExpression": "begins_with(band, :tenant)",
            "ExpressionAttributeValues": {":tenant": f"{tenant}{KEY_SEPARATOR}"},
            "ProjectionExpression": "band, picture",
            "ConsistentRead": True,
        }
        return self._delete(list(all_items(self._table.scan, request, _FINDING)))

    def _of_photo(self, photo: PhotoKey) -> Iterator[Mapping[str, Any]]:
        return self._of_partition(_photo_partition(photo), consistent=True)

    def _of_partition(self, band: str, *, consistent: bool = False) -> Iterator[Mapping[str, Any]]:
        request = {
            "KeyConditionExpression": "band = :band",
            "ExpressionAttributeValues": {":band": band},
            "ConsistentRead": consistent,
        }
        yield from all_items(self._table.query, request, _FINDING)

    def _erase(self, by_photo: Sequence[Mapping[str, Any]]) -> int:
        """The items by photo last, so that an interrupted erasure finds the others again."""
        bands = [
            {"band": band, "picture": item["picture"]}
            for item in by_photo
            for band in _bands(item["picture"].partition(KEY_SEPARATOR)[0], int(item["hash"], 16))
        ]
        return self._delete(bands) + self._delete([_key_of(item) for item in by_photo])

    def _delete(self, found: Sequence[Mapping[str, Any]]) -> int:
        with sdk_errors("erasing picture hashes"), self._table.batch_writer() as batch:
            for key in found:
                batch.delete_item(Key=key)
        return len(found)


def keys(picture: PublishedPicture) -> Iterator[dict[str, str]]:
    """The keys of the picture's items by band."""
    for band in _bands(picture.photo.tenant, picture.hash):
        yield {"band": band, "picture": _picture(picture)}


def _keys_by_photo(picture: PublishedPicture) -> Iterator[dict[str, str]]:
    yield {"band": _photo_partition(picture.photo), "picture": _picture(picture)}


def _picture(picture: PublishedPicture) -> str:
    return f"{picture.photo}#{picture.job}#{picture.look}"


def _photo_partition(photo: PhotoKey) -> str:
    return f"{photo.tenant}{KEY_SEPARATOR}photo-{photo.photo_id}"


def _bands(tenant: str, picture_hash: int) -> Iterator[str]:
    for band in range(HASH_BANDS):
        value = picture_hash >> band * HASH_BAND_BITS & (1 << HASH_BAND_BITS) - 1
        yield f"{tenant}{KEY_SEPARATOR}{band}-{value:04x}"


def _neighbour_bands(tenant: str, picture_hash: int) -> Iterator[str]:
    """Of each band the sixteen that differ from it in one bit."""
    for bit in range(HASH_BANDS * HASH_BAND_BITS):
        band = bit // HASH_BAND_BITS
        value = (picture_hash ^ 1 << bit) >> band * HASH_BAND_BITS & (1 << HASH_BAND_BITS) - 1
        yield f"{tenant}{KEY_SEPARATOR}{band}-{value:04x}"


def _published(item: Mapping[str, Any]) -> PublishedPicture:
    tenant, photo_id, job, look = item["picture"].split(KEY_SEPARATOR, 3)
    return PublishedPicture(int(item["hash"], 16), PhotoKey(tenant, photo_id), job, look, item["version"])


def _key_of(item: Mapping[str, Any]) -> dict[str, str]:
    return {"band": item["band"], "picture": item["picture"]}
