"""Deploy template.yaml to the emulator and say where things are."""

import json
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import WaiterError

from local.aws.build import package
from local.aws.emulator import REGION, Emulator
from local.processes import tail

STACK = "limner"
ARTEFACTS = "limner-artefacts"
ACCOUNT = "000000000000"
IMAGE_URI = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/limner-stylizer:local"
MODEL_SECONDS = 180
WARM_SECONDS = 60
POLL_SECONDS = 0.1


class DeployFailed(Exception):
    """The message names each resource that failed, and why."""


@dataclass(frozen=True)
class Stack:
    """The outputs of the template; `api_url` answers on this machine and ends without a slash.

    `resources` are physical ids by logical id; a queue's is its URL.
    """

    api_url: str
    uploads_bucket: str
    results_bucket: str
    photos_table: str
    endpoint: str
    resources: Mapping[str, str]


def deploy(emulator: Emulator, template: Path, parameters: Mapping[str, str]) -> Stack:
    """Create the stack from the unmodified template.

    Raises:
        DeployFailed: CloudFormation refused it or rolled it back.
    """
    cloudformation = emulator.client("cloudformation")
    cloudformation.create_stack(
        StackName=STACK,
        TemplateURL=_upload_packaged(emulator, template),
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        Parameters=_parameters({"StylizerImage": IMAGE_URI, "StylizerDevice": "cpu", **parameters}),
    )
    waiter = cloudformation.get_waiter("stack_create_complete")
    try:
        waiter.wait(StackName=STACK, WaiterConfig={"Delay": POLL_SECONDS, "MaxAttempts": 600})
    except WaiterError as error:
        raise DeployFailed(_reasons(cloudformation)) from error
    return _stack(cloudformation, emulator)


def wait_for_model(emulator: Emulator, stack: Stack) -> None:
    """Return once the endpoint is InService.

    Raises:
        DeployFailed: the container ended, or was not ready in time.
    """
    deadline = time.monotonic() + MODEL_SECONDS
    while (status := _endpoint_status(emulator, stack.endpoint)) != "InService":
        if status == "Failed" or time.monotonic() > deadline:
            raise DeployFailed(f"the endpoint is {status}; its log ends:\n{tail(emulator.model_log)}")
        time.sleep(POLL_SECONDS)


def warm_up(emulator: Emulator, stack: Stack) -> None:
    """Start a worker of each function while the model loads.

    S3's test event, the notification of an unknown job and a request to the API do so without a trace."""
    test_event = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": stack.uploads_bucket}
    notification = {"inferenceId": "warm-up", "invocationStatus": "Completed"}
    messages = {"RouterQueue": test_event, "ThumbQueue": test_event, "DoneQueue": notification}
    sqs = emulator.client("sqs")
    for queue, message in messages.items():
        sqs.send_message(QueueUrl=stack.resources[queue], MessageBody=json.dumps(message))
    with urllib.request.urlopen(f"{stack.api_url}/styles", timeout=WARM_SECONDS):
        pass


def reachable(api_url: str, emulator: Emulator) -> str:
    """ApiUrl of the outputs → the address that answers here: names under execute-api do not resolve."""
    api_id = (urlsplit(api_url).hostname or "").partition(".")[0]
    return f"{emulator.url}/_aws/execute-api/{api_id}/$default"


def _upload_packaged(emulator: Emulator, template: Path) -> str:
    s3 = emulator.client("s3")
    s3.create_bucket(Bucket=ARTEFACTS, CreateBucketConfiguration={"LocationConstraint": REGION})

    def upload(key: str, body: bytes) -> str:
        s3.put_object(Bucket=ARTEFACTS, Key=key, Body=body)
        return f"s3://{ARTEFACTS}/{key}"

    upload("template.json", package(template, upload).encode())
    return f"{emulator.url}/{ARTEFACTS}/template.json"


def _parameters(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]


def _stack(cloudformation: Any, emulator: Emulator) -> Stack:
    described = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}
    return Stack(
        api_url=reachable(outputs["ApiUrl"], emulator),
        uploads_bucket=outputs["UploadsBucket"],
        results_bucket=outputs["ResultsBucket"],
        photos_table=outputs["PhotosTable"],
        endpoint=outputs["EndpointName"],
        resources=_physical_ids(cloudformation),
    )


def _physical_ids(cloudformation: Any) -> dict[str, str]:
    resources = cloudformation.describe_stack_resources(StackName=STACK)["StackResources"]
    return {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in resources}


def _reasons(cloudformation: Any) -> str:
    events = cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
    return "\n".join(
        f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
        for event in reversed(events)
        if event["ResourceStatus"].endswith("_FAILED")
    )


def _endpoint_status(emulator: Emulator, name: str) -> str:
    with urllib.request.urlopen(f"{emulator.sagemaker_url}/endpoints/{name}", timeout=5) as answer:
        return str(json.load(answer)["EndpointStatus"])
