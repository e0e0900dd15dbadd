"""Changes arrive on the streams of the tables of photos, batches and own styles: publish the events that
follow from them."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from limner.adapters.metrics import count_unreadable_change
from limner.adapters.table_streams import changes_in
from limner.bootstrap import events
from limner.use_cases.outcomes import EVENTS_PUBLISHED, METRICS_NAMESPACE

logger = Logger()
metrics = Metrics(namespace=METRICS_NAMESPACE)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Raises where events could not be published: the whole batch comes again, and its events keep their
    ids."""
    announced = events.announce_changes()(changes_in(event, count_unreadable_change))
    metrics.add_metric(name=EVENTS_PUBLISHED, unit=MetricUnit.Count, value=len(announced))
    for each in announced:
        facts = {"event_type": each.type, "event_id": each.id, "subject": each.subject}
        logger.info("published", extra=facts)
