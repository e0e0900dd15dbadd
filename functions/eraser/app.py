"""A request arrives on EraseQueue: erase the photo or style. Every hour: erase what is no longer kept."""

from collections import Counter
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from limner.bootstrap import erasure
from limner.contracts import parse_erasure_request
from limner.queues import queue_handler
from limner.style_contracts import StyleErasure
from limner.tenancy import PhotoKey
from limner.use_cases.outcomes import METRICS_NAMESPACE, Outcome

logger = Logger()
metrics = Metrics(namespace=METRICS_NAMESPACE)


def erase(body: str) -> list[Outcome]:
    request = parse_erasure_request(body)
    if isinstance(request, StyleErasure):
        return [erasure.erase_style()(request)]
    return [erasure.erase_photo()(PhotoKey(request.tenant, request.photo_id), request.object_key)]


@logger.inject_lambda_context
@metrics.log_metrics
def expire(event: dict[str, Any], context: LambdaContext) -> Counter[Outcome]:
    outcomes = Counter(erasure.expire()())
    for outcome, count in outcomes.items():
        metrics.add_metric(name=outcome, unit=MetricUnit.Count, value=count)
    logger.info("expired", extra={"expired": outcomes})
    return outcomes


erase_all = queue_handler(erase)


def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """One function for both, because one role alone may delete."""
    return erase_all(event, context) if "Records" in event else expire(event, context)
