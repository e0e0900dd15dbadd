"""The private names of ministack that local/ uses exist in the version that pyproject pins."""

import importlib.metadata
import inspect
import tomllib
from pathlib import Path

import pytest
from ministack.core import iam_evaluator, router
from ministack.services import sts

from local.aws.archives import archive_handlers
from local.aws.emulator_process import register
from local.sagemaker.resources import Account, SageMakerResources, ScalingResources
from local.sagemaker.shim import SageMaker

ROOT = Path(__file__).parents[4]


def test_the_installed_version_is_the_pinned_one():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert f"ministack=={importlib.metadata.version('ministack')}" in extras["local"]


@pytest.fixture
def account():
    return Account("eu-central-1", "000000000000", assume=lambda role: pytest.fail("no role is assumed here"))


def test_the_six_resource_types_are_missing_and_can_be_registered(account, monkeypatch):
    from ministack.services.cloudformation import provisioners

    handlers = dict(provisioners._RESOURCE_HANDLERS)
    monkeypatch.setattr(provisioners, "_RESOURCE_HANDLERS", handlers)
    sagemaker = SageMakerResources(account, SageMaker(lambda *_: None), Path("s"), Path("a"), Path("l"))
    added = {**sagemaker.handlers(), **ScalingResources(account).handlers(), **archive_handlers()}
    assert len(added) == 6
    assert not set(added) & set(handlers), "ministack has one of them now: remove it from local/"
    register(added)
    assert set(added) <= set(handlers)
    operations = {"create", "delete"}
    assert all(operations <= set(handlers[kind]) for kind in added)
    assert operations <= set(handlers["AWS::Lambda::EventSourceMapping"])
    assert list(inspect.signature(handlers["AWS::SQS::Queue"]["create"]).parameters) == [
        "logical_id",
        "props",
        "stack_name",
    ]


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


def test_the_number_of_workers_of_an_event_source_mapping_is_a_number(monkeypatch):
    from ministack.services.cloudformation import provisioners

    created = []

    def create(logical_id, props, stack_name):
        created.append(props["ScalingConfig"])

    handlers = {"AWS::Lambda::EventSourceMapping": {"create": create}}
    monkeypatch.setattr(provisioners, "_RESOURCE_HANDLERS", handlers)
    register({})
    props = {"ScalingConfig": {"MaximumConcurrency": "10"}}
    handlers["AWS::Lambda::EventSourceMapping"]["create"]("RouterReads", props, "limner")
    assert created == [{"MaximumConcurrency": 10}]
