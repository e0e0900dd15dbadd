"""From a load to the stack's parameters, and which limit is met first."""

import pytest

from benchmarks.service.simulation.figures import figures
from benchmarks.service.simulation.sizing import (
    INSTANCE_HEADROOM,
    first_to_break,
    limits,
    open_hours,
    sized,
    target_backlog,
    workers,
)
from tests.template_reader import template

TICKET_SECONDS = 1.6


@pytest.mark.parametrize(
    ("wait_seconds", "engine_seconds", "expected"), [(15.0, 1.376, 10), (60.0, 9.4, 6), (2.0, 2.0, 1)]
)
def test_the_target_backlog_is_the_accepted_wait_in_tickets(wait_seconds, engine_seconds, expected):
    assert target_backlog(wait_seconds, engine_seconds) == expected


def test_no_backlog_keeps_a_wait_shorter_than_one_ticket():
    with pytest.raises(ValueError, match="shorter than one ticket, 3 s"):
        target_backlog(2.0, 3.0)


def test_workers_are_the_rate_times_the_seconds_with_headroom():
    assert workers(100.0, 0.5) == 75
    assert workers(0.1, 0.5) == 2, "SQS's least"


def test_a_sized_stack_holds_the_busiest_hour():
    times = figures()
    stack = sized(1_000_000, times, TICKET_SECONDS, 15.0)
    rate = times.peak_photos_per_second(1_000_000)
    assert stack.max_instances / times.engine_seconds(TICKET_SECONDS) > rate
    assert stack.thumbnailer_concurrency / times.variants_seconds > rate
    assert stack.target_backlog == 10


def test_shop_hours_are_those_with_half_of_the_busiest_hours_photos():
    assert open_hours(figures()) == (7, 21)


@pytest.mark.parametrize("photos_per_day", [100_000, 1_000_000, 10_000_000])
def test_limits_are_sorted_by_what_is_used_of_them(photos_per_day):
    shares = [share for _, _, share in first_to_break(photos_per_day, figures(), TICKET_SECONDS)]
    assert shares == sorted(shares, reverse=True)
    assert len(shares) == len(limits())


def test_signatures_are_the_first_of_awss_limits_at_a_million_photos_a_day():
    """63 of each photo in three looks; 24 photos a second at the busiest hour."""
    used = first_to_break(1_000_000, figures(), TICKET_SECONDS)
    of_aws = [row for row in used if limits()[row[0]].adjustable == "AWS"]
    assert [name for name, _, share in of_aws if share > 1] == ["kms_signatures"]
    assert of_aws[0][1] == pytest.approx(figures().peak_photos_per_second(1_000_000) * 63)


def test_limits_of_the_template_are_its_defaults():
    declared = template()["Parameters"]
    for name, parameter in {
        "router": "RouterConcurrency",
        "thumbnailer": "ThumbnailerConcurrency",
        "recorder": "RecorderConcurrency",
    }.items():
        assert limits()[name].limit == declared[parameter]["Default"]
    assert limits()["instances"].limit == declared["StylizerMaxInstances"]["MaxValue"]


def test_instances_are_needed_for_the_engine_alone():
    demand = limits()["instances"].demand(10.0, figures(), TICKET_SECONDS)
    assert demand == pytest.approx(10 * figures().engine_seconds(TICKET_SECONDS) * INSTANCE_HEADROOM)
