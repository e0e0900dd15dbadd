"""The private names of ministack that local/ uses exist in the version that pyproject pins."""

import importlib.metadata
import inspect
import tomllib
from pathlib import Path

import pytest
from ministack.core import iam_evaluator, router
from ministack.services import sts

from local.aws.archives import archive_handlers
from local.aws.composite_alarms import composite_alarm_handlers
from local.aws.emulator_process import BATCH_INTEGRATION, register, run_jobs_of_state_machines
from local.batch.jobs import Jobs
from local.batch.resources import BatchResources
from local.sagemaker.resources import Account, SageMakerResources, ScalingResources
from local.sagemaker.shim import SageMaker

ROOT = Path(__file__).parents[4]


def test_the_installed_version_is_the_pinned_one():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert f"ministack=={importlib.metadata.version('ministack')}" in extras["local"]


@pytest.fixture
def account():
    return Account("eu-central-1", "000000000000", assume=lambda role: pytest.fail("no role is assumed here"))


def test_the_ten_resource_types_are_missing_and_can_be_registered(account, monkeypatch):
    from ministack.services.cloudformation import provisioners

    handlers = dict(provisioners._RESOURCE_HANDLERS)
    monkeypatch.setattr(provisioners, "_RESOURCE_HANDLERS", handlers)
    sagemaker = SageMakerResources(account, SageMaker(lambda *_: None), Path("s"), Path("a"), Path("l"))
    added = {
        **sagemaker.handlers(),
        **ScalingResources(account).handlers(),
        **archive_handlers(),
        **composite_alarm_handlers(),
        **BatchResources(account, Jobs(Path("s"), Path("a"), Path("l"))).handlers(),
    }
    assert len(added) == 10
    assert not set(added) & set(handlers), "ministack has one of them now: remove it from local/"
    register(added)
    assert set(added) <= set(handlers)
    operations = {"create", "delete"}
    assert all(operations <= set(handlers[kind]) for kind in added)
    assert operations <= set(handlers["AWS::Lambda::EventSourceMapping"])
    assert operations <= set(handlers["AWS::ApiGatewayV2::Api"])
    assert operations <= set(handlers["AWS::S3::Bucket"])
    assert operations <= set(handlers["AWS::Lambda::Function"])
    assert list(inspect.signature(handlers["AWS::SQS::Queue"]["create"]).parameters) == [
        "logical_id",
        "props",
        "stack_name",
    ]


def test_jobs_on_batch_are_missing_in_step_functions_and_can_be_added(monkeypatch):
    from ministack.services import stepfunctions

    monkeypatch.setattr(stepfunctions, "_SERVICE_DISPATCH", dict(stepfunctions._SERVICE_DISPATCH))
    assert BATCH_INTEGRATION not in stepfunctions._SERVICE_DISPATCH, "remove it from local/"
    run_jobs_of_state_machines(Jobs(Path("s"), Path("a"), Path("l")))
    error = stepfunctions._ExecutionError("States.TaskFailed", "a job has failed")
    assert (error.error, error.cause) == ("States.TaskFailed", "a job has failed")
    with pytest.raises(KeyError):
        stepfunctions._invoke_resource(f"{BATCH_INTEGRATION}.sync", {"JobDefinition": "unknown"})


def test_the_functions_for_roles_and_permissions_have_the_expected_parameters():
    assert list(inspect.signature(iam_evaluator.enforce).parameters)[:5] == [
        "access_key_id",
        "iam_action",
        "service",
        "region",
        "resource_arn",
    ]
    assert list(inspect.signature(sts.register_session).parameters) == ["access_key", "session"]
    assert callable(router.extract_access_key_id)


def test_physical_ids_follow_the_resource_reference(account):
    scaling = ScalingResources(account)
    target = {
        "ResourceId": "endpoint/e/variant/main",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
        "ServiceNamespace": "sagemaker",
    }
    physical_id, _ = scaling.create_target("T", target, "limner")
    assert physical_id == "endpoint/e/variant/main|sagemaker:variant:DesiredInstanceCount|sagemaker"
    policy, _ = scaling.create_policy("P", {"PolicyName": "wake"}, "limner")
    assert policy.startswith("arn:aws:autoscaling:eu-central-1:000000000000:scalingPolicy:")


def registered_create(monkeypatch, kind, created):
    """The registered `create` of a resource type, above one that notes the properties it gets."""
    from ministack.services.cloudformation import provisioners

    kinds = ("AWS::Lambda::EventSourceMapping", "AWS::ApiGatewayV2::Api", "AWS::CloudWatch::Alarm")
    handlers = {
        each: {"create": lambda logical_id, props, stack_name: created.append(props)} for each in kinds
    }
    monkeypatch.setattr(provisioners, "_RESOURCE_HANDLERS", handlers)
    register({})
    return handlers[kind]["create"]


def test_a_cors_configuration_has_the_names_that_the_api_is_asked_for(monkeypatch):
    created = []
    create = registered_create(monkeypatch, "AWS::ApiGatewayV2::Api", created)
    create("StorefrontApi", {"Name": "api", "CorsConfiguration": {"AllowOrigins": ["*"]}}, "limner")
    create("StorefrontApi", {"Name": "api"}, "limner")
    assert created == [{"Name": "api", "CorsConfiguration": {"allowOrigins": ["*"]}}, {"Name": "api"}]
    from ministack.services import apigateway

    headers = apigateway._cors_response_headers(created[0]["CorsConfiguration"], "https://shop.example")
    assert headers["Access-Control-Allow-Origin"] == "*"


def test_an_alarm_of_an_expression_watches_its_first_metric(monkeypatch):
    created = []
    create = registered_create(monkeypatch, "AWS::CloudWatch::Alarm", created)
    metrics = [
        {
            "Metric": {"Namespace": "Limner", "MetricName": name, "Dimensions": []},
            "Period": 300,
            "Stat": "Sum",
        }
        for name in ("Bad", "Good")
    ]
    expression = {"Id": "percent", "Expression": "bad / good"}
    create(
        "Alarm", {"Threshold": 1, "Metrics": [expression, *({"MetricStat": m} for m in metrics)]}, "limner"
    )
    create("Alarm", {"Threshold": 1, "MetricName": "Bad"}, "limner")
    watched = {
        "Namespace": "Limner",
        "MetricName": "Bad",
        "Dimensions": [],
        "Period": 300,
        "Statistic": "Sum",
    }
    assert created == [{"Threshold": 1, **watched}, {"Threshold": 1, "MetricName": "Bad"}]


def test_the_number_of_workers_of_an_event_source_mapping_is_a_number(monkeypatch):
    created = []
    create = registered_create(monkeypatch, "AWS::Lambda::EventSourceMapping", created)
    create("RouterReads", {"ScalingConfig": {"MaximumConcurrency": "10"}}, "limner")
    assert created == [{"ScalingConfig": {"MaximumConcurrency": 10}}]
