"""Every five minutes: ask for the parts of a sweep on SweepQueue, end late own styles, send erasures again.
For each part: sweep overdue photos, close unfilled orders, find uploads whose event was lost."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from limner.bootstrap import erasure, sweep
from limner.sweep.contracts import SweepRequest, parse_sweep_request
from limner.use_cases.outcomes import METRICS_NAMESPACE, SWEEPS_STARTED, Outcome

logger = Logger()
metrics = Metrics(namespace=METRICS_NAMESPACE)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> Counter[str]:
    """An event that is a request itself, or that SQS delivers, is a part of a sweep; any other begins one."""
    counts = _start() if (request := _request(event)) is None else _sweep(request)
    logger.info("swept", extra={"swept": counts})
    return counts


def _request(event: Mapping[str, Any]) -> SweepRequest | None:
    if "request_version" in event:
        return SweepRequest.model_validate(event)
    if "Records" in event:
        (record,) = event["Records"]
        return parse_sweep_request(record["body"])
    return None


def _start() -> Counter[str]:
    """Each step is done, and what was done is counted, also when another one fails; its error is raised in
    the end."""
    counts: Counter[str] = Counter()
    steps = _ask_for_parts, _end_styles, _resend_erasures, _count
    with ExitStack() as all_of_them:  # calls what was added last first
        for step in reversed(steps):
            all_of_them.callback(step, counts)
    return counts


def _ask_for_parts(counts: Counter[str]) -> None:
    counts[SWEEPS_STARTED] = int(sweep.sweeps().start() > 0)


def _end_styles(counts: Counter[str]) -> None:
    counts.update(sweep.sweep_styles()())


def _resend_erasures(counts: Counter[str]) -> None:
    counts[Outcome.ERASURE_RESENT] = erasure.resend_erasures()()


def _sweep(request: SweepRequest) -> Counter[str]:
    """What is done is counted, also of a part that fails before its end."""
    counts: Counter[str] = Counter()
    try:
        counts.update(_outcomes(request))
    finally:
        _count(counts)
    return counts


def _outcomes(request: SweepRequest) -> Iterator[Outcome]:
    """Photos that wait come first, orders that nobody uploads to last."""
    if request.shards:
        yield from sweep.sweep()(request.shards)
        yield from sweep.close_orders()(request.shards)
    if request.orphans:
        yield from sweep.find_orphans()()


def _count(counts: Mapping[str, int]) -> None:
    for name, count in (+Counter(counts)).items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=count)
