"""The age of the oldest message, from SQS and CloudWatch (moto)."""

from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError

from limner.adapters.backlog import CACHE_TIME, MeasuredBacklog, endpoint_age, function_age
from limner.sweep.ports import MESSAGE_RETENTION, Step
from tests.fakes import Clock
from tests.integration.conftest import NAMES


@pytest.fixture
def clock():
    clock = Clock()
    clock.time = datetime.now(UTC).replace(microsecond=0)
    return clock


@pytest.fixture
def backlog(router_queues, clock):
    return MeasuredBacklog(
        router_queues,
        boto3.client("cloudwatch"),
        queue_urls={Step.ROUTING: NAMES["RouterQueue"], Step.VARIANTS: NAMES["ThumbQueue"]},
        stylizer=endpoint_age("limner-stylizer"),
        now=clock,
    )


def publish(clock, seconds, *, namespace="AWS/SQS", name="ApproximateAgeOfOldestMessage", **dimension):
    ((key, value),) = dimension.items()
    metric = {"MetricName": name, "Dimensions": [{"Name": key, "Value": value}], "Value": seconds}
    metric["Timestamp"] = clock() - timedelta(minutes=1)
    boto3.client("cloudwatch").put_metric_data(Namespace=namespace, MetricData=[metric])


def test_nothing_waits_in_an_empty_queue_whatever_was_measured(backlog, clock):
    publish(clock, 5_000, QueueName="limner-router")
    assert backlog.oldest(Step.ROUTING) is None


def test_the_age_of_the_oldest_message_is_what_was_measured_for_this_queue(backlog, clock, router_queues):
    router_queues.send_message(QueueUrl=NAMES["ThumbQueue"], MessageBody="x")
    publish(clock, 5_000, QueueName="limner-thumb")
    publish(clock, 9_000, QueueName="limner-router")
    assert backlog.oldest(Step.VARIANTS) == clock() - timedelta(seconds=5_000)


def test_a_message_in_flight_waits_too(backlog, clock, router_queues):
    router_queues.send_message(QueueUrl=NAMES["ThumbQueue"], MessageBody="x")
    router_queues.receive_message(QueueUrl=NAMES["ThumbQueue"], VisibilityTimeout=600)
    assert backlog.oldest(Step.VARIANTS) is not None


def test_a_queue_whose_age_is_not_known_may_hold_the_oldest_message_that_sqs_keeps(
    backlog, clock, router_queues, monkeypatch
):
    router_queues.send_message(QueueUrl=NAMES["ThumbQueue"], MessageBody="x")
    assert backlog.oldest(Step.VARIANTS) == clock() - MESSAGE_RETENTION
    clock.advance(seconds=CACHE_TIME.total_seconds())

    def unreachable(**_):
        raise EndpointConnectionError(endpoint_url="https://monitoring.eu-central-1.amazonaws.com")

    monkeypatch.setattr(backlog._cloudwatch, "get_metric_statistics", unreachable)
    assert backlog.oldest(Step.VARIANTS) == clock() - MESSAGE_RETENTION


def test_a_queue_is_measured_once_a_minute(backlog, clock, router_queues):
    assert backlog.oldest(Step.ROUTING) is None
    router_queues.send_message(QueueUrl=NAMES["RouterQueue"], MessageBody="x")
    assert backlog.oldest(Step.ROUTING) is None
    clock.advance(seconds=CACHE_TIME.total_seconds())
    assert backlog.oldest(Step.ROUTING) is not None


def test_the_endpoints_oldest_request_is_unknown_or_what_was_measured(backlog, clock):
    assert backlog.oldest(Step.STYLIZATION) is None
    clock.advance(seconds=CACHE_TIME.total_seconds())
    name = "ApproximateAgeOfOldestRequest"
    publish(clock, 700, namespace="AWS/SageMaker", name=name, EndpointName="limner-stylizer")
    assert backlog.oldest(Step.STYLIZATION) == clock() - timedelta(seconds=700)


def test_the_functions_oldest_invocation_is_measured_in_milliseconds(router_queues, clock):
    backlog = MeasuredBacklog(
        router_queues,
        boto3.client("cloudwatch"),
        queue_urls={},
        stylizer=function_age("limner-stylizer"),
        now=clock,
    )
    publish(clock, 700_000, namespace="AWS/Lambda", name="AsyncEventAge", FunctionName="limner-stylizer")
    assert backlog.oldest(Step.STYLIZATION) == clock() - timedelta(seconds=700)
