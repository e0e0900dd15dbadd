"""The faults, by seam. `ends` is READY or FAILED and its code; `dead` counts dead letters; `paid` invocations,
of which one for each of `uploads` is due."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from limner.keys import upload_key
from tests import makers
from tests.faults.queues import Message
from tests.faults.wire import (
    AFTER,
    BEFORE,
    FOREVER,
    SDK_TRIES,
    WIRE,
    InjectedFault,
    Strike,
    answer_lost,
    crash,
    slow,
    status,
    truncated,
    unreachable,
)
from tests.faults.world import BUCKETS, PHOTO_ID, World

READY = "READY"
Script = Callable[[World], None]


@dataclass(frozen=True)
class Fault:
    """`script` is what happens before everything is left to come to rest, `then` what people do after that."""

    name: str
    seam: str
    script: Script
    ends: str = READY
    paid: int = 1
    uploads: int = 1
    dead: dict[str, int] = field(default_factory=dict)
    why_paid: str = ""
    then: Script | None = None


def failed(code: str) -> str:
    return f"FAILED `{code}`"


def one_photo(*errors: InjectedFault) -> Script:
    """An order, its file, and something that goes wrong on the way."""

    def script(world: World) -> None:
        for each in errors:
            world.inject_fault(InjectedFault(**vars(each)))
        world.order()
        world.upload()

    return script


def dies(function: str, seam: str, when: str, **more: int) -> Script:
    return one_photo(InjectedFault(function, seam, when, crash, **more))


def wire(function: str, seam: str, strike: Strike, times: int = 1) -> Script:
    return one_photo(InjectedFault(function, seam, WIRE, strike, times))


def with_trouble(inject_fault: InjectedFault, script: Script) -> Script:
    """Something goes wrong while a script plays."""

    def play(world: World) -> None:
        world.inject_fault(InjectedFault(**vars(inject_fault)))
        script(world)

    return play


def on_a_slow_endpoint(script: Script) -> Script:
    def play(world: World) -> None:
        world.endpoint.seconds = 600
        script(world)

    return play


# ── Scripts that need more than a trouble ────────────────────────────────────────────────────────────


def told_twice(world: World) -> None:
    world.order()
    world.tell(world.upload())


def told_again_much_later(world: World) -> None:
    world.order()
    world.tell(world.upload(), after=6 * 3600)


def two_uploads(world: World, first: bytes = makers.jpeg(64, 48, "navy")) -> list[str]:
    world.order()
    return [world.upload(first, tell=False), world.upload(tell=False)]


def events_reordered(world: World) -> None:
    older, newer = two_uploads(world)
    world.tell(newer)
    world.tell(older, after=30)


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
    world.tell(newer)


def lost_for(*queues: str) -> Script:
    def script(world: World) -> None:
        world.order()
        world.lost = set(queues)
        world.upload()

    return script


def event_late_after_the_sweeper(world: World) -> None:
    """Both queues hear of the file only after the sweeper has found it."""
    world.order()
    world.tell(world.upload(tell=False), after=3 * 3600)


def nameless_event_late_after_the_sweeper(world: World) -> None:
    """As from a bucket without versions: only the ETag tells that it is the same file."""
    world.order()
    event = json.loads(world.upload(tell=False))
    del event["detail"]["object"]["version-id"]
    world.tell(json.dumps(event), after=3 * 3600)


def put_directly_with_an_odd_name(world: World) -> None:
    world.upload(key="uploads/summer 2026/mug+lid 100% 油画.JPG")


def no_file_ever(world: World) -> None:
    world.order()


def order_gone_by_ttl(world: World) -> None:
    """The row has expired when the file arrives after all: the house's looks are made."""
    world.clock.advance(days=2)
    world.upload()


def object_deleted(world: World) -> None:
    world.order()
    event = world.upload(tell=False)
    _remove_newest(world)
    world.tell(event)


def object_deleted_while_waiting(world: World) -> None:
    """Checked by the router, gone before the thumbnailer reads it."""
    world.order()
    event = world.upload(tell=False)
    world.queues["RouterQueue"].send(event, world.now)
    world.run_for(1)
    _remove_newest(world)
    world.queues["ThumbQueue"].send(event, world.now)


def _remove_newest(world: World) -> None:
    key, version = list(world.uploaded)[-1]
    world.s3.delete_object(Bucket=BUCKETS["UploadsBucket"], Key=key, VersionId=version)
    del world.uploaded[key, version]


def delete_marker(world: World) -> None:
    """A version stays readable behind a delete marker."""
    world.order()
    event = world.upload(tell=False)
    world.s3.delete_object(Bucket=BUCKETS["UploadsBucket"], Key=upload_key(PHOTO_ID))
    world.tell(event)


def uploaded(body: bytes) -> Script:
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


def invocation_answer_lost(world: World) -> None:
    """The endpoint took the job, and the connection broke before it said so."""

    def strike(event: str, request: object) -> None:
        world.accept(request)
        slow(event, request)

    world.inject_fault(InjectedFault("router", "endpoint.submit", WIRE, strike))
    world.order()
    world.upload()


def notice_late(world: World) -> None:
    world.notices_lost = 1
    world.order()
    world.upload()
    world.run_for(30)
    world.notification(world.job_id(), "Completed", after=5 * 3600)


def success_after_failure(world: World) -> None:
    """A notification that the job failed, sent while its report is already there."""
    world.order()
    world.notices_lost = 1
    world.upload()
    world.run_for(30)
    world.notification(world.job_id(), "Failed")
    world.notification(world.job_id(), "Completed", after=1)


def forged(status_word: str, job_id: str = f"{PHOTO_ID}-{'f' * 16}") -> Script:
    def script(world: World) -> None:
        world.order()
        world.upload()
        world.notification(job_id, status_word, after=2)

    return script


def forged_for_the_job(status_word: str, at: float) -> Script:
    """Someone who knows the job's id says it has ended while it has not."""

    def script(world: World) -> None:
        world.order()
        world.upload()
        world.run_for(at)
        world.notification(world.job_id(), status_word)

    return script


def poison(*queues: str) -> Script:
    def script(world: World) -> None:
        world.order()
        world.upload()
        for queue in queues:
            world.queues[queue].send('{"neither": "event nor notification"}', world.now)

    return script


def poison_among_ten(world: World) -> None:
    for n in range(1, 10):
        world.order(f"{n:032x}")
        world.upload(makers.jpeg(64, 48), key=upload_key(f"{n:032x}"))
    world.queues["RouterQueue"].messages.insert(4, Message("{", world.now))


def outage_without_an_order(world: World) -> None:
    """A file put there directly while the table cannot be written, for fifteen minutes: no row tells of it."""
    for function in ("router", "thumbnailer"):
        world.inject_fault(InjectedFault(function, "photos.record_upload", WIRE, BROKEN, 5 * SDK_TRIES))
    world.upload()


def outage_then_sent_back(world: World) -> None:
    outage_without_an_order(world)
    world.run_for(1900)
    world.redrive()


def direct_put_unheard(world: World) -> None:
    world.lost = {"RouterQueue", "ThumbQueue"}
    world.upload(key="uploads/mug.jpg")


def uploaded_again_unheard(world: World) -> None:
    """The row is READY and closed; nothing but the bucket tells of the newer file."""
    world.order()
    world.upload(makers.jpeg(64, 48, "navy"))
    world.run_for(60)
    world.lost = {"RouterQueue", "ThumbQueue"}
    world.upload()


def never_heard_of(script: Script, messages: int) -> Script:
    """The sweeper's own messages are lost too, this many of them."""

    def unheard(world: World) -> None:
        world.resends_lost = messages
        script(world)

    return unheard


def upload_the_same_again(world: World) -> None:
    world.resends_lost, world.lost = 0, set()
    world.upload()


def original_gone_then_told_again(world: World) -> None:
    _remove_newest(world)
    world.tell(world.events[-1])


def sweepers_at_once(world: World) -> None:
    """A second sweeper runs inside the first one's resend."""
    world.notices_lost = world.endpoint.without_report = 1

    def second(*_: object) -> None:
        world.call("sweeper", {})

    world.inject_fault(InjectedFault("sweeper", "photos.postpone", BEFORE, second))
    world.order()
    world.upload()


def arrives_while_the_sweeper_looks(world: World) -> None:
    """The file comes between the sweeper's look and its closing; then the notification is lost."""
    world.notices_lost = 1

    def upload(*_: object) -> None:
        world.upload()
        world.run_for(1)

    world.order()
    world.inject_fault(InjectedFault("sweeper", "photos.close", BEFORE, upload))


def several_overdue_and_one_unreadable(world: World) -> None:
    """Three orders whose events were lost; S3 breaks off while the sweeper looks at the first."""
    world.lost = {"RouterQueue", "ThumbQueue"}
    for n in (1, 2, 3):
        world.order(f"{n:032x}")
        world.upload(key=upload_key(f"{n:032x}"))
    world.inject_fault(InjectedFault("sweeper", "objects.describe", WIRE, unreachable, SDK_TRIES))


CRASH_BETWEEN = "the worker died between the invocation and its record; the answer was still out"
OUTPUT_LOST = "the output is gone; there is nothing to settle from"
NO_ANSWER = "the endpoint took the job and never answered"

HOURS = FOREVER
THROTTLED = status(400, "ProvisionedThroughputExceededException")
BROKEN = status(500, "InternalServerError")
SLOW_DOWN = status(503, "SlowDown")
FORBIDDEN = status(403, "AccessDenied")

FAULTS: list[Fault] = [
    # Workers that die
    Fault(
        "router dies before the arrival is written",
        "router · table",
        dies("router", "photos.record_upload", BEFORE),
    ),
    Fault(
        "router dies after the arrival is written",
        "router · table",
        dies("router", "photos.record_upload", AFTER),
    ),
    Fault("router dies before the lease", "router · table", dies("router", "photos.lease", BEFORE)),
    Fault("router dies after the lease", "router · table", dies("router", "photos.lease", AFTER)),
    Fault("router dies before the ticket is put", "router · S3", dies("router", "objects.put", BEFORE)),
    Fault("router dies after the ticket is put", "router · S3", dies("router", "objects.put", AFTER)),
    Fault(
        "router dies before the invocation", "router · endpoint", dies("router", "endpoint.submit", BEFORE)
    ),
    Fault("router dies after the invocation", "router · endpoint", dies("router", "endpoint.submit", AFTER)),
    Fault(
        "router dies after the invocation, and the endpoint is slow",
        "router · endpoint",
        on_a_slow_endpoint(dies("router", "endpoint.submit", AFTER)),
        paid=2,
        why_paid=CRASH_BETWEEN,
    ),
    Fault(
        "router dies before the submission is recorded",
        "router · table",
        dies("router", "photos.record_submission", BEFORE),
    ),
    Fault(
        "router dies after the submission is recorded",
        "router · table",
        dies("router", "photos.record_submission", AFTER),
    ),
    Fault(
        "router dies before a refusal is recorded",
        "router · table",
        with_trouble(
            InjectedFault("router", "photos.record_failure", BEFORE, crash), uploaded(b"no picture")
        ),
        ends=failed("not_an_image"),
        paid=0,
    ),
    Fault(
        "router dies at every delivery",
        "router · table",
        dies("router", "photos.record_upload", BEFORE, times=FOREVER),
        ends=failed("deadline_passed"),
        paid=0,
        dead={"RouterDLQ": 3},
    ),
    Fault(
        "thumbnailer dies before the arrival",
        "thumbnailer · table",
        dies("thumbnailer", "photos.record_upload", BEFORE),
    ),
    Fault(
        "thumbnailer dies in the middle of the variants",
        "thumbnailer · S3",
        dies("thumbnailer", "objects.put", AFTER, spared=1),
    ),
    Fault(
        "thumbnailer dies before the variants are recorded",
        "thumbnailer · table",
        dies("thumbnailer", "photos.record_variants", BEFORE),
    ),
    Fault(
        "thumbnailer dies after the variants are recorded",
        "thumbnailer · table",
        dies("thumbnailer", "photos.record_variants", AFTER),
    ),
    Fault(
        "thumbnailer dies at every delivery",
        "thumbnailer · S3",
        dies("thumbnailer", "objects.get", BEFORE, times=FOREVER),
        ends=failed("deadline_passed"),
        dead={"ThumbDLQ": 3},
    ),
    Fault(
        "recorder dies before the results are recorded",
        "recorder · table",
        dies("recorder", "photos.record_results", BEFORE),
    ),
    Fault(
        "recorder dies after the results are recorded",
        "recorder · table",
        dies("recorder", "photos.record_results", AFTER),
    ),
    Fault(
        "recorder dies before the photo is closed",
        "recorder · table",
        dies("recorder", "photos.close", BEFORE),
    ),
    Fault(
        "recorder dies before a failure is recorded",
        "recorder · table",
        with_trouble(InjectedFault("recorder", "photos.record_failure", BEFORE, crash), endpoint(fails=1)),
        ends=failed("stylization_failed"),
    ),
    Fault(
        "recorder dies at every delivery",
        "recorder · table",
        dies("recorder", "photos.get", BEFORE, times=FOREVER),
        dead={"DoneDLQ": 1},
    ),
    # The table
    Fault("the table throttles once", "router · table", wire("router", "photos.lease", THROTTLED)),
    Fault(
        "the table throttles through all the SDK's tries",
        "router · table",
        wire("router", "photos.lease", THROTTLED, SDK_TRIES),
    ),
    Fault(
        "the table answers 500",
        "thumbnailer · table",
        wire("thumbnailer", "photos.record_variants", BROKEN, SDK_TRIES),
    ),
    Fault(
        "the table is slow", "recorder · table", wire("recorder", "photos.record_results", slow, SDK_TRIES)
    ),
    Fault(
        "the answer to a lease is lost, so that the SDK's second try finds it taken",
        "router · table",
        wire("router", "photos.lease", answer_lost),
    ),
    Fault(
        "the answer to the variants' record is lost, and the second try finds it there",
        "thumbnailer · table",
        wire("thumbnailer", "photos.record_variants", answer_lost),
    ),
    Fault(
        "the answer to the results' record is lost, and the second try finds it there",
        "recorder · table",
        wire("recorder", "photos.record_results", answer_lost),
    ),
    Fault(
        "the table is down for fifteen minutes, for a photo without an order",
        "router · table",
        outage_without_an_order,
        dead={"RouterDLQ": 1, "ThumbDLQ": 1},
    ),
    Fault("the same, and the dead letters are sent back", "router · table", outage_then_sent_back),
    Fault(
        "dead letters are sent back after the sweeper has settled it",
        "router · table",
        outage_without_an_order,
        then=World.redrive,
    ),
    # S3
    Fault(
        "the upload is gone for ever before it is read",
        "router · S3",
        object_deleted,
        ends=failed("upload_gone"),
        paid=0,
    ),
    Fault(
        "the upload is gone after the router has checked it",
        "thumbnailer · S3",
        object_deleted_while_waiting,
        ends=failed("upload_gone"),
    ),
    Fault("a delete marker hides the upload", "router · S3", delete_marker),
    Fault("S3 says slow down", "router · S3", wire("router", "objects.get_head", SLOW_DOWN, SDK_TRIES)),
    Fault("S3 forbids reading, once", "thumbnailer · S3", wire("thumbnailer", "objects.get", FORBIDDEN)),
    Fault(
        "S3 forbids reading, for good",
        "thumbnailer · S3",
        wire("thumbnailer", "objects.get", FORBIDDEN, HOURS),
        ends=failed("deadline_passed"),
        dead={"ThumbDLQ": 3},
    ),
    Fault("S3 answers too slowly", "thumbnailer · S3", wire("thumbnailer", "objects.get", slow, SDK_TRIES)),
    Fault(
        "S3 breaks off in the middle of a body",
        "thumbnailer · S3",
        wire("thumbnailer", "objects.get", truncated),
    ),
    Fault(
        "S3 breaks off in the middle of the report",
        "recorder · S3",
        wire("recorder", "objects.get", truncated),
    ),
    Fault(
        "S3 refuses a variant", "thumbnailer · S3", wire("thumbnailer", "objects.put", SLOW_DOWN, SDK_TRIES)
    ),
    Fault(
        "the report cannot be read for an hour",
        "recorder · S3",
        wire("recorder", "objects.get", SLOW_DOWN, 5 * SDK_TRIES),
        dead={"DoneDLQ": 1},
    ),
    # The endpoint
    Fault(
        "the endpoint throttles",
        "router · endpoint",
        wire("router", "endpoint.submit", status(400, "ThrottlingException"), 3),
    ),
    Fault(
        "the endpoint answers 500",
        "router · endpoint",
        wire("router", "endpoint.submit", status(500, "InternalFailure"), 3),
    ),
    Fault(
        "the endpoint cannot be reached",
        "router · endpoint",
        wire("router", "endpoint.submit", unreachable, 3),
    ),
    Fault(
        "there is no such endpoint",
        "router · endpoint",
        wire("router", "endpoint.submit", status(400, "ValidationError"), HOURS),
        ends=failed("deadline_passed"),
        paid=0,
        dead={"RouterDLQ": 3},
    ),
    Fault(
        "the role may not invoke the endpoint, until it may",
        "router · endpoint",
        wire("router", "endpoint.submit", status(403, "AccessDeniedException"), 4),
    ),
    Fault("the answer to the invocation is lost", "router · endpoint", invocation_answer_lost),
    Fault(
        "the container fails", "endpoint · container", endpoint(fails=1), ends=failed("stylization_failed")
    ),
    Fault(
        "the container refuses the photo",
        "endpoint · container",
        endpoint(refuses=1),
        ends=failed("damaged_image"),
    ),
    Fault(
        "the endpoint never answers once",
        "endpoint · container",
        endpoint(silent=1),
        paid=2,
        why_paid=NO_ANSWER,
    ),
    Fault(
        "the endpoint never answers",
        "endpoint · container",
        endpoint(silent=99),
        ends=failed("deadline_passed"),
        paid=3,
        why_paid=NO_ANSWER,
    ),
    Fault(
        "success without an output",
        "endpoint · results",
        endpoint(without_report=1),
        paid=2,
        dead={"DoneDLQ": 1},
        why_paid=OUTPUT_LOST,
    ),
    Fault(
        "the report is cut short",
        "endpoint · results",
        endpoint(corrupt_reports=1),
        paid=2,
        dead={"DoneDLQ": 1},
        why_paid=OUTPUT_LOST,
    ),
    Fault(
        "the report is always cut short",
        "endpoint · results",
        endpoint(corrupt_reports=99),
        ends=failed("deadline_passed"),
        paid=3,
        dead={"DoneDLQ": 3},
        why_paid=OUTPUT_LOST,
    ),
    Fault(
        "the report is another job's",
        "endpoint · results",
        endpoint(foreign_reports=1),
        paid=2,
        dead={"DoneDLQ": 1},
        why_paid=OUTPUT_LOST,
    ),
    # Notices
    Fault("the notification is lost", "endpoint · notification", notifications(notices_lost=1)),
    Fault(
        "the failure notification is lost",
        "endpoint · notification",
        endpoint(fails=1, without_notice=1),
        ends=failed("stylization_failed"),
    ),
    Fault("the notification comes twice", "endpoint · notification", notifications(notices_doubled=True)),
    Fault(
        "the notification comes before the router has recorded",
        "endpoint · notification",
        notifications(batch_size=True),
    ),
    Fault("the notification comes five hours late", "endpoint · notification", notice_late),
    Fault("failure and success of one job, reordered", "endpoint · notification", success_after_failure),
    Fault("a forged success for a job of no one", "notification · forged", forged("Completed")),
    Fault("a forged failure for a job of no one", "notification · forged", forged("Failed")),
    Fault(
        "a notification of a foreign photo",
        "notification · forged",
        forged("Failed", f"{'9' * 32}-{'f' * 16}"),
    ),
    Fault("a forged success while the job runs", "notification · forged", forged_for_the_job("Completed", 2)),
    Fault("a forged failure while the job runs", "notification · forged", forged_for_the_job("Failed", 2)),
    Fault(
        "a forged failure after the job is done", "notification · forged", forged_for_the_job("Failed", 60)
    ),
    # Upload events
    Fault("the upload event comes twice", "S3 · event", told_twice),
    Fault("the upload event comes again six hours later", "S3 · event", told_again_much_later),
    Fault("two uploads of a key, events reordered", "S3 · event", events_reordered),
    Fault("the older of two uploads' events is lost", "S3 · event", older_event_lost),
    Fault(
        "uploaded again while being styled",
        "S3 · event",
        uploaded_again_while_styled,
        paid=2,
        uploads=2,
    ),
    Fault("uploaded again when ready", "S3 · event", uploaded_again_when_ready, paid=2, uploads=2),
    Fault("the router's event is lost", "S3 · event", lost_for("RouterQueue")),
    Fault("the thumbnailer's event is lost", "S3 · event", lost_for("ThumbQueue")),
    Fault("both events are lost", "S3 · event", lost_for("RouterQueue", "ThumbQueue")),
    Fault("both events are lost, for a photo without an order", "S3 · event", direct_put_unheard),
    Fault(
        "uploaded again when ready, and both events are lost",
        "S3 · event",
        uploaded_again_unheard,
        paid=2,
        uploads=2,
    ),
    Fault(
        "both events come after the sweeper has found the file", "S3 · event", event_late_after_the_sweeper
    ),
    Fault("both come then, and name no version", "S3 · event", nameless_event_late_after_the_sweeper),
    Fault(
        "a key with spaces, signs and characters of two scripts", "S3 · event", put_directly_with_an_odd_name
    ),
    Fault(
        "found and given up, then the same bytes are uploaded again",
        "S3 · event",
        never_heard_of(lost_for("RouterQueue", "ThumbQueue"), 99),
        then=upload_the_same_again,
    ),
    Fault(
        "the event comes again when the photo is READY and the original is gone",
        "S3 · event",
        one_photo(),
        then=original_gone_then_told_again,
    ),
    Fault("the order has expired when its file comes", "S3 · event", order_gone_by_ttl),
    Fault("the file never comes", "S3 · event", no_file_ever, ends="AWAITING_UPLOAD", paid=0),
    Fault("not a picture", "S3 · event", uploaded(b"no picture at all"), ends=failed("not_an_image"), paid=0),
    # Poison
    Fault("a poison message for the router", "router · queue", poison("RouterQueue"), dead={"RouterDLQ": 1}),
    Fault(
        "a poison message for the thumbnailer",
        "thumbnailer · queue",
        poison("ThumbQueue"),
        dead={"ThumbDLQ": 1},
    ),
    Fault("a poison message for the recorder", "recorder · queue", poison("DoneQueue"), dead={"DoneDLQ": 1}),
    Fault(
        "one poison among nine good ones",
        "router · queue",
        poison_among_ten,
        paid=9,
        uploads=9,
        dead={"RouterDLQ": 1},
    ),
    # The sweeper
    Fault(
        "the sweeper dies after postponing",
        "sweeper · table",
        with_trouble(
            InjectedFault("sweeper", "photos.postpone", AFTER, crash), notifications(notices_lost=1)
        ),
    ),
    Fault(
        "the sweeper dies before it sends round again",
        "sweeper · queues",
        with_trouble(
            InjectedFault("sweeper", "events.resend", BEFORE, crash), lost_for("RouterQueue", "ThumbQueue")
        ),
    ),
    Fault(
        "the sweeper dies between freeing the job and sending it round",
        "sweeper · table",
        with_trouble(InjectedFault("sweeper", "photos.release", AFTER, crash), endpoint(silent=1)),
        paid=2,
        why_paid=NO_ANSWER,
    ),
    Fault(
        "the sweeper dies before it gives up",
        "sweeper · table",
        with_trouble(InjectedFault("sweeper", "photos.record_failure", BEFORE, crash), endpoint(silent=99)),
        ends=failed("deadline_passed"),
        paid=3,
        why_paid=NO_ANSWER,
    ),
    Fault(
        "the queues refuse what the sweeper sends",
        "sweeper · queues",
        with_trouble(
            InjectedFault("sweeper", "events.resend", WIRE, status(503, "ServiceUnavailable"), SDK_TRIES),
            lost_for("RouterQueue", "ThumbQueue"),
        ),
    ),
    Fault(
        "what the sweeper sends is lost once",
        "sweeper · queues",
        never_heard_of(lost_for("RouterQueue", "ThumbQueue"), messages=2),
    ),
    Fault(
        "what the sweeper sends is lost again and again",
        "sweeper · queues",
        never_heard_of(lost_for("RouterQueue", "ThumbQueue"), FOREVER),
        ends=failed("deadline_passed"),
        paid=0,
    ),
    Fault(
        "the same, for a photo without an order",
        "sweeper · queues",
        never_heard_of(direct_put_unheard, FOREVER),
        ends=failed("deadline_passed"),
        paid=0,
    ),
    Fault(
        "the table is down for the sweeper",
        "sweeper · table",
        with_trouble(
            InjectedFault("sweeper", "photos.due", WIRE, BROKEN, 3 * SDK_TRIES), notifications(notices_lost=1)
        ),
        dead={"SweeperDLQ": 1},
    ),
    Fault("two sweepers at once", "sweeper · table", sweepers_at_once, paid=2, why_paid=OUTPUT_LOST),
    Fault(
        "S3 breaks off for one of three overdue photos",
        "sweeper · S3",
        several_overdue_and_one_unreadable,
        paid=3,
        uploads=3,
    ),
    Fault(
        "the file comes while the sweeper looks for it", "sweeper · table", arrives_while_the_sweeper_looks
    ),
]
