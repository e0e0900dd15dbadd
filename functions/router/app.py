"""An upload event arrives on RouterQueue: submit the photo, or the style whose pictures are complete, to the
stylizer endpoint."""

from limner import bootstrap
from limner.contracts import deferrals_in, parse_upload_event
from limner.queues import queue_handler
from limner.style_contracts import is_style_picture
from limner.use_cases.outcomes import Outcome


def route(body: str) -> list[Outcome]:
    uploads = parse_upload_event(body)
    deferrals = deferrals_in(body)
    return [
        bootstrap.learn_style()(source)
        if is_style_picture(source.key)
        else bootstrap.route_upload()(source, deferrals)
        for source in uploads
    ]


handler = queue_handler(route)
