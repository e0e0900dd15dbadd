"""Fault injection on the local run: upload a photo, inject a fault, wait for its end."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psutil

from benchmarks.service.soak.evidence import read_photos
from benchmarks.service.soak.sweeps import WHOLE_SWEEP, expire_deadlines
from limner.keys import upload_key
from limner.photos import FINAL_STATUSES, Photo
from limner.tenancy import PhotoKey
from local.aws.running import Running
from tests import makers
from tests.faults.world import ending

VISIBILITY_SECONDS = 4
QUEUES = {"RouterQueue": "RouterDLQ", "ThumbQueue": "ThumbDLQ", "DoneQueue": "DoneDLQ"}
TIMEOUT_SECONDS = 120.0
POLL_SECONDS = 0.1
MODEL = "stylizer/__main__.py"


class Lab:
    """One fault at a time, so that invocations and dead letters in between are caused by it."""

    def __init__(self, everything: Running) -> None:
        self.everything = everything
        self.s3, self.sqs, self.sns, self.functions, self.events = (
            everything.emulator.client(name) for name in ("s3", "sqs", "sns", "lambda", "events")
        )
        self.resources = everything.stack.resources
        self.photo_id = f"{0:032x}"
        self._paid = 0

    def begin(self, number: int) -> None:
        self.set_visibility(VISIBILITY_SECONDS)
        self.photo_id = f"{number:032x}"
        self.flood_ids: list[str] = []
        self._paid = self._invocations()
        for dead in QUEUES.values():
            self.sqs.purge_queue(QueueUrl=self.resources[dead])

    # ── actions of a fault script ────────────────────────────────────────────────────────────────────

    def put(self) -> None:
        self._put(self.photo_id)

    def flood(self, uploads: int) -> None:
        """Upload that many photos, including the fault's own."""
        number = int(self.photo_id, 16)
        self.flood_ids = [f"{(number << 16) + n:032x}" for n in range(1, uploads)]
        for photo_id in (self.photo_id, *self.flood_ids):
            self._put(photo_id)

    def _put(self, photo_id: str) -> None:
        bucket = self.everything.stack.uploads_bucket
        self.s3.put_object(
            Bucket=bucket, Key=upload_key(PhotoKey("main", photo_id)), Body=makers.jpeg(96, 72)
        )

    def event(self) -> str:
        """EventBridge's event for the upload."""
        bucket, key = self.everything.stack.uploads_bucket, upload_key(PhotoKey("main", self.photo_id))
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

    def notify(self, status: str, job_id: str) -> None:
        """Publish a notification on the endpoint's topic."""
        topic = self.resources["StylizerDone" if status == "Completed" else "StylizerFailed"]
        body = json.dumps({"inferenceId": job_id, "invocationStatus": status})
        self.sns.publish(TopicArn=topic, Message=body)

    def set_visibility(self, seconds: int) -> None:
        for queue in QUEUES:
            attributes = {"VisibilityTimeout": str(seconds)}
            self.sqs.set_queue_attributes(QueueUrl=self.resources[queue], Attributes=attributes)

    def enable_rule(self, *, on: bool) -> None:
        name = self.resources["UploadRule"]
        (self.events.enable_rule if on else self.events.disable_rule)(Name=name)

    def enable_reader(self, mapping: str, *, on: bool) -> None:
        self.functions.update_event_source_mapping(UUID=self.resources[mapping], Enabled=on)

    def configure(self, function: str, **variables: str) -> dict[str, str]:
        """Change a function's environment variables; returns the former ones."""
        name = self.resources[function]
        declared = self.functions.get_function_configuration(FunctionName=name)
        before: dict[str, str] = declared["Environment"]["Variables"]
        self.functions.update_function_configuration(
            FunctionName=name, Environment={"Variables": before | variables}
        )
        return before

    def kill(self, function: str) -> None:
        """Send SIGKILL to all processes of the function; MODEL is the model server."""
        for victim in self._running(function):
            with suppress(psutil.NoSuchProcess):  # it may have ended
                victim.kill()

    @contextmanager
    def stopped(self, function: str) -> Iterator[None]:
        """Suspend the function's processes inside the block; requests wait."""
        processes = self._running(function)
        for process in processes:
            process.suspend()
        try:
            yield
        finally:
            for process in processes:
                with suppress(psutil.NoSuchProcess):  # it may have been killed meanwhile
                    process.resume()

    def _running(self, function: str) -> list[psutil.Process]:
        processes = [process for process in self.everything.emulator.processes() if _runs(process, function)]
        assert processes, f"{function} is not running"
        return processes

    def pause(self, seconds: float) -> None:
        """Suspend the emulator, as when its machine swaps or migrates."""
        process = self.everything.emulator.process
        assert process, "the emulator is not running"
        pid = process.pid
        os.kill(pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(pid, signal.SIGCONT)

    def sweep(self) -> None:
        expire_deadlines(self.everything)
        self.functions.invoke(
            FunctionName=self.resources["SweeperFunction"], Payload=WHOLE_SWEEP.model_dump_json()
        )

    def sweep_by_schedule(self) -> None:
        """As the schedule does, which asks for the parts of a sweep on a queue."""
        expire_deadlines(self.everything)
        self.functions.invoke(FunctionName=self.resources["SweeperFunction"], Payload=b"{}")

    def redrive(self, queue: str) -> None:
        """As StartMessageMoveTask, which the emulator lacks."""
        dead = self.resources[QUEUES[queue]]
        (message,) = self.sqs.receive_message(QueueUrl=dead, WaitTimeSeconds=2)["Messages"]
        self.send(queue, message["Body"])
        self.sqs.delete_message(QueueUrl=dead, ReceiptHandle=message["ReceiptHandle"])

    # ── state ────────────────────────────────────────────────────────────────────────────────────────

    def photos(self) -> list[Photo]:
        ids = {self.photo_id, *self.flood_ids}
        return [row for row in read_photos(self.everything) if row.photo_id in ids]

    def photo(self) -> Photo | None:
        return next((row for row in self.photos() if row.photo_id == self.photo_id), None)

    def job_id(self) -> str:
        photo = self.photo()
        assert photo, "the photo has no row yet"
        assert photo.job, "the photo has no job yet"
        return photo.job.job_id

    def until(self, description: str, condition: Callable[[], Any]) -> None:
        seconds = TIMEOUT_SECONDS * (1 + len(self.flood_ids) / 8)
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"not within {seconds:g} s: {description}; {self.photo()}"
            time.sleep(POLL_SECONDS)

    def until_leased(self) -> None:
        self.until("a job", lambda: (photo := self.photo()) and photo.job)

    def all_ended(self) -> bool:
        photos = self.photos()
        return len(photos) == 1 + len(self.flood_ids) and all(
            photo.status in FINAL_STATUSES for photo in photos
        )

    def wait_for_end(self) -> str:
        """How the photos ended, comma-separated if differently."""
        self.until("READY or FAILED", self.all_ended)
        return ", ".join(sorted({ending(photo) for photo in self.photos()}))

    def is_open(self) -> bool:
        return any(photo.due_at is not None for photo in self.photos())

    def run_until_idle(self) -> str:
        """Wait for empty queues and run the sweeper; returns how the photos ended."""
        self.until("empty queues", lambda: self.all_ended() or self.is_quiet())
        if not self.all_ended():
            self.sweep()
        self.until("empty queues and an end", lambda: self.all_ended() and self.is_quiet())
        if self.is_open():
            self.sweep()
        return self.wait_for_end()

    def paid(self) -> int:
        return self._invocations() - self._paid

    def dead(self) -> dict[str, int]:
        counts = {name: self.depth(name) for name in QUEUES.values()}
        return {name: count for name, count in counts.items() if count}

    def depth(self, queue: str) -> int:
        names = [f"ApproximateNumberOfMessages{kind}" for kind in ("", "NotVisible", "Delayed")]
        response = self.sqs.get_queue_attributes(QueueUrl=self.resources[queue], AttributeNames=names)
        return sum(int(response["Attributes"][name]) for name in names)

    def is_quiet(self) -> bool:
        return not any(self.depth(queue) for queue in QUEUES)

    def _invocations(self) -> int:
        """Each invocation stores one object, a response or a failure."""
        bucket = self.everything.stack.results_bucket
        return int(self.s3.list_objects_v2(Bucket=bucket, Prefix="endpoint/")["KeyCount"])


def _runs(process: Any, function: str) -> bool:
    with suppress(psutil.Error):
        if function == MODEL:
            return "local.child" in process.cmdline()
        return function in process.environ().get("AWS_LAMBDA_FUNCTION_NAME", "")
    return False
