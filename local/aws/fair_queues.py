"""What ministack's standard queues lack: fair queues.

SQS delivers the messages of a message group that has many messages in flight after those of others, and
treats a message without a group as one of its own (SQS developer guide, "Amazon SQS fair queues"). Here the
groups with the fewest messages in flight are first, and of those the oldest message.
"""

import time
from collections import Counter
from typing import Any

from ministack.services import sqs


def install() -> None:
    """Make the queues of this process fair."""
    collect = sqs._collect_msgs

    def collect_fairly(queue: dict[str, Any], limit: int, visibility_seconds: int) -> list[dict[str, Any]]:
        if not queue["is_fifo"]:
            queue["messages"] = in_fair_order(queue["messages"], time.time())
        messages: list[dict[str, Any]] = collect(queue, limit, visibility_seconds)
        return messages

    sqs._collect_msgs = collect_fairly


def in_fair_order(messages: list[dict[str, Any]], now: float) -> list[dict[str, Any]]:
    """Messages that are as old as their order, sorted for delivery at `now`, in Unix seconds."""
    in_flight = Counter(
        message.get("group_id")
        for message in messages
        if message.get("group_id") and message["visible_at"] > now and message.get("receive_count")
    )
    return sorted(messages, key=lambda message: (in_flight[message.get("group_id")], message["sent_at"]))
