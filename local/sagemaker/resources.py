"""CloudFormation handlers of the five resource types of SageMaker and its scaling, which the emulator lacks.

A handler is given the resource's resolved properties and returns (physical id, attributes), the values of
`Ref` and `Fn::GetAtt`. Physical ids follow the CloudFormation resource reference: for SageMaker the ARN with
the name in lower case, so that a policy with the name in its own case is rejected here as on AWS.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.sagemaker.model_server import ModelServer
from local.sagemaker.shim import AsyncConfig, AsyncEndpoint, SageMaker, Storage, Topics

Properties = Mapping[str, Any]
Created = tuple[str, dict[str, str]]
Handler = dict[str, Callable[..., Any]]


@dataclass(frozen=True)
class RoleSession:
    """A role that a service has assumed: environment variables for a process, and clients."""

    environment: Mapping[str, str]
    s3: Storage
    sns: Topics


@dataclass(frozen=True)
class Account:
    region: str
    id: str
    assume: Callable[[str], RoleSession]
    """Role ARN → a session with exactly that role's permissions."""

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.region}:{self.id}:{resource}"


@dataclass(frozen=True)
class Container:
    server: ModelServer
    role: RoleSession


@dataclass
class SageMakerResources:
    """AWS::SageMaker::*. `script` stands for the image, the folder `artefacts` for the model data."""

    account: Account
    sagemaker: SageMaker
    script: Path
    artefacts: Path
    log: Path
    models: dict[str, Container] = field(default_factory=dict)
    configs: dict[str, Properties] = field(default_factory=dict)

    def handlers(self) -> dict[str, Handler]:
        return {
            "AWS::SageMaker::Model": {"create": self.create_model, "delete": self.delete_model},
            "AWS::SageMaker::EndpointConfig": {"create": self.create_config, "delete": _no_op},
            "AWS::SageMaker::Endpoint": {"create": self.create_endpoint, "delete": self.delete_endpoint},
        }

    def create_model(self, logical_id: str, properties: Properties, stack: str) -> Created:
        """Starts the container already here, so that it loads while the rest of the stack is created."""
        name = properties.get("ModelName") or _generated_name(stack, logical_id)
        role = self.account.assume(properties["ExecutionRoleArn"])
        environment = {**role.environment, **properties["PrimaryContainer"].get("Environment", {})}
        server = ModelServer(self.script, self.artefacts, self.log, environment=environment)
        server.start()
        self.models[name.lower()] = Container(server, role)
        return self._arn("model", name), {"ModelName": name}

    def create_config(self, logical_id: str, properties: Properties, stack: str) -> Created:
        name = properties.get("EndpointConfigName") or _generated_name(stack, logical_id)
        self.configs[name.lower()] = properties
        return self._arn("endpoint-config", name), {"EndpointConfigName": name}

    def create_endpoint(self, logical_id: str, properties: Properties, stack: str) -> Created:
        name = properties.get("EndpointName") or _generated_name(stack, logical_id)
        self.sagemaker.remove(name)
        self.sagemaker.add(self._endpoint(name, self.configs[properties["EndpointConfigName"].lower()]))
        return self._arn("endpoint", name), {"EndpointName": name}

    def delete_model(self, physical_id: str, properties: Properties) -> None:
        self.models.pop(_name_of(physical_id)).server.stop()

    def delete_endpoint(self, physical_id: str, properties: Properties) -> None:
        self.sagemaker.remove(_name_of(physical_id))

    def _endpoint(self, name: str, config: Properties) -> AsyncEndpoint:
        container = self.models[config["ProductionVariants"][0]["ModelName"].lower()]
        return AsyncEndpoint(
            name=name,
            region=self.account.region,
            config=AsyncConfig.of(config["AsyncInferenceConfig"]),
            container=container.server,
            s3=container.role.s3,
            sns=container.role.sns,
        )

    def _arn(self, kind: str, name: str) -> str:
        return self.account.arn("sagemaker", f"{kind}/{name.lower()}")


@dataclass(frozen=True)
class ScalingResources:
    """AWS::ApplicationAutoScaling::*, without effect: there is one container, which always runs."""

    account: Account

    def handlers(self) -> dict[str, Handler]:
        return {
            "AWS::ApplicationAutoScaling::ScalableTarget": {
                "create": self.create_target,
                "delete": _no_op,
            },
            "AWS::ApplicationAutoScaling::ScalingPolicy": {
                "create": self.create_policy,
                "delete": _no_op,
            },
        }

    def create_target(self, logical_id: str, properties: Properties, stack: str) -> Created:
        parts = (properties[name] for name in ("ResourceId", "ScalableDimension", "ServiceNamespace"))
        physical_id = "|".join(parts)
        return physical_id, {"Id": physical_id}

    def create_policy(self, logical_id: str, properties: Properties, stack: str) -> Created:
        policy = f"scalingPolicy:{_suffix(stack, logical_id)}:policyName/{properties['PolicyName']}"
        arn = self.account.arn("autoscaling", policy)
        return arn, {"Arn": arn}


def _no_op(physical_id: str, properties: Properties) -> None:
    """For resources without anything to delete."""


def _generated_name(stack: str, logical_id: str) -> str:
    return f"{logical_id}-{_suffix(stack, logical_id)}"


def _suffix(stack: str, logical_id: str) -> str:
    return hashlib.sha256(f"{stack}/{logical_id}".encode()).hexdigest()[:12]


def _name_of(arn: str) -> str:
    return arn.rpartition("/")[2]
