"""S3 Inventory, which ministack lacks: reports of the buckets whose template asks for them.

S3 makes one a day. Here they are made once a minute, so that a local run shows what the sweeper does with
them.
"""

import csv
import gzip
import io
import json
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus

INTERVAL_SECONDS = 60
UPLOADS = "uploads/"
COLUMNS = ("Bucket", "Key", "Size", "LastModifiedDate", "ETag")

Create = Callable[..., Any]


class Inventories:
    """`client` gives an S3 client, once there are buckets."""

    def __init__(self, client: Callable[[], Any]) -> None:
        self._client = client
        self._declared: list[tuple[str, Mapping[str, Any]]] = []

    def noting(self, create_bucket: Create) -> Create:
        """The handler of AWS::S3::Bucket that notes the inventories that a bucket declares."""

        def create(logical_id: str, props: Mapping[str, Any], stack_name: str) -> Any:
            bucket, attributes = create_bucket(logical_id, props, stack_name)
            for declared in props.get("InventoryConfigurations", ()):
                self._declared.append((bucket, declared))
            return bucket, attributes

        return create

    def make_in_background(self) -> None:
        def keep_making() -> None:
            while True:
                time.sleep(INTERVAL_SECONDS)
                self.make()

        threading.Thread(target=keep_making, name="inventories", daemon=True).start()

    def make(self) -> None:
        for bucket, declared in list(self._declared):
            destination = declared["Destination"]
            folder = f"{destination['Prefix']}/{bucket}/{declared['Id']}/"
            place = destination["BucketArn"].rpartition(":")[2], folder
            write_report(self._client(), bucket, place, datetime.now(UTC), declared.get("Prefix", ""))


def write_report(s3: Any, bucket: str, place: tuple[str, str], now: datetime, prefix: str = UPLOADS) -> str:
    """Write a report as S3 does, of the objects under `prefix`: a gzipped CSV file and its manifest, whose
    key is returned. `place` is a bucket and a folder in it, which ends with a slash."""
    destination, folder = place
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    text = io.StringIO()
    rows = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    for page in pages:
        rows.writerows(_row(bucket, entry) for entry in page.get("Contents", []))
    file = f"{folder}data/{now:%Y%m%d%H%M%S%f}.csv.gz"
    s3.put_object(Bucket=destination, Key=file, Body=gzip.compress(text.getvalue().encode()))
    manifest = {
        "sourceBucket": bucket,
        "destinationBucket": f"arn:aws:s3:::{destination}",
        "version": "2016-11-30",
        "creationTimestamp": str(int(now.timestamp() * 1000)),
        "fileFormat": "CSV",
        "fileSchema": ", ".join(COLUMNS),
        "files": [{"key": file, "size": len(text.getvalue())}],
    }
    key = f"{folder}{now:%Y-%m-%dT%H-%MZ}/manifest.json"
    s3.put_object(Bucket=destination, Key=key, Body=json.dumps(manifest).encode())
    return key


def _row(bucket: str, entry: Mapping[str, Any]) -> tuple[str, ...]:
    modified = entry["LastModified"].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return bucket, quote_plus(entry["Key"], safe="/"), str(entry["Size"]), modified, entry["ETag"].strip('"')
