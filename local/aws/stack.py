"""Deploy template.yaml to the emulator; its outputs and physical ids."""

import json
import time
import urllib.error
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

STACK_NAME = "limner"
ARTEFACTS_BUCKET = "limner-artefacts"
ACCOUNT_ID = "000000000000"
IMAGE_URI = f"{ACCOUNT_ID}.dkr.ecr.{REGION}.amazonaws.com/limner-stylizer:local"
LOCAL_PARAMETERS = {
    "Stage": "dev",
    "PageOrigin": "*",
    "RequireTls": "false",
    "StylizerImage": IMAGE_URI,
    "StylizerDevice": "cpu",
    "StylizerMaxInstances": "1",
    "UserPool": "cognito",
    "BulkSubnets": "subnet-00000000",
    "BulkSecurityGroups": "sg-00000000",
    "BulkMaxVcpus": "8",
    "RestyleConcurrency": "3",
}
"""`PageOrigin`, because the page's address here is the emulator's and not the one that the template knows;
`StylizerMaxInstances`, because the emulator has one; `RequireTls`, because it has no TLS and enforces bucket
policies, and so that webhooks of programs on this machine are called. There are two workers for restyles, in
subnets that nobody has."""
MODEL_TIMEOUT_SECONDS = 180
WARM_UP_TIMEOUT_SECONDS = 60
CREATE_MAX_POLLS = 600
POLL_SECONDS = 0.1


class DeployFailed(Exception):
    """The message names each resource that failed, and why."""


@dataclass(frozen=True)
class Stack:
    """The outputs of the template; `api_url` is reachable on this machine and has no slash at its end.

    `endpoint` is None where the stylizer is a function. `resources` are physical ids by logical id; a
    queue's is its URL.
    """

    api_url: str
    uploads_bucket: str
    results_bucket: str
    photos_table: str
    endpoint: str | None
    signing_key: str
    signing_certificates: str
    resources: Mapping[str, str]


def deploy(emulator: Emulator, template: Path, parameters: Mapping[str, str]) -> Stack:
    """Create the stack from the unmodified template.

    Raises:
        DeployFailed: CloudFormation rejected the stack or rolled it back.
    """
    cloudformation = emulator.client("cloudformation")
    cloudformation.create_stack(
        StackName=STACK_NAME,
        TemplateURL=_upload_packaged(emulator, template),
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        Parameters=_parameters({**LOCAL_PARAMETERS, "CognitoEndpoint": emulator.url, **parameters}),
    )
    waiter = cloudformation.get_waiter("stack_create_complete")
    try:
        waiter.wait(
            StackName=STACK_NAME, WaiterConfig={"Delay": POLL_SECONDS, "MaxAttempts": CREATE_MAX_POLLS}
        )
    except WaiterError as error:
        raise DeployFailed(_failure_reasons(cloudformation)) from error
    return _stack(cloudformation, emulator)


def wait_for_model(emulator: Emulator, stack: Stack) -> None:
    """Return once the endpoint is InService; at once for a function, which loads the model for its first job.

    Raises:
        DeployFailed: the container ended, or was not ready in time.
    """
    if stack.endpoint is None:
        return
    deadline = time.monotonic() + MODEL_TIMEOUT_SECONDS
    while (status := _endpoint_status(emulator, stack.endpoint)) != "InService":
        if status == "Failed" or time.monotonic() > deadline:
            raise DeployFailed(f"the endpoint is {status}; its log ends:\n{tail(emulator.model_log)}")
        time.sleep(POLL_SECONDS)


def warm_up(emulator: Emulator, stack: Stack) -> None:
    """Start a worker of each function while the model loads.

    S3's test event, a notification of an unknown job and a request to the API that is refused do so and leave
    no data."""
    test_event = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": stack.uploads_bucket}
    notification = {"inferenceId": "warm-up", "invocationStatus": "Completed"}
    messages = {"RouterQueue": test_event, "ThumbQueue": test_event, "DoneQueue": notification}
    sqs = emulator.client("sqs")
    for queue, message in messages.items():
        sqs.send_message(QueueUrl=stack.resources[queue], MessageBody=json.dumps(message))
    request = urllib.request.Request(
        f"{stack.api_url}/v1/photos", headers={"Authorization": "Bearer warm-up"}
    )
    try:
        urllib.request.urlopen(request, timeout=WARM_UP_TIMEOUT_SECONDS).close()
    except urllib.error.HTTPError as refused:
        refused.close()


def to_emulator_url(api_url: str, emulator: Emulator) -> str:
    """The emulator's URL for the output ApiUrl, because host names under execute-api do not resolve here."""
    api_id = (urlsplit(api_url).hostname or "").partition(".")[0]
    return f"{emulator.url}/_aws/execute-api/{api_id}/$default"


def _upload_packaged(emulator: Emulator, template: Path) -> str:
    s3 = emulator.client("s3")
    s3.create_bucket(Bucket=ARTEFACTS_BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})

    def upload(key: str, body: bytes) -> str:
        s3.put_object(Bucket=ARTEFACTS_BUCKET, Key=key, Body=body)
        return f"s3://{ARTEFACTS_BUCKET}/{key}"

    upload("template.json", package(template, upload).encode())
    return f"{emulator.url}/{ARTEFACTS_BUCKET}/template.json"


def _parameters(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]


def _stack(cloudformation: Any, emulator: Emulator) -> Stack:
    described = cloudformation.describe_stacks(StackName=STACK_NAME)["Stacks"][0]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}
    return Stack(
        api_url=to_emulator_url(outputs["ApiUrl"], emulator),
        uploads_bucket=outputs["UploadsBucket"],
        results_bucket=outputs["ResultsBucket"],
        photos_table=outputs["PhotosTable"],
        endpoint=outputs.get("EndpointName"),
        signing_key=outputs["SigningKey"],
        signing_certificates=outputs["SigningCertificates"],
        resources=_physical_ids(cloudformation),
    )


def _physical_ids(cloudformation: Any) -> dict[str, str]:
    resources = cloudformation.describe_stack_resources(StackName=STACK_NAME)["StackResources"]
    return {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in resources}


def _failure_reasons(cloudformation: Any) -> str:
    events = cloudformation.describe_stack_events(StackName=STACK_NAME)["StackEvents"]
    return "\n".join(
        f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
        for event in reversed(events)
        if event["ResourceStatus"].endswith("_FAILED")
    )


def _endpoint_status(emulator: Emulator, name: str) -> str:
    with urllib.request.urlopen(f"{emulator.sagemaker_url}/endpoints/{name}", timeout=5) as response:
        return str(json.load(response)["EndpointStatus"])
