"""How fast the sweeper works off what an outage leaves: simulated workers, each with a clock, on the real use
case. What one row takes on AWS is in benchmarks/service/sweeping.py."""

import heapq
from collections import Counter, deque
from datetime import UTC, datetime, timedelta
from itertools import islice
from types import SimpleNamespace

from limner.ports import ALL_SHARDS
from limner.use_cases.outcomes import Outcome
from limner.use_cases.sweep import Sweep
from tests import makers
from tests.fakes import InMemoryBacklog, InMemoryObjects
from tests.template_reader import template

OVERDUE_PER_SECOND = 20
OUTAGE = timedelta(hours=1)
BACKLOG = int(OVERDUE_PER_SECOND * OUTAGE.total_seconds())
ROW_SECONDS = 0.055
"""Of four calls to AWS, one after the other, and the worker's own time."""
WORKERS = template()["Parameters"]["SweeperConcurrency"]["Default"]
SWEEP_EVERY_SECONDS = 300
START = 1_800_000_000
PHOTO = makers.photo(source=makers.source())


class OverdueRows:
    """Rows by shard, added in the order in which they are due; sent again, a photo is finished."""

    def __init__(self) -> None:
        self.by_shard = {shard: deque() for shard in ALL_SHARDS}
        self.finished_at: dict[str, float] = {}
        self.due_at: dict[str, float] = {}
        self.now = float(START)

    def add(self, number: int, due_at: float) -> None:
        photo_id = f"{ALL_SHARDS[number % len(ALL_SHARDS)]}{number:031x}"
        self.by_shard[photo_id[0]].append((due_at, photo_id))
        self.due_at[photo_id] = due_at

    def due(self, now: int, limit: int, shards: str):
        (shard,) = shards
        rows = islice(self.by_shard[shard], limit)
        return [self.get(SimpleNamespace(photo_id=photo_id)) for due_at, photo_id in rows if due_at <= now]

    def get(self, key):
        return PHOTO.model_copy(update={"photo_id": key.photo_id, "due_at": int(self.due_at[key.photo_id])})

    def postpone(self, photo, until, retried=None) -> None:
        self.now += ROW_SECONDS
        row = (self.due_at[photo.photo_id], photo.photo_id)
        assert self.by_shard[photo.photo_id[0]][0] == row, "the earliest is swept first"
        self.by_shard[photo.photo_id[0]].popleft()
        self.finished_at[photo.photo_id] = self.now


def test_an_hours_outage_is_worked_off_in_minutes_while_photos_become_overdue():
    rows = OverdueRows()
    for number in range(BACKLOG * 3 // 2):
        rows.add(number, START + number / OVERDUE_PER_SECOND - OUTAGE.total_seconds())
    sweep = Sweep(
        photos=rows,
        objects=InMemoryObjects(),
        events=SimpleNamespace(route=lambda source: None),
        backlog=InMemoryBacklog(),
        record_result=None,
        now=lambda: datetime.fromtimestamp(rows.now, UTC),
        grace_period=timedelta(minutes=30),
        retries=2,
        in_flight=timedelta(hours=2),
    )
    outcomes: Counter[Outcome] = Counter()
    workers = [float(START)] * WORKERS
    for begins_at in range(START, START + 1800, SWEEP_EVERY_SECONDS):
        for shard in ALL_SHARDS:
            rows.now = max(heapq.heappop(workers), begins_at)
            outcomes.update(sweep(shard))
            heapq.heappush(workers, rows.now)
    assert set(outcomes) == {Outcome.RESENT}
    of_outage = [rows.finished_at[photo] for photo, due_at in rows.due_at.items() if due_at < START]
    assert len(of_outage) == BACKLOG
    minutes = (max(of_outage) - START) / 60
    assert 4 < minutes < 15, f"{minutes:.0f} minutes"
    later = [
        (rows.finished_at.get(photo), due_at) for photo, due_at in rows.due_at.items() if due_at >= START
    ]
    lateness = [at - due_at for at, due_at in later if due_at < START + 1200]
    assert max(lateness) < 2 * SWEEP_EVERY_SECONDS, "then it keeps up"
