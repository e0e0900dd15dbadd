"""The event bus: Amazon EventBridge."""

from collections.abc import Sequence
from typing import Any

from limner.adapters.sdk import sdk_errors
from limner.errors import Unavailable
from limner.events import Event

EVENTBRIDGE_SOURCE = "limner"
"""`source` of the entries, for rules; that of the event itself names the stack."""
MAX_ENTRIES = 10
"""Of one PutEvents."""


class EventBridgeBus:
    """`client` is a boto3 EventBridge client, `name` the bus's."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    def publish(self, events: Sequence[Event]) -> None:
        for start in range(0, len(events), MAX_ENTRIES):
            self._put(events[start : start + MAX_ENTRIES])

    def _put(self, events: Sequence[Event]) -> None:
        entries = [
            {
                "Source": EVENTBRIDGE_SOURCE,
                "DetailType": event.type.value,
                "Detail": event.model_dump_json(),
                "EventBusName": self._name,
                "Time": event.time,
            }
            for event in events
        ]
        with sdk_errors("publishing events"):
            answer = self._client.put_events(Entries=entries)
        if answer["FailedEntryCount"]:
            codes = sorted({entry["ErrorCode"] for entry in answer["Entries"] if "ErrorCode" in entry})
            raise Unavailable(f"publishing {answer['FailedEntryCount']} events failed: {', '.join(codes)}")
