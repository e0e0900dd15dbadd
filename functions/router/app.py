"""An upload event arrives on RouterQueue: submit the photo to the stylizer endpoint."""

from limner import bootstrap
from limner.contracts import parse_upload_event
from limner.queues import queue_handler
from limner.use_cases.outcomes import Outcome


def route(body: str) -> list[Outcome]:
    return [bootstrap.route_upload()(source) for source in parse_upload_event(body)]


handler = queue_handler(route)
