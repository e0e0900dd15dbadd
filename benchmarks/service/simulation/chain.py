"""The chain that a photo passes: router, its tenant's line, thumbnailer, endpoint, recorder, sweeper."""

import random
from array import array
from collections import defaultdict, deque
from dataclasses import dataclass, field

import simpy

from .endpoint import Endpoint
from .plan import Plan
from .workers import Photo, Process, Workers, after

QUEUE_BATCH = 10
SWEEP_PERIOD_SECONDS = 300.0
RETRY_PAUSES_SECONDS = (30.0, 120.0, 480.0)
"""After each failed invocation, shortened at random by up to a half (docs/decisions/0204)."""
LEAST_LINE_PAUSE_SECONDS = 1.0
LONGEST_LINE_PAUSE_SECONDS = 60.0
LINE_PAUSE_SHARE = 0.1
"""Of the time that a photo has been first in its line: the pause before it asks again, as in route_next."""


@dataclass
class Line:
    """A tenant's photos that have no job yet, and how many have one."""

    jobs: int = 0
    waiting: deque[Photo] = field(default_factory=deque)
    is_asking: bool = False


class Chain:
    """A photo that is put in ends in `ready_seconds`, its time from upload to READY, or in `failed`."""

    def __init__(self, env: simpy.Environment, plan: Plan, rng: random.Random) -> None:
        self.env, self._plan, self._rng = env, plan, rng
        self._stack, self._figures = plan.stack, plan.figures
        self.uploaded = 0
        self.ready_seconds = array("d")
        self.last_ready_at = env.now
        self.failed = 0
        self.lost = 0
        self.retried = 0
        self.waiting_in_lines = 0
        self._lost: deque[tuple[float, Photo]] = deque()
        self._lines: dict[int, Line] = defaultdict(Line)
        stack, times = self._stack, self._figures
        self.router = Workers(
            env,
            concurrency=stack.router_concurrency,
            batch=QUEUE_BATCH,
            seconds=times.route_seconds,
            done=self._routed,
        )
        self.thumbnailer = Workers(
            env,
            concurrency=stack.thumbnailer_concurrency,
            batch=1,
            seconds=times.variants_seconds,
            done=self._variants_made,
        )
        self.recorder = Workers(
            env,
            concurrency=stack.recorder_concurrency,
            batch=QUEUE_BATCH,
            seconds=times.record_seconds,
            done=self._recorded,
        )
        self.endpoint = Endpoint(
            env, stack, times, initial_instances=plan.initial_instances, ended=self._invocation_ended
        )
        env.process(self._sweep())

    @property
    def is_empty(self) -> bool:
        return len(self.ready_seconds) + self.failed == self.uploaded

    def upload(self, tenant: int) -> None:
        self.uploaded += 1
        photo = Photo(tenant, self.env.now)
        if self._rng.random() < self._figures.lost_events_share:
            self.lost += 1
            self._lost.append((self.env.now + self._stack.deadline_seconds, photo))
        else:
            after(self.env, self._figures.upload_event_seconds, self.router.put, photo)

    # ── Router and lines ─────────────────────────────────────────────────────────────────────────────────

    def _routed(self, photo: Photo) -> None:
        line = self._lines[photo.tenant]
        if photo.attempts:  # keeps its place in flight
            self.endpoint.put(photo)
        elif line.jobs < self._stack.jobs_in_flight:
            line.jobs += 1
            self._submit(photo)
        else:
            line.waiting.append(photo)
            self.waiting_in_lines += 1
            self._ask_again(line, self.env.now)

    def _submit(self, photo: Photo) -> None:
        self.thumbnailer.put(photo)
        self.endpoint.put(photo)

    def _ask_again(self, line: Line, first_since: float) -> None:
        """The first of a line asks for a place, after a pause that grows."""
        if line.is_asking:
            return
        line.is_asking = True
        pause = LINE_PAUSE_SHARE * (self.env.now - first_since)
        pause = min(LONGEST_LINE_PAUSE_SECONDS, max(LEAST_LINE_PAUSE_SECONDS, pause))
        after(self.env, pause, self._ask, line, first_since)

    def _ask(self, line: Line, first_since: float) -> None:
        """If there is a place, the first of the line is routed to it; then the next one asks at once."""
        line.is_asking = False
        if not line.waiting:
            return
        if line.jobs >= self._stack.jobs_in_flight:
            self._ask_again(line, first_since)
            return
        line.jobs += 1
        line.is_asking = True
        self.waiting_in_lines -= 1
        after(self.env, self._figures.route_seconds, self._route_first, line, line.waiting.popleft())

    def _route_first(self, line: Line, photo: Photo) -> None:
        self._submit(photo)
        self._ask(line, self.env.now)

    # ── Thumbnailer, endpoint, recorder ──────────────────────────────────────────────────────────────────

    def _variants_made(self, photo: Photo) -> None:
        photo.has_variants = True
        self._end(photo)

    def _invocation_ended(self, photo: Photo) -> None:
        """The endpoint's notification goes to the recorder, whether or not the invocation has failed."""
        failing = self._plan.failing_share(self.env.now)
        if failing and self._rng.random() < failing:
            photo.attempts += 1
        else:
            photo.has_report = True
        after(self.env, self._figures.notification_seconds, self.recorder.put, photo)

    def _recorded(self, photo: Photo) -> None:
        if photo.has_report:
            photo.has_results = True
            self._end(photo)
        elif photo.attempts >= self._stack.attempts:
            self.failed += 1
            self._free_place(photo)
        else:
            self.retried += 1
            pause = RETRY_PAUSES_SECONDS[photo.attempts - 1] * self._rng.uniform(0.5, 1.0)
            after(self.env, pause, self.router.put, photo)

    def _end(self, photo: Photo) -> None:
        if photo.has_results and photo.has_variants:
            self._free_place(photo)
            self.last_ready_at = self.env.now
            self.ready_seconds.append(self.env.now - photo.uploaded_at)

    def _free_place(self, photo: Photo) -> None:
        line = self._lines[photo.tenant]
        line.jobs -= 1
        if not line.jobs and not line.waiting:
            del self._lines[photo.tenant]

    # ── Sweeper ──────────────────────────────────────────────────────────────────────────────────────────

    def _sweep(self) -> Process:
        """Lost photos whose order is due are sent again, as fast as the parts of a sweep work."""
        rate = self._figures.sweep_photos_per_second * self._stack.sweeper_concurrency
        while True:
            yield self.env.timeout(SWEEP_PERIOD_SECONDS)
            while self._lost and self._lost[0][0] <= self.env.now:
                self.router.put(self._lost.popleft()[1])
                yield self.env.timeout(1 / rate)
