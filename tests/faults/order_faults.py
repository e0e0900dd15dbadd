"""Faults of orders for a photo that is there: more looks, another attempt, a cancellation, an earlier version."""

from collections.abc import Callable

from limner.looks import MAX_LOOKS, Look
from tests import makers
from tests.faults.catalogue import (
    FAILED_BEFORE,
    NO_RESPONSE,
    Fault,
    Script,
    crashes,
    endpoint,
    failed,
    with_fault,
)
from tests.faults.wire import (
    AFTER,
    BEFORE,
    FOREVER,
    SDK_ATTEMPTS,
    WIRE,
    InjectedFault,
    crash,
    response_lost,
    slow,
    status,
)
from tests.faults.world import World

CARTOON = Look(styles={"cartoon": 1.0})
MOSAIC = Look(styles={"mosaic": 1.0})
ALL_ATTEMPTS_SECONDS = 1_200
"""In which a job fails as often as it may, with the pauses between."""
Action = Callable[[World], None]


def ready(world: World) -> None:
    """A photo with one picture."""
    world.order()
    world.upload(makers.jpeg(64, 48, "navy"))
    world.run_for(60)


def steps(*actions: Action) -> Script:
    def script(world: World) -> None:
        for action in actions:
            action(world)

    return script


def ready_then(*actions: Action) -> Script:
    return steps(ready, *actions)


def more(world: World) -> None:
    world.order_more(CARTOON)


def other(world: World) -> None:
    world.order_more(MOSAIC)


def cancel(world: World) -> None:
    world.cancel()


def retry(world: World) -> None:
    world.retry()


def restore(version: int) -> Action:
    return lambda world: world.restore(version)


def wait(seconds: float) -> Action:
    return lambda world: world.run_for(seconds)


def until_idle(world: World) -> None:
    world.run_until_idle()


def inject(function: str, seam: str, when: str, effect: Callable[..., object], times: int = 1) -> Action:
    return lambda world: world.inject_fault(InjectedFault(function, seam, when, effect, times))


def meanwhile(function: str, seam: str, action: Action) -> Action:
    """The action happens when the function is about to make the call."""

    def inject_action(world: World) -> None:
        world.inject_fault(InjectedFault(function, seam, BEFORE, lambda *_: action(world)))

    return inject_action


def further(
    function: str, seam: str, when: str, effect: Callable[..., object] = crash, times: int = 1
) -> Script:
    """A further order, with a fault that is injected when the first one has ended."""
    return ready_then(inject(function, seam, when, effect, times), more)


def behaving(**behaviour: float) -> Action:
    """The endpoint behaves so from now on."""

    def change(world: World) -> None:
        for name, value in behaviour.items():
            setattr(world.endpoint, name, value)

    return change


def first_notification_again(after: float = 0) -> Action:
    """Of the first job, which has ended."""

    def send(world: World) -> None:
        (job_id,) = world.endpoint.paid
        for text in ("Completed", "Failed"):
            world.notification(job_id, text, after=after)

    return send


def newest_notification_again(world: World) -> None:
    world.notification(list(world.endpoint.paid)[-1], "Completed")


def upload_again(world: World) -> None:
    world.upload()


def replaced_with_many_looks(world: World) -> None:
    """More looks than one ticket holds are made of the new file."""
    ready(world)
    strengths = [n / 100 for n in range(1, MAX_LOOKS + 1)]
    world.order_more(*(Look(styles={"oil": 1.0}, strength=strength) for strength in strengths))
    world.run_for(60)
    world.upload()


def queued_first_order(world: World) -> None:
    """The upload is recorded, and its message comes to the router again later."""
    world.inject_fault(InjectedFault("router", "photos.lease", BEFORE, crash))
    world.order()
    world.upload()
    world.run_for(2)


def running_first_order(world: World) -> None:
    world.order()
    world.upload()
    world.run_for(2)


REFUSED = status(503, "ServiceUnavailable")

FAULTS: list[Fault] = [
    # More looks, interrupted
    Fault("more looks", "storefront", ready_then(more), paid=2, orders=1, pictures=2, answers=()),
    Fault(
        "storefront crashes before a further order is recorded",
        "storefront · table",
        further("storefront", "photos.revise", BEFORE),
        pictures=1,
        answers=("no answer",),
    ),
    Fault(
        "storefront crashes after a further order is recorded",
        "storefront · table",
        further("storefront", "photos.revise", AFTER),
        paid=2,
        orders=1,
        pictures=2,
        answers=("no answer",),
    ),
    Fault(
        "storefront crashes after the message of a further order is sent",
        "storefront · queue",
        further("storefront", "events.route", AFTER),
        paid=2,
        orders=1,
        pictures=2,
        answers=("no answer",),
    ),
    Fault(
        "the queue refuses the message of a further order",
        "storefront · queue",
        further("storefront", "events.route", WIRE, REFUSED, SDK_ATTEMPTS),
        paid=2,
        orders=1,
        pictures=2,
        answers=("unavailable",),
    ),
    Fault(
        "the response to recording a further order is lost, so the SDK's retry finds it recorded",
        "storefront · table",
        further("storefront", "photos.revise", WIRE, response_lost),
        paid=2,
        orders=1,
        pictures=2,
        answers=(),
    ),
    Fault(
        "the table does not answer a further order",
        "storefront · table",
        further("storefront", "photos.revise", WIRE, slow, SDK_ATTEMPTS),
        pictures=1,
        answers=("unavailable",),
    ),
    Fault(
        "router crashes after the lease of a further order",
        "router · table",
        further("router", "photos.lease", AFTER),
        paid=2,
        orders=1,
        pictures=2,
    ),
    Fault(
        "router crashes after the invocation of a further order",
        "router · endpoint",
        further("router", "endpoint.submit", AFTER),
        paid=2,
        orders=1,
        pictures=2,
    ),
    Fault(
        "router crashes after the submission of a further order is recorded",
        "router · table",
        further("router", "photos.record_submission", AFTER),
        paid=2,
        orders=1,
        pictures=2,
    ),
    Fault(
        "recorder crashes before the results of a further order are recorded",
        "recorder · table",
        further("recorder", "photos.record_results", BEFORE),
        paid=2,
        orders=1,
        pictures=2,
    ),
    Fault(
        "recorder crashes after the results of a further order are recorded",
        "recorder · table",
        further("recorder", "photos.record_results", AFTER),
        paid=2,
        orders=1,
        pictures=2,
    ),
    Fault(
        "the table is slow for the results of a further order",
        "recorder · table",
        further("recorder", "photos.record_results", WIRE, slow, SDK_ATTEMPTS),
        paid=2,
        orders=1,
        pictures=2,
    ),
    # More looks, with messages of other orders
    Fault(
        "the notification of a further order is duplicated",
        "endpoint · notification",
        ready_then(more, wait(30), newest_notification_again),
        paid=2,
        orders=1,
        pictures=2,
    ),
    Fault(
        "notifications of the first order are repeated before a further one is routed",
        "endpoint · notification",
        ready_then(first_notification_again(), more),
        paid=2,
        orders=1,
        pictures=2,
    ),
    Fault(
        "notifications of the first order are repeated while a further one runs",
        "endpoint · notification",
        ready_then(more, first_notification_again(after=3)),
        paid=2,
        orders=1,
        pictures=2,
    ),
    Fault(
        "the upload event is repeated while a further order runs",
        "S3 · event",
        ready_then(more, lambda world: world.send_event(world.events[-1], after=3)),
        paid=2,
        orders=1,
        pictures=2,
    ),
    Fault(
        "two callers order different looks at once",
        "storefront · table",
        ready_then(meanwhile("storefront", "photos.revise", other), more),
        paid=2,
        orders=1,
        pictures=2,
        answers=("order_running",),
    ),
    Fault(
        "two callers order the same look at once",
        "storefront · table",
        ready_then(meanwhile("storefront", "photos.revise", more), more),
        paid=2,
        orders=1,
        pictures=2,
    ),
    Fault(
        "uploaded again while a further order runs",
        "S3 · event",
        ready_then(more, wait(2), upload_again),
        paid=3,
        uploads=2,
        orders=1,
        pictures=2,
    ),
    Fault(
        "replaced when it has more looks than a ticket holds",
        "S3 · event",
        replaced_with_many_looks,
        paid=4,
        uploads=3,
        orders=1,
        pictures=MAX_LOOKS + 1,
    ),
    # Further orders that fail
    Fault(
        "the container fails for a further order",
        "endpoint · container",
        ready_then(behaving(fails=1), more),
        paid=3,
        orders=1,
        pictures=2,
        why_paid=FAILED_BEFORE,
    ),
    Fault(
        "the container fails at every attempt for a further order",
        "endpoint · container",
        ready_then(behaving(fails=4), more),
        ends=failed("stylization_failed"),
        paid=5,
        orders=1,
        pictures=1,
        why_paid=FAILED_BEFORE,
    ),
    Fault(
        "the same, and it is tried again",
        "endpoint · container",
        ready_then(behaving(fails=4), more, wait(ALL_ATTEMPTS_SECONDS), retry),
        paid=6,
        orders=2,
        pictures=2,
        why_paid=FAILED_BEFORE,
    ),
    Fault(
        "the same, and it is cancelled",
        "endpoint · container",
        ready_then(behaving(fails=4), more, wait(ALL_ATTEMPTS_SECONDS), cancel),
        paid=5,
        orders=1,
        pictures=1,
        why_paid=FAILED_BEFORE,
    ),
    Fault(
        "the endpoint finishes no invocation of a further order",
        "endpoint · container",
        ready_then(behaving(silent=99), more),
        ends=failed("deadline_passed"),
        paid=4,
        orders=1,
        pictures=1,
        why_paid=NO_RESPONSE,
    ),
    Fault(
        "the same, and it is tried again when the endpoint works",
        "endpoint · container",
        ready_then(behaving(silent=99), more, until_idle, behaving(silent=0), retry),
        paid=5,
        orders=2,
        pictures=2,
        why_paid=NO_RESPONSE,
    ),
    # Another attempt
    Fault(
        "a photo that failed is tried again",
        "storefront · table",
        endpoint(fails=4),
        then=retry,
        paid=5,
        orders=1,
        pictures=1,
        why_paid=FAILED_BEFORE,
    ),
    Fault(
        "storefront crashes after another attempt is recorded",
        "storefront · table",
        with_fault(InjectedFault("storefront", "photos.revise", AFTER, crash), endpoint(fails=4)),
        then=retry,
        paid=5,
        orders=1,
        pictures=1,
        answers=("no answer",),
        why_paid=FAILED_BEFORE,
    ),
    Fault(
        "a photo whose variants could not be made is tried again",
        "storefront · queues",
        steps(crashes("thumbnailer", "objects.get", BEFORE, times=5), wait(3_000), retry),
        orders=1,
        dead={"ThumbDLQ": 1},
        pictures=1,
    ),
    # Cancellations
    Fault(
        "a first order is cancelled while its message waits",
        "storefront · table",
        steps(queued_first_order, cancel),
        ends=failed("cancelled"),
        paid=0,
        pictures=0,
    ),
    Fault(
        "a first order is cancelled while its job runs",
        "storefront · table",
        steps(running_first_order, cancel),
        ends=failed("cancelled"),
        pictures=0,
    ),
    Fault(
        "the same, and it is tried again before the job has ended",
        "storefront · table",
        steps(running_first_order, cancel, retry),
        paid=2,
        orders=1,
        pictures=1,
    ),
    Fault(
        "a further order is cancelled while its job runs",
        "storefront · table",
        ready_then(more, wait(2), cancel),
        paid=2,
        orders=1,
        pictures=1,
    ),
    Fault(
        "the same, and the look is ordered again before the job has ended",
        "storefront · table",
        ready_then(more, wait(2), cancel, more),
        paid=3,
        orders=2,
        pictures=2,
    ),
    Fault(
        "a further order is cancelled when its results are about to be recorded",
        "recorder · table",
        ready_then(more, meanwhile("recorder", "photos.record_results", cancel)),
        paid=2,
        orders=1,
        pictures=1,
    ),
    Fault(
        "a further order ends when its cancellation is about to be recorded",
        "storefront · table",
        ready_then(more, wait(2), meanwhile("storefront", "photos.revise", wait(30)), cancel),
        paid=2,
        orders=1,
        pictures=2,
        answers=("nothing_to_cancel",),
    ),
    Fault(
        "a further order is cancelled when its job is about to be leased",
        "router · table",
        ready_then(more, meanwhile("router", "photos.lease", cancel)),
        orders=1,
        pictures=1,
    ),
    Fault(
        "a further order is cancelled between its lease and its invocation",
        "router · endpoint",
        ready_then(more, meanwhile("router", "endpoint.submit", cancel)),
        paid=2,
        orders=1,
        pictures=1,
    ),
    Fault(
        "storefront crashes before a cancellation is recorded",
        "storefront · table",
        ready_then(more, wait(2), inject("storefront", "photos.revise", BEFORE, crash), cancel),
        paid=2,
        orders=1,
        pictures=2,
        answers=("no answer",),
    ),
    Fault(
        "the response to a cancellation is lost, so the SDK's retry finds it recorded",
        "storefront · table",
        ready_then(more, wait(2), inject("storefront", "photos.revise", WIRE, response_lost), cancel),
        paid=2,
        orders=1,
        pictures=1,
        answers=(),
    ),
    Fault(
        "two callers cancel at once",
        "storefront · table",
        steps(running_first_order, meanwhile("storefront", "photos.revise", cancel), cancel),
        ends=failed("cancelled"),
        pictures=0,
        answers=(),
    ),
    Fault(
        "uploaded again after a cancellation",
        "S3 · event",
        steps(running_first_order, cancel, upload_again),
        paid=2,
        uploads=2,
        pictures=1,
    ),
    # Earlier versions
    Fault(
        "an earlier version is restored, and notifications of all orders are repeated",
        "endpoint · notification",
        ready_then(more, wait(60), restore(1), newest_notification_again),
        paid=2,
        orders=1,
        pictures=1,
    ),
    Fault(
        "storefront crashes before an earlier version is recorded",
        "storefront · table",
        ready_then(more, wait(60), inject("storefront", "photos.revise", BEFORE, crash), restore(1)),
        paid=2,
        orders=1,
        pictures=2,
        answers=("no answer",),
    ),
    Fault(
        "the report of an earlier version cannot be read",
        "storefront · S3",
        ready_then(more, wait(60), inject("storefront", "objects.get", WIRE, REFUSED, FOREVER), restore(1)),
        paid=2,
        orders=1,
        pictures=2,
        answers=("unavailable",),
    ),
]
