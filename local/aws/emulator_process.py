"""The emulator's process: ministack with ten missing resource types, what its policies, its queues, its
buckets, its functions, its event source mappings and its HTTP APIs lack, and the SageMaker shim.

    python -m local.aws.emulator_process --sagemaker-port 5001 --script … --artefacts … --model-log …

All other settings are environment variables (see emulator.py). Some names used here are private to ministack;
its version is pinned, and tests/unit/local/aws/test_ministack_names.py fails when one of them is gone.
"""

import hashlib
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import boto3
import typer
from botocore.config import Config
from ministack import app
from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id
from ministack.core.router import extract_access_key_id
from ministack.services import sts

from local.aws import destinations, fair_queues, iam_conditions, queue_ages
from local.aws.archives import archive_handlers
from local.aws.composite_alarms import composite_alarm_handlers
from local.aws.emulator import ROOT_KEY, ROOT_SECRET, Image
from local.aws.image_functions import running_images
from local.aws.inventory import Inventories
from local.batch.jobs import Jobs, submit_and_wait
from local.batch.resources import BatchResources
from local.child import bind_to_parent
from local.sagemaker.http import serve_in_background
from local.sagemaker.resources import Account, Handler, RoleSession, SageMakerResources, ScalingResources
from local.sagemaker.shim import SageMaker

INVOKE_ACTION = "sagemaker:InvokeEndpointAsync"
EVENT_SOURCE_MAPPING = "AWS::Lambda::EventSourceMapping"
HTTP_API = "AWS::ApiGatewayV2::Api"
BUCKET = "AWS::S3::Bucket"
FUNCTION = "AWS::Lambda::Function"
ALARM = "AWS::CloudWatch::Alarm"
BATCH_INTEGRATION = "arn:aws:states:::batch:submitJob"


def main(
    sagemaker_port: Annotated[int, typer.Option(help="Loopback port of the SageMaker shim.")],
    script: Annotated[Path, typer.Option(help="Entry point that stands for the container image.")],
    artefacts: Annotated[Path, typer.Option(help="Folder that stands for the model data.")],
    model_log: Annotated[Path, typer.Option(help="Log file of the model server.")],
) -> None:
    """Run the emulator until its parent process ends."""
    bind_to_parent()
    account = Account(region=os.environ["MINISTACK_REGION"], id=get_account_id(), assume=assume_role)
    sagemaker = SageMaker(authorize=lambda headers, name: denial(account, headers, name))
    resources = SageMakerResources(account, sagemaker, script, artefacts, model_log)
    added = {**resources.handlers(), **ScalingResources(account).handlers()}
    jobs = Jobs(script, artefacts, model_log.parent / "bulk")
    register(
        {
            **added,
            **archive_handlers(),
            **composite_alarm_handlers(),
            **BatchResources(account, jobs).handlers(),
        }
    )
    run_jobs_of_state_machines(jobs)
    make_inventories(Inventories(lambda: _root_client("s3")))
    run_images_of_functions(Image(script, artefacts))
    iam_conditions.install()
    fair_queues.install()
    queue_ages.install()
    destinations.install(_send)
    serve_in_background(sagemaker, sagemaker_port)
    del sys.argv[1:]  # ministack parses its own arguments from it
    app.main()


def _root_client(service: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=os.environ["AWS_ENDPOINT_URL"],
        region_name=os.environ["MINISTACK_REGION"],
        aws_access_key_id=ROOT_KEY,
        aws_secret_access_key=ROOT_SECRET,
    )


def _send(queue_arn: str, body: str) -> None:
    sqs = _root_client("sqs")
    queue_url = sqs.get_queue_url(QueueName=queue_arn.rpartition(":")[2])["QueueUrl"]
    sqs.send_message(QueueUrl=queue_url, MessageBody=body)


def register(handlers: Mapping[str, Handler]) -> None:
    # Imported here: the module imports every service, and is needed only before the first stack.
    from ministack.services.cloudformation import provisioners  # noqa: PLC0415

    registered = provisioners._RESOURCE_HANDLERS
    registered.update(handlers)
    for kind, corrected in {
        EVENT_SOURCE_MAPPING: _with_a_number_of_workers,
        HTTP_API: _with_cors_as_it_is_read,
        ALARM: _without_metric_math,
    }.items():
        create = _with_properties(corrected, registered[kind]["create"])
        registered[kind] = {**registered[kind], "create": create}


def run_jobs_of_state_machines(jobs: Jobs) -> None:
    # Imported here, as ministack does: services are loaded when they are first called.
    from ministack.services import stepfunctions  # noqa: PLC0415

    integration = submit_and_wait(jobs, stepfunctions._ExecutionError)
    stepfunctions._SERVICE_DISPATCH[BATCH_INTEGRATION] = integration


def make_inventories(inventories: Inventories) -> None:
    """Of the buckets that are created from now on."""
    from ministack.services.cloudformation import provisioners  # noqa: PLC0415

    handlers = provisioners._RESOURCE_HANDLERS
    create_bucket = inventories.noting(handlers[BUCKET]["create"])
    handlers[BUCKET] = {**handlers[BUCKET], "create": create_bucket}
    inventories.make_in_background()


def run_images_of_functions(image: Image) -> None:
    """Of those that are created from now on."""
    from ministack.services.cloudformation import provisioners  # noqa: PLC0415

    handlers = provisioners._RESOURCE_HANDLERS
    create_function = running_images(image, handlers[FUNCTION]["create"])
    handlers[FUNCTION] = {**handlers[FUNCTION], "create": create_function}


Properties = Mapping[str, Any]


def _with_properties(
    corrected: Callable[[Properties], Properties], create: Callable[..., Any]
) -> Callable[..., Any]:
    def create_corrected(logical_id: str, props: Properties, stack_name: str) -> Any:
        return create(logical_id, dict(corrected(props)), stack_name)

    return create_corrected


def _with_a_number_of_workers(props: Properties) -> Properties:
    """A parameter's value is text. CloudFormation makes a number of it; ministack's poller fails on text."""
    scaling = {name: int(value) for name, value in props.get("ScalingConfig", {}).items()}
    return {**props, "ScalingConfig": scaling} if scaling else props


def _with_cors_as_it_is_read(props: Properties) -> Properties:
    """A template says `AllowOrigins`, the API's own requests `allowOrigins`. ministack stores the one and
    reads the other, and so refuses every other origin (docs/decisions/0186)."""
    cors = props.get("CorsConfiguration")
    if not cors:
        return props
    return {**props, "CorsConfiguration": {name[0].lower() + name[1:]: value for name, value in cors.items()}}


def _without_metric_math(props: Properties) -> Properties:
    """ministack has alarms of one metric alone. One of an expression watches its first metric, without the
    others: no alarm of a local run tells anybody anything."""
    metrics = [each["MetricStat"] for each in props.get("Metrics", ()) if "MetricStat" in each]
    if not metrics:
        return props
    watched = {**metrics[0]["Metric"], "Period": metrics[0]["Period"], "Statistic": metrics[0]["Stat"]}
    return {**{name: value for name, value in props.items() if name != "Metrics"}, **watched}


def denial(account: Account, headers: Mapping[str, str], endpoint: str) -> str | None:
    """AWS's message when the caller's policies do not allow invoking this endpoint, else None."""
    resource = account.arn("sagemaker", f"endpoint/{endpoint.lower()}")
    caller = extract_access_key_id(dict(headers))
    if not caller:  # the evaluator would treat an unsigned request as the root user's
        return "Missing Authentication Token"
    refusal = iam_evaluator.enforce(caller, INVOKE_ACTION, "sagemaker", account.region, resource)
    if refusal is None:
        return None
    user = getattr(refusal, "principal_arn", "") or "the caller"
    return f"User: {user} is not authorized to perform: {INVOKE_ACTION} on resource: {resource}"


def assume_role(role_arn: str) -> RoleSession:
    """A session of the role, as the service would get by sts:AssumeRole; it never expires."""
    role = role_arn.rpartition("/")[2]
    digest = hashlib.sha256(role_arn.encode()).hexdigest()
    key, secret, token = f"ASIA{digest[:16].upper()}", digest, digest[::-1]
    sts.register_session(
        key,
        {
            "Arn": f"arn:aws:sts::{get_account_id()}:assumed-role/{role}/SageMaker",
            "UserId": f"{role}:SageMaker",
            "SecretAccessKey": secret,
            "SessionToken": token,
        },
    )
    return _session({"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token})


def _session(credentials: Mapping[str, str]) -> RoleSession:
    region, endpoint = os.environ["MINISTACK_REGION"], os.environ["AWS_ENDPOINT_URL"]
    session: Any = boto3.Session(
        aws_access_key_id=credentials["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=credentials["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=credentials["AWS_SESSION_TOKEN"],
        region_name=region,
    )

    def client(service: str) -> Any:
        return session.client(service, endpoint_url=endpoint, config=Config(retries={"max_attempts": 2}))

    environment = {**os.environ, **credentials, "AWS_REGION": region, "AWS_DEFAULT_REGION": region}
    return RoleSession(environment, s3=client("s3"), sns=client("sns"))


if __name__ == "__main__":
    typer.run(main)
