"""Executions of the state machine of restyles."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from limner.adapters.sdk import sdk_errors
from limner.restyles.restyle import RestyleKey


class RestyleExecutions:
    """`client` is a boto3 client of Step Functions. An execution's name begins with the restyle's id."""

    def __init__(self, client: Any, *, state_machine: str, now: Callable[[], datetime]) -> None:
        self._client = client
        self._state_machine = state_machine
        self._now = now

    def start(self, key: RestyleKey) -> str:
        name = f"{key.restyle_id}-{self._now():%Y%m%dT%H%M%S}"
        given = {"chunks": key.chunks_prefix, "results": f"{key.prefix}executions"}
        with sdk_errors("starting an execution"):
            self._client.start_execution(
                stateMachineArn=self._state_machine, name=name, input=json.dumps(given)
            )
        return name

    def is_running(self, key: RestyleKey) -> bool:
        pages = self._client.get_paginator("list_executions").paginate(
            stateMachineArn=self._state_machine, statusFilter="RUNNING"
        )
        with sdk_errors("listing executions"):
            return any(
                execution["name"].startswith(key.restyle_id)
                for page in pages
                for execution in page["executions"]
            )
