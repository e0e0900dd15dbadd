"""The metric of SQS that the sweeper reads and ministack lacks: the age of each queue's oldest message.

It is measured when statistics are asked for; AWS measures it once a minute.
"""

import time
from typing import Any

from ministack.services import cloudwatch, sqs

METRIC = "ApproximateAgeOfOldestMessage"


def install() -> None:
    """Make CloudWatch of this process know the ages of its queues."""
    answer = cloudwatch._get_metric_statistics

    def answer_with_ages(*arguments: Any, **named: Any) -> Any:
        record_ages(time.time())
        return answer(*arguments, **named)

    cloudwatch._get_metric_statistics = answer_with_ages


def record_ages(now: float) -> None:
    """Of the queues that hold messages, in seconds at `now` (Unix seconds)."""
    for queue in sqs._queues.values():
        if queue["messages"]:
            age = now - min(message["sent_at"] for message in queue["messages"])
            dimensions = {"QueueName": queue["name"]}
            cloudwatch.record_metric("AWS/SQS", METRIC, max(age, 0), "Seconds", dimensions)
