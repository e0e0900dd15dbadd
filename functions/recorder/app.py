"""An endpoint notification arrives on DoneQueue: record the job's result or failure."""

from limner import bootstrap
from limner.contracts import parse_endpoint_notification
from limner.queues import queue_handler
from limner.use_cases.outcomes import Outcome


def record(body: str) -> list[Outcome]:
    return [bootstrap.record_result()(parse_endpoint_notification(body))]


handler = queue_handler(record)
