"""A job of a test tenant arrives on SandboxQueue: make its results in the stylizer's place."""

from limner.bootstrap import sandbox
from limner.queues import queue_handler
from limner.sandbox import parse_sandbox_job
from limner.use_cases.outcomes import Outcome


def run(body: str) -> list[Outcome]:
    return [sandbox.run_sandbox_job()(parse_sandbox_job(body))]


handler = queue_handler(run)
