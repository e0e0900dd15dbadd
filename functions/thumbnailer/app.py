"""An upload event arrives on ThumbQueue: make the photo's web variants."""

from limner.bootstrap import pipeline
from limner.contracts import parse_upload_event
from limner.queues import queue_handler
from limner.use_cases.outcomes import Outcome


def make_variants(body: str) -> list[Outcome]:
    return [pipeline.make_variants()(source) for source in parse_upload_event(body)]


handler = queue_handler(make_variants)
