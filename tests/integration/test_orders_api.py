"""Orders for a photo that is there, by the storefront's API on moto: the queue's messages are handed to the
router, and a stand-in for the stylizer stores reports."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from fastapi.testclient import TestClient

from limner.bootstrap import pipeline
from limner.contracts import EndpointNotification, StylizeReport, StylizeTicket, parse_upload_event
from limner.keys import attempt_prefix, photo_key_for, report_key, ticket_key, upload_key
from limner.photos import Failure, Retried
from limner.ports import Submission
from limner.quotas import Quotas
from limner.use_cases.outcomes import Outcome
from limner.use_cases.record_result import RecordResult
from limner.use_cases.route_upload import RouteUpload
from photo_files.intake import Limits
from tests import makers
from tests.callers import KEY_ID, Gateway, caller
from tests.fakes import InMemoryPictureHashes, InMemoryUploadEvents
from tests.function_modules import load
from tests.integration.conftest import NAMES

PATH = f"/v1/photos/{makers.PHOTO_ID}"
JPEG = makers.jpeg()
OIL = {"styles": {"oil": 1.0}, "strength": 0.8}
CARTOON, MOSAIC = {"styles": {"cartoon": 1.0}}, {"styles": {"mosaic": 1.0}}
QUEUES = {name: f"https://sqs.eu-central-1.amazonaws.com/123456789012/{name}" for name in ("router", "thumb")}


class Stylizer:
    """Accepts jobs; `finish` stores their reports, with a picture for each look of the ticket."""

    def __init__(self, s3) -> None:
        self._s3 = s3
        self.jobs: list[str] = []

    def submit(self, job_id, ticket_location):
        self.jobs.append(job_id)
        return Submission(f"s3://{NAMES['ResultsBucket']}/endpoint/output/{len(self.jobs)}", None)

    def ticket(self, job_id) -> StylizeTicket:
        body = self._s3.get_object(Bucket=NAMES["ResultsBucket"], Key=ticket_key(job_id))["Body"].read()
        return StylizeTicket.model_validate_json(body)

    def finish(self, job_id) -> None:
        pictures = []
        for look in self.ticket(job_id).looks:
            key = f"{attempt_prefix(job_id, '1')}{look.slug}/full.jpg"
            self._s3.put_object(Bucket=NAMES["ResultsBucket"], Key=key, Body=key.encode())
            rendition = makers.rendition(key=key, bytes=len(key))
            pictures.append(makers.full_picture(look=look, renditions=(rendition,), exhibits={}))
        report = StylizeReport(job_id=job_id, model="m@1", pictures=tuple(pictures), timings={"total": 1})
        body = report.model_dump_json().encode()
        self._s3.put_object(Bucket=NAMES["ResultsBucket"], Key=report_key(job_id), Body=body)


class World:
    def __init__(self, api, buckets) -> None:
        self.api, self.sqs, self.s3 = api, boto3.client("sqs"), buckets
        self.photos = pipeline.photos(NAMES["PhotosTable"])
        self.stylizer = Stylizer(buckets)
        shared = {"photos": self.photos, "objects": pipeline.objects(), "now": lambda: datetime.now(UTC)}
        shared["results_bucket"] = NAMES["ResultsBucket"]
        self.route = RouteUpload(
            **shared,
            endpoint=self.stylizer,
            new_photo=self._new_photo,
            limits=Limits(),
            model="m@1",
            lease=timedelta(seconds=60),
            events=InMemoryUploadEvents(),
            deadline=timedelta(minutes=30),
            quotas_of=lambda tenant: Quotas(),
            estimate=lambda tenant, size: 1_000,
        )
        self.record = RecordResult(
            **shared, hashes=InMemoryPictureHashes(), **makers.attempts(InMemoryUploadEvents())
        )

    def _new_photo(self, source):
        return makers.photo(source=source, due_at=int(datetime.now(UTC).timestamp()) + 1800)

    def upload(self, looks=(makers.OIL,)):
        put = self.s3.put_object(Bucket=NAMES["UploadsBucket"], Key=upload_key(makers.KEY), Body=JPEG)
        source = makers.source(bucket=NAMES["UploadsBucket"], bytes=len(JPEG), version_id=put["VersionId"])
        self.photos.record_upload(self._new_photo(source).model_copy(update={"looks": looks}))
        return source

    def messages(self, queue):
        """Taken from the queue."""
        received = self.sqs.receive_message(QueueUrl=QUEUES[queue], MaxNumberOfMessages=10).get(
            "Messages", []
        )
        for message in received:
            self.sqs.delete_message(QueueUrl=QUEUES[queue], ReceiptHandle=message["ReceiptHandle"])
        return [message["Body"] for message in received]

    def work(self):
        """Route what the queue has, and record the jobs' results."""
        for body in self.messages("router"):
            for source in parse_upload_event(body):
                self.route(source)
        for job_id in self.stylizer.jobs:
            self.stylizer.finish(job_id)
            self.notify(job_id)

    def notify(self, job_id):
        return self.record(EndpointNotification(job_id=job_id, status="Completed"))

    def ready(self):
        """One look made of an upload."""
        assert self.route(self.upload()) == Outcome.SUBMITTED
        self.work()
        self.photos.record_variants(makers.KEY, makers.variants())
        assert self.photo()["status"] == "READY"

    def photo(self):
        return self.api.get(PATH).json()

    def order(self, *looks):
        return self.api.post(f"{PATH}/looks", json={"looks": list(looks)})

    def names(self):
        return [each["name"] for each in self.photo()["results"]]


@pytest.fixture
def api(storefront_aws, function_environment, monkeypatch):
    function_environment("StorefrontFunction")
    for name in QUEUES:
        url = boto3.client("sqs").create_queue(QueueName=name)["QueueUrl"]
        monkeypatch.setenv(f"{name.upper()}_QUEUE_URL", url)
    app = load("storefront").app
    return TestClient(Gateway(app, caller().context()), raise_server_exceptions=False)


@pytest.fixture
def world(api, buckets):
    return World(api, buckets)


def test_more_looks_of_a_photo_are_made_without_another_upload(world):
    world.ready()
    answer = world.order(CARTOON, OIL)
    assert (answer.status_code, answer.json()["status"], answer.json()["revision"]) == (202, "PROCESSING", 1)
    assert "orders" in answer.headers["ratelimit-policy"]
    assert world.names() == ["oil-100.s80"], "the earlier picture can be read all the while"
    world.work()
    assert [look.slug for look in world.stylizer.ticket(world.stylizer.jobs[-1]).looks] == [
        "cartoon-100.s100"
    ]
    assert world.photo()["status"] == "READY"
    assert world.names() == ["oil-100.s80", "cartoon-100.s100"]
    explained = world.api.get(f"{PATH}/explanation").json()["pictures"]
    assert [each["explanation"]["words"] for each in explained] == ["Most of the change is colour."] * 2


def test_further_orders_and_their_looks_are_counted(world):
    world.ready()
    world.order(CARTOON, MOSAIC)
    world.work()
    usage = pipeline.usage().read(makers.TENANT, Quotas(), datetime.now(UTC), KEY_ID)
    assert (usage.orders, usage.key_orders, usage.looks, usage.jobs) == (1, 1, 3, 0)


def test_looks_that_are_there_are_not_ordered_again(world):
    world.ready()
    answer = world.order(OIL)
    assert (answer.status_code, answer.json()["status"], answer.json()["revision"]) == (202, "READY", 0)
    assert world.messages("router") == []


def test_an_order_while_one_runs_is_refused_and_says_when_to_ask_again(world):
    world.ready()
    world.order(CARTOON)
    answer = world.order(MOSAIC)
    assert (answer.status_code, answer.json()["code"]) == (409, "order_running")
    assert int(answer.headers["retry-after"]) > 0
    restore = world.api.post(f"{PATH}/restore", json={"version": 1})
    assert (restore.status_code, restore.json()["code"]) == (409, "order_running")


def test_a_cancelled_order_leaves_the_pictures_of_those_before(world):
    world.ready()
    world.order(CARTOON)
    answer = world.api.post(f"{PATH}/cancel")
    assert (answer.status_code, answer.json()["status"]) == (200, "READY")
    world.work()
    assert len(world.stylizer.jobs) == 1, "nothing was submitted for it"
    assert world.names() == ["oil-100.s80"]
    assert [look["styles"] for look in world.photo()["looks"]] == [{"oil": 1.0}]


def test_the_job_of_a_cancelled_order_ends_unrecorded(world):
    world.ready()
    world.order(CARTOON)
    (body,) = world.messages("router")
    world.route(*parse_upload_event(body))
    world.api.post(f"{PATH}/cancel")
    job_id = world.stylizer.jobs[-1]
    world.stylizer.finish(job_id)
    assert world.notify(job_id) == Outcome.SUPERSEDED
    assert (world.photo()["status"], world.names()) == ("READY", ["oil-100.s80"])
    assert pipeline.usage().read(makers.TENANT, Quotas(), datetime.now(UTC)).jobs == 0


def test_a_first_order_is_cancelled_once_and_can_be_tried_again(world):
    world.route(world.upload())
    for _ in range(2):
        answer = world.api.post(f"{PATH}/cancel")
        assert (answer.status_code, answer.json()["failure"]["code"]) == (200, "cancelled")
        assert answer.json()["revision"] == 1
    retry = world.api.post(f"{PATH}/retry")
    assert (retry.status_code, retry.json()["status"]) == (202, "UPLOADED")
    world.work()
    world.photos.record_variants(makers.KEY, makers.variants())
    assert world.photo()["status"] == "READY"
    (version,) = world.api.get(f"{PATH}/versions").json()["versions"]
    assert (version["version"], version["source"]) == (1, "retry")


@pytest.mark.parametrize(("order", "code"), [("cancel", "nothing_to_cancel"), ("retry", "nothing_to_retry")])
def test_a_ready_photo_has_nothing_to_cancel_and_to_retry(world, order, code):
    world.ready()
    answer = world.api.post(f"{PATH}/{order}")
    assert (answer.status_code, answer.json()["code"]) == (409, code)


@pytest.mark.parametrize(
    ("order", "body"),
    [("looks", {"looks": [OIL]}), ("cancel", None), ("retry", None), ("restore", {"version": 1})],
)
def test_a_photo_without_a_file_takes_no_orders(world, order, body):
    world.photos.add(makers.photo(), datetime.now(UTC) + timedelta(days=1))
    answer = world.api.post(f"{PATH}/{order}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_uploaded")


def fail(world, code):
    failure = Failure(sequencer=makers.SEQUENCER, code=code, message="…", at=makers.NOON)
    world.photos.record_failure(makers.KEY, failure)


@pytest.mark.parametrize(("order", "body"), [("looks", {"looks": [OIL]}), ("retry", None)])
def test_a_file_that_was_refused_is_not_tried_again(world, order, body):
    world.upload()
    fail(world, "damaged_image")
    answer = world.api.post(f"{PATH}/{order}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "file_refused")


def test_a_failed_photo_is_retried_by_the_router_which_orders_its_variants(world):
    world.upload()
    fail(world, "deadline_passed")
    assert world.api.post(f"{PATH}/retry").status_code == 202
    assert world.messages("thumb") == []
    world.work()
    world.photos.record_variants(makers.KEY, makers.variants())
    assert world.photo()["status"] == "READY"


def test_an_order_that_may_still_end_is_not_retried_and_one_that_took_too_long_is(world):
    world.route(world.upload())
    answer = world.api.post(f"{PATH}/retry")
    assert (answer.status_code, answer.json()["code"]) == (409, "order_running")
    assert int(answer.headers["retry-after"]) > 0
    row = world.photos.get(makers.KEY)
    world.photos.postpone(row, row.due_at, Retried(sequencer=makers.SEQUENCER, count=1))
    assert world.api.post(f"{PATH}/retry").status_code == 202
    world.work()
    world.photos.record_variants(makers.KEY, makers.variants())
    assert world.photo()["status"] == "READY"
    assert len(set(world.stylizer.jobs)) == 1, "the same job, whose report is there already"


def bodies(world, photo):
    """What is stored of the photo's pictures, by look."""
    row = world.photos.get(makers.KEY)
    assert [each.look.slug for each in row.results.pictures] == [each["name"] for each in photo["results"]]
    keys = {each.look.slug: each.renditions[0].key for each in row.results.pictures}
    return {
        name: world.s3.get_object(Bucket=NAMES["ResultsBucket"], Key=key)["Body"].read()
        for name, key in keys.items()
    }


def test_a_restored_version_has_the_same_files_at_once_and_is_a_version_of_its_own(world):
    world.ready()
    first = bodies(world, world.photo())
    world.order(CARTOON)
    world.work()
    answer = world.api.post(f"{PATH}/restore", json={"version": 1})
    assert (answer.status_code, answer.json()["status"], answer.json()["revision"]) == (200, "READY", 2)
    assert bodies(world, answer.json()) == first
    listed = world.api.get(f"{PATH}/versions").json()["versions"]
    assert [
        (each["version"], each["source"], each["restored_version"], each["looks"]) for each in listed
    ] == [
        (3, "restore", 1, ["oil-100.s80"]),
        (2, "looks", None, ["oil-100.s80", "cartoon-100.s100"]),
        (1, "order", None, ["oil-100.s80"]),
    ]
    assert all(each["is_restorable"] for each in listed)
    again = world.api.post(f"{PATH}/restore", json={"version": 2})
    assert [each["name"] for each in again.json()["results"]] == ["oil-100.s80", "cartoon-100.s100"]


def test_a_version_that_is_not_there_is_404_and_one_of_another_file_409(world):
    world.ready()
    unknown = world.api.post(f"{PATH}/restore", json={"version": 2})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "version_not_found")
    newer = makers.source(bucket=NAMES["UploadsBucket"], sequencer="F" * 32, bytes=len(JPEG))
    world.route(newer)
    world.work()
    world.photos.record_variants(makers.KEY, makers.variants(sequencer="F" * 32))
    listed = world.api.get(f"{PATH}/versions").json()["versions"]
    assert [(each["source"], each["is_restorable"]) for each in listed] == [
        ("replace", True),
        ("order", False),
    ]
    other = world.api.post(f"{PATH}/restore", json={"version": 1})
    assert (other.status_code, other.json()["code"]) == (409, "version_not_restorable")


def test_a_photo_has_at_most_twenty_four_pictures(world):
    world.ready()
    for number in range(3):
        looks = [{"styles": {"oil": 1.0}, "strength": (8 * number + n + 1) / 100} for n in range(8)]
        answer = world.order(*looks)
        world.work()
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_pictures")
    assert len(world.names()) == 17


def test_a_photo_put_in_by_a_program_takes_orders(world):
    key = f"uploads/{makers.TENANT}/summer/mug.jpg"
    put = world.s3.put_object(Bucket=NAMES["UploadsBucket"], Key=key, Body=JPEG)
    source = makers.source(
        bucket=NAMES["UploadsBucket"], key=key, bytes=len(JPEG), version_id=put["VersionId"]
    )
    photo = photo_key_for(source.bucket, key)
    world.route = replace(
        world.route, new_photo=lambda found: makers.photo(photo_id=photo.photo_id, source=found)
    )
    world.route(source)
    world.work()
    world.photos.record_variants(photo, makers.variants())
    path = f"/v1/photos/{photo.photo_id}"
    assert world.api.post(f"{path}/looks", json={"looks": [CARTOON]}).status_code == 202
    world.work()
    assert [each["name"] for each in world.api.get(path).json()["results"]] == [
        "oil-100.s80",
        "cartoon-100.s100",
    ]


@pytest.mark.parametrize(
    "body", [{}, {"looks": []}, {"looks": [{"styles": {"no-such-style": 1}}]}, {"more": 1}]
)
def test_an_order_without_valid_looks_is_422(world, body):
    world.ready()
    answer = world.api.post(f"{PATH}/looks", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_a_failed_further_order_shows_the_pictures_before_it_and_is_retried(world):
    world.ready()
    world.order(CARTOON)
    failure = Failure(
        sequencer=makers.SEQUENCER, revision=1, code="stylization_failed", message="…", at=makers.NOON
    )
    world.photos.record_failure(makers.KEY, failure)
    assert (world.photo()["status"], world.names()) == ("FAILED", ["oil-100.s80"])
    world.messages("router")
    assert world.api.post(f"{PATH}/retry").json()["status"] == "PROCESSING"
    world.work()
    assert (world.photo()["status"], world.names()) == ("READY", ["oil-100.s80", "cartoon-100.s100"])
