"""An upload event arrives on RouterQueue, or is the first of its tenant's line on WaitingQueue: submit the
photo, or the style whose pictures are complete, to the stylizer endpoint."""

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from limner import bootstrap
from limner.contracts import parse_upload_event
from limner.queues import queue_handler
from limner.style_contracts import is_style_picture
from limner.use_cases.outcomes import Outcome


def route(body: str) -> list[Outcome]:
    return [
        bootstrap.learn_style()(source) if is_style_picture(source.key) else bootstrap.route_upload()(source)
        for source in parse_upload_event(body)
    ]


def route_next(record: SQSRecord) -> list[Outcome]:
    received = int(record.attributes.approximate_receive_count)
    sources = parse_upload_event(record.body)
    return [bootstrap.route_next()(source, record.receipt_handle, received) for source in sources]


handler = queue_handler(route, handle_first_in_line=route_next)
