"""Faults on the local run: processes are killed, messages dropped, doubled, malformed or forged."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.faults.local_lab import MODEL, QUEUES, VISIBILITY_SECONDS, Lab

FLOOD_UPLOADS = 30
FLOOD_VISIBILITY_SECONDS = 180
"""As the template's."""
MALFORMED_MESSAGE = '{"neither": "event nor notification"}'


@dataclass(frozen=True)
class LocalFault:
    """`script` uploads the photo and injects a fault; then the system runs until it is idle."""

    name: str
    script: Callable[[Lab], None]
    ends: str = "READY"
    paid: int = 1
    dead: dict[str, int] = field(default_factory=dict)


def killed_mid_photo(function: str) -> Callable[[Lab], None]:
    def script(lab: Lab) -> None:
        lab.put()
        lab.until(f"work for {function}", lab.photo)
        lab.kill(function)

    return script


def model_server_killed(lab: Lab) -> None:
    """The photo waits in the endpoint's queue until the container runs again."""
    lab.kill(MODEL)
    lab.put()


def flood(lab: Lab) -> None:
    """The endpoint is stopped while all deadlines pass three times: nothing is resent, and no photo fails.

    No message fails here, so none has to come back soon. On a busy machine a batch of ten takes the router
    longer than the short visibility of the other faults, and would be received again until it is dead."""
    lab.set_visibility(FLOOD_VISIBILITY_SECONDS)
    with lab.stopped(MODEL):
        lab.flood(FLOOD_UPLOADS)
        lab.until("all submitted", lambda: submitted(lab) == FLOOD_UPLOADS)
        for _ in range(3):
            lab.sweep()
    assert not any(each.retried for each in lab.photos())


def submitted(lab: Lab) -> int:
    return sum(1 for photo in lab.photos() if photo.job and photo.job.submitted_at)


def emulator_paused(lab: Lab) -> None:
    lab.put()
    lab.pause(2)


def notification_dropped(lab: Lab) -> None:
    lab.enable_reader("RecorderReads", on=False)
    lab.put()
    lab.until("a notification", lambda: lab.depth("DoneQueue"))
    lab.sqs.purge_queue(QueueUrl=lab.resources["DoneQueue"])
    lab.enable_reader("RecorderReads", on=True)
    lab.until("variants", lambda: (photo := lab.photo()) and photo.variants)
    lab.sweep_by_schedule()
    lab.until("the sweeper", lambda: (photo := lab.photo()) and photo.results)


def events_dropped(lab: Lab) -> None:
    lab.enable_rule(on=False)
    lab.put()
    lab.enable_rule(on=True)
    assert lab.photo() is None
    lab.send("RouterQueue", lab.event())
    lab.until_leased()
    lab.sweep()


def events_doubled(lab: Lab) -> None:
    lab.enable_rule(on=False)
    lab.put()
    lab.enable_rule(on=True)
    for queue in ("RouterQueue", "ThumbQueue") * 3:
        lab.send(queue, lab.event())


def notifications_repeated(lab: Lab) -> None:
    lab.put()
    lab.wait_for_end()
    for _ in range(3):
        lab.notify("Completed", lab.job_id())


def notifications_forged(lab: Lab) -> None:
    lab.put()
    lab.until_leased()
    lab.notify("Failed", lab.job_id())
    lab.notify("Failed", f"main.{lab.photo_id}.{'f' * 12}")
    lab.notify("Completed", f"main.{'9' * 32}.{'f' * 12}")


def malformed_messages(lab: Lab) -> None:
    lab.put()
    lab.wait_for_end()
    lab.set_visibility(1)
    for queue in QUEUES:
        lab.send(queue, MALFORMED_MESSAGE)
    lab.until("dead letters", lambda: len(lab.dead()) == len(QUEUES))
    lab.set_visibility(VISIBILITY_SECONDS)


def endpoint_missing(lab: Lab) -> None:
    """The router invokes an endpoint that does not exist, until its setting is corrected."""
    before = lab.configure("RouterFunction", STYLIZER_NAME="nobody", LEASE_SECONDS="1")
    lab.put()
    lab.until_leased()
    lab.configure("RouterFunction", **before)


def redriven(dead: str, queue: str) -> Callable[[Lab], None]:
    """A message is a dead letter and is redriven."""

    def script(lab: Lab) -> None:
        lab.enable_rule(on=False)
        lab.put()
        lab.enable_rule(on=True)
        for other in {"RouterQueue", "ThumbQueue"} - {queue}:
            lab.send(other, lab.event())
        lab.send(dead, lab.event())
        lab.redrive(queue)

    return script


def notification_redriven(lab: Lab) -> None:
    lab.enable_reader("RecorderReads", on=False)
    lab.put()
    lab.until("a notification", lambda: lab.depth("DoneQueue"))
    lab.sqs.purge_queue(QueueUrl=lab.resources["DoneQueue"])
    lab.send("DoneDLQ", f'{{"inferenceId": "{lab.job_id()}", "invocationStatus": "Completed"}}')
    lab.enable_reader("RecorderReads", on=True)
    lab.redrive("DoneQueue")


LOCAL_FAULTS: list[LocalFault] = [
    LocalFault("the thumbnailer's worker is killed", killed_mid_photo("Thumbnailer")),
    LocalFault("the recorder's worker is killed", killed_mid_photo("Recorder")),
    LocalFault("the model server is killed before a photo", model_server_killed),
    LocalFault(f"a flood: {FLOOD_UPLOADS} uploads while the endpoint is stopped", flood, paid=FLOOD_UPLOADS),
    LocalFault("the emulator is stopped for two seconds", emulator_paused),
    LocalFault("the notification is deleted from its queue", notification_dropped),
    LocalFault("the thumbnailer's event is lost", events_dropped),
    LocalFault("three events of one upload in each queue", events_doubled),
    LocalFault("four notifications of one job", notifications_repeated),
    LocalFault("forged notifications on the topics", notifications_forged),
    LocalFault(
        "a malformed message in each queue", malformed_messages, dead=dict.fromkeys(QUEUES.values(), 1)
    ),
    LocalFault("the endpoint does not exist for a while", endpoint_missing),
    LocalFault("an upload event is redriven from RouterDLQ", redriven("RouterDLQ", "RouterQueue")),
    LocalFault("an upload event is redriven from ThumbDLQ", redriven("ThumbDLQ", "ThumbQueue")),
    LocalFault("a notification is redriven from DoneDLQ", notification_redriven),
]
