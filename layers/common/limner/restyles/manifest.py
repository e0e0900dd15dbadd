"""The photos of a manifest: a CSV file with a column `photo_id` or `key`, or a report of S3 Inventory.

A key is that of the photo's upload; a column `bucket` names its bucket where it is an attached one.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from limner.errors import ForeignUpload
from limner.keys import attached_photo_key, photo_key_for
from limner.restyles.errors import RestyleProblem, RestyleRefused
from limner.tenancy import PHOTO_ID_PATTERN

_PHOTO_ID = re.compile(PHOTO_ID_PATTERN)


@dataclass
class ManifestReader:
    """Counts what it reads: `rows`, and `others`, which name no photo of the tenant."""

    tenant: str
    uploads_bucket: str
    rows: int = 0
    others: int = 0

    def of_csv(self, lines: Iterable[str]) -> Iterator[str]:
        """Ids of photos, in the manifest's order. Raises RestyleRefused."""
        try:
            table = csv.DictReader(lines, strict=True)
            columns = [name.strip().lower() for name in table.fieldnames or ()]
            if not {"photo_id", "key"} & set(columns):
                message = "the first line of a manifest names its columns: photo_id, or key and maybe bucket"
                raise RestyleRefused(RestyleProblem.INVALID_MANIFEST, message)
            table.fieldnames = columns
            for row in table:
                yield from self._counted(self._photo_id(row))
        except (csv.Error, UnicodeDecodeError) as error:
            message = f"row {self.rows + 1} cannot be read: {error}"
            raise RestyleRefused(RestyleProblem.INVALID_MANIFEST, message) from error

    def of_keys(self, keys: Iterable[str]) -> Iterator[str]:
        """The same of keys in the uploads bucket."""
        for key in keys:
            yield from self._counted(self._of_object(self.uploads_bucket, key))

    def _counted(self, photo_id: str | None) -> Iterator[str]:
        self.rows += 1
        if photo_id is None:
            self.others += 1
        else:
            yield photo_id

    def _photo_id(self, row: dict[str, str | None]) -> str | None:
        if photo_id := (row.get("photo_id") or "").strip():
            return photo_id if _PHOTO_ID.fullmatch(photo_id) else None
        key = row.get("key")
        return self._of_object((row.get("bucket") or "").strip() or self.uploads_bucket, key) if key else None

    def _of_object(self, bucket: str, key: str) -> str | None:
        if bucket != self.uploads_bucket:
            return attached_photo_key(self.tenant, bucket, key).photo_id
        try:
            photo = photo_key_for(bucket, key)
        except ForeignUpload:
            return None
        return photo.photo_id if photo.tenant == self.tenant else None
