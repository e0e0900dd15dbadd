"""A tenant that uploads hundreds of photos leaves another's 95th percentile within twice of idle."""

import pytest

from benchmarks.service.fairness.simulation import Speeds, compare
from limner.quotas import Quotas


@pytest.mark.parametrize(
    ("ticket_seconds", "concurrent_jobs", "quiet_batch"),
    [(0.5, Quotas().concurrent_jobs, 1), (0.5, Quotas().concurrent_jobs, 5), (3.2, 1, 1)],
)
def test_a_flood_leaves_a_quiet_tenant_within_twice_of_idle(ticket_seconds, concurrent_jobs, quiet_batch):
    figures = compare(
        Speeds(ticket_seconds=ticket_seconds),
        Quotas(concurrent_jobs=concurrent_jobs),
        flood_photos=150,
        quiet_photos=20,
        quiet_batch=quiet_batch,
    )
    assert figures["ratio"] <= 2
    assert figures["most_in_flight"] <= 2 * concurrent_jobs, "of both tenants together"
    assert figures["flood_ready"] > 0, "the flood is worked off meanwhile"


def test_without_a_limit_the_flood_stands_before_everybody():
    figures = compare(
        Speeds(), Quotas(concurrent_jobs=1_000), flood_photos=150, quiet_photos=20, quiet_batch=1
    )
    assert figures["ratio"] > 10
