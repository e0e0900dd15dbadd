"""Store an encoded picture in S3 and make its Rendition for the photo's row."""

from limner.ports import ObjectStore
from limner.renditions import Rendition
from photo_files.variants import Encoded


def store_rendition(objects: ObjectStore, bucket: str, folder: str, encoded: Encoded) -> Rendition:
    """`folder` must be the caller's attempt's own: an object there is this one, whose first response was
    lost."""
    key = folder + encoded.name
    objects.put(bucket, key, encoded.body, encoded.content_type, only_if_absent=True)
    return Rendition(
        key=key,
        width=encoded.width,
        height=encoded.height,
        bytes=len(encoded.body),
        content_type=encoded.content_type,
    )
