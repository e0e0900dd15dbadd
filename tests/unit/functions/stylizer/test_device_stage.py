"""Turns at the device, its batches, and what happens to an item that fails, a full queue and a closed stage."""

import sys
import threading

import pytest

from tests.template_reader import ROOT

sys.path.insert(0, str(ROOT / "functions/stylizer"))  # as in the container

from server import device_stage
from server.device_stage import DeviceStage, StageClosed
from server.turns import TurnOrder

WAIT_SECONDS = 5
LONG_SECONDS = 60
"""Never waited for: what is expected comes earlier."""


class Device:
    """Paints items when it is allowed to; the names in `broken` raise."""

    def __init__(self, broken=()):
        self.batches, self.broken = [], set(broken)
        self.begun, self.may_go_on = threading.Semaphore(0), threading.Semaphore(0)

    def paint(self, items):
        self.batches.append([*items])
        self.begun.release()
        assert self.may_go_on.acquire(timeout=WAIT_SECONDS)
        if broken := self.broken & {*items}:
            raise ValueError(f"broken: {broken}")
        return [f"painted {item}" for item in items]

    def let_go_on(self, batches=100):
        self.may_go_on.release(batches)


@pytest.fixture
def device():
    return Device()


def stage_of(device, most=1, wait_seconds=0.0, places=100):
    return DeviceStage(device.paint, most=most, wait_seconds=wait_seconds, places=places)


def painted_in_order(device, *items):
    """The order in which items (tenant, name) are painted that come while `first` is being painted."""
    stage = stage_of(device)
    stage.submit("first", "first")
    assert device.begun.acquire(timeout=WAIT_SECONDS)
    futures = [stage.submit(tenant, name) for tenant, name in items]
    device.let_go_on()
    assert [each.result(WAIT_SECONDS) for each in futures] == [f"painted {name}" for _, name in items]
    return [batch[0] for batch in device.batches[1:]]


def test_a_tenants_look_waits_for_one_look_of_another_tenant_and_not_for_its_tickets(device):
    order = painted_in_order(device, ("flood", "f1"), ("flood", "f2"), ("flood", "f3"), ("quiet", "q1"))
    assert order == ["f1", "q1", "f2", "f3"]


def test_tenants_with_several_looks_take_turns(device):
    looks = [("flood", f"f{number}") for number in range(4)] + [
        ("quiet", f"q{number}") for number in range(2)
    ]
    assert painted_in_order(device, *looks) == ["f0", "q0", "f1", "q1", "f2", "f3"]


def test_next_is_the_tenant_whose_turn_is_longest_ago_and_a_new_one_before_all():
    order = TurnOrder()
    for tenant in ("a", "b", "a"):
        order.record(tenant)
    assert order.next(["a", "a", "b"]) == 2
    assert order.next(["a", "b", "new"]) == 2
    assert order.next(["a", "a"]) == 0


def test_what_waits_is_painted_in_full_batches_of_tenants_in_turn(device):
    stage = stage_of(device, most=3)
    stage.submit("first", "first")
    assert device.begun.acquire(timeout=WAIT_SECONDS)
    items = [("flood", f"f{number}") for number in range(4)] + [("quiet", "q")]
    futures = [stage.submit(*item) for item in items]
    device.let_go_on()
    assert [each.result(WAIT_SECONDS) for each in futures] == [f"painted {name}" for _, name in items]
    assert device.batches == [["first"], ["f0", "q", "f1"], ["f2", "f3"]]


def test_a_batch_is_waited_for_until_it_is_full(device):
    device.let_go_on()
    stage = stage_of(device, most=2, wait_seconds=LONG_SECONDS)
    futures = [stage.submit("one", name) for name in ("a", "b")]
    assert [each.result(WAIT_SECONDS) for each in futures] == ["painted a", "painted b"]
    assert device.batches == [["a", "b"]]


def test_a_look_alone_is_painted_when_the_wait_is_over(device):
    device.let_go_on()
    assert stage_of(device, most=2, wait_seconds=0.01).submit("one", "a").result(WAIT_SECONDS) == "painted a"


def test_an_item_that_fails_in_a_batch_fails_alone():
    device = Device(broken=["b"])
    device.let_go_on()
    stage = stage_of(device, most=3, wait_seconds=LONG_SECONDS)
    a, b, c = (stage.submit(tenant, name) for tenant, name in (("one", "a"), ("two", "b"), ("three", "c")))
    assert (a.result(WAIT_SECONDS), c.result(WAIT_SECONDS)) == ("painted a", "painted c")
    with pytest.raises(ValueError, match="broken"):
        b.result(WAIT_SECONDS)
    assert device.batches == [["a", "b", "c"], ["a"], ["b"], ["c"]]
    stage.call("two", lambda: None)  # the device goes on


def test_an_item_has_its_share_of_the_seconds_of_its_batches(monkeypatch):
    clock = iter(range(0, 1000, 6))  # six seconds for each batch
    monkeypatch.setattr(device_stage, "monotonic", lambda: next(clock))
    device = Device(broken=["b"])
    device.let_go_on()
    stage = stage_of(device, most=2, wait_seconds=LONG_SECONDS)
    seconds = {"a": [], "b": []}
    futures = [stage.submit("one", name, added.append) for name, added in seconds.items()]
    assert futures[0].result(WAIT_SECONDS) == "painted a"
    assert isinstance(futures[1].exception(WAIT_SECONDS), ValueError)
    assert device.batches == [["a", "b"], ["a"], ["b"]]
    assert seconds == {"a": [3, 6], "b": [3, 6]}


def test_a_call_has_the_device_to_itself_and_raises_to_its_caller(device):
    stage = stage_of(device, most=3)
    future = stage.submit("one", "a")
    assert device.begun.acquire(timeout=WAIT_SECONDS)
    called = threading.Event()
    caller = threading.Thread(target=lambda: stage.call("two", called.set), daemon=True)
    caller.start()
    assert not called.is_set()
    device.let_go_on()
    assert future.result(WAIT_SECONDS) == "painted a"
    assert called.wait(WAIT_SECONDS)
    with pytest.raises(ZeroDivisionError):
        stage.call("two", lambda: 1 / 0)


def test_whoever_finds_no_place_waits_for_one(device):
    stage = stage_of(device, places=1)
    stage.submit("one", "painted now")
    assert device.begun.acquire(timeout=WAIT_SECONDS)
    stage.submit("one", "in the only place")
    submitted = threading.Event()

    def submit_a_third():
        stage.submit("one", "third")
        submitted.set()

    threading.Thread(target=submit_a_third, daemon=True).start()
    assert not submitted.wait(0.05)
    device.let_go_on(1)
    assert submitted.wait(WAIT_SECONDS)
    device.let_go_on()


def test_a_closed_stage_finishes_what_waits_and_takes_no_more(device):
    stage = stage_of(device)
    futures = [stage.submit("one", name) for name in ("a", "b")]
    device.let_go_on()
    stage.close()
    assert all(each.done() for each in futures)
    with pytest.raises(StageClosed):
        stage.submit("one", "c")
