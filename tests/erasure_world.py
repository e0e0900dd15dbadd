"""Photos with everything that a deployed system stores of them, on moto, and the count of what is left of
them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from limner.adapters.audit import DynamoDbAudit, DynamoDbTenantErasures
from limner.adapters.dynamodb import DynamoDbPhotos
from limner.adapters.dynamodb_erasures import DynamoDbErasures
from limner.adapters.picture_hashes import DynamoDbPictureHashes
from limner.adapters.s3 import S3Objects
from limner.adapters.usage import DynamoDbUsage
from limner.contracts import StoredSubmission
from limner.keys import (
    comparable_sequencer,
    styled_prefix,
    submission_key,
    ticket_key,
    upload_key,
    variants_prefix,
)
from limner.photos import Source, StylizeJob
from limner.ports import VARIANTS, PublishedPicture
from limner.tenancy import PhotoKey
from limner.use_cases.erase_photo import ErasePhoto
from limner.use_cases.request_erasure import RequestErasure
from tests import makers
from tests.erasure_fakes import InMemoryEdge
from tests.fakes import Clock

UPLOADS, RESULTS = "limner-uploads", "limner-results"
IN_FLIGHT = timedelta(hours=2)
FIRST, SECOND = comparable_sequencer("0061"), comparable_sequencer("0062")


@dataclass
class SentErasures:
    sent: list[tuple[PhotoKey, str | None]] = field(default_factory=list)

    def send(self, key: PhotoKey, object_key: str | None = None) -> None:
        self.sent.append((key, object_key))


class World:
    """`table`, `usage_table`, `hashes_table` and `audit_table` are boto3 Table resources; `s3` is a client."""

    def __init__(self, table: Any, usage_table: Any, hashes_table: Any, audit_table: Any, s3: Any) -> None:
        self.table, self.hashes_table, self.audit_table, self.s3 = table, hashes_table, audit_table, s3
        self.clock = Clock()
        self.usage = DynamoDbUsage(usage_table)
        self.photos = DynamoDbPhotos(table, self.usage)
        self.erasures = DynamoDbErasures(table, self.usage)
        self.hashes = DynamoDbPictureHashes(hashes_table)
        self.objects = S3Objects(s3)
        self.audit = DynamoDbAudit(audit_table)
        self.tenant_erasures = DynamoDbTenantErasures(audit_table)
        self.queue = SentErasures()
        self.edge = InMemoryEdge()
        self.request = RequestErasure(
            erasures=self.erasures, queue=self.queue, now=self.clock, in_flight=IN_FLIGHT
        )
        self.erase = ErasePhoto(
            erasures=self.erasures,
            objects=self.objects,
            hashes=self.hashes,
            audit=self.audit,
            edge=self.edge,
            now=self.clock,
            uploads_bucket=UPLOADS,
            results_bucket=RESULTS,
        )

    def publish(self, photo: PhotoKey, object_key: str | None = None) -> None:
        """A photo that was uploaded and made READY twice, with a deleted object among those of the first
        time."""
        for number, sequencer in enumerate((FIRST, SECOND), start=1):
            self._publish_once(photo, object_key or upload_key(photo), sequencer, number)
        self.s3.delete_object(
            Bucket=RESULTS, Key=f"{variants_prefix(photo, FIRST)}640.webp"
        )  # leaves a delete marker

    def _publish_once(self, photo: PhotoKey, object_key: str, sequencer: str, number: int) -> None:
        self.put(UPLOADS, object_key)
        source = Source(bucket=UPLOADS, key=object_key, sequencer=sequencer, bytes=1)
        self.photos.record_upload(makers.photo(tenant=photo.tenant, photo_id=photo.photo_id, source=source))
        job = StylizeJob(job_id=self.job_id(photo, number), sequencer=sequencer, lease_until=0)
        self.photos.lease(photo, job, 1, makers.charge())
        self.submit(photo, job)
        self.make_pictures(photo, job.job_id)
        self.make_variants(photo, sequencer)
        self.photos.record_results(photo, makers.results(sequencer=sequencer))
        self.photos.record_variants(photo, makers.variants(sequencer=sequencer))

    def job_id(self, photo: PhotoKey, number: int) -> str:
        return f"{photo.tenant}.{photo.photo_id}.{number:012x}"

    def submit(self, photo: PhotoKey, job: StylizeJob) -> None:
        output = f"endpoint/output/{photo.photo_id[:8]}-{photo.tenant}-{job.job_id[-4:]}.out"
        locations = StoredSubmission(job_id=job.job_id, output_location=f"s3://{RESULTS}/{output}")
        self.put(RESULTS, ticket_key(job.job_id))
        self.put(RESULTS, submission_key(job.job_id), locations.model_dump_json().encode())
        self.put(RESULTS, output)
        submitted = {"output_location": locations.output_location, "submitted_at": makers.NOON}
        self.photos.record_submission(photo, job.model_copy(update=submitted))

    def make_pictures(self, photo: PhotoKey, job_id: str) -> None:
        for name in ("full.jpg", "report.json", "report.json"):
            self.put(RESULTS, styled_prefix(job_id) + name)
        self.hashes.record([PublishedPicture(int(photo.photo_id[:16], 16), photo, job_id, "oil", "m@1")])

    def make_variants(self, photo: PhotoKey, sequencer: str) -> None:
        self.put(RESULTS, f"{variants_prefix(photo, sequencer)}640.webp")
        self.hashes.record([PublishedPicture(0xF0F0, photo, sequencer, VARIANTS, "0.1")])

    def put(self, bucket: str, key: str, body: bytes = b"x") -> None:
        self.s3.put_object(Bucket=bucket, Key=key, Body=body)

    def versions(self) -> Iterator[str]:
        """Bucket and key of every version and delete marker."""
        for bucket in (UPLOADS, RESULTS):
            for page in self.s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
                for entry in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                    yield f"{bucket}/{entry['Key']}"

    def rows(self) -> dict[str, Mapping[str, Any]]:
        return {item["photo_key"]: item for item in self.table.scan()["Items"]}

    def index_entries(self, name: str) -> list[str]:
        return [item["photo_key"] for item in self.table.scan(IndexName=name)["Items"]]

    def hash_items(self) -> list[str]:
        return [f"{item['band']} {item['picture']}" for item in self.hashes_table.scan()["Items"]]

    def stored(self) -> dict[str, object]:
        """Everything, for a comparison."""
        return {
            "versions": sorted(self.versions()),
            "rows": {key: row for key, row in self.rows().items() if "erasure" not in row},
            "listed": sorted(self.index_entries("Listed")),
            "open": sorted(self.index_entries("Open")),
            "hashes": sorted(self.hash_items()),
        }

    def past_last_check(self) -> None:
        self.clock.advance(hours=3)
