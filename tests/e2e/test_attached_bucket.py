"""A tenant's own bucket, attached with the templates and the command: its objects are styled where they are."""

import json
import time
from collections.abc import Callable

import boto3
import pytest
from typer.testing import CliRunner

from limner.adapters.dynamodb import DynamoDbPhotos
from limner.adapters.usage import DynamoDbUsage
from limner.errors import PhotoNotFound
from limner.keys import attached_photo_key
from limner.photos import FINAL_STATUSES, Photo, PhotoStatus
from limner_admin.__main__ import app
from local.aws.emulator import REGION, Emulator
from local.aws.stack import STACK_NAME, Stack
from tests import makers
from tests.template_reader import ROOT

BUCKET, PREFIX, KEY = "acorns-photos", "shop/", "shop/shoes/red 1.jpg"
ACCOUNT = "000000000000"
FRAGMENTS = ROOT / "examples/attached-bucket"
TIMEOUT_SECONDS = 120
ROLES = ("RouterRole", "ThumbnailerRole", "StylizerRole")


@pytest.fixture(scope="module")
def bucket(emulator: Emulator, stack: Stack):
    """With the templates deployed, as the how-to says for the same account."""
    s3 = emulator.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_notification_configuration(
        Bucket=BUCKET, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    described = emulator.client("cloudformation").describe_stacks(StackName=STACK_NAME)["Stacks"][0]
    outputs = {each["OutputKey"]: each["OutputValue"] for each in described["Outputs"]}
    common = {"Bucket": BUCKET, "Prefix": PREFIX} | {name: outputs[name] for name in ROLES}
    bus = {"AttachedUploads": outputs["AttachedUploads"], "LimnerAccount": ACCOUNT}
    _deploy(emulator, "limner.yaml", common)
    _deploy(emulator, "bucket.yaml", common | bus)
    return s3


@pytest.fixture
def admin(emulator: Emulator, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", emulator.url)

    def run(*arguments: str) -> str:
        ran = CliRunner().invoke(app, ["tenants", *arguments, "--stack", STACK_NAME], catch_exceptions=False)
        assert ran.exit_code == 0, ran.output
        return ran.stdout

    return run


def test_an_object_of_an_attached_bucket_is_styled_for_its_tenant(
    admin: Callable[..., str], bucket, emulator: Emulator, stack: Stack
):
    assert json.loads(admin("show", "main"))["changed_by"] == "parameters of the template"
    admin("create", "acorn", "--name", "Acorn Shoes", "--style", "oil")
    admin("rules", "add", "acorn", "--prefix", "shoes/", "--style", "grade-cool")
    admin("attach", "acorn", BUCKET, PREFIX)
    bucket.put_object(Bucket=BUCKET, Key=KEY, Body=makers.jpeg(320, 240))
    photo = _when_final(emulator, stack)
    assert photo.status == PhotoStatus.READY
    assert (photo.tenant, photo.filename, photo.source.bucket) == ("acorn", "red 1.jpg", BUCKET)
    assert [look.styles for look in photo.looks] == [{"grade-cool": 1.0}]
    keys = [rendition.key for picture in photo.results.pictures for rendition in picture.renditions]
    assert keys
    assert all(key.startswith(f"styled/acorn/{photo.photo_id}/") for key in keys)
    uploads = bucket.list_objects_v2(Bucket=stack.uploads_bucket, Prefix="uploads/acorn/")
    assert uploads["KeyCount"] == 0, "originals are not copied"
    assert bucket.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 1


def _deploy(emulator: Emulator, template: str, parameters: dict[str, str]) -> None:
    cloudformation = emulator.client("cloudformation")
    name = f"attached-{template.removesuffix('.yaml')}"
    cloudformation.create_stack(
        StackName=name,
        TemplateBody=(FRAGMENTS / template).read_text("utf-8"),
        Capabilities=["CAPABILITY_IAM"],
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
    )
    cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})


def _when_final(emulator: Emulator, stack: Stack) -> Photo:
    dynamodb = boto3.resource("dynamodb", region_name=REGION, endpoint_url=emulator.url)
    usage = DynamoDbUsage(dynamodb.Table(stack.resources["UsageTable"]))
    photos = DynamoDbPhotos(dynamodb.Table(stack.photos_table), usage)
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        try:
            photo = photos.get(attached_photo_key("acorn", BUCKET, KEY))
        except PhotoNotFound:
            photo = None
        if photo and photo.status in FINAL_STATUSES:
            return photo
        time.sleep(0.2)
    pytest.fail(f"{KEY} is not final after {TIMEOUT_SECONDS} seconds: {photo}")
