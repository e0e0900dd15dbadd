"""AWS Batch as far as a state machine uses it: a job is a process of the container's entry, started again as
its retry strategy says, and as many run at once as the compute environment has processors for.

The emulator's own Batch answers and runs nothing.
"""

import fnmatch
import logging
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from local.processes import start

log = logging.getLogger("batch")

HOST_ENDED = "Host EC2 (instance i-0) terminated."
"""Status reason of a job whose instance has ended (AWS Batch user guide, "Automated job retries"); here, of
one whose process was killed."""
ESSENTIAL_EXITED = "Essential container in task exited"


Integration = Callable[[str, dict[str, Any]], dict[str, Any]]
"""Of Step Functions: the resource and the task's parameters → its result."""


class JobFailed(Exception):
    """The job has ended, and is not started again."""


@dataclass(frozen=True)
class Definition:
    """`command` is of the image's entry point, `vcpus` what one job takes."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    vcpus: int
    attempts: int
    evaluate_on_exit: tuple[Mapping[str, str], ...]

    @classmethod
    def of(cls, properties: Mapping[str, Any], environment: Mapping[str, str]) -> "Definition":
        container = properties["ContainerProperties"]
        needed = {each["Type"]: each["Value"] for each in container.get("ResourceRequirements", ())}
        own = {each["Name"]: str(each["Value"]) for each in container.get("Environment", ())}
        strategy = properties.get("RetryStrategy", {})
        return cls(
            command=tuple(container.get("Command", ())),
            environment={**environment, **own},
            vcpus=int(needed.get("VCPU", 1)),
            attempts=int(strategy.get("Attempts", 1)),
            evaluate_on_exit=tuple(strategy.get("EvaluateOnExit", ())),
        )

    def is_retried(self, status: int) -> bool:
        """As the first of the conditions says that matches; a job is retried where none does."""
        facts = {
            "OnExitCode": str(status),
            "OnStatusReason": HOST_ENDED if status == -signal.SIGKILL else ESSENTIAL_EXITED,
            "OnReason": "",
        }
        for condition in self.evaluate_on_exit:
            named = {name: value for name, value in condition.items() if name in facts}
            if all(fnmatch.fnmatchcase(facts[name], value) for name, value in named.items()):
                return condition["Action"].upper() == "RETRY"
        return True


@dataclass
class Jobs:
    """`script` stands for the image, the folder `artefacts` for its model; each job has a log in `logs`."""

    script: Path
    artefacts: Path
    logs: Path
    definitions: dict[str, Definition] = field(default_factory=dict)
    queues: dict[str, str] = field(default_factory=dict)
    """The compute environment of each queue."""
    _places: dict[str, threading.Semaphore] = field(default_factory=dict)
    _max_vcpus: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add_environment(self, arn: str, max_vcpus: int) -> None:
        self._max_vcpus[arn] = max_vcpus

    def run(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """A SubmitJob whose end is waited for; what DescribeJobs says of it. Raises JobFailed."""
        definition = self.definitions[request["JobDefinition"]]
        command = request.get("ContainerOverrides", {}).get("Command", definition.command)
        job_id = str(uuid4())
        with self._place(self.queues[request["JobQueue"]], definition):
            self._run_attempts(job_id, definition, [str(each) for each in command])
        return {"JobId": job_id, "JobName": request["JobName"], "Status": "SUCCEEDED"}

    def _place(self, environment: str, definition: Definition) -> threading.Semaphore:
        with self._lock:
            if environment not in self._places:
                places = max(1, self._max_vcpus[environment] // definition.vcpus)
                self._places[environment] = threading.Semaphore(places)
            return self._places[environment]

    def _run_attempts(self, job_id: str, definition: Definition, command: Sequence[str]) -> None:
        for attempt in range(1, definition.attempts + 1):
            status = self._run_once(f"{job_id}-{attempt}", definition, command)
            if status == 0:
                return
            log.warning("job %s %s: attempt %d ended with %d", job_id, command, attempt, status)
            if not definition.is_retried(status):
                break
        raise JobFailed(f"job {job_id} {list(command)} ended with status {status}")

    def _run_once(self, name: str, definition: Definition, command: Sequence[str]) -> int:
        environment = {**definition.environment, "LIMNER_MODEL_DIR": str(self.artefacts)}
        arguments = ["-m", "local.child", str(self.script), *command]
        process = start(arguments, environment, self.logs / f"{name}.log")
        return process.wait()


def submit_and_wait(jobs: Jobs, failed: Callable[[str, str], Exception]) -> Integration:
    """The service integration `batch:submitJob.sync` of ministack's Step Functions; `failed` makes a task's
    error."""

    def submit(resource: str, request: dict[str, Any]) -> dict[str, Any]:
        try:
            return jobs.run(request)
        except JobFailed as error:
            raise failed("States.TaskFailed", str(error)) from error

    return submit
