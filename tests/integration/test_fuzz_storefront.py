"""Fuzzed calls of the HTTP API in process, on moto: single calls, and sequences in which a call uses what another
has returned. `make fuzz` sends 10,000.

The calls follow docs/openapi.json and break it: types, limits, encodings, headers, methods, credentials. No answer
may be a 5xx or differ from the description, and every error is a problem document.
"""

import os
import re
from collections import Counter
from contextlib import suppress
from math import ceil

import boto3
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import FlakyStrategyDefinition
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from limner.adapters.dynamodb_batches import DynamoDbBatches
from limner.adapters.dynamodb_campaigns import DynamoDbCampaigns
from limner.adapters.dynamodb_collections import DynamoDbCollections
from limner.adapters.dynamodb_packs import DynamoDbPacks
from limner.adapters.dynamodb_webhooks import DynamoDbWebhooks
from limner.adapters.own_styles import DynamoDbOwnStyles
from limner.adapters.webhook_secrets import KmsSecretBox
from limner.api.problems import PROBLEM_MEDIA_TYPE
from limner.batches import Batch
from limner.bootstrap import pipeline
from limner.campaigns.campaign import Member, MemberOutcome
from limner.errors import StaleWrite
from limner.packs.pack import Pack
from limner.recommendation.visitor_events import VISITOR_PATTERN
from limner.reviews.decisions import REVIEW_ID_PATTERN
from limner.views.problems import Problem
from limner.webhooks import DELIVERY_ID_PATTERN, StoredSecret
from tests import campaign_makers, makers
from tests.callers import KeyGateway, caller
from tests.function_modules import load
from tests.integration.conftest import NAMES

CALLS = int(os.environ.get("LIMNER_FUZZED_CALLS", "400"))
LONG_RUN_CALLS = 1_000
"""A shorter run has two or three calls for each operation: which of them succeed differs with the constants that
hypothesis collects from the modules loaded beside it, so only a long run is asked what it has reached."""
STEPS = 10
"""Calls in one sequence, at most."""
CALL_SECONDS = 300
"""Only a call that hangs takes so long, also on a busy machine."""
KEY = "lk_test_fuzz"
NOT_IN_A_SCHEMA = [positive_data_acceptance]
"""No JSON schema says which cursors are signed and which styles there are."""
ID_OF_A_HASH = "{review_id}"
"""Of a picture: no call can guess one."""
FIRST_OF_A_SEQUENCE = {"POST /v1/photos", "POST /v1/photos/import", "POST /v1/styles", "POST /v1/webhooks"}
"""What makes something that other calls use. schemathesis itself would never order a photo: it takes `external_id`
for the id of a resource that no call makes."""
HTTP_ERROR = 400
NOT_FOUND = 404


def described_path(path):
    """With the names of its ids, as the description has it."""
    path = re.sub(DELIVERY_ID_PATTERN, "{delivery_id}", path)
    path = re.sub("(?<=/webhooks/)[0-9a-f]{32}", "{webhook_id}", path)
    path = re.sub("(?<=/own/)own-[0-9a-f]{12}", "{style_id}", path)
    path = re.sub("(?<=/batches/)[0-9a-f]{32}", "{batch_id}", path)
    path = re.sub("(?<=/collections/)[0-9a-f]{32}", "{collection_id}", path)
    path = re.sub("(?<=/campaigns/)[0-9a-f]{32}", "{campaign_id}", path)
    path = re.sub("(?<=/packs/)[0-9a-f]{32}", "{pack_id}", path)
    path = re.sub("(?<=/archives/)[a-z0-9-]+", "{marketplace}", path)
    path = re.sub(f"(?<=/reviews/){REVIEW_ID_PATTERN}", "{review_id}", path)
    path = re.sub(f"(?<=/visitors/){VISITOR_PATTERN.strip('^$')}", "{visitor}", path)
    return re.sub("[0-9a-f]{32}", "{photo_id}", path)


class CountedApp:
    """The app, and how often each kind of call got each status."""

    def __init__(self, app) -> None:
        self._app = app
        self.answers = Counter()

    async def __call__(self, scope, receive, send) -> None:
        async def count(message) -> None:
            if message["type"] == "http.response.start":
                self.answers[scope["method"], described_path(scope["path"]), message["status"]] += 1
            await send(message)

        await self._app(scope, receive, count)


@pytest.fixture
def app(storefront_aws, tenants_table, router_queues, function_environment, monkeypatch):
    function_environment("StorefrontFunction")
    monkeypatch.setattr("limner.use_cases.manage_webhooks.MAX_ENDPOINTS", 10**6)  # no call changes another's
    monkeypatch.setenv("LONG_POLLS_PER_TENANT", "0")  # a call with `wait` is answered at once
    monkeypatch.setenv("ERASE_QUEUE_URL", boto3.client("sqs").create_queue(QueueName="erase")["QueueUrl"])
    app = CountedApp(KeyGateway(load("storefront").app, KEY, caller()))
    photos = pipeline.photos("limner-photos")
    for number in range(3):
        photo = makers.photo(photo_id=f"{number:032x}", source=makers.source())
        photos.record_upload(photo)
        photos.record_results(photo.key, makers.results())
        photos.record_variants(photo.key, makers.variants())
    DynamoDbOwnStyles(tenants_table).add(makers.own_style(style_id="own-000000000000"))
    return app


@pytest.fixture
def add_records(webhooks_table, webhook_key, tenants_table, requests_table, campaigns_table):
    """A webhook, an own style, a batch, a collection, a campaign and a pack with the ids that hypothesis tries
    first; also after a call has removed them."""

    def add():
        _add_webhook(webhooks_table, webhook_key)
        with suppress(StaleWrite):
            DynamoDbOwnStyles(tenants_table).add(makers.own_style(style_id="own-000000000000"))
        ids = {"batch_id": "0" * 32, "photo_ids": ("0" * 32,)}
        DynamoDbBatches(requests_table).add(Batch(tenant="main", created_at=makers.NOON, **ids))
        _add_campaign(campaigns_table)
        _add_pack(campaigns_table)

    return add


def _add_pack(table):
    ids = {"pack_id": "0" * 32, "photo_ids": ("0" * 32,)}
    pack = Pack(tenant="main", created_at=pipeline.now(), profiles=("ebay",), taken=1, **ids)
    with suppress(StaleWrite):
        DynamoDbPacks(table, pipeline.usage()).add(pack)


def _add_campaign(table):
    ids = {"collection_id": "0" * 32, "tenant": "main"}
    with suppress(StaleWrite):
        DynamoDbCollections(table).add(campaign_makers.collection(**ids))
    campaigns = DynamoDbCampaigns(table)
    campaign = campaign_makers.campaign(campaign_id="0" * 32, **ids)
    with suppress(StaleWrite):
        campaigns.add(campaign)
    ended = Member(photo_id="0" * 32, outcome=MemberOutcome.READY, at=makers.NOON, run=1)
    campaigns.put_member(campaign.key, ended)


def _add_webhook(table, key):
    webhooks, endpoint_id = DynamoDbWebhooks(table), "0" * 32
    ciphertext = KmsSecretBox(key, NAMES["WebhookSecretsKey"]).encrypt("whsec_1", "main", endpoint_id)
    secrets = (StoredSecret(ciphertext=ciphertext),)
    webhooks.add_endpoint(makers.endpoint(endpoint_id=endpoint_id, secrets=secrets))
    ids = {"event_id": "0" * 32, "delivery_id": f"{'0' * 11}-{'0' * 32}"}
    webhooks.add_delivery(makers.delivery(endpoint_id=endpoint_id, **ids))


def every_error_is_a_problem(_context, response, _case) -> None:
    if response.status_code < HTTP_ERROR:
        return
    content_type = response.headers["content-type"][0]
    assert content_type == PROBLEM_MEDIA_TYPE, content_type
    problem = Problem.model_validate_json(response.content)
    assert problem.status == response.status_code
    assert problem.code
    assert [problem.request_id] == response.headers["x-request-id"]


CHECKS = [every_error_is_a_problem]


@pytest.fixture
def schema(app):
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    schema.config.request_timeout = CALL_SECONDS

    @schema.auth()
    class Key:
        def get(self, case, context):
            return KEY

        def set(self, case, data, context):
            case.headers["Authorization"] = f"Bearer {data}"

    return schema


def hypothesis_settings(examples: int, **more) -> settings:
    """A short run draws the same calls each time, where the same modules are loaded."""
    return settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=CALLS < LONG_RUN_CALLS,
        suppress_health_check=list(HealthCheck),
        **more,
    )


def modes_of(operation) -> list[GenerationMode]:
    """A call without anything in it cannot be wrong."""
    has_content = operation.path_parameters or operation.query or operation.body
    return list(GenerationMode) if has_content else [GenerationMode.POSITIVE]


def test_single_calls_get_described_answers_and_problems_alone(app, schema, add_records):
    operations = [found.ok() for found in schema.get_all_operations()]
    kinds = [(operation, mode) for operation in operations for mode in modes_of(operation)]
    for operation, mode in kinds:
        add_records()

        @hypothesis_settings(ceil(CALLS / 2 / len(kinds)))
        @given(case=operation.as_strategy(generation_mode=mode))
        def call(case):
            case.call_and_validate(additional_checks=CHECKS, excluded_checks=NOT_IN_A_SCHEMA)

        call()
    if CALLS >= LONG_RUN_CALLS:
        answered = {
            (method, path)
            for method, path, status in app.answers
            if status != NOT_FOUND or ID_OF_A_HASH in path
        }
        assert answered >= {(operation.method.upper(), operation.path) for operation in operations}
        assert app.answers["POST", "/v1/photos", 201]
        assert app.answers["POST", "/v1/photos", 422]
    assert sum(app.answers.values()) >= CALLS // 2


@pytest.fixture
def sequences_begin_with_an_order(monkeypatch):
    monkeypatch.setattr(
        "schemathesis.specs.openapi.stateful.is_likely_root_transition",
        lambda operation, *_: operation.label in FIRST_OF_A_SEQUENCE,
    )


def run_sequences(machine, app) -> None:
    """Until CALLS / 2 calls were answered. Where the same calls get other answers, hypothesis ends a run; a
    service that keeps what it is sent does that rightly."""
    while sum(app.answers.values()) < CALLS // 2:
        sequences = max(1, (CALLS // 2 - sum(app.answers.values())) // STEPS)
        with suppress(FlakyStrategyDefinition):
            machine.run(settings=hypothesis_settings(sequences, stateful_step_count=STEPS))


@pytest.mark.usefixtures("sequences_begin_with_an_order")
def test_calls_in_sequence_get_described_answers_and_problems_alone(app, schema):
    class Calls(schema.as_state_machine()):
        def validate_response(self, response, case, **options):
            case.validate_response(
                response, additional_checks=CHECKS, excluded_checks=NOT_IN_A_SCHEMA, **options
            )

    run_sequences(Calls, app)
    if CALLS >= LONG_RUN_CALLS:
        assert app.answers["POST", "/v1/photos", 201]
        assert app.answers["GET", "/v1/photos/{photo_id}", 200], "an id of an order is used"
