"""An endpoint notification arrives on DoneQueue: record how the job of a photo or style has ended."""

from limner import bootstrap
from limner.contracts import parse_endpoint_notification
from limner.queues import queue_handler
from limner.style_contracts import is_style_job
from limner.use_cases.outcomes import Outcome


def record(body: str) -> list[Outcome]:
    notification = parse_endpoint_notification(body)
    if is_style_job(notification.job_id):
        return [bootstrap.record_style()(notification)]
    return [bootstrap.record_result()(notification)]


handler = queue_handler(record)
