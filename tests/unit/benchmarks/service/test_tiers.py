"""The comparison of the endpoint with the function: paid seconds of a day, and where they cost the same."""

import pytest

from benchmarks.service.simulation.document import between_marks
from benchmarks.service.simulation.figures import figures
from benchmarks.service.tiers import (
    FUNCTION,
    PHOTOS_PER_DAY,
    SECONDS_PER_DAY,
    Tier,
    break_even_photos_per_day,
    function_tier,
    markdown,
    tiers,
)
from limner.costs import cost_model, prices
from tests.template_reader import ROOT, template

FROM_ZERO = Tier(
    "endpoint", ticket_seconds=3, busy_seconds=2, usd_per_hour=3.6, start_seconds=300, idle_seconds=900
)
KEPT = Tier("endpoint", ticket_seconds=3, busy_seconds=2, usd_per_hour=3.6, start_seconds=0, kept_instances=1)


def test_an_instance_from_zero_is_paid_while_it_starts_and_after_each_session():
    assert FROM_ZERO.paid_seconds(400, photos_per_session=200) == 400 * 2 + 2 * (300 + 900)
    assert FROM_ZERO.usd_per_1000(400, 200) == pytest.approx(3200 * 0.001 / 400 * 1000)


def test_sessions_that_overlap_cost_no_more_than_an_instance_that_runs_all_day():
    assert FROM_ZERO.paid_seconds(20_000, 200) == SECONDS_PER_DAY == KEPT.paid_seconds(20_000, 200)


def test_beyond_one_instance_the_photos_seconds_are_paid():
    assert KEPT.paid_seconds(100_000, 200) == FROM_ZERO.paid_seconds(100_000, 200) == 200_000


def test_a_kept_instance_costs_without_photos_and_the_others_nothing():
    assert KEPT.usd_per_month_without_photos == pytest.approx(730 * 3.6)
    assert FROM_ZERO.usd_per_month_without_photos == 0


def test_the_function_costs_its_photos_seconds_whatever_the_load_is():
    tier, job = function_tier(figures()), figures().job
    expected = cost_model().instance_seconds(job) * prices().instance(FUNCTION) / 3_600 * 1_000
    assert [tier.usd_per_1000(number, 200) for number in PHOTOS_PER_DAY] == pytest.approx(
        [expected] * len(PHOTOS_PER_DAY)
    )


def test_the_function_is_the_templates_default():
    default = template()["Parameters"]["StylizerFunctionMemoryMb"]["Default"]
    assert f"lambda.{default}" == FUNCTION


def test_at_the_break_even_both_cost_the_same():
    number = break_even_photos_per_day(figures())
    _, kept, function = tiers(figures())
    assert kept.usd_per_1000(number, 200) == pytest.approx(function.usd_per_1000(number, 200), rel=0.001)
    assert kept.usd_per_1000(number // 2, 200) > function.usd_per_1000(number // 2, 200)
    assert kept.usd_per_1000(2 * number, 200) < function.usd_per_1000(2 * number, 200)


def test_the_documents_table_is_the_one_that_the_command_makes():
    document = (ROOT / "docs/costs.md").read_text("utf-8")
    assert between_marks(document, "tiers", markdown(figures())) == document
