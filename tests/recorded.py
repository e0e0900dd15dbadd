"""Loads the recorded events in events/, which `sam local invoke -e` reads too."""

import json
from pathlib import Path
from typing import Any

EVENTS = Path(__file__).parent.parent / "events"


def event(name: str) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return payload


def bodies(name: str) -> list[str]:
    """The message bodies of a recorded SQS event."""
    return [record["body"] for record in event(name)["Records"]]
