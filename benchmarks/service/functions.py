"""Functions as they are deployed, loaded into this process."""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local.aws.running import ROOT

Event = dict[str, Any]
Handler = Callable[[Event, Any], dict[str, Any]]


@dataclass(frozen=True)
class Context:
    """What powertools and Mangum read of Lambda's context."""

    function_name: str
    memory_limit_in_mb: int = 1024
    invoked_function_arn: str = "arn:aws:lambda:eu-central-1:123456789012:function:benchmark"
    aws_request_id: str = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"


def load_function(folder: str) -> Handler:
    """The handler of `functions/<folder>/app.py`, which reads its environment on import."""
    path = ROOT / "functions" / folder / "app.py"
    spec = importlib.util.spec_from_file_location(f"{folder}_app", path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    handler: Handler = module.handler
    return handler
