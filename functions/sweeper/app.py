"""Every five minutes: sweep overdue photos and own styles, find uploads whose event was lost, close unfilled
orders, go on with erasures."""

from collections import Counter
from itertools import chain
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from limner import bootstrap, erasure_bootstrap
from limner.use_cases.outcomes import METRICS_NAMESPACE, Outcome

logger = Logger()
metrics = Metrics(namespace=METRICS_NAMESPACE)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> Counter[Outcome]:
    outcomes: Counter[Outcome] = Counter()
    # Photos that wait come first, then orders that nobody uploads to, and own styles last.
    sweeps = (bootstrap.sweep, bootstrap.find_orphans, bootstrap.close_orders, bootstrap.sweep_styles)
    for outcome in chain.from_iterable(sweep()() for sweep in sweeps):
        outcomes[outcome] += 1
        metrics.add_metric(name=outcome, unit=MetricUnit.Count, value=1)
    outcomes[Outcome.ERASURE_RESENT] = erasure_bootstrap.resend_erasures()()
    logger.info("swept", extra={"swept": outcomes})
    return outcomes
