"""Turns at the engine: which tenant is next, and that one has the engine at a time."""

import sys
import threading
from contextlib import contextmanager

import pytest

from tests.template_reader import ROOT

sys.path.insert(0, str(ROOT / "functions/stylizer"))  # as in the container

from server.turns import TurnOrder, Turns

WAIT_SECONDS = 5


class Painter(threading.Thread):
    """Takes `looks` turns in a row, each ended by `finish`; `painted` gets its name at the begin of each."""

    def __init__(self, turns, tenant, name, looks, painted):
        super().__init__(daemon=True)
        self.turns, self.tenant, self.label, self.looks, self.painted = turns, tenant, name, looks, painted
        self.may_go_on = threading.Semaphore(0)
        self.begun = threading.Semaphore(0)

    def run(self):
        with self.turns.turn(self.tenant) as pass_on:
            for number in range(self.looks):
                if number:
                    pass_on()
                self.painted.append(self.label)
                self.begun.release()
                self.may_go_on.acquire()

    def finish_look(self):
        self.may_go_on.release()

    def wait_for_begin(self):
        assert self.begun.acquire(timeout=WAIT_SECONDS)


@contextmanager
def waiting(turns, painters):
    """The painters, of which the first has its turn and the others wait, in this order."""
    for number, painter in enumerate(painters):
        painter.start()
        if number == 0:
            painter.wait_for_begin()
        else:
            wait_until(lambda count=number: len(turns._waiting) == count)
    yield
    for painter in painters:
        painter.join(WAIT_SECONDS)
        assert not painter.is_alive()


def wait_until(holds):
    done = threading.Event()
    for _ in range(500):
        if holds():
            return
        done.wait(0.01)
    raise AssertionError("did not come about")


@pytest.fixture
def turns():
    return Turns()


def play(turns, *tickets):
    """The order in which the looks of `tickets` (tenant, name, looks), which came in this order, are painted."""
    painted = []
    painters = [Painter(turns, tenant, name, looks, painted) for tenant, name, looks in tickets]
    by_name = {painter.label: painter for painter in painters}
    with waiting(turns, painters):
        for done in range(sum(looks for _, _, looks in tickets)):
            wait_until(lambda count=done: len(painted) > count)
            by_name[painted[done]].finish_look()
    return painted


def test_a_tenants_photo_waits_for_one_look_of_another_tenant_and_not_for_its_tickets(turns):
    order = play(turns, ("flood", "flood 1", 3), ("flood", "flood 2", 2), ("quiet", "quiet 1", 1))
    assert order == ["flood 1", "quiet 1", "flood 1", "flood 1", "flood 2", "flood 2"]


def test_tenants_with_several_looks_take_turns(turns):
    order = play(turns, ("flood", "flood 1", 4), ("flood", "flood 2", 1), ("quiet", "quiet 1", 3))
    assert order == [
        "flood 1", "quiet 1", "flood 1", "quiet 1", "flood 1", "quiet 1", "flood 1", "flood 2",
    ]  # fmt: skip


def test_of_one_tenant_the_first_ticket_is_finished_first(turns):
    assert play(turns, ("one", "first", 2), ("one", "second", 1)) == ["first", "first", "second"]


def test_a_turn_that_raises_ends(turns):
    with pytest.raises(ValueError, match="broken"), turns.turn("one"):
        raise ValueError("broken")
    with turns.turn("two"):
        pass


def test_next_is_the_tenant_whose_turn_is_longest_ago_and_a_new_one_before_all():
    order = TurnOrder()
    for tenant in ("a", "b", "a"):
        order.record(tenant)
    assert order.next(["a", "a", "b"]) == 2
    assert order.next(["a", "b", "new"]) == 2
    assert order.next(["a", "a"]) == 0
