"""Windows of campaigns: local times of a time zone as instants, and both changes of the clocks."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from limner.campaigns.windows import ALWAYS, Window, instant

BERLIN, NEW_YORK, APIA = "Europe/Berlin", "America/New_York", "Pacific/Apia"


def utc(*numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=UTC)


@pytest.mark.parametrize(
    ("local", "zone", "expected"),
    [
        (datetime(2026, 1, 15, 9), BERLIN, utc(2026, 1, 15, 8)),
        (datetime(2026, 7, 15, 9), BERLIN, utc(2026, 7, 15, 7)),
        (datetime(2026, 11, 27), NEW_YORK, utc(2026, 11, 27, 5)),
        (datetime(2026, 11, 27), "Asia/Kolkata", utc(2026, 11, 26, 18, 30)),
    ],
    ids=["winter", "summer", "behind UTC", "half an hour"],
)
def test_a_local_time_has_the_offset_of_its_day(local, zone, expected):
    assert instant(local, zone) == expected


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        (datetime(2026, 3, 29, 1, 59), utc(2026, 3, 29, 0, 59)),
        (datetime(2026, 3, 29, 2, 30), utc(2026, 3, 29, 1, 30)),
        (datetime(2026, 3, 29, 3, 0), utc(2026, 3, 29, 1, 0)),
        (datetime(2026, 10, 25, 1, 59), utc(2026, 10, 24, 23, 59)),
        (datetime(2026, 10, 25, 2, 30), utc(2026, 10, 25, 0, 30)),
        (datetime(2026, 10, 25, 3, 0), utc(2026, 10, 25, 2, 0)),
    ],
    ids=["before the gap", "in the gap", "after it", "before the repetition", "there twice", "after it"],
)
def test_times_around_the_changes_of_the_clocks(local, expected):
    assert instant(local, BERLIN) == expected


@pytest.mark.parametrize(
    ("day", "hours"), [(datetime(2026, 3, 29), 23), (datetime(2026, 10, 25), 25), (datetime(2026, 6, 1), 24)]
)
def test_a_day_is_as_long_as_it_is(day, hours):
    window = Window(starts_at=day, ends_at=day.replace(day=day.day + 1), time_zone=BERLIN)
    assert (window.end - window.start).total_seconds() == hours * 3_600


def test_a_window_includes_its_start_and_not_its_end():
    window = Window(starts_at=datetime(2026, 11, 27), ends_at=datetime(2026, 12, 1), time_zone=BERLIN)
    start, end = utc(2026, 11, 26, 23), utc(2026, 11, 30, 23)
    assert (window.start, window.end) == (start, end)
    moments = [utc(2026, 11, 26, 22, 59, 59), start, utc(2026, 11, 30, 22, 59, 59), end]
    assert [window.is_open(moment) for moment in moments] == [False, True, True, False]


def test_a_window_without_ends_is_always_open():
    assert ALWAYS.is_open(utc(1990, 1, 1))
    assert not ALWAYS.is_over(utc(2990, 1, 1))


@pytest.mark.parametrize(
    "facts",
    [
        {"time_zone": "Europe/Atlantis"},
        {"time_zone": "Europe"},
        {"time_zone": "../../etc/passwd"},
        {"time_zone": ""},
        {"starts_at": datetime(2026, 1, 1, tzinfo=UTC)},
        {"starts_at": datetime(2026, 1, 2), "ends_at": datetime(2026, 1, 2)},
        {"starts_at": datetime(2026, 3, 29, 2, 30), "ends_at": datetime(2026, 3, 29, 3), "time_zone": BERLIN},
    ],
    ids=["unknown", "a folder", "a path", "empty", "with an offset", "nothing between", "empty by the gap"],
)
def test_a_window_that_is_none_is_refused(facts):
    with pytest.raises(ValidationError):
        Window(**facts)


def test_a_window_is_kept_as_it_was_given():
    """So that it follows its time zone where its rules change before the start."""
    window = Window(starts_at=datetime(2026, 11, 27, 9), time_zone=APIA)
    assert Window.model_validate_json(window.model_dump_json()) == window
