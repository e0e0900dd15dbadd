"""Sessions of the stack's roles, to try what the emulator allows them."""

import json
from typing import Any

import boto3
from botocore.exceptions import ClientError

from local.aws.emulator import REGION, Emulator
from local.aws.stack import ACCOUNT_ID, Stack

TRUST_OF_THE_TEST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"},
            "Action": ["sts:AssumeRole", "sts:TagSession"],
        }
    ],
}
DENIED_CODES = {"AccessDenied", "AccessDeniedException", "403"}


def role_arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT_ID}:role/{name}"


class Roles:
    """Roles trust services or other roles; here the account's root user takes them too, until `restore`."""

    def __init__(self, emulator: Emulator, stack: Stack) -> None:
        self._emulator = emulator
        self._stack = stack
        self._iam = emulator.client("iam")
        self._trusts: dict[str, Any] = {}

    def session(self, role: str, **tags: str) -> boto3.Session:
        """`role` is the logical id in the template."""
        name = self._stack.resources[role]
        self._trusts.setdefault(name, self._iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"])
        self._iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(TRUST_OF_THE_TEST))
        return self.assume(self._emulator.client("sts"), role, **tags)

    def assume(self, sts: Any, role: str, **tags: str) -> boto3.Session:
        """With the role's own trust, by whoever `sts` belongs to."""
        given = sts.assume_role(
            RoleArn=role_arn(self._stack.resources[role]),
            RoleSessionName="test",
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        )["Credentials"]
        return boto3.Session(
            given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], region_name=REGION
        )

    def restore(self) -> None:
        for name, trust in self._trusts.items():
            self._iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust))
        self._trusts.clear()


def is_denied(call: Any, **arguments: Any) -> bool:
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"] in DENIED_CODES
    return False
