"""Photos that come: single ones, and bursts of one seller, as a Poisson process with a daily rhythm."""

import random
from collections.abc import Callable
from itertools import count

import simpy

from .plan import Plan
from .workers import Process

LONGEST_GAP_SECONDS = 60.0
"""After which the rate is looked up again."""


def arrive(env: simpy.Environment, plan: Plan, rng: random.Random, upload: Callable[[int], None]) -> None:
    """Start the processes that call `upload` with a tenant's number, from now until the plan's end.

    Each single photo and each burst is another tenant's: sellers of many shops.
    """
    figures, tenants = plan.figures, count()
    single_share, burst_share = 1 - figures.burst_share, figures.burst_share / figures.burst_photos

    def single() -> None:
        upload(next(tenants))

    def burst() -> None:
        env.process(_burst(env, plan, next(tenants), upload))

    if plan.first_burst:
        burst()
    for share, come in ((single_share, single), (burst_share, burst)):
        if share > 0:
            env.process(_poisson(env, plan, rng, share, come))


def _poisson(
    env: simpy.Environment, plan: Plan, rng: random.Random, share: float, come: Callable[[], None]
) -> Process:
    while env.now < plan.ends_at:
        rate = plan.rate(env.now) * share
        gap = rng.expovariate(rate) if rate > 0 else LONGEST_GAP_SECONDS
        if gap >= LONGEST_GAP_SECONDS:  # memoryless: what has not come by then is drawn again
            yield env.timeout(LONGEST_GAP_SECONDS)
            continue
        yield env.timeout(gap)
        come()


def _burst(env: simpy.Environment, plan: Plan, tenant: int, upload: Callable[[int], None]) -> Process:
    for _ in range(plan.figures.burst_photos):
        upload(tenant)
        yield env.timeout(1 / plan.figures.burst_uploads_per_second)
