"""Every fault is played once per session."""

from collections.abc import Callable
from functools import cache

import pytest

from tests.faults.all_faults import FAULTS
from tests.faults.play import Played, play


@pytest.fixture(scope="session")
def ended() -> Callable[[str], Played]:
    """Name of a fault → how it ended."""
    by_name = {fault.name: fault for fault in FAULTS}

    @cache
    def play_once(name: str) -> Played:
        return play(by_name[name])

    return play_once
