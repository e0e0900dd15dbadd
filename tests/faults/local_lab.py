"""The local run as a laboratory: put a photo, break something, see how it ends."""

import json
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psutil

from benchmarks.soak import hurry
from benchmarks.soak_audit import rows_of
from limner.keys import upload_key
from limner.photos import SETTLED, Photo
from local.running import Running
from tests import makers
from tests.faults.world import ending

VISIBILITY = 4
QUEUES = {"RouterQueue": "RouterDLQ", "ThumbQueue": "ThumbDLQ", "DoneQueue": "DoneDLQ"}
PATIENCE = 40.0
POLL = 0.1
MODEL = "serve.py"


class Lab:
    """One photo at a time, so that what was paid and given up in between is its own."""

    def __init__(self, everything: Running) -> None:
        self.everything = everything
        self.s3, self.sqs, self.sns, self.functions, self.events = (
            everything.emulator.client(name) for name in ("s3", "sqs", "sns", "lambda", "events")
        )
        self.resources = everything.stack.resources
        self.photo_id = f"{0:032x}"
        self._paid = 0
        self.visibility(VISIBILITY)

    def begin(self, number: int) -> None:
        self.photo_id = f"{number:032x}"
        self._paid = self._invocations()
        for dead in QUEUES.values():
            self.sqs.purge_queue(QueueUrl=self.resources[dead])

    # ── what a fault does ────────────────────────────────────────────────────────────────────────────

    def put(self) -> None:
        self.s3.put_object(
            Bucket=self.everything.stack.uploads_bucket,
            Key=upload_key(self.photo_id),
            Body=makers.jpeg(96, 72),
        )

    def event(self) -> str:
        """What EventBridge would say of the photo."""
        bucket, key = self.everything.stack.uploads_bucket, upload_key(self.photo_id)
        head = self.s3.head_object(Bucket=bucket, Key=key)
        facts = {
            "key": key,
            "size": head["ContentLength"],
            "sequencer": "00FF",
            "version-id": head["VersionId"],
        }
        detail = {"bucket": {"name": bucket}, "object": facts}
        return json.dumps({"source": "aws.s3", "detail-type": "Object Created", "detail": detail})

    def send(self, queue: str, body: str) -> None:
        self.sqs.send_message(QueueUrl=self.resources[queue], MessageBody=body)

    def tell(self, status: str, job_id: str) -> None:
        """A notice on the endpoint's topic, from whomever."""
        topic = self.resources["StylizerDone" if status == "Completed" else "StylizerFailed"]
        body = json.dumps({"inferenceId": job_id, "invocationStatus": status})
        self.sns.publish(TopicArn=topic, Message=body)

    def visibility(self, seconds: int) -> None:
        for queue in QUEUES:
            attributes = {"VisibilityTimeout": str(seconds)}
            self.sqs.set_queue_attributes(QueueUrl=self.resources[queue], Attributes=attributes)

    def rule(self, *, on: bool) -> None:
        name = self.resources["UploadRule"]
        (self.events.enable_rule if on else self.events.disable_rule)(Name=name)

    def reader(self, mapping: str, *, on: bool) -> None:
        self.functions.update_event_source_mapping(UUID=self.resources[mapping], Enabled=on)

    def configure(self, function: str, **variables: str) -> dict[str, str]:
        """Change a function's environment; what it was."""
        name = self.resources[function]
        before = self.functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        self.functions.update_function_configuration(
            FunctionName=name, Environment={"Variables": before | variables}
        )
        return before

    def kill(self, function: str) -> None:
        """SIGKILL for every process of it; MODEL is the model server."""
        victims = [each for each in self.everything.emulator.processes() if _runs(each, function)]
        assert victims, f"{function} is not running"
        for victim in victims:
            victim.kill()

    def pause(self, seconds: float) -> None:
        """Stop the emulator, as a machine does that is out of memory or moved elsewhere."""
        pid = self.everything.emulator.process.pid
        os.kill(pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(pid, signal.SIGCONT)

    def sweep(self) -> None:
        hurry(self.everything)
        self.functions.invoke(FunctionName=self.resources["SweeperFunction"], Payload=b"{}")

    def redrive(self, queue: str) -> None:
        """What StartMessageMoveTask does, which the emulator lacks."""
        dead = self.resources[QUEUES[queue]]
        (message,) = self.sqs.receive_message(QueueUrl=dead, WaitTimeSeconds=2)["Messages"]
        self.send(queue, message["Body"])
        self.sqs.delete_message(QueueUrl=dead, ReceiptHandle=message["ReceiptHandle"])

    # ── what is seen ─────────────────────────────────────────────────────────────────────────────────

    def photo(self) -> Photo | None:
        return next((row for row in rows_of(self.everything) if row.photo_id == self.photo_id), None)

    def until(self, what: str, holds: Callable[[], Any], seconds: float = PATIENCE) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}; {self.photo()}"
            time.sleep(POLL)

    def until_leased(self) -> None:
        self.until("a job", lambda: (photo := self.photo()) and photo.job)

    def settled(self) -> Photo | None:
        photo = self.photo()
        return photo if photo and photo.status in SETTLED else None

    def ending(self) -> str:
        self.until("READY or FAILED", self.settled)
        return ending(self.photo())

    def rest(self) -> str:
        """How the photo ends once every queue is empty and the sweeper has run."""
        self.until("empty queues", lambda: self.settled() or self.is_quiet())
        if not self.settled():
            self.sweep()
        self.until("empty queues and an end", lambda: self.settled() and self.is_quiet())
        if self.photo().due_at is not None:
            self.sweep()
        return ending(self.photo())

    def paid(self) -> int:
        return self._invocations() - self._paid

    def dead(self) -> dict[str, int]:
        counts = {name: self.depth(name) for name in QUEUES.values()}
        return {name: count for name, count in counts.items() if count}

    def depth(self, queue: str) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.sqs.get_queue_attributes(QueueUrl=self.resources[queue], AttributeNames=names)
        return sum(int(found["Attributes"][name]) for name in names)

    def is_quiet(self) -> bool:
        return not any(self.depth(queue) for queue in QUEUES)

    def _invocations(self) -> int:
        """Each leaves one object, an answer or a failure."""
        bucket = self.everything.stack.results_bucket
        return self.s3.list_objects_v2(Bucket=bucket, Prefix="endpoint/")["KeyCount"]


def _runs(process: Any, function: str) -> bool:
    with suppress(psutil.Error):
        if function == MODEL:
            return "local.child" in process.cmdline()
        return function in process.environ().get("AWS_LAMBDA_FUNCTION_NAME", "")
    return False
