"""Faults on the local run: real processes are killed, real queues are poisoned, notifications are forged."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.faults.local_lab import MODEL, QUEUES, VISIBILITY, Lab

FLOOD = 30
POISON = '{"neither": "event nor notification"}'


@dataclass(frozen=True)
class LocalFault:
    """`script` puts the lab's photo and breaks something; then everything is left to come to rest."""

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
    """The next photo, behind it in the endpoint's queue, waits until the container is up again."""
    lab.kill(MODEL)
    lab.put()


def flood(lab: Lab) -> None:
    """The endpoint stands still while all deadlines pass three times: nothing is sent round, nothing given up."""
    with lab.stopped(MODEL):
        lab.flood(FLOOD)
        lab.until("all submitted", lambda: submitted(lab) == FLOOD)
        for _ in range(3):
            lab.sweep()
    assert not any(each.retried for each in lab.photos())


def submitted(lab: Lab) -> int:
    return sum(1 for each in lab.photos() if each.job and each.job.submitted_at)


def emulator_paused(lab: Lab) -> None:
    lab.put()
    lab.pause(2)


def notice_dropped(lab: Lab) -> None:
    lab.reader("RecorderReads", on=False)
    lab.put()
    lab.until("a notification", lambda: lab.depth("DoneQueue"))
    lab.sqs.purge_queue(QueueUrl=lab.resources["DoneQueue"])
    lab.reader("RecorderReads", on=True)
    lab.until("variants", lambda: (photo := lab.photo()) and photo.variants)
    lab.sweep()


def events_dropped(lab: Lab) -> None:
    lab.rule(on=False)
    lab.put()
    lab.rule(on=True)
    assert lab.photo() is None
    lab.send("RouterQueue", lab.event())
    lab.until_leased()
    lab.sweep()


def events_doubled(lab: Lab) -> None:
    lab.rule(on=False)
    lab.put()
    lab.rule(on=True)
    for queue in ("RouterQueue", "ThumbQueue") * 3:
        lab.send(queue, lab.event())


def notices_doubled(lab: Lab) -> None:
    lab.put()
    lab.ending()
    for _ in range(3):
        lab.tell("Completed", lab.job_id())


def notices_forged(lab: Lab) -> None:
    lab.put()
    lab.until_leased()
    lab.tell("Failed", lab.job_id())
    lab.tell("Failed", f"{lab.photo_id}-{'f' * 16}")
    lab.tell("Completed", f"{'9' * 32}-{'f' * 16}")


def poisoned(lab: Lab) -> None:
    lab.put()
    lab.ending()
    lab.visibility(1)
    for queue in QUEUES:
        lab.send(queue, POISON)
    lab.until("dead letters", lambda: len(lab.dead()) == len(QUEUES))
    lab.visibility(VISIBILITY)


def endpoint_absent(lab: Lab) -> None:
    """The router asks an endpoint that does not exist, until its settings are put right."""
    before = lab.configure("RouterFunction", ENDPOINT_NAME="nobody", LEASE_SECONDS="1")
    lab.put()
    lab.until_leased()
    lab.configure("RouterFunction", **before)


def sent_back(dead: str, queue: str) -> Callable[[Lab], None]:
    """A message lies among the dead letters and is sent back."""

    def script(lab: Lab) -> None:
        lab.rule(on=False)
        lab.put()
        lab.rule(on=True)
        for each in {"RouterQueue", "ThumbQueue"} - {queue}:
            lab.send(each, lab.event())
        lab.send(dead, lab.event())
        lab.redrive(queue)

    return script


def notice_sent_back(lab: Lab) -> None:
    lab.reader("RecorderReads", on=False)
    lab.put()
    lab.until("a notification", lambda: lab.depth("DoneQueue"))
    lab.sqs.purge_queue(QueueUrl=lab.resources["DoneQueue"])
    lab.send("DoneDLQ", f'{{"inferenceId": "{lab.job_id()}", "invocationStatus": "Completed"}}')
    lab.reader("RecorderReads", on=True)
    lab.redrive("DoneQueue")


LOCAL_FAULTS: list[LocalFault] = [
    LocalFault("the thumbnailer's worker is killed", killed_mid_photo("Thumbnailer")),
    LocalFault("the recorder's worker is killed", killed_mid_photo("Recorder")),
    LocalFault("the model server is killed before a photo", model_server_killed),
    LocalFault(f"a flood: {FLOOD} uploads while the endpoint stands still", flood, paid=FLOOD),
    LocalFault("the emulator stands still for two seconds", emulator_paused),
    LocalFault("the notification is deleted from its queue", notice_dropped),
    LocalFault("the thumbnailer's event is lost", events_dropped),
    LocalFault("three events of one upload to each queue", events_doubled),
    LocalFault("the notification comes four times", notices_doubled),
    LocalFault("forged notifications on the topics", notices_forged),
    LocalFault("poison in each queue", poisoned, dead=dict.fromkeys(QUEUES.values(), 1)),
    LocalFault("the endpoint is absent for a while", endpoint_absent),
    LocalFault("an upload event is sent back from RouterDLQ", sent_back("RouterDLQ", "RouterQueue")),
    LocalFault("an upload event is sent back from ThumbDLQ", sent_back("ThumbDLQ", "ThumbQueue")),
    LocalFault("a notification is sent back from DoneDLQ", notice_sent_back),
]
