"""An upload event arrives on RouterQueue, or is the first of its tenant's line on WaitingQueue: submit the
photo, or the style whose pictures are complete, to the stylizer endpoint."""

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from limner.bootstrap import pipeline
from limner.contracts import parse_upload_event
from limner.queues import has_group, is_in_line, record_handler
from limner.style_contracts import is_style_picture
from limner.use_cases.outcomes import Outcome


def route(body: str) -> list[Outcome]:
    return [
        pipeline.learn_style()(source) if is_style_picture(source.key) else pipeline.route_upload()(source)
        for source in parse_upload_event(body)
    ]


def route_next(record: SQSRecord) -> list[Outcome]:
    received = int(record.attributes.approximate_receive_count)
    route_first = pipeline.route_next()
    return [
        route_first(source, record.receipt_handle, received) for source in parse_upload_event(record.body)
    ]


def group(body: str) -> list[Outcome]:
    """Send the event once more, with its tenant as the message group, which EventBridge cannot set."""
    for source in parse_upload_event(body):
        pipeline.router_events().route(source)
    return []


def handle(record: SQSRecord) -> list[Outcome]:
    if is_in_line(record):
        return route_next(record)
    return route(record.body) if has_group(record) else group(record.body)


handler = record_handler(handle)
