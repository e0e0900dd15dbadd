"""Lambda handler for SQS: partial batch responses, and one metric per outcome."""

from collections.abc import Callable, Iterable
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from limner.errors import StillWaiting
from limner.use_cases.outcomes import METRICS_NAMESPACE, Outcome

Handler = Callable[[dict[str, Any], LambdaContext], Any]
ByBody = Callable[[str], Iterable[Outcome]]
ByRecord = Callable[[SQSRecord], Iterable[Outcome]]
FIFO_SUFFIX = ".fifo"
"""Ends the name, and so the ARN, of every FIFO queue."""


def queue_handler(handle: ByBody) -> Handler:
    """Make a Lambda handler of a function of one message body. Only messages that raise are retried."""
    return record_handler(lambda record: handle(record.body))


def is_in_line(record: SQSRecord) -> bool:
    """Whether the message is the first of its group in a FIFO queue."""
    return record.event_source_arn.endswith(FIFO_SUFFIX)


def has_group(record: SQSRecord) -> bool:
    return bool(record.attributes.message_group_id)


def record_handler(handle: ByRecord) -> Handler:
    """The same of a function of one record. A message that is StillWaiting is received again, and nothing has
    failed."""
    logger = Logger()
    metrics = Metrics(namespace=METRICS_NAMESPACE)
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)

    def handle_record(record: SQSRecord) -> None:
        logger.append_keys(message_id=record.message_id)
        try:
            for outcome in handle(record):
                logger.info(outcome)
                metrics.add_metric(name=outcome, unit=MetricUnit.Count, value=1)
        except StillWaiting:
            raise
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
