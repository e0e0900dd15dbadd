"""Jobs of the local run: processes that are started again as their job definition says."""

import signal
from pathlib import Path

import pytest

from local.batch.jobs import Definition, JobFailed, Jobs
from tests.template_reader import properties

ENVIRONMENT, QUEUE, DEFINITION = "environment", "queue", "definition"


def job_definition(**changes):
    """As the template declares it, with values for its parameters."""
    declared = properties("BulkJob")
    container = {
        "Command": declared["ContainerProperties"]["Command"],
        "ResourceRequirements": [{"Type": "VCPU", "Value": "4"}],
        "Environment": [{"Name": "NAME", "Value": "value"}],
    }
    return Definition.of({**declared, "ContainerProperties": container, **changes}, {"PATH": "/bin"})


@pytest.mark.parametrize(
    ("status", "is_retried"), [(75, True), (-signal.SIGKILL, True), (1, False), (-signal.SIGSEGV, False)]
)
def test_stopped_and_killed_workers_are_started_again_and_broken_ones_are_not(status, is_retried):
    assert job_definition().is_retried(status) == is_retried


def test_a_definition_has_the_environment_of_its_role_and_its_own():
    definition = job_definition()
    assert definition.environment == {"PATH": "/bin", "NAME": "value"}
    assert (definition.vcpus, definition.attempts) == (4, 10)


class Processes(Jobs):
    """Ends each attempt with the next status."""

    statuses: tuple[int, ...] = ()

    def _run_once(self, name, definition, command):
        self.commands.append(command)
        return self.statuses[len(self.commands) - 1]


def jobs(*statuses):
    made = Processes(Path("script"), Path("model"), Path("logs"))
    made.statuses, made.commands = statuses, []
    made.add_environment(ENVIRONMENT, 8)
    made.queues[QUEUE], made.definitions[DEFINITION] = ENVIRONMENT, job_definition()
    return made


REQUEST = {
    "JobName": "restyle",
    "JobQueue": QUEUE,
    "JobDefinition": DEFINITION,
    "ContainerOverrides": {"Command": ["bulk", "tickets/x.json"]},
}


def test_a_job_that_is_killed_twice_ends_well():
    made = jobs(-signal.SIGKILL, 75, 0)
    assert made.run(REQUEST)["Status"] == "SUCCEEDED"
    assert made.commands == [["bulk", "tickets/x.json"]] * 3


def test_a_job_that_is_not_started_again_fails():
    made = jobs(-signal.SIGKILL, 1)
    with pytest.raises(JobFailed):
        made.run(REQUEST)
    assert len(made.commands) == 2


def test_attempts_are_bounded():
    made = jobs(*[75] * 20)
    with pytest.raises(JobFailed):
        made.run(REQUEST)
    assert len(made.commands) == 10
