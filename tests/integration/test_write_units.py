"""Write units of a photo's life, and how they are spread over the keys of a large tenant.

DynamoDB's rules (developer guide, "Read and write capacity"): one unit for each started kilobyte of the larger
of the item before and after; the same where the condition does not hold; twice in a transaction. An index
costs one unit for an entry that is made, removed or changed in an attribute that it has besides its keys, and
two for one that moves.
"""

import math
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import boto3
import pytest

from limner.adapters.dynamodb import DynamoDbPhotos
from limner.adapters.usage import DynamoDbUsage
from limner.keys import styled_prefix, upload_key, variants_prefix
from limner.looks import Look
from limner.quotas import SHARDS, Quotas
from limner.renditions import Rendition
from limner.tenancy import PhotoKey
from tests import makers
from tests.integration.conftest import NAMES
from tests.template_reader import properties

MOST_UNITS_A_PHOTO = 50
INDEXES = {
    ("list_key", "listed_at"): ("list_state", "changed_at", "tags"),
    ("list_key", "changed_at"): ("list_state", "tags"),
    ("external_key", "listed_at"): (),
    ("open_shard", "due_at"): (),
    ("review_key", "review_at"): (),
}
"""Keys of each index, and what it has besides them."""
KEYS = {NAMES["PhotosTable"]: "photo_key", NAMES["UsageTable"]: "counter"}
LARGE = {
    "orders_per_day": 10**6,
    "orders_per_key_per_day": 10**6,
    "looks_per_day": 10**6,
    "bytes_per_day": 10**13,
    "megapixels_per_day": 10**7,
    "concurrent_jobs": 64,
    "monthly_budget_usd": 10**6,
}
TYPES = {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg"}
FILES = tuple(f"w{width}.{kind}" for width in (1600, 1024, 640, 320) for kind in TYPES)
STYLES = ("oil", "watercolour", "cartoon")
NOW = int(makers.NOON.timestamp())


def size_of(value: Any) -> int:
    """Bytes by the developer guide's rules ("Item sizes and formats")."""
    match value:
        case bool() | None:
            return 1
        case str():
            return len(value.encode())
        case int() | Decimal():
            return math.ceil(len(Decimal(value).normalize().as_tuple().digits) / 2) + 1
        case Mapping():
            return 3 + sum(len(name.encode()) + size_of(item) + 1 for name, item in value.items())
        case list():
            return 3 + sum(size_of(item) + 1 for item in value)
    raise TypeError(type(value))


def item_units(item: Mapping[str, Any] | None) -> int:
    size = sum(len(name.encode()) + size_of(value) for name, value in (item or {}).items())
    return max(1, math.ceil(size / 1024))


def index_units(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> int:
    units = 0
    for names, projected in INDEXES.items():
        old, new = (
            tuple(item[name] for name in names) if item and all(name in item for name in names) else None
            for item in (before, after)
        )
        if old != new:
            units += sum(entry is not None for entry in (old, new))
        elif old and before and after:
            units += any(before.get(name) != after.get(name) for name in projected)
    return units


def test_the_indexes_are_those_of_the_template():
    declared = {
        tuple(key["AttributeName"] for key in index["KeySchema"]): tuple(
            index["Projection"].get("NonKeyAttributes", ())
        )
        for index in properties("PhotosTable")["GlobalSecondaryIndexes"]
    }
    assert declared == INDEXES


class Meter:
    """Counts the write units of every write of two tables, by key, and by the calling step."""

    def __init__(self, *tables: Any) -> None:
        self.by_key: Counter[str] = Counter()
        self.by_step: Counter[str] = Counter()
        self.step = ""
        self._reader = boto3.resource("dynamodb")
        for table in tables:
            client = table.meta.client
            client._make_api_call = self._metered(client._make_api_call)

    def _metered(self, call):
        def metered(operation, arguments):
            match operation:
                case "PutItem":
                    name = KEYS[arguments["TableName"]]
                    key = {name: arguments["Item"][name]}
                    writes = [(arguments["TableName"], key, 1)]
                case "UpdateItem":
                    writes = [(arguments["TableName"], arguments["Key"], 1)]
                case "TransactWriteItems":
                    updates = [item["Update"] for item in arguments["TransactItems"]]
                    writes = [(update["TableName"], update["Key"], 2) for update in updates]
                case _:
                    writes = []
            before = [self._item(table, key) for table, key, _ in writes]
            try:
                return call(operation, arguments)
            finally:
                for (table, key, factor), old in zip(writes, before, strict=True):
                    self._count(table, key, factor, old)

        return metered

    def _count(self, table: str, key: dict[str, str], factor: int, old: Mapping[str, Any] | None) -> None:
        new = self._item(table, key)
        units = factor * max(item_units(old), item_units(new))
        if table == NAMES["PhotosTable"]:
            units += index_units(old, new)
        self.by_key[f"{table}/{next(iter(key.values()))}"] += units
        self.by_step[self.step] += units

    def _item(self, table: str, key: dict[str, str]) -> Mapping[str, Any] | None:
        return self._reader.Table(table).get_item(Key=key, ConsistentRead=True).get("Item")


def rendition(key: str) -> Rendition:
    kind = TYPES[key.rpartition(".")[2]]
    return makers.rendition(key=key, width=1024, height=1024, bytes=345_678, content_type=kind)


def live_through(meter: Meter, photos: DynamoDbPhotos, usage: DynamoDbUsage, number: int) -> None:
    """An order of three looks, its upload, its job, twelve variants, three results of thirteen files each."""
    key = PhotoKey("large-marketplace", f"{number % 16:x}{number:031x}")
    looks = tuple(Look(styles={style: 1.0}, strength=0.8) for style in STYLES)
    source = makers.source(key=upload_key(key), version_id="v" * 32, etag="e" * 32)
    order = makers.photo(
        tenant=key.tenant,
        photo_id=key.photo_id,
        filename="product-photo-0001.jpg",
        looks=looks,
        external_id="SKU-0001-BLUE",
        tags=("mugs",),
    )
    job = makers.job(
        job_id=f"{key.tenant}.{key.photo_id}.{'a' * 12}",
        output_location="s3://limner-results/endpoint/output/" + "o" * 40,
        failure_location="s3://limner-results/endpoint/failure/" + "f" * 40,
    )
    prefix = styled_prefix(job.job_id)
    pictures = tuple(
        makers.full_picture(
            look=look,
            hash="0123456789abcdef",
            dominant_colour="#0a14c8",
            placeholder="o" * 32 + "==",
            renditions=tuple(rendition(f"{prefix}{look.slug}/{name}") for name in ("full.jpg", *FILES)),
        ).without_explanation
        for look in looks
    )
    folder = variants_prefix(key, makers.SEQUENCER)
    variants = makers.variants(
        renditions=tuple(rendition(f"{folder}{name}") for name in FILES),
        hash="0123456789abcdef",
        dominant_colour="#0a14c8",
        placeholder="o" * 32 + "==",
    )
    meter.step = "order"
    usage.count_order(key.tenant, f"key{number % 40}", Quotas(**LARGE), makers.NOON)
    photos.add(order, makers.NOON)
    meter.step = "upload"
    photos.record_upload(order.model_copy(update={"source": source}))
    meter.step = "upload, the other reader"
    photos.record_upload(order.model_copy(update={"source": source}))
    meter.step = "lease"
    photos.lease(key, job, NOW, makers.charge(3, **LARGE))
    meter.step = "submission"
    photos.record_submission(key, job.model_copy(update={"submitted_at": makers.NOON}))
    meter.step = "variants"
    photos.record_variants(key, variants)
    meter.step = "results"
    photos.record_results(key, makers.results(pictures=pictures, timings={"decode": 0.1, "total": 3.2}))


@pytest.fixture
def metered(table, usage_table):
    usage = DynamoDbUsage(usage_table)
    return Meter(table, usage_table), DynamoDbPhotos(table, usage), usage


def test_a_photo_takes_at_most_fifty_write_units(metered):
    meter, photos, usage = metered
    live_through(meter, photos, usage, 1)
    assert meter.by_step.total() <= MOST_UNITS_A_PHOTO, dict(meter.by_step)


def test_no_key_takes_more_than_a_sixteenth_of_a_large_tenants_writes(metered):
    meter, photos, usage = metered
    for number in range(20):
        live_through(meter, photos, usage, number)
    (key, units), *_ = meter.by_key.most_common(1)
    assert units / meter.by_key.total() <= 1 / SHARDS, key
