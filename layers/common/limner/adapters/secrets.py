"""Secrets in AWS Secrets Manager."""

from typing import Any

from limner.adapters.sdk import sdk_errors


def read_secret(client: Any, secret_id: str) -> bytes:
    """`client` is a boto3 Secrets Manager client. Raises Unavailable, DependencyRefused."""
    with sdk_errors("reading a secret"):
        answer = client.get_secret_value(SecretId=secret_id)
    return str(answer["SecretString"]).encode()
