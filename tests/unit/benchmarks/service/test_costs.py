"""The cost table: its parts from the cost model and the prices, and the PUTs that the model counts."""

import pytest

from benchmarks.service import costs
from benchmarks.service.costs import (
    FUNCTION,
    GPU,
    PROCESSOR,
    TIERED_FROM_BYTES,
    costs_of,
    job_of,
    markdown,
    rows,
    storage_usd,
)
from benchmarks.service.job_cost import photo_of
from benchmarks.service.simulation.document import between_marks
from limner.costs import cost_model, prices
from limner.intake import Limits, make_variants, start_decoder
from tests.template_reader import ROOT, properties

PUTS_WITHOUT_VARIANTS = {"upload", "ticket", "submission", "report", "the endpoint's response"}


def test_the_model_counts_the_variants_that_are_made():
    start_decoder()
    made = make_variants(photo_of(1700, 1200), Limits())
    counted = cost_model().s3_puts_per_photo.value
    assert counted == len(made.pictures) + len(PUTS_WITHOUT_VARIANTS)
    assert cost_model().signatures_per_photo.value == len(made.pictures)


def test_the_threshold_of_tiering_is_that_of_the_buckets():
    for bucket in ("UploadsBucket", "ResultsBucket"):
        rules = properties(bucket)["LifecycleConfiguration"]["Rules"]
        assert {rule["ObjectSizeGreaterThan"] for rule in rules if "Transitions" in rule} == {
            str(TIERED_FROM_BYTES)
        }


def test_an_object_above_the_threshold_is_cheaper_tiered_and_one_below_is_left():
    model, by = cost_model(), prices()
    large, small = job_of(12, 3), job_of(1, 3)
    assert storage_usd(large, model, by, tiered=True) < storage_usd(large, model, by, tiered=False)
    assert storage_usd(small, model, by, tiered=True) == storage_usd(small, model, by, tiered=False)


def test_tiering_one_object_of_the_threshold_saves_more_than_it_costs():
    by = prices()
    each = by.usd_per_million["tier_changes"] + 12 * by.usd_per_million["tiered_objects_month"]
    months = {"standard": 1, "infrequent": 2, "archive": 9}
    tiered = sum(by.storage_usd_per_gb_month[name] * count for name, count in months.items())
    saved = TIERED_FROM_BYTES / 1e9 * (12 * by.storage_usd_per_gb_month["standard"] - tiered)
    assert saved > 2 * each / 1e6


def test_painting_costs_the_instances_seconds():
    job, model, by = job_of(4, 3), cost_model(), prices()
    processor = costs_of(PROCESSOR, job, model, by).painting
    assert processor == pytest.approx(model.instance_seconds(job) * 0.204 / 3600)
    gpu = costs_of(GPU, job, model, by).painting
    assert gpu == pytest.approx(costs.figures().gpu_ticket_seconds * 0.7364 / 3600, rel=0.01)
    assert costs_of(FUNCTION, job, model, by).painting > processor * 0.5


def test_the_table_has_every_size_and_number_of_looks():
    table = rows()
    assert len(table) == len(costs.SIZES_MEGAPIXELS) * len(costs.LOOK_COUNTS)
    by_case = {(row["megapixels"], row["looks"]): row["total, GPU"] for row in table}
    assert by_case[1, 1] < by_case[4, 1] < by_case[4, 3] < by_case[24, 8]


def test_the_documents_table_is_the_one_that_the_command_makes():
    document = (ROOT / "docs/costs.md").read_text("utf-8")
    assert between_marks(document, "costs", markdown(rows(), prices())) == document
