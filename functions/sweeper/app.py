"""Every five minutes: settle what is overdue, and look for uploads nobody knows of."""

from collections import Counter
from itertools import chain
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from limner import bootstrap
from limner.use_cases.outcomes import Outcome

logger = Logger()
metrics = Metrics(namespace="Limner")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> Counter[Outcome]:
    swept: Counter[Outcome] = Counter()
    for outcome in chain(bootstrap.sweep()(), bootstrap.find_orphans()()):
        swept[outcome] += 1
        metrics.add_metric(name=outcome, unit=MetricUnit.Count, value=1)
    logger.info("swept", extra={"swept": swept})
    return swept
