"""What waits in the queues: their depth from SQS, and the age of the oldest message from CloudWatch."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True)
class AgeMetric:
    """A metric of CloudWatch that is an age; `dimension` is its name and its value."""

    namespace: str
    name: str
    dimension: tuple[str, str]
    unit: timedelta = timedelta(seconds=1)


def endpoint_age(name: str) -> AgeMetric:
    return AgeMetric("AWS/SageMaker", "ApproximateAgeOfOldestRequest", ("EndpointName", name))


def function_age(name: str) -> AgeMetric:
    """Of invocations that have begun, or were throttled: Lambda does not say how old the others are."""
    return AgeMetric("AWS/Lambda", "AsyncEventAge", ("FunctionName", name), timedelta(milliseconds=1))


class MeasuredBacklog:
    """`queue_urls` are those of all steps but STYLIZATION, whose age is that of `stylizer`."""

    def __init__(
        self,
        sqs: Any,
        cloudwatch: Any,
        *,
        queue_urls: Mapping[Step, str],
        stylizer: AgeMetric,
        now: Callable[[], datetime],
    ) -> None:
        self._sqs = sqs
        self._cloudwatch = cloudwatch
        self._queue_urls = queue_urls
        self._stylizer = stylizer
        self._now = now
        self._measured: dict[Step, tuple[datetime, datetime | None]] = {}

    def oldest(self, step: Step) -> datetime | None:
        """Kept for CACHE_TIME. Raises Unavailable or DependencyRefused where a queue does not answer."""
        if step not in self._measured or self._now() - self._measured[step][0] >= CACHE_TIME:
            oldest = self._of_stylizer() if step is Step.STYLIZATION else self._of_queue(step)
            self._measured[step] = (self._now(), oldest)
        return self._measured[step][1]

    def _of_queue(self, step: Step) -> datetime | None:
        """Where the age is not known, it is the greatest that a message can have."""
        url = self._queue_urls[step]
        with sdk_errors(f"measuring the queue of {step}"):
            depths = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(_DEPTHS))["Attributes"]
        if not any(int(depths.get(name, 0)) for name in _DEPTHS):
            return None
        queue = ("QueueName", url.rpartition("/")[2])
        age = self._age(AgeMetric("AWS/SQS", "ApproximateAgeOfOldestMessage", queue))
        return self._now() - (MESSAGE_RETENTION if age is None else age)

    def _of_stylizer(self) -> datetime | None:
        age = self._age(self._stylizer)
        return self._now() - age if age else None

    def _age(self, metric: AgeMetric) -> timedelta | None:
        """None where CloudWatch has no value, or does not answer: whoever waits must not suffer by it."""
        try:
            with sdk_errors(f"reading {metric.name}"):
                answer = self._cloudwatch.get_metric_statistics(
                    Namespace=metric.namespace,
                    MetricName=metric.name,
                    Dimensions=[dict(zip(("Name", "Value"), metric.dimension, strict=True))],
                    StartTime=self._now() - MEASURED_OVER,
                    EndTime=self._now() + timedelta(seconds=60),
                    Period=60,
                    Statistics=["Maximum"],
                )
        except LimnerError:
            logger.exception("the age of the oldest message is unknown")
            return None
        values = [point["Maximum"] for point in answer["Datapoints"]]
        return max(values) * metric.unit if values else None
