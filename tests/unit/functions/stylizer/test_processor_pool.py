"""Tenants take the processors in turn, whatever waits already."""

from threading import Event

import pytest

from server.processor_pool import ProcessorPool


def test_a_tenants_only_look_waits_for_one_of_anothers_many():
    pool, release, begun = ProcessorPool(1), Event(), []

    def work(name):
        begun.append(name)

    first = pool.submit("busy", release.wait)
    waiting = [pool.submit("busy", lambda name=name: work(name)) for name in ("busy 1", "busy 2", "busy 3")]
    waiting.append(pool.submit("other", lambda: work("other")))
    release.set()
    for future in [first, *waiting]:
        future.result(timeout=30)
    assert begun == ["other", "busy 1", "busy 2", "busy 3"]


def test_an_error_is_its_callers_alone():
    pool = ProcessorPool(2)

    def fail():
        raise MemoryError

    failed = pool.submit("one", fail)
    with pytest.raises(MemoryError):
        failed.result(timeout=30)
    assert pool.submit("one", lambda: 7).result(timeout=30) == 7
