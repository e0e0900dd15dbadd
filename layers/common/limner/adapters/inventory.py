"""S3 Inventory: the reports that S3 writes once a day of all objects of a bucket, read row by row.

A report is a manifest at `{prefix}/{bucket}/{configuration}/{time}/manifest.json` that names gzipped CSV
files (Amazon S3 user guide, "Locating your inventory list").
"""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from urllib.parse import unquote_plus

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from limner.adapters.sdk import sdk_errors
from limner.errors import MalformedMessage
from limner.keys import INVENTORY_NAME, INVENTORY_PREFIX
from limner.ports import ListedObject
from limner.sweep.ports import NOTHING_READ, InventoryReport, RowsRead

MANIFEST_NAME = "manifest.json"
_OF_A_TIME = "2"
"""Begins the folders of reports until the year 3000, and no other name beside them (`data`, `hive`)."""
_TIME = "%Y-%m-%dT%H-%MZ"
"""Of such a folder: when S3 began to make the report."""
_COLUMNS = ("Key", "Size", "LastModifiedDate", "ETag")


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    key: str


class Manifest(BaseModel):
    """The fields of manifest.json that are needed."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    format: str = Field(alias="fileFormat", pattern="^CSV$")
    columns: str = Field(alias="fileSchema")
    files: tuple[_File, ...]

    def column(self, name: str) -> int:
        """Raises ValueError."""
        return [each.strip() for each in self.columns.split(",")].index(name)


class S3Inventory:
    """`client` is a boto3 S3 client, `destination` the bucket that has the reports of the bucket `source`."""

    def __init__(self, client: Any, *, source: str, destination: str) -> None:
        self._client = client
        self._destination = destination
        self._prefix = f"{INVENTORY_PREFIX}{source}/{INVENTORY_NAME}/{_OF_A_TIME}"

    def newest(self, after: str) -> InventoryReport | None:
        with sdk_errors("finding the inventory"):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._destination, Prefix=self._prefix, StartAfter=after
            )
            keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
        manifests = [key for key in keys if key.endswith(f"/{MANIFEST_NAME}")]
        if not manifests:
            return None
        began = datetime.strptime(manifests[-1].split("/")[-2], _TIME)
        return InventoryReport(manifests[-1], began.replace(tzinfo=UTC))

    def rows(self, report: str, after: RowsRead = NOTHING_READ) -> Iterator[tuple[RowsRead, ListedObject]]:
        manifest = self._manifest(report)
        for number, file in enumerate(manifest.files[after.file :], after.file):
            read = after.rows if number == after.file else 0
            with sdk_errors(f"reading {file.key}"):
                body = self._client.get_object(Bucket=self._destination, Key=file.key)["Body"]
                text = io.TextIOWrapper(gzip.GzipFile(fileobj=body), "utf-8", newline="")
                for count, row in enumerate(self._rows_of(text, manifest, file.key, read), read + 1):
                    yield RowsRead(number, count), row

    def _rows_of(
        self, text: io.TextIOWrapper, manifest: Manifest, name: str, read: int
    ) -> Iterator[ListedObject]:
        """The rows after the first `read`."""
        try:
            columns = {column: manifest.column(column) for column in _COLUMNS}
            for row in islice(csv.reader(text), read, None):
                yield _listed({column: row[number] for column, number in columns.items()})
        except (ValueError, IndexError, EOFError, gzip.BadGzipFile, zlib.error, csv.Error) as error:
            raise MalformedMessage(f"{name} is no file of an inventory: {error}") from error

    def _manifest(self, key: str) -> Manifest:
        with sdk_errors("reading the inventory's manifest"):
            body = self._client.get_object(Bucket=self._destination, Key=key)["Body"].read()
        try:
            return Manifest.model_validate_json(body)
        except ValidationError as error:
            raise MalformedMessage(f"{key} is no manifest of an inventory: {error}") from error


def _listed(row: Mapping[str, str]) -> ListedObject:
    """Keys are URL-encoded in CSV files."""
    return ListedObject(
        key=unquote_plus(row["Key"]),
        modified=datetime.fromisoformat(row["LastModifiedDate"]),
        etag=row["ETag"],
        bytes=int(row["Size"]),
    )
