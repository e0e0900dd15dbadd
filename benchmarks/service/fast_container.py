"""A container without an engine and without encoding: each look's picture is a small constant file.

    python fast_container.py serve | bulk KEY      (as the image's entry point)

The worker is the container's own (server.bulk), and so are tickets, reports and notifications; what is left
out is what takes a processor's time, which one machine has once for sellers, workers and the emulator.
"""

import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import uuid4

import boto3

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "functions/stylizer"))  # as in the container

from limner.adapters.notifications import QueuedNotifications  # noqa: E402
from limner.adapters.s3 import S3Objects  # noqa: E402
from limner.contracts import StylizeReport, StylizeTicket, parse_report_of  # noqa: E402
from limner.keys import attempt_prefix, report_key  # noqa: E402
from limner.looks import Look  # noqa: E402
from limner.renditions import Rendition  # noqa: E402
from limner.report import StyledPicture  # noqa: E402
from limner.restyles.restyle import RestyleObjects  # noqa: E402
from limner.use_cases.first_reports import FirstReports  # noqa: E402
from server import bulk  # noqa: E402

TICKET_SECONDS = 1.0
"""About what the engine takes on a processor; faster, the emulator is what everybody waits for."""
TICKETS_AT_ONCE = 4
PICTURE = bytes(range(256))


class FastService:
    def __init__(self, objects: S3Objects, bucket: str) -> None:
        self._objects, self._bucket = objects, bucket
        self._reports = FirstReports(objects, bucket, report_key, parse_report_of)

    def __call__(self, ticket: StylizeTicket) -> StylizeReport:
        if (earlier := self._reports.find(ticket.job_id)) is not None:
            return earlier
        prefix = attempt_prefix(ticket.job_id, uuid4().hex[:8])
        pictures = tuple(self._picture(prefix, look) for look in ticket.looks)
        time.sleep(TICKET_SECONDS)
        timings = {"total": TICKET_SECONDS}
        return self._reports.store(
            StylizeReport(job_id=ticket.job_id, model="fast@1", pictures=pictures, timings=timings)
        )

    def _picture(self, prefix: str, look: Look) -> StyledPicture:
        key = f"{prefix}{look.slug}/full.jpg"
        self._objects.put(self._bucket, key, PICTURE, "image/jpeg", only_if_absent=True)
        file = Rendition(key=key, width=96, height=72, bytes=len(PICTURE), content_type="image/jpeg")
        return StyledPicture(look=look, renditions=(file,), metrics={})


def serve(service: FastService) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(b"")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self._send(service(StylizeTicket.model_validate_json(body)).model_dump_json().encode())

        def _send(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    port = int(os.environ["SAGEMAKER_BIND_TO_PORT"])
    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


def main() -> None:
    bucket = os.environ["RESULTS_BUCKET"]
    objects = S3Objects(boto3.client("s3"))
    service = FastService(objects, bucket)
    if sys.argv[1] == "serve":
        serve(service)
    queue = QueuedNotifications(
        boto3.client("sqs"), queue_url=os.environ["DONE_QUEUE_URL"], group=bulk.MESSAGE_GROUP
    )
    worker = bulk.BulkWorker(service, objects, bucket, queue.send, TICKETS_AT_ONCE)
    bulk.stop_on_sigterm(worker)
    sys.exit(bulk.run_chunk(worker, RestyleObjects(objects, bucket), sys.argv[2]))


if __name__ == "__main__":
    main()
