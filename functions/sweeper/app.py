"""Every five minutes: settle what is overdue, and look for uploads nobody knows of."""

from itertools import chain
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from limner import bootstrap

logger = Logger()
metrics = Metrics(namespace="Limner")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    swept: dict[str, int] = {}
    for outcome in chain(bootstrap.sweep()(), bootstrap.find_orphans()()):
        swept[outcome] = swept.get(outcome, 0) + 1
        metrics.add_metric(name=outcome, unit=MetricUnit.Count, value=1)
    logger.info("swept", extra=swept)
    return swept
