"""CloudFormation handlers of AWS Batch's resources, which the emulator lacks. Physical ids are ARNs."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.batch.jobs import Definition, Jobs
from local.sagemaker.resources import Account, Created, Handler, Properties


@dataclass(frozen=True)
class BatchResources:
    account: Account
    jobs: Jobs

    def handlers(self) -> dict[str, Handler]:
        return {
            "AWS::Batch::ComputeEnvironment": {"create": self.create_environment, "delete": _no_op},
            "AWS::Batch::JobQueue": {"create": self.create_queue, "delete": _no_op},
            "AWS::Batch::JobDefinition": {"create": self.create_definition, "delete": _no_op},
        }

    def create_environment(self, logical_id: str, properties: Properties, stack: str) -> Created:
        arn = self._arn("compute-environment", stack, logical_id)
        self.jobs.add_environment(arn, int(properties["ComputeResources"]["MaxvCpus"]))
        return arn, {"ComputeEnvironmentArn": arn}

    def create_queue(self, logical_id: str, properties: Properties, stack: str) -> Created:
        (environment,) = properties["ComputeEnvironmentOrder"]
        arn = self._arn("job-queue", stack, logical_id)
        self.jobs.queues[arn] = environment["ComputeEnvironment"]
        return arn, {"JobQueueArn": arn}

    def create_definition(self, logical_id: str, properties: Properties, stack: str) -> Created:
        """Its processes have the credentials of its role."""
        role = self.account.assume(properties["ContainerProperties"]["JobRoleArn"])
        arn = f"{self._arn('job-definition', stack, logical_id)}:1"
        self.jobs.definitions[arn] = Definition.of(properties, role.environment)
        return arn, {}

    def _arn(self, kind: str, stack: str, logical_id: str) -> str:
        digest = hashlib.sha256(f"{stack}/{logical_id}".encode()).hexdigest()[:12]
        return self.account.arn("batch", f"{kind}/{logical_id}-{digest}")


def _no_op(physical_id: str, properties: Mapping[str, Any]) -> None:
    """For resources without anything to delete."""
