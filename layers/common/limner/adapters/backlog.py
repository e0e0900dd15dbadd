"""What waits in the queues: their depth from SQS, and the age of the oldest message from CloudWatch."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from limner.adapters.sdk import sdk_errors
from limner.errors import LimnerError
from limner.sweep.ports import MESSAGE_RETENTION, Step

logger = logging.getLogger(__name__)

CACHE_TIME = timedelta(minutes=1)
"""CloudWatch has a new value once a minute."""
MEASURED_OVER = timedelta(minutes=5)
"""The greatest age in this time counts, since the newest values may be missing."""
_DEPTHS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


class MeasuredBacklog:
    """`queue_urls` are those of all steps but STYLIZATION; `endpoint` is the endpoint's name."""

    def __init__(
        self,
        sqs: Any,
        cloudwatch: Any,
        *,
        queue_urls: Mapping[Step, str],
        endpoint: str,
        now: Callable[[], datetime],
    ) -> None:
        self._sqs = sqs
        self._cloudwatch = cloudwatch
        self._queue_urls = queue_urls
        self._endpoint = endpoint
        self._now = now
        self._measured: dict[Step, tuple[datetime, datetime | None]] = {}

    def oldest(self, step: Step) -> datetime | None:
        """Kept for CACHE_TIME. Raises Unavailable or DependencyRefused where a queue does not answer."""
        if step not in self._measured or self._now() - self._measured[step][0] >= CACHE_TIME:
            oldest = self._of_endpoint() if step is Step.STYLIZATION else self._of_queue(step)
            self._measured[step] = (self._now(), oldest)
        return self._measured[step][1]

    def _of_queue(self, step: Step) -> datetime | None:
        """Where the age is not known, it is the greatest that a message can have."""
        url = self._queue_urls[step]
        with sdk_errors(f"measuring the queue of {step}"):
            depths = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(_DEPTHS))["Attributes"]
        if not any(int(depths.get(name, 0)) for name in _DEPTHS):
            return None
        queue = {"Name": "QueueName", "Value": url.rpartition("/")[2]}
        age = self._age("AWS/SQS", "ApproximateAgeOfOldestMessage", queue)
        return self._now() - (MESSAGE_RETENTION if age is None else age)

    def _of_endpoint(self) -> datetime | None:
        endpoint = {"Name": "EndpointName", "Value": self._endpoint}
        age = self._age("AWS/SageMaker", "ApproximateAgeOfOldestRequest", endpoint)
        return self._now() - age if age else None

    def _age(self, namespace: str, metric: str, dimension: Mapping[str, str]) -> timedelta | None:
        """None where CloudWatch has no value, or does not answer: whoever waits must not suffer by it."""
        try:
            with sdk_errors(f"reading {metric}"):
                answer = self._cloudwatch.get_metric_statistics(
                    Namespace=namespace,
                    MetricName=metric,
                    Dimensions=[dimension],
                    StartTime=self._now() - MEASURED_OVER,
                    EndTime=self._now() + timedelta(seconds=60),
                    Period=60,
                    Statistics=["Maximum"],
                )
        except LimnerError:
            logger.exception("the age of the oldest message is unknown")
            return None
        values = [point["Maximum"] for point in answer["Datapoints"]]
        return timedelta(seconds=max(values)) if values else None
