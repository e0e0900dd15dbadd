"""What the soak's audit says of photos whose container died."""

from datetime import timedelta

import pytest

from benchmarks.service.soak.audit import CONNECTION_LOST, audit
from benchmarks.service.soak.evidence import Evidence
from benchmarks.service.soak.kills import Kills
from limner.photos import Failure, Retried
from tests import makers

NO_DEATHS = "no photo FAILED because a container died"
NEEDED = "no invocation repeated without need"


def evidence(photo, *, invocations=1, reason=""):
    job_id = photo.job.job_id
    return Evidence(
        uploads={},
        photos={photo.photo_id: photo},
        uploaded_objects={},
        versions=0,
        result_objects={},
        invocations={job_id: invocations},
        accepted_at={job_id: [makers.NOON + timedelta(minutes=n) for n in range(invocations)]},
        failure_reasons={job_id: reason} if reason else {},
        queue_depths={},
        dead_letters={},
        kills=Kills(),
    )


@pytest.fixture
def photo():
    return makers.photo(source=makers.source(), job=makers.job(submitted_at=makers.NOON))


def test_a_photo_that_failed_with_its_container_is_a_breach(photo):
    failure = Failure(
        sequencer=makers.SEQUENCER,
        code="stylization_failed",
        message="Styling failed 4 times",
        at=makers.NOON,
    )
    failed = photo.model_copy(update={"failure": failure})
    died = audit(evidence(failed, reason=f"{CONNECTION_LOST} server"))
    assert len(died.lines[NO_DEATHS]) == 1
    assert audit(evidence(photo, reason=f"{CONNECTION_LOST} server")).lines[NO_DEATHS] == []


def test_an_invocation_after_one_that_failed_was_needed(photo):
    failed_once = Retried(sequencer=makers.SEQUENCER, failed=1)
    tried_again = photo.model_copy(update={"retried": failed_once})
    assert audit(evidence(tried_again, invocations=2)).lines[NEEDED] == []
    assert len(audit(evidence(photo, invocations=2)).lines[NEEDED]) == 1
