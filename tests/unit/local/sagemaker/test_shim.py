"""The SageMaker shim against AWS's documented shapes: responses, objects, notifications, errors."""

import io
import json
import threading
import time
from datetime import datetime

import botocore.session
import pytest

from limner.contracts import parse_endpoint_notification
from local.sagemaker.http import location_headers
from local.sagemaker.shim import (
    CREATING,
    FAILED,
    IN_SERVICE,
    AsyncConfig,
    AsyncEndpoint,
    ModelError,
    RequestRefused,
    SageMaker,
)

OUTPUT_CONFIG = {
    "OutputConfig": {
        "S3OutputPath": "s3://results/endpoint/output/",
        "S3FailurePath": "s3://results/endpoint/failure",
        "NotificationConfig": {"SuccessTopic": "arn:done", "ErrorTopic": "arn:failed"},
    }
}
REQUEST = {
    "x-amzn-sagemaker-inputlocation": "s3://results/tickets/job-1.json",
    "x-amzn-sagemaker-inference-id": "job-1",
    "x-amzn-sagemaker-content-type": "application/json",
    "x-amzn-sagemaker-invocationtimeoutseconds": "42",
}


class InMemoryAws:
    """The clients of S3 and SNS."""

    def __init__(self):
        self.objects = {("results", "tickets/job-1.json"): b'{"ticket_version": 1}'}
        self.published = []

    def get_object(self, *, Bucket, Key):  # noqa: N803
        return {"Body": io.BytesIO(self.objects[Bucket, Key])}

    def put_object(self, *, Bucket, Key, Body, ContentType):  # noqa: N803
        self.objects[Bucket, Key] = Body

    def publish(self, *, TopicArn, Message):  # noqa: N803
        self.published.append((TopicArn, json.loads(Message)))


class InMemoryContainer:
    def __init__(self, error=None, state=IN_SERVICE):
        self.error, self.current, self.invocations = error, state, []

    def start(self):
        self.current = IN_SERVICE

    def state(self):
        return self.current

    def invoke(self, body, *, content_type, timeout):
        self.invocations.append((body, content_type, timeout))
        if self.error:
            raise ModelError(self.error)
        return b'{"report_version": 1}', "application/json"


@pytest.fixture
def aws():
    return InMemoryAws()


class MeetingContainer(InMemoryContainer):
    """Answers once as many invocations are in progress as are to meet."""

    def __init__(self, count):
        super().__init__()
        self.meeting = threading.Barrier(count, timeout=5)

    def invoke(self, body, *, content_type, timeout):
        self.meeting.wait()
        return super().invoke(body, content_type=content_type, timeout=timeout)


def endpoint(aws, container, at_once=1):
    config = AsyncConfig.of(
        OUTPUT_CONFIG | {"ClientConfig": {"MaxConcurrentInvocationsPerInstance": at_once}}
    )
    return AsyncEndpoint("stylizer", "eu-central-1", config, container, s3=aws, sns=aws)


def allow(headers, name):
    return None


def test_the_container_gets_the_input_and_its_response_is_stored_at_the_output_location(aws):
    container = InMemoryContainer()
    invocation = endpoint(aws, container).accept(REQUEST)
    endpoint(aws, container).process(invocation)
    assert container.invocations == [(b'{"ticket_version": 1}', "application/json", 42.0)]
    assert _stored(aws, invocation.output_location) == b'{"report_version": 1}'


def test_output_and_failure_locations_use_the_configured_paths_and_not_the_inference_id(aws):
    invocation = endpoint(aws, InMemoryContainer()).accept(REQUEST)
    assert invocation.output_location.startswith("s3://results/endpoint/output/")
    assert invocation.failure_location.startswith("s3://results/endpoint/failure/")
    assert "job-1" not in invocation.output_location + invocation.failure_location


def test_success_notification_has_the_documented_shape(aws):
    invocation = endpoint(aws, InMemoryContainer()).accept(REQUEST)
    endpoint(aws, InMemoryContainer()).process(invocation)
    [(topic, notification)] = aws.published
    assert topic == "arn:done"
    assert datetime.fromisoformat(notification.pop("eventTime")) >= datetime.fromisoformat(
        notification.pop("receivedTime")
    )
    assert notification == {
        "awsRegion": "eu-central-1",
        "invocationStatus": "Completed",
        "requestParameters": {
            "contentType": "application/json",
            "endpointName": "stylizer",
            "inputLocation": "s3://results/tickets/job-1.json",
        },
        "responseParameters": {
            "contentType": "application/json",
            "outputLocation": invocation.output_location,
        },
        "inferenceId": "job-1",
        "eventVersion": "1.0",
        "eventSource": "aws:sagemaker",
        "eventName": "InferenceResult",
    }


def test_failure_notification_has_the_reason_and_no_failure_location(aws):
    broken = InMemoryContainer(error="ClientError: Received server error (500) from model.")
    invocation = endpoint(aws, broken).accept(REQUEST)
    endpoint(aws, broken).process(invocation)
    [(topic, notification)] = aws.published
    assert (topic, notification["invocationStatus"]) == ("arn:failed", "Failed")
    assert "(500)" in notification["failureReason"]
    assert "responseParameters" not in notification
    assert invocation.failure_location not in json.dumps(notification)
    assert b"(500)" in _stored(aws, invocation.failure_location)


def test_the_recorder_parses_both_notifications(aws):
    for container in (InMemoryContainer(), InMemoryContainer(error="ClientError: no")):
        stylizer = endpoint(aws, container)
        stylizer.process(stylizer.accept(REQUEST))
    statuses = [
        parse_endpoint_notification(json.dumps(notification)).status for _, notification in aws.published
    ]
    assert statuses == ["Completed", "Failed"]


def test_a_missing_input_is_a_failure(aws):
    aws.objects.clear()
    stylizer = endpoint(aws, InMemoryContainer())
    stylizer.process(stylizer.accept(REQUEST))
    assert "cannot read s3://results/tickets/job-1.json" in aws.published[0][1]["failureReason"]


def test_a_request_past_its_time_to_live_is_not_passed_to_the_container(aws):
    container = InMemoryContainer()
    stylizer = endpoint(aws, container)
    invocation = stylizer.accept(REQUEST | {"x-amzn-sagemaker-requestttlseconds": "0"})
    time.sleep(0.01)
    stylizer.process(invocation)
    assert container.invocations == []
    assert "time to live" in aws.published[0][1]["failureReason"]


def test_an_unknown_endpoint_is_a_validation_error():
    with pytest.raises(RequestRefused) as refusal:
        SageMaker(allow).invoke_async("unknown", REQUEST)
    assert (refusal.value.status, refusal.value.code) == (400, "ValidationError")


def test_a_request_without_input_is_a_validation_error(aws):
    with pytest.raises(RequestRefused, match="InputLocation"):
        endpoint(aws, InMemoryContainer()).accept({})


def test_a_caller_without_permission_is_denied():
    with pytest.raises(RequestRefused) as refusal:
        SageMaker(lambda headers, name: f"not allowed on {name}").invoke_async("stylizer", REQUEST)
    assert (refusal.value.status, refusal.value.code) == (403, "AccessDeniedException")


def test_requests_wait_in_order_until_the_container_is_in_service(aws):
    container = InMemoryContainer(state=CREATING)
    sagemaker = SageMaker(allow)
    sagemaker.add(endpoint(aws, container))
    for job in ("job-1", "job-2"):
        sagemaker.invoke_async("stylizer", REQUEST | {"x-amzn-sagemaker-inference-id": job})
    assert (sagemaker.status("stylizer"), container.invocations) == (CREATING, [])
    container.current = IN_SERVICE
    _wait_for(lambda: len(aws.published) == 2)
    assert [notification["inferenceId"] for _, notification in aws.published] == ["job-1", "job-2"]
    sagemaker.remove("STYLIZER")
    assert sagemaker.endpoints == {}


def test_the_container_gets_as_many_invocations_at_once_as_are_configured(aws):
    sagemaker = SageMaker(allow)
    sagemaker.add(endpoint(aws, MeetingContainer(3), at_once=3))
    for _ in range(3):
        sagemaker.invoke_async("stylizer", REQUEST)
    _wait_for(lambda: len(aws.published) == 3)
    assert {notification["invocationStatus"] for _, notification in aws.published} == {"Completed"}
    sagemaker.remove("stylizer")


def test_a_container_that_has_ended_is_started_again(aws):
    sagemaker = SageMaker(allow)
    sagemaker.add(endpoint(aws, InMemoryContainer(state=FAILED)))
    sagemaker.invoke_async("stylizer", REQUEST)
    _wait_for(lambda: aws.published)
    assert aws.published[0][1]["invocationStatus"] == "Completed"
    sagemaker.remove("stylizer")


def test_header_names_follow_the_service_model(aws):
    operation = (
        botocore.session.get_session()
        .get_service_model("sagemaker-runtime")
        .operation_model("InvokeEndpointAsync")
    )
    request_headers = {
        m.serialization["name"].lower()
        for m in operation.input_shape.members.values()
        if m.serialization.get("name")
    }
    assert set(REQUEST) <= request_headers
    response_headers = {m.serialization.get("name") for m in operation.output_shape.members.values()}
    assert set(location_headers(endpoint(aws, InMemoryContainer()).accept(REQUEST))) <= response_headers


def _stored(aws, location):
    bucket, _, key = location.removeprefix("s3://").partition("/")
    return aws.objects[bucket, key]


def _wait_for(condition):
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
