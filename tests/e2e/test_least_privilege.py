"""With IAM enforced: what each function's role may do to a seller's photo, and what it may not."""

import boto3
import pytest
from botocore.exceptions import ClientError

from local.aws.emulator import REGION, Emulator
from local.aws.stack import Stack

ROLES = (
    "RouterFunctionRole",
    "ThumbnailerFunctionRole",
    "RecorderFunctionRole",
    "SweeperFunctionRole",
    "StorefrontFunctionRole",
    "StylizerRole",
)
READERS = {"RouterFunctionRole", "ThumbnailerFunctionRole", "SweeperFunctionRole", "StylizerRole"}
KEY = "uploads/" + "d" * 32
DENIED = "AccessDenied"


@pytest.fixture
def s3_as(emulator: Emulator, stack: Stack):
    def assume(role: str):
        session = emulator.client("sts").assume_role(
            RoleArn=f"arn:aws:iam::000000000000:role/{stack.resources[role]}", RoleSessionName="test"
        )["Credentials"]
        return boto3.client(
            "s3",
            region_name=REGION,
            endpoint_url=emulator.url,
            aws_access_key_id=session["AccessKeyId"],
            aws_secret_access_key=session["SecretAccessKey"],
            aws_session_token=session["SessionToken"],
        )

    return assume


def refused(call, **arguments) -> bool:
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"] in {DENIED, "403"}
    return False


@pytest.fixture
def original(emulator: Emulator, stack: Stack):
    """An object outside `uploads/`, so that no rule fires; denied there means denied by the role's prefix too."""
    s3 = emulator.client("s3")
    s3.put_object(Bucket=stack.uploads_bucket, Key="kept/original", Body=b"the seller's")
    yield "kept/original"
    s3.delete_object(Bucket=stack.uploads_bucket, Key="kept/original")


@pytest.mark.parametrize("role", ROLES)
def test_no_role_deletes_or_overwrites_originals(s3_as, stack, original, role):
    s3 = s3_as(role)
    assert refused(s3.delete_object, Bucket=stack.uploads_bucket, Key=original)
    assert refused(s3.delete_object, Bucket=stack.uploads_bucket, Key=KEY)
    assert refused(s3.put_object, Bucket=stack.uploads_bucket, Key=original, Body=b"ours")
    if role != "StorefrontFunctionRole":  # it signs the forms that sellers upload with
        assert refused(s3.put_object, Bucket=stack.uploads_bucket, Key=KEY, Body=b"ours")


@pytest.mark.parametrize("role", ROLES)
def test_only_those_who_need_originals_may_read_them(s3_as, stack, role):
    read_denied = refused(s3_as(role).get_object, Bucket=stack.uploads_bucket, Key=KEY)
    assert read_denied == (role not in READERS)


@pytest.mark.parametrize("role", ROLES)
def test_no_role_deletes_results_or_writes_where_another_does(s3_as, stack, role):
    s3 = s3_as(role)
    own = {
        "RouterFunctionRole": "tickets/",
        "ThumbnailerFunctionRole": "variants/",
        "StylizerRole": "styled/",
        "SweeperFunctionRole": "sweeper/",
    }.get(role)
    for prefix in ("tickets/", "variants/", "styled/", "sweeper/"):
        place = {"Bucket": stack.results_bucket, "Key": f"{prefix}x"}
        assert refused(s3.delete_object, **place)
        assert refused(s3.put_object, Body=b"x", **place) == (prefix != own)
