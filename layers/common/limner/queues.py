"""Lambda handler for SQS: partial batch responses, and one metric per outcome."""

from collections.abc import Callable, Iterable
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from limner.use_cases.outcomes import METRICS_NAMESPACE, Outcome

Handler = Callable[[dict[str, Any], LambdaContext], Any]


def queue_handler(handle: Callable[[str], Iterable[Outcome]]) -> Handler:
    """Make a Lambda handler of a function of one message body. Only messages that raise are retried."""
    logger = Logger()
    metrics = Metrics(namespace=METRICS_NAMESPACE)
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)

    def handle_record(record: SQSRecord) -> None:
        logger.append_keys(message_id=record.message_id)
        try:
            for outcome in handle(record.body):
                logger.info(outcome)
                metrics.add_metric(name=outcome, unit=MetricUnit.Count, value=1)
        except Exception:
            logger.exception("the message is retried, or moved to the DLQ")
            raise

    @logger.inject_lambda_context
    @metrics.log_metrics
    def handler(event: dict[str, Any], context: LambdaContext) -> Any:
        return process_partial_response(
            event=event, record_handler=handle_record, processor=processor, context=context
        )

    return handler
