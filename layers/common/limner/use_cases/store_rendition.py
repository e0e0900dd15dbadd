"""An encoded picture becomes an object and the part of a row that speaks of it."""

from limner.images.variants import Encoded
from limner.ports import ObjectStore
from limner.report import Rendition


def store_rendition(objects: ObjectStore, bucket: str, prefix: str, encoded: Encoded) -> Rendition:
    key = prefix + encoded.name
    objects.put(bucket, key, encoded.body, encoded.content_type)
    return Rendition(
        key=key,
        width=encoded.width,
        height=encoded.height,
        bytes=len(encoded.body),
        content_type=encoded.content_type,
    )
