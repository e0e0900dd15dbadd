"""The faults, by seam. `ends` is READY or FAILED with its code, `dead` the number of dead letters, `paid` the number
of invocations; one per upload is expected, and one per further order."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from limner.keys import upload_key
from limner.tenancy import PhotoKey
from tests import makers
from tests.faults.queues import Message
from tests.faults.wire import (
    AFTER,
    BEFORE,
    FOREVER,
    SDK_ATTEMPTS,
    WIRE,
    Effect,
    InjectedFault,
    crash,
    response_lost,
    slow,
    status,
    truncated,
    unreachable,
)
from tests.faults.world import BUCKETS, KEY, PHOTO_ID, World

READY = "READY"
WAIT_SECONDS = 6 * 3600
Script = Callable[[World], None]


@dataclass(frozen=True)
class Fault:
    """`script` runs before the simulation runs until idle; `then`, an operator's or seller's action, after it."""

    name: str
    seam: str
    script: Script
    ends: str = READY
    paid: int = 1
    uploads: int = 1
    orders: int = 0
    pictures: int | None = None
    """How many the photo shows at the end, where that matters."""
    dead: dict[str, int] = field(default_factory=dict)
    why_paid: str = ""
    answers: tuple[str, ...] | None = None
    """The errors that callers of the storefront get, where that matters."""
    then: Script | None = None


def failed(code: str) -> str:
    return f"FAILED `{code}`"


def one_photo(*faults: InjectedFault) -> Script:
    """An order and its upload, with injected faults."""

    def script(world: World) -> None:
        for fault in faults:
            world.inject_fault(InjectedFault(**vars(fault)))
        world.order()
        world.upload()

    return script


def crashes(function: str, seam: str, when: str, **more: int) -> Script:
    return one_photo(InjectedFault(function, seam, when, crash, **more))


def on_the_wire(function: str, seam: str, effect: Effect, times: int = 1) -> Script:
    return one_photo(InjectedFault(function, seam, WIRE, effect, times))


def with_fault(fault: InjectedFault, script: Script) -> Script:
    """A script with an injected fault."""

    def play(world: World) -> None:
        world.inject_fault(InjectedFault(**vars(fault)))
        script(world)

    return play


def on_a_slow_endpoint(script: Script) -> Script:
    def play(world: World) -> None:
        world.endpoint.seconds = 600
        script(world)

    return play


# ── Scripts with more than injected faults ───────────────────────────────────────────────────────────


def event_doubled(world: World) -> None:
    world.order()
    world.send_event(world.upload())


def event_doubled_six_hours_later(world: World) -> None:
    world.order()
    world.send_event(world.upload(), after=6 * 3600)


def two_uploads(world: World, first: bytes = makers.jpeg(64, 48, "navy")) -> list[str]:
    world.order()
    return [world.upload(first, send_event=False), world.upload(send_event=False)]


def events_reordered(world: World) -> None:
    older, newer = two_uploads(world)
    world.send_event(newer)
    world.send_event(older, after=30)


def uploaded_again_while_styled(world: World) -> None:
    world.order()
    world.upload(makers.jpeg(64, 48, "navy"))
    world.run_for(2)
    world.upload()


def uploaded_again_when_ready(world: World) -> None:
    world.order()
    world.upload(makers.jpeg(64, 48, "navy"))
    world.run_for(60)
    world.upload()


def older_event_lost(world: World) -> None:
    _, newer = two_uploads(world)
    world.send_event(newer)


def event_lost(world: World) -> None:
    world.order()
    world.events_lost = True
    world.upload()


def variants_event_lost(world: World) -> None:
    """The message in which the router orders the variants."""
    world.order()
    world.variants_events_lost = 1
    world.upload()


def event_late_after_the_sweeper(world: World) -> None:
    """The event arrives after the sweeper has found the upload."""
    world.order()
    world.send_event(world.upload(send_event=False), after=3 * 3600)


def event_without_version_late_after_the_sweeper(world: World) -> None:
    """As from a bucket without versioning: only the ETag shows that it is the same upload."""
    world.order()
    event = json.loads(world.upload(send_event=False))
    del event["detail"]["object"]["version-id"]
    world.send_event(json.dumps(event), after=3 * 3600)


def uploaded_without_an_order_with_an_odd_key(world: World) -> None:
    world.upload(key="uploads/main/summer 2026/mug+lid 100% 油画.JPG")


def never_uploaded(world: World) -> None:
    world.order()


def uploaded_after_the_order_expired(world: World) -> None:
    """The row is deleted before the upload, so the default looks are made."""
    world.clock.advance(days=2)
    world.upload()


def object_deleted(world: World) -> None:
    world.order()
    event = world.upload(send_event=False)
    _remove_newest(world)
    world.send_event(event)


def object_deleted_after_the_router(world: World) -> None:
    """Deleted after the router has checked it and before the thumbnailer reads it."""
    world.order()
    world.variants_events_lost = 1
    event = world.upload()
    world.run_for(1)
    _remove_newest(world)
    world.queues["ThumbQueue"].send(event, world.now)


def _remove_newest(world: World) -> None:
    key, version = list(world.uploaded)[-1]
    world.s3.delete_object(Bucket=BUCKETS["UploadsBucket"], Key=key, VersionId=version)
    del world.uploaded[key, version]


def delete_marker(world: World) -> None:
    """The version stays readable in spite of a delete marker."""
    world.order()
    event = world.upload(send_event=False)
    world.s3.delete_object(Bucket=BUCKETS["UploadsBucket"], Key=upload_key(KEY))
    world.send_event(event)


def uploads(body: bytes) -> Script:
    def script(world: World) -> None:
        world.order()
        world.upload(body)

    return script


def endpoint(**behaviour: float) -> Script:
    def script(world: World) -> None:
        for name, value in behaviour.items():
            setattr(world.endpoint, name, value)
        world.order()
        world.upload()

    return script


def notifications(**behaviour: float) -> Script:
    def script(world: World) -> None:
        for name, value in behaviour.items():
            setattr(world, name, value)
        world.order()
        world.upload()

    return script


def invocation_response_lost(world: World) -> None:
    """The endpoint accepts the job, and the connection times out before its response."""

    def effect(event: str, request: object) -> None:
        world.accept(request)
        slow(event, request)

    world.inject_fault(InjectedFault("router", "endpoint.submit", WIRE, effect))
    world.order()
    world.upload()


def notification_late(world: World) -> None:
    world.notifications_lost = 1
    world.order()
    world.upload()
    world.run_for(30)
    world.notification(world.job_id(), "Completed", after=5 * 3600)


def success_after_failure(world: World) -> None:
    """A failure notification for a job that has a report, followed by a success notification."""
    world.order()
    world.notifications_lost = 1
    world.upload()
    world.run_for(30)
    world.notification(world.job_id(), "Failed")
    world.notification(world.job_id(), "Completed", after=1)


def forged(status_text: str, job_id: str = f"main.{PHOTO_ID}.{'f' * 12}") -> Script:
    def script(world: World) -> None:
        world.order()
        world.upload()
        world.notification(job_id, status_text, after=2)

    return script


def forged_for_the_job(status_text: str, at: float) -> Script:
    """A forged notification with the job's id, `at` seconds after the upload."""

    def script(world: World) -> None:
        world.order()
        world.upload()
        world.run_for(at)
        world.notification(world.job_id(), status_text)

    return script


def malformed_message(*queues: str) -> Script:
    def script(world: World) -> None:
        world.order()
        world.upload()
        for queue in queues:
            world.queues[queue].send('{"neither": "event nor notification"}', world.now)

    return script


def one_malformed_message_of_ten(world: World) -> None:
    for n in range(1, 10):
        world.order(f"{n:032x}")
        world.upload(makers.jpeg(64, 48), key=upload_key(PhotoKey("main", f"{n:032x}")))
    world.queues["RouterQueue"].messages.insert(4, Message("{", world.now))


def outage_without_an_order(world: World) -> None:
    """An upload without an order while the table cannot be written for fifteen minutes: it has no row."""
    world.inject_fault(InjectedFault("router", "photos.record_upload", WIRE, BROKEN, 5 * SDK_ATTEMPTS))
    world.upload()


def outage_then_redriven(world: World) -> None:
    outage_without_an_order(world)
    world.run_for(1900)
    world.redrive()


def event_of_upload_without_order_lost(world: World) -> None:
    world.events_lost = True
    world.upload(key="uploads/main/mug.jpg")


def event_of_second_upload_lost(world: World) -> None:
    """The row is READY and closed; only the bucket shows the newer upload."""
    world.order()
    world.upload(makers.jpeg(64, 48, "navy"))
    world.run_for(60)
    world.events_lost = True
    world.upload()


def waiting_in(queue: str, *, is_ordered: bool = True) -> Script:
    """The queue's messages are not received for WAIT_SECONDS."""

    def script(world: World) -> None:
        world.stopped_until[queue] = world.now + WAIT_SECONDS
        if is_ordered:
            world.order()
        world.upload()

    return script


def with_notifications_doubled(script: Script) -> Script:
    def play(world: World) -> None:
        world.notifications_doubled = True
        script(world)

    return play


def with_resends_lost(script: Script, messages: int) -> Script:
    """A script in which that many messages of the sweeper are lost."""

    def play(world: World) -> None:
        world.resends_lost = messages
        script(world)

    return play


def upload_the_same_again(world: World) -> None:
    world.resends_lost, world.events_lost = 0, False
    world.upload()


def original_deleted_then_event_again(world: World) -> None:
    _remove_newest(world)
    world.send_event(world.events[-1])


def two_concurrent_sweepers(world: World) -> None:
    """A second sweeper runs before the first one postpones the photo."""
    world.notifications_lost = world.endpoint.without_report = 1

    def second(*_: object) -> None:
        world.call("sweeper", {})

    world.inject_fault(InjectedFault("sweeper", "photos.postpone", BEFORE, second))
    world.order()
    world.upload()


def uploaded_during_the_sweep(world: World) -> None:
    """Uploaded after the sweeper has looked and before it closes; then the notification is lost."""
    world.notifications_lost = 1

    def upload(*_: object) -> None:
        world.upload()
        world.run_for(1)

    world.order()
    world.inject_fault(InjectedFault("sweeper", "photos.close", BEFORE, upload))


def several_overdue_and_one_fails(world: World) -> None:
    """Three orders whose events are lost; S3 is unreachable while the sweeper looks at the first."""
    world.events_lost = True
    for n in (1, 2, 3):
        world.order(f"{n:032x}")
        world.upload(key=upload_key(PhotoKey("main", f"{n:032x}")))
    world.inject_fault(InjectedFault("sweeper", "objects.describe", WIRE, unreachable, SDK_ATTEMPTS))


FAILED_BEFORE = "the invocation before it failed, which is charged once"
CRASH_BETWEEN = "the worker crashed between the invocation and its record, before the response"
OUTPUT_LOST = "the report is missing or invalid, so the job must run again"
NO_RESPONSE = "the endpoint accepted the job and never finished it"

THROTTLED = status(400, "ProvisionedThroughputExceededException")
BROKEN = status(500, "InternalServerError")
SLOW_DOWN = status(503, "SlowDown")
FORBIDDEN = status(403, "AccessDenied")

FAULTS: list[Fault] = [
    # Workers that crash
    Fault(
        "router crashes before the upload is recorded",
        "router · table",
        crashes("router", "photos.record_upload", BEFORE),
    ),
    Fault(
        "router crashes after the upload is recorded",
        "router · table",
        crashes("router", "photos.record_upload", AFTER),
    ),
    Fault("router crashes before the lease", "router · table", crashes("router", "photos.lease", BEFORE)),
    Fault("router crashes after the lease", "router · table", crashes("router", "photos.lease", AFTER)),
    Fault(
        "router crashes before the ticket is stored", "router · S3", crashes("router", "objects.put", BEFORE)
    ),
    Fault(
        "router crashes after the ticket is stored", "router · S3", crashes("router", "objects.put", AFTER)
    ),
    Fault(
        "router crashes before the invocation",
        "router · endpoint",
        crashes("router", "endpoint.submit", BEFORE),
    ),
    Fault(
        "router crashes after the invocation",
        "router · endpoint",
        crashes("router", "endpoint.submit", AFTER),
    ),
    Fault(
        "router crashes after the invocation, and the endpoint is slow",
        "router · endpoint",
        on_a_slow_endpoint(crashes("router", "endpoint.submit", AFTER)),
        paid=2,
        why_paid=CRASH_BETWEEN,
    ),
    Fault(
        "router crashes before the submission is recorded",
        "router · table",
        crashes("router", "photos.record_submission", BEFORE),
    ),
    Fault(
        "router crashes after the submission is recorded",
        "router · table",
        crashes("router", "photos.record_submission", AFTER),
    ),
    Fault(
        "router crashes before a refusal is recorded",
        "router · table",
        with_fault(InjectedFault("router", "photos.record_failure", BEFORE, crash), uploads(b"no picture")),
        ends=failed("not_an_image"),
        paid=0,
    ),
    Fault(
        "router crashes at every delivery",
        "router · table",
        crashes("router", "photos.record_upload", BEFORE, times=FOREVER),
        ends=failed("deadline_passed"),
        paid=0,
        dead={"RouterDLQ": 4},
    ),
    Fault(
        "thumbnailer crashes before the upload is recorded",
        "thumbnailer · table",
        crashes("thumbnailer", "photos.record_upload", BEFORE),
    ),
    Fault(
        "thumbnailer crashes between two variants",
        "thumbnailer · S3",
        crashes("thumbnailer", "objects.put", AFTER, skip=1),
    ),
    Fault(
        "thumbnailer crashes before the variants are recorded",
        "thumbnailer · table",
        crashes("thumbnailer", "photos.record_variants", BEFORE),
    ),
    Fault(
        "thumbnailer crashes after the variants are recorded",
        "thumbnailer · table",
        crashes("thumbnailer", "photos.record_variants", AFTER),
    ),
    Fault(
        "thumbnailer crashes after the hash is recorded",
        "thumbnailer · table of hashes",
        crashes("thumbnailer", "hashes.record", AFTER),
    ),
    Fault(
        "recorder crashes after the hashes are recorded",
        "recorder · table of hashes",
        crashes("recorder", "hashes.record", AFTER),
    ),
    Fault(
        "the signing certificates cannot be read once",
        "thumbnailer · Systems Manager",
        on_the_wire("thumbnailer", "signing_key.find", unreachable, SDK_ATTEMPTS),
    ),
    Fault(
        "the signing certificates cannot be read for hours",
        "thumbnailer · Systems Manager",
        on_the_wire("thumbnailer", "signing_key.find", unreachable, 20 * SDK_ATTEMPTS),
        dead={"ThumbDLQ": 4},
    ),
    Fault(
        "thumbnailer crashes at every delivery for hours, of a photo with pictures",
        "thumbnailer · S3",
        crashes("thumbnailer", "objects.get", BEFORE, times=20),
        dead={"ThumbDLQ": 4},
    ),
    Fault(
        "recorder crashes before the results are recorded",
        "recorder · table",
        crashes("recorder", "photos.record_results", BEFORE),
    ),
    Fault(
        "recorder crashes after the results are recorded",
        "recorder · table",
        crashes("recorder", "photos.record_results", AFTER),
    ),
    Fault(
        "recorder crashes before the photo is closed",
        "recorder · table",
        crashes("recorder", "photos.close", BEFORE),
    ),
    Fault(
        "recorder crashes before a failure is recorded",
        "recorder · table",
        with_fault(InjectedFault("recorder", "photos.record_failure", BEFORE, crash), endpoint(fails=4)),
        ends=failed("stylization_failed"),
        paid=4,
        why_paid=FAILED_BEFORE,
    ),
    Fault(
        "recorder crashes before a failed job is released",
        "recorder · table",
        with_fault(InjectedFault("recorder", "photos.retry_failed", BEFORE, crash), endpoint(fails=1)),
        paid=2,
        why_paid=FAILED_BEFORE,
    ),
    Fault(
        "recorder crashes between releasing a failed job and sending its event",
        "recorder · queue",
        with_fault(InjectedFault("recorder", "events.route", BEFORE, crash), endpoint(fails=1)),
        paid=2,
        why_paid=FAILED_BEFORE,
    ),
    Fault(
        "recorder crashes at every delivery",
        "recorder · table",
        crashes("recorder", "photos.get", BEFORE, times=FOREVER),
        dead={"DoneDLQ": 1},
    ),
    # The table
    Fault("the table throttles once", "router · table", on_the_wire("router", "photos.lease", THROTTLED)),
    Fault(
        "the table throttles all of the SDK's attempts",
        "router · table",
        on_the_wire("router", "photos.lease", THROTTLED, SDK_ATTEMPTS),
    ),
    Fault(
        "the table returns 500",
        "thumbnailer · table",
        on_the_wire("thumbnailer", "photos.record_variants", BROKEN, SDK_ATTEMPTS),
    ),
    Fault(
        "the table is slow",
        "recorder · table",
        on_the_wire("recorder", "photos.record_results", slow, SDK_ATTEMPTS),
    ),
    Fault(
        "the response to a lease is lost, so the SDK's retry finds it taken",
        "router · table",
        on_the_wire("router", "photos.lease", response_lost),
    ),
    Fault(
        "the response to recording variants is lost, so the SDK's retry finds them recorded",
        "thumbnailer · table",
        on_the_wire("thumbnailer", "photos.record_variants", response_lost),
    ),
    Fault(
        "the response to recording results is lost, so the SDK's retry finds them recorded",
        "recorder · table",
        on_the_wire("recorder", "photos.record_results", response_lost),
    ),
    Fault(
        "the table is unavailable for fifteen minutes, for a photo without an order",
        "router · table",
        outage_without_an_order,
        dead={"RouterDLQ": 1},
    ),
    Fault("the same, and the dead letters are redriven", "router · table", outage_then_redriven),
    Fault(
        "dead letters are redriven after the sweeper has brought it to an end",
        "router · table",
        outage_without_an_order,
        then=World.redrive,
    ),
    # S3
    Fault(
        "the upload is deleted before it is read",
        "router · S3",
        object_deleted,
        ends=failed("upload_gone"),
        paid=0,
    ),
    Fault(
        "the upload is deleted after the router has checked it",
        "thumbnailer · S3",
        object_deleted_after_the_router,
        ends=failed("upload_gone"),
    ),
    Fault("a delete marker hides the upload", "router · S3", delete_marker),
    Fault(
        "S3 returns SlowDown",
        "router · S3",
        on_the_wire("router", "objects.get_head", SLOW_DOWN, SDK_ATTEMPTS),
    ),
    Fault("S3 denies access once", "thumbnailer · S3", on_the_wire("thumbnailer", "objects.get", FORBIDDEN)),
    Fault(
        "S3 denies access for hours",
        "thumbnailer · S3",
        on_the_wire("thumbnailer", "objects.get", FORBIDDEN, 20),
        dead={"ThumbDLQ": 4},
    ),
    Fault("S3 times out", "thumbnailer · S3", on_the_wire("thumbnailer", "objects.get", slow, SDK_ATTEMPTS)),
    Fault(
        "S3 truncates an upload",
        "thumbnailer · S3",
        on_the_wire("thumbnailer", "objects.get", truncated),
    ),
    Fault(
        "S3 truncates the report",
        "recorder · S3",
        on_the_wire("recorder", "objects.get", truncated),
    ),
    Fault(
        "S3 throttles storing a variant",
        "thumbnailer · S3",
        on_the_wire("thumbnailer", "objects.put", SLOW_DOWN, SDK_ATTEMPTS),
    ),
    Fault(
        "the report cannot be read for an hour",
        "recorder · S3",
        on_the_wire("recorder", "objects.get", SLOW_DOWN, 5 * SDK_ATTEMPTS),
        dead={"DoneDLQ": 1},
    ),
    # The endpoint
    Fault(
        "the endpoint throttles",
        "router · endpoint",
        on_the_wire("router", "endpoint.submit", status(400, "ThrottlingException"), 3),
    ),
    Fault(
        "the endpoint returns 500",
        "router · endpoint",
        on_the_wire("router", "endpoint.submit", status(500, "InternalFailure"), 3),
    ),
    Fault(
        "the endpoint is unreachable",
        "router · endpoint",
        on_the_wire("router", "endpoint.submit", unreachable, 3),
    ),
    Fault(
        "the endpoint does not exist",
        "router · endpoint",
        on_the_wire("router", "endpoint.submit", status(400, "ValidationError"), FOREVER),
        ends=failed("deadline_passed"),
        paid=0,
        dead={"RouterDLQ": 3},
    ),
    Fault(
        "the role may not invoke the endpoint at first",
        "router · endpoint",
        on_the_wire("router", "endpoint.submit", status(403, "AccessDeniedException"), 4),
    ),
    Fault("the response to the invocation is lost", "router · endpoint", invocation_response_lost),
    Fault(
        "the container fails",
        "endpoint · container",
        endpoint(fails=1),
        paid=2,
        why_paid=FAILED_BEFORE,
    ),
    Fault(
        "the container fails three times",
        "endpoint · container",
        endpoint(fails=3),
        paid=4,
        why_paid=FAILED_BEFORE,
    ),
    Fault(
        "the container fails at every attempt",
        "endpoint · container",
        endpoint(fails=99),
        ends=failed("stylization_failed"),
        paid=4,
        why_paid=FAILED_BEFORE,
    ),
    Fault(
        "the container fails, and its failure object is missing",
        "endpoint · results",
        endpoint(fails=1, without_failure_object=1),
        paid=2,
        why_paid=FAILED_BEFORE,
    ),
    Fault(
        "the container refuses the photo",
        "endpoint · container",
        endpoint(refuses=1),
        ends=failed("damaged_image"),
    ),
    Fault(
        "the endpoint does not finish one invocation",
        "endpoint · container",
        endpoint(silent=1),
        paid=2,
        why_paid=NO_RESPONSE,
    ),
    Fault(
        "the endpoint finishes no invocation",
        "endpoint · container",
        endpoint(silent=99),
        ends=failed("deadline_passed"),
        paid=3,
        why_paid=NO_RESPONSE,
    ),
    Fault(
        "success without a report",
        "endpoint · results",
        endpoint(without_report=1),
        paid=2,
        why_paid=OUTPUT_LOST,
    ),
    Fault(
        "the report is truncated",
        "endpoint · results",
        endpoint(corrupt_reports=1),
        paid=2,
        why_paid=OUTPUT_LOST,
    ),
    Fault(
        "every report is truncated",
        "endpoint · results",
        endpoint(corrupt_reports=99),
        ends=failed("stylization_failed"),
        paid=4,
        why_paid=OUTPUT_LOST,
    ),
    Fault(
        "the report is another job's",
        "endpoint · results",
        endpoint(foreign_reports=1),
        paid=2,
        why_paid=OUTPUT_LOST,
    ),
    # Notifications
    Fault("the notification is lost", "endpoint · notification", notifications(notifications_lost=1)),
    Fault(
        "the failure notification is lost",
        "endpoint · notification",
        endpoint(fails=1, without_notification=1),
        paid=2,
        why_paid=FAILED_BEFORE,
    ),
    Fault(
        "the failure notification is duplicated",
        "endpoint · notification",
        with_notifications_doubled(endpoint(fails=1)),
        paid=2,
        why_paid=FAILED_BEFORE,
    ),
    Fault(
        "the notification is duplicated", "endpoint · notification", notifications(notifications_doubled=True)
    ),
    Fault(
        "the notification arrives before the submission is recorded",
        "endpoint · notification",
        notifications(notify_before_response=True),
    ),
    Fault("the notification arrives five hours late", "endpoint · notification", notification_late),
    Fault(
        "a failure and a success notification for one job", "endpoint · notification", success_after_failure
    ),
    Fault("a forged success for an unknown job", "notification · forged", forged("Completed")),
    Fault("a forged failure for an unknown job", "notification · forged", forged("Failed")),
    Fault(
        "a notification for an unknown photo",
        "notification · forged",
        forged("Failed", f"{'9' * 32}-{'f' * 16}"),
    ),
    Fault("a forged success while the job runs", "notification · forged", forged_for_the_job("Completed", 2)),
    Fault("a forged failure while the job runs", "notification · forged", forged_for_the_job("Failed", 2)),
    Fault(
        "a forged failure after the job has ended", "notification · forged", forged_for_the_job("Failed", 60)
    ),
    # Waiting
    Fault(
        "the photo waits for the router for six hours",
        "RouterQueue · backlog",
        waiting_in("RouterQueue"),
    ),
    Fault(
        "a photo without an order waits for the router for six hours",
        "RouterQueue · backlog",
        waiting_in("RouterQueue", is_ordered=False),
    ),
    Fault(
        "the photo has its pictures and waits for the thumbnailer for six hours",
        "ThumbQueue · backlog",
        waiting_in("ThumbQueue"),
    ),
    Fault(
        "the photo waits at the endpoint for six hours",
        "endpoint · backlog",
        endpoint(seconds=WAIT_SECONDS),
    ),
    # Upload events
    Fault("the upload event is duplicated", "S3 · event", event_doubled),
    Fault("the upload event is repeated six hours later", "S3 · event", event_doubled_six_hours_later),
    Fault("two uploads of a key with reordered events", "S3 · event", events_reordered),
    Fault("the event of the older of two uploads is lost", "S3 · event", older_event_lost),
    Fault(
        "uploaded again while being styled",
        "S3 · event",
        uploaded_again_while_styled,
        paid=2,
        uploads=2,
    ),
    Fault("uploaded again when ready", "S3 · event", uploaded_again_when_ready, paid=2, uploads=2),
    Fault("the event is lost", "S3 · event", event_lost),
    Fault("the router's message to the thumbnailer is lost", "router · thumbnailer", variants_event_lost),
    Fault(
        "the event is lost, for a photo without an order", "S3 · event", event_of_upload_without_order_lost
    ),
    Fault(
        "uploaded again when ready, and the event is lost",
        "S3 · event",
        event_of_second_upload_lost,
        paid=2,
        uploads=2,
    ),
    Fault(
        "the event arrives after the sweeper has found the upload",
        "S3 · event",
        event_late_after_the_sweeper,
    ),
    Fault("the same, without version ids", "S3 · event", event_without_version_late_after_the_sweeper),
    Fault(
        "a key with spaces, signs and Chinese characters",
        "S3 · event",
        uploaded_without_an_order_with_an_odd_key,
    ),
    Fault(
        "failed at the deadline, then the same bytes are uploaded again",
        "S3 · event",
        with_resends_lost(event_lost, 99),
        then=upload_the_same_again,
    ),
    Fault(
        "the event is repeated when the photo is READY and the original is deleted",
        "S3 · event",
        one_photo(),
        then=original_deleted_then_event_again,
    ),
    Fault("the upload arrives after the order has expired", "S3 · event", uploaded_after_the_order_expired),
    Fault("the photo is never uploaded", "S3 · event", never_uploaded, ends="AWAITING_UPLOAD", paid=0),
    Fault(
        "the upload is not an image",
        "S3 · event",
        uploads(b"no picture at all"),
        ends=failed("not_an_image"),
        paid=0,
    ),
    # Malformed messages
    Fault(
        "a malformed message for the router",
        "router · queue",
        malformed_message("RouterQueue"),
        dead={"RouterDLQ": 1},
    ),
    Fault(
        "a malformed message for the thumbnailer",
        "thumbnailer · queue",
        malformed_message("ThumbQueue"),
        dead={"ThumbDLQ": 1},
    ),
    Fault(
        "a malformed message for the recorder",
        "recorder · queue",
        malformed_message("DoneQueue"),
        dead={"DoneDLQ": 1},
    ),
    Fault(
        "one malformed message among nine valid ones",
        "router · queue",
        one_malformed_message_of_ten,
        paid=9,
        uploads=9,
        dead={"RouterDLQ": 1},
    ),
    # The sweeper
    Fault(
        "the sweeper crashes after postponing",
        "sweeper · table",
        with_fault(
            InjectedFault("sweeper", "photos.postpone", AFTER, crash), notifications(notifications_lost=1)
        ),
    ),
    Fault(
        "the sweeper crashes before it resends the event",
        "sweeper · queues",
        with_fault(InjectedFault("sweeper", "events.route", BEFORE, crash), event_lost),
    ),
    Fault(
        "the sweeper crashes between releasing the job and resending the event",
        "sweeper · table",
        with_fault(InjectedFault("sweeper", "photos.release", AFTER, crash), endpoint(silent=1)),
        paid=2,
        why_paid=NO_RESPONSE,
    ),
    Fault(
        "the sweeper crashes before it records the failure",
        "sweeper · table",
        with_fault(InjectedFault("sweeper", "photos.record_failure", BEFORE, crash), endpoint(silent=99)),
        ends=failed("deadline_passed"),
        paid=3,
        why_paid=NO_RESPONSE,
    ),
    Fault(
        "the queues refuse the messages of the sweeper",
        "sweeper · queues",
        with_fault(
            InjectedFault("sweeper", "events.route", WIRE, status(503, "ServiceUnavailable"), SDK_ATTEMPTS),
            event_lost,
        ),
    ),
    Fault(
        "the messages of the sweeper are lost once",
        "sweeper · queues",
        with_resends_lost(event_lost, messages=1),
    ),
    Fault(
        "all messages of the sweeper are lost",
        "sweeper · queues",
        with_resends_lost(event_lost, FOREVER),
        ends=failed("deadline_passed"),
        paid=0,
    ),
    Fault(
        "the same, for a photo without an order",
        "sweeper · queues",
        with_resends_lost(event_of_upload_without_order_lost, FOREVER),
        ends=failed("deadline_passed"),
        paid=0,
    ),
    Fault(
        "the table is unavailable for the sweeper",
        "sweeper · table",
        with_fault(
            InjectedFault("sweeper", "photos.due", WIRE, BROKEN, 3 * SDK_ATTEMPTS),
            notifications(notifications_lost=1),
        ),
    ),
    Fault(
        "two concurrent sweepers", "sweeper · table", two_concurrent_sweepers, paid=2, why_paid=OUTPUT_LOST
    ),
    Fault(
        "S3 is unreachable for one of three overdue photos",
        "sweeper · S3",
        several_overdue_and_one_fails,
        paid=3,
        uploads=3,
    ),
    Fault(
        "the photo is uploaded while the sweeper looks for it", "sweeper · table", uploaded_during_the_sweep
    ),
]
