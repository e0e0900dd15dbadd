"""Check an uploaded file by its size and header, before anything that costs money is done with it."""

from limner.errors import ObjectMissing, upload_gone
from limner.intake import Limits, check_header, check_size
from limner.photos import Source
from limner.ports import ObjectStore

HEADER_READ_BYTES = 256 * 1024


def check_upload(objects: ObjectStore, source: Source, limits: Limits) -> int:
    """Its pixels; the most that are allowed, where the header does not say. Raises PhotoRefused."""
    check_size(source.bytes, limits)
    try:
        head = objects.get_head(source.bucket, source.key, source.version_id, HEADER_READ_BYTES)
        is_whole_file = len(head) >= source.bytes
        header = check_header(head, complete=is_whole_file, limits=limits)
        if header is None:
            data = objects.get(source.bucket, source.key, source.version_id)
            header = check_header(data, complete=True, limits=limits)
    except ObjectMissing as error:
        raise upload_gone() from error
    return header.width * header.height if header else limits.max_pixels
