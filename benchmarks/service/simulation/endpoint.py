"""The asynchronous endpoint: its queue, its instances, and the policies that start and stop them.

An instance takes `tickets_at_once` tickets; one at a time has the engine, the rest of a ticket is beside it.
The policies are those of template.yaml, with the periods of Application Auto Scaling: target tracking on the
backlog of an instance adds instances after three minutes above the target and removes them after fifteen
below nine tenths of it; a step policy starts the first instance when photos wait and there is none. While
instances start, the endpoint is being updated, and nothing else is decided.
"""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import simpy

from .figures import Figures
from .plan import StackParameters
from .workers import Photo, Process, after

PERIOD_SECONDS = 60.0
PERIODS_ABOVE_TARGET = 3
PERIODS_BELOW_TARGET = 15
SCALE_IN_SHARE = 0.9


@dataclass(eq=False, slots=True)
class Instance:
    free: int
    engine_free_at: float
    is_stopped: bool = False


class Endpoint:
    def __init__(
        self,
        env: simpy.Environment,
        stack: StackParameters,
        figures: Figures,
        *,
        initial_instances: int,
        ended: Callable[[Photo], None],
    ) -> None:
        self._env, self._stack, self._figures, self._ended = env, stack, figures, ended
        self._engine_seconds = figures.engine_seconds(stack.ticket_seconds)
        self._beside_seconds = stack.ticket_seconds - self._engine_seconds
        self._queue: deque[tuple[float, Photo]] = deque()
        self._running = [self._instance() for _ in range(initial_instances)]
        self._with_places: deque[Instance] = deque(self._running)
        self._starting = 0
        self.paid_instance_seconds = 0.0
        self.most_instances = initial_instances
        self.in_process = 0
        env.process(self._scale())

    def put(self, photo: Photo) -> None:
        self._queue.append((self._env.now, photo))
        self._dispatch()

    @property
    def instances(self) -> int:
        return len(self._running) + self._starting

    @property
    def backlog(self) -> int:
        """SageMaker's ApproximateBacklogSize: what waits and what is being processed."""
        return len(self._queue) + self.in_process

    @property
    def oldest_age_seconds(self) -> float:
        return self._env.now - self._queue[0][0] if self._queue else 0.0

    def _instance(self) -> Instance:
        return Instance(self._figures.tickets_at_once, self._env.now)

    def _dispatch(self) -> None:
        """The instances with places take tickets in turn."""
        while self._queue and self._with_places:
            instance = self._with_places.popleft()
            if instance.is_stopped:
                continue
            photo = self._queue.popleft()[1]
            instance.free -= 1
            self.in_process += 1
            if instance.free:
                self._with_places.append(instance)
            after(self._env, self._seconds_until_done(instance), self._done, instance, photo)

    def _seconds_until_done(self, instance: Instance) -> float:
        before_seconds = self._beside_seconds * self._figures.before_engine_share
        decoded_at = self._env.now + before_seconds
        instance.engine_free_at = max(decoded_at, instance.engine_free_at) + self._engine_seconds
        return instance.engine_free_at + self._beside_seconds - before_seconds - self._env.now

    def _done(self, instance: Instance, photo: Photo) -> None:
        self.in_process -= 1
        instance.free += 1
        if instance.free == 1 and not instance.is_stopped:
            self._with_places.append(instance)
        self._ended(photo)
        self._dispatch()

    # ── Scaling ──────────────────────────────────────────────────────────────────────────────────────────

    def _scale(self) -> Process:
        above = below = 0
        while True:
            yield self._env.timeout(PERIOD_SECONDS)
            self.paid_instance_seconds += self.instances * PERIOD_SECONDS
            if self._starting:
                continue
            least = self._stack.least_instances(self._env.now)
            if len(self._running) < least:
                self._start(least - len(self._running))
                continue
            if not self._running:
                if self._queue:
                    self._start(1)
                continue
            per_instance = self.backlog / len(self._running)
            target = self._stack.target_backlog
            above = above + 1 if per_instance > target else 0
            below = below + 1 if per_instance < SCALE_IN_SHARE * target else 0
            desired = math.ceil(len(self._running) * per_instance / target)
            if above >= PERIODS_ABOVE_TARGET:
                above = 0
                self._start(min(desired, self._stack.max_instances) - len(self._running))
            elif below >= PERIODS_BELOW_TARGET:
                below = 0
                self._stop(len(self._running) - max(desired, least))

    def _start(self, count: int) -> None:
        if count <= 0:
            return
        self._starting = count
        self.most_instances = max(self.most_instances, self.instances)
        after(self._env, self._figures.instance_start_seconds, self._started)

    def _started(self) -> None:
        new = [self._instance() for _ in range(self._starting)]
        self._starting = 0
        self._running += new
        self._with_places += new
        self._dispatch()

    def _stop(self, count: int) -> None:
        """Those that have least to do; they end what they have begun."""
        if count <= 0:
            return
        self._running.sort(key=lambda instance: instance.free)
        for instance in self._running[-count:]:
            instance.is_stopped = True
        del self._running[-count:]
