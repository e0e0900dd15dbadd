"""Packs where the stylizer is a function: a failed invocation of a job is followed by another, one that expired
is not."""

import json
from dataclasses import replace

import pytest

from limner.adapters.lambda_function import AsyncFunction
from limner.function_contracts import parse_notification
from limner.packs.pack import PackOutcome, PackProblem
from limner.use_cases.advance_pack import MAX_ATTEMPTS
from limner.use_cases.outcomes import Outcome
from limner.use_cases.store_failure import StoreFailure
from tests import makers
from tests.unit.limner.use_cases.test_advance_pack import World


class FunctionWorld(World):
    def __init__(self):
        super().__init__()
        self.jobs = []
        function = AsyncFunction(self, name="stylizer", results_bucket="results", now=self.clock)
        self.advance = replace(self.advance, endpoint=function)
        self.store_failure = StoreFailure(objects=self.objects, results_bucket="results")

    def invoke(self, **sent):
        self.jobs.append(json.loads(sent["Payload"]))

    def end_job(self, job, condition, tier="lambda"):
        """What the recorder does with Lambda's record of the invocation."""
        record = {"requestContext": {"condition": condition}, "requestPayload": job}
        self.store_failure(parse_notification(json.dumps(record), tier))
        self.queue.send(self.pack.key, has_ended=True)


@pytest.fixture
def world():
    world = FunctionWorld()
    world.order()
    world.deliver()
    return world


def test_a_failed_job_is_submitted_again_and_ends_after_the_last_attempt(world):
    for attempt in range(1, MAX_ATTEMPTS + 1):
        assert len(world.jobs) == attempt
        world.clock.advance(seconds=20)
        world.end_job(world.jobs[-1], "RetriesExhausted")
        world.deliver()
    assert len(world.jobs) == MAX_ATTEMPTS
    assert (world.photo().outcome, world.photo().code) == (PackOutcome.FAILED, PackProblem.FAILED)
    assert world.usage.jobs == 0


def test_a_record_that_comes_again_fails_no_later_submission(world):
    (first,) = world.jobs
    world.end_job(first, "RetriesExhausted")
    world.clock.advance(seconds=20)
    world.deliver()
    world.end_job(first, "RetriesExhausted")
    world.deliver()
    assert world.photo().outcome is None
    assert len(world.jobs) == 2


@pytest.mark.parametrize(
    ("condition", "tier"),
    [("Success", "lambda"), ("EventAgeExceeded", "lambda"), ("RetriesExhausted", "sagemaker")],
)
def test_what_proves_no_failure_stores_none(world, condition, tier):
    world.end_job(world.jobs[-1], condition, tier)
    world.deliver()
    assert world.photo().outcome is None
    assert len(world.jobs) == 1


@pytest.mark.parametrize("tier", ["sagemaker", "lambda"])
@pytest.mark.parametrize(
    ("condition", "tenant", "counted"),
    [
        ("RetriesExhausted", makers.TENANT, [Outcome.STYLIZATION_RETRIED]),
        ("RetriesExhausted", "test_main", []),
        ("Success", makers.TENANT, []),
    ],
)
def test_a_failed_attempt_at_a_pack_counts_as_one_at_a_photo_does(world, tier, condition, tenant, counted):
    """So an image that fails packs alone is taken back too."""
    job = world.jobs[0] | {"job_id": world.jobs[0]["job_id"].replace(makers.TENANT, tenant)}
    record = {"requestContext": {"condition": condition}, "requestPayload": job}
    assert world.store_failure(parse_notification(json.dumps(record), tier)) == counted
