"""Every interleaving of the calls of two workers that lease at the same time, on the DynamoDB adapter.

A worker is a thread that waits for its turn before each call to DynamoDB. A schedule says who is next; all
schedules are played, each on new tables.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Semaphore, Thread, current_thread

import pytest

from limner.adapters import dynamodb_writes
from limner.adapters.dynamodb import DynamoDbPhotos
from limner.adapters.usage import DynamoDbUsage
from limner.errors import JobInProgress, JobsAtLimit, LimnerError, QuotaExceeded
from limner.keys import upload_key
from limner.quotas import Quotas
from limner.tenancy import PhotoKey
from tests import makers

NOW = int(makers.NOON.timestamp())
LARGE = {"looks_per_day": 10_000, "bytes_per_day": 10**12, "megapixels_per_day": 10**6}
CALLS = ("get_item", "batch_get_item", "update_item", "transact_write_items")


@dataclass
class Turns:
    """Lets one worker at a time go as far as its next call. Calls of other threads pass."""

    may_go: list[Semaphore] = field(default_factory=lambda: [Semaphore(0), Semaphore(0)])
    has_stopped: list[Semaphore] = field(default_factory=lambda: [Semaphore(0), Semaphore(0)])
    alive: list[bool] = field(default_factory=lambda: [True, True])

    def wait(self) -> None:
        name = current_thread().name
        if name.isdigit():
            worker = int(name)
            self.has_stopped[worker].release()
            self.may_go[worker].acquire()

    def guard(self, call: Callable) -> Callable:
        def guarded(*args, **kwargs):
            self.wait()
            return call(*args, **kwargs)

        return guarded


def play(turns: Turns, work: list[Callable[[], None]], schedule: list[int]) -> tuple[list[int], list[object]]:
    """Run two workers by the schedule, then the first that is alive. Returns the whole schedule, with the
    choices there were, and how each worker ended."""
    ends: list[object] = [None, None]

    def run(worker: int) -> None:
        try:
            work[worker]()
            ends[worker] = "leased"
        except LimnerError as error:
            ends[worker] = type(error)
        finally:
            turns.alive[worker] = False
            turns.has_stopped[worker].release()

    threads = [Thread(target=run, args=(worker,), name=str(worker), daemon=True) for worker in (0, 1)]
    for worker, thread in enumerate(threads):
        thread.start()
        turns.has_stopped[worker].acquire()
    played: list[int] = []
    while any(turns.alive):
        planned = schedule[len(played)] if len(played) < len(schedule) else 0
        worker = planned if turns.alive[planned] else 1 - planned
        played.append(worker if all(turns.alive) else -1)
        turns.may_go[worker].release()
        turns.has_stopped[worker].acquire()
    for thread in threads:
        thread.join()
    return played, ends


def schedules(run: Callable[[list[int]], list[int]]) -> Iterator[list[int]]:
    """Depth-first through all choices: where both were alive and the first went, next time the second does."""
    waiting: list[list[int]] = [[]]
    while waiting:
        schedule = waiting.pop()
        played = run(schedule)
        yield played
        for place in range(len(schedule), len(played)):
            if played[place] == 0:
                waiting.append([max(choice, 0) for choice in played[:place]] + [1])


def upload(photos: DynamoDbPhotos, number: int) -> PhotoKey:
    key = PhotoKey(makers.TENANT, f"{number:032x}")
    photos.record_upload(makers.photo(photo_id=key.photo_id, source=makers.source(key=upload_key(key))))
    return key


def lease(photos: DynamoDbPhotos, key: PhotoKey, quotas: dict[str, int]) -> None:
    job = makers.job(job_id=f"{key.tenant}.{key.photo_id}.{'a' * 12}")
    photos.lease(key, job, NOW, makers.charge(**quotas))


@pytest.fixture
def interleaved(table, usage_table, monkeypatch):
    """Plays all interleavings of two workers that each lease one photo, after `before` others were leased.
    Returns how many there were; `check` sees the ends of the workers and the usage after each."""
    monkeypatch.setattr(dynamodb_writes.time, "sleep", lambda seconds: None)
    client = usage_table.meta.client

    def run(quotas: dict[str, int], before: int, photo_of_worker: tuple[int, int], check) -> int:
        def play_once(schedule: list[int]) -> list[int]:
            for rows, key in ((table, "photo_key"), (usage_table, "counter")):
                for row in rows.scan()["Items"]:
                    rows.delete_item(Key={key: row[key]})
            photos = DynamoDbPhotos(table, DynamoDbUsage(usage_table))
            for number in range(100, 100 + before):
                lease(photos, upload(photos, number), quotas)
            for number in set(photo_of_worker):
                upload(photos, number)
            keys = [PhotoKey(makers.TENANT, f"{number:032x}") for number in photo_of_worker]
            turns = Turns()
            with monkeypatch.context() as patched:
                for owner in (table, table.meta.client, client):
                    for name in CALLS:
                        if hasattr(owner, name):
                            patched.setattr(owner, name, turns.guard(getattr(owner, name)))
                work = [lambda key=key: lease(photos, key, quotas) for key in keys]
                played, ends = play(turns, work, schedule)
            usage = DynamoDbUsage(usage_table).read(makers.TENANT, Quotas(**quotas), makers.NOON)
            check(ends, usage)
            return played

        return sum(1 for _ in schedules(play_once))

    return run


def test_the_job_after_the_last_place_waits_whoever_comes_first(interleaved):
    def check(ends, usage):
        assert sorted(map(str, ends)) == sorted(map(str, ["leased", JobsAtLimit]))
        assert (usage.jobs, usage.looks) == (2, 2), "a job that waits is not charged"

    assert interleaved({"concurrent_jobs": 2}, 1, (1, 2), check) >= 20


def test_the_job_after_the_last_of_a_cap_is_refused_whoever_comes_first(interleaved):
    def check(ends, usage):
        assert sorted(map(str, ends)) == sorted(map(str, ["leased", QuotaExceeded]))
        assert (usage.jobs, usage.looks) == (1, 1)

    assert interleaved({"looks_per_day": 1}, 0, (1, 2), check) >= 20


def test_two_workers_at_the_last_place_of_sixteen_shards(interleaved):
    def check(ends, usage):
        assert sorted(map(str, ends)) == sorted(map(str, ["leased", JobsAtLimit]))
        assert usage.jobs == 1

    assert interleaved({"concurrent_jobs": 1, **LARGE}, 0, (1, 2), check) >= 20


def test_two_workers_with_one_photo_charge_it_once(interleaved):
    def check(ends, usage):
        assert sorted(map(str, ends)) == sorted(map(str, ["leased", JobInProgress]))
        assert (usage.jobs, usage.looks) == (1, 1)

    assert interleaved({}, 0, (1, 1), check) >= 20
