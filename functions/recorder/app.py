"""An endpoint notification arrives on DoneQueue: record how the job of a photo or style has ended; for that
of a pack, ask for the pack's next step."""

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from limner.bootstrap import packs, pipeline
from limner.packs.contracts import is_pack_job
from limner.queues import record_handler
from limner.style_contracts import is_style_job
from limner.use_cases.outcomes import Outcome

DELIVERIES_UNTIL_FAILED = 3
"""From this delivery of a notification on, a job without a report has failed: what SageMaker stores beside
its notifications has come by then, or never does."""


def record(message: SQSRecord) -> list[Outcome]:
    notification = pipeline.notification_parser()(message.body)
    if is_style_job(notification.job_id):
        return [pipeline.record_style()(notification)]
    if is_pack_job(notification.job_id):
        failed_attempts = pipeline.store_failure()(notification)
        return [packs.ask_for_pack_of_job()(notification.job_id), *failed_attempts]
    received = int(message.attributes.approximate_receive_count or 1)
    return [pipeline.record_result()(notification, without_evidence=received >= DELIVERIES_UNTIL_FAILED)]


handler = record_handler(record)
