"""A process that ends in the middle of its calls to AWS."""

from typing import Any

import botocore.client
import pytest


class Interrupted(Exception):
    """With the operation after which it happened."""


def interrupt_after(monkeypatch: pytest.MonkeyPatch, calls: int) -> None:
    """The n-th call from now on is made, and its answer never arrives."""
    made: list[str] = []
    call = botocore.client.BaseClient._make_api_call

    def counted(client: Any, operation: str, arguments: Any) -> Any:
        answer = call(client, operation, arguments)
        made.append(operation)
        if len(made) == calls:
            raise Interrupted(operation)
        return answer

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", counted)
