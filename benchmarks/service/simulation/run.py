"""Run a plan, and what is measured meanwhile."""

import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from statistics import quantiles
from typing import Any

import simpy

from .arrivals import arrive
from .chain import Chain
from .figures import SECONDS_PER_HOUR
from .plan import Plan
from .workers import Process

SAMPLE_PERIOD_SECONDS = 60.0


@dataclass(frozen=True)
class Sample:
    """The stack at one time, in hours since midnight; ages in seconds, the others in numbers."""

    hour: float
    instances: int
    endpoint_backlog: int
    waiting_in_lines: int
    router_age_seconds: float
    thumbnailer_age_seconds: float
    endpoint_age_seconds: float
    recorder_age_seconds: float


@dataclass
class Outcome:
    """What came of a plan. `unfinished` are photos that had no end when the simulation ended."""

    plan: Plan
    uploaded: int
    ready_seconds: Sequence[float]
    failed: int
    unfinished: int
    lost: int
    retried: int
    paid_instance_hours: float
    most_instances: int
    simulated_hours: float
    until_the_last_seconds: float
    """From the plan's beginning until the last photo that became READY."""
    samples: list[Sample] = field(default_factory=list)

    def percentile(self, percent: int) -> float:
        """Seconds from upload to READY, of the photos that became READY."""
        if len(self.ready_seconds) == 0:
            return float("nan")
        if len(self.ready_seconds) == 1:
            return self.ready_seconds[0]
        return quantiles(self.ready_seconds, n=100)[percent - 1]

    def greatest(self, measured: str) -> float:
        return float(max((getattr(sample, measured) for sample in self.samples), default=0))

    def figures(self, instance_usd_per_hour: float) -> dict[str, Any]:
        gpu_usd = self.paid_instance_hours * instance_usd_per_hour
        ended = len(self.ready_seconds) + self.failed
        return {
            "name": self.plan.name,
            "photos": self.uploaded,
            "failed": self.failed,
            "unfinished": self.unfinished,
            "lost_events": self.lost,
            "invocations_again": self.retried,
            "p50_seconds": self.percentile(50),
            "p95_seconds": self.percentile(95),
            "most_instances": self.most_instances,
            "instance_hours": self.paid_instance_hours,
            "instances_usd": gpu_usd,
            "instances_usd_per_1000_photos": gpu_usd / ended * 1_000 if ended else float("nan"),
            "most_in_lines": self.greatest("waiting_in_lines"),
            "most_endpoint_backlog": self.greatest("endpoint_backlog"),
            "router_age_seconds": self.greatest("router_age_seconds"),
            "thumbnailer_age_seconds": self.greatest("thumbnailer_age_seconds"),
            "endpoint_age_seconds": self.greatest("endpoint_age_seconds"),
            "recorder_age_seconds": self.greatest("recorder_age_seconds"),
            "simulated_hours": self.simulated_hours,
        }

    def series(self) -> list[dict[str, float]]:
        return [asdict(sample) for sample in self.samples]


def run(plan: Plan) -> Outcome:
    env = simpy.Environment(initial_time=plan.begins_at)
    rng = random.Random(plan.seed)
    chain = Chain(env, plan, rng)
    samples: list[Sample] = []
    env.process(_sample(env, chain, samples))
    arrive(env, plan, rng, chain.upload)
    env.run(until=plan.ends_at)
    last_hour = plan.ends_at + plan.drain_hours * SECONDS_PER_HOUR
    while not chain.is_empty and env.now < last_hour:
        env.run(until=env.now + SAMPLE_PERIOD_SECONDS)
    return Outcome(
        plan=plan,
        uploaded=chain.uploaded,
        ready_seconds=chain.ready_seconds,
        failed=chain.failed,
        unfinished=chain.uploaded - len(chain.ready_seconds) - chain.failed,
        lost=chain.lost,
        retried=chain.retried,
        paid_instance_hours=chain.endpoint.paid_instance_seconds / SECONDS_PER_HOUR,
        most_instances=chain.endpoint.most_instances,
        simulated_hours=(env.now - plan.begins_at) / SECONDS_PER_HOUR,
        until_the_last_seconds=chain.last_ready_at - plan.begins_at,
        samples=samples,
    )


def _sample(env: simpy.Environment, chain: Chain, samples: list[Sample]) -> Process:
    while True:
        yield env.timeout(SAMPLE_PERIOD_SECONDS)
        samples.append(
            Sample(
                hour=env.now / SECONDS_PER_HOUR,
                instances=chain.endpoint.instances,
                endpoint_backlog=chain.endpoint.backlog,
                waiting_in_lines=chain.waiting_in_lines,
                router_age_seconds=chain.router.oldest_age_seconds,
                thumbnailer_age_seconds=chain.thumbnailer.oldest_age_seconds,
                endpoint_age_seconds=chain.endpoint.oldest_age_seconds,
                recorder_age_seconds=chain.recorder.oldest_age_seconds,
            )
        )
