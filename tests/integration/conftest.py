"""AWS in process (moto). Tables, buckets and queues are built from template.yaml, so they cannot drift."""

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from tests.template_reader import environment, properties

NAMES = {
    "UploadsBucket": "limner-uploads",
    "ResultsBucket": "limner-results",
    "PhotosTable": "limner-photos",
    "TenantsTable": "limner-tenants",
    "PictureHashesTable": "limner-hashes",
    "ApiKeysTable": "limner-api-keys",
    "AuditTable": "limner-audit",
    "UsageTable": "limner-usage",
    "WebhooksTable": "limner-webhooks",
    "CampaignsTable": "limner-campaigns",
    "CampaignQueue": "https://sqs.eu-central-1.amazonaws.com/123456789012/limner-campaigns",
    "RecommendationsTable": "limner-recommendations",
    "WebhookQueue": "https://sqs.eu-central-1.amazonaws.com/123456789012/limner-webhooks",
    "WebhookSecretsKey": "alias/limner-webhook-secrets",
    "EventsBus": "limner-events",
    "RequestsTable": "limner-requests",
    "RouterQueue": "https://sqs.eu-central-1.amazonaws.com/123456789012/limner-router",
    "ImportQueue": "https://sqs.eu-central-1.amazonaws.com/123456789012/limner-import",
    "ThumbQueue": "https://sqs.eu-central-1.amazonaws.com/123456789012/limner-thumb",
    "WaitingQueue": "https://sqs.eu-central-1.amazonaws.com/123456789012/limner-waiting.fifo",
    "SandboxQueue": "https://sqs.eu-central-1.amazonaws.com/123456789012/limner-sandbox",
    "DoneQueue": "https://sqs.eu-central-1.amazonaws.com/123456789012/limner-done",
    "SweepQueue": "https://sqs.eu-central-1.amazonaws.com/123456789012/limner-sweep",
    "CursorSecret": "limner-cursor-secret",
    "SubmissionState": "limner-submissions",
    "TenantRole": "arn:aws:iam::123456789012:role/limner-tenant",
}


@pytest.fixture
def aws() -> Iterator[None]:
    with mock_aws():
        yield


@pytest.fixture
def table(aws):
    return _create_table("PhotosTable")


@pytest.fixture
def tenants_table(aws):
    return _create_table("TenantsTable")


@pytest.fixture
def usage_table(aws):
    return _create_table("UsageTable")


@pytest.fixture
def requests_table(aws):
    return _create_table("RequestsTable")


@pytest.fixture
def hashes_table(aws):
    return _create_table("PictureHashesTable")


@pytest.fixture
def api_keys_table(aws):
    return _create_table("ApiKeysTable")


@pytest.fixture
def recommendations_table(aws):
    return _create_table("RecommendationsTable")


@pytest.fixture
def webhooks_table(aws):
    return _create_table("WebhooksTable")


@pytest.fixture
def campaigns_table(aws):
    return _create_table("CampaignsTable")


@pytest.fixture
def campaign_queue(aws):
    return _create_queues("CampaignQueue")


@pytest.fixture
def webhook_queue(aws):
    return _create_queues("WebhookQueue")


@pytest.fixture
def webhook_key(aws):
    client = boto3.client("kms")
    key = client.create_key()["KeyMetadata"]["KeyId"]
    client.create_alias(AliasName=NAMES["WebhookSecretsKey"], TargetKeyId=key)
    return client


@pytest.fixture
def audit_table(aws):
    return _create_table("AuditTable")


def _create_table(resource):
    supported = (
        "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode"
    )  # fmt: skip
    declared = {key: value for key, value in properties(resource).items() if key in supported}
    return boto3.resource("dynamodb").create_table(TableName=NAMES[resource], **declared)


def _create_queues(*resources):
    """The client of SQS."""
    client = boto3.client("sqs")
    for queue in resources:
        name = NAMES[queue].rpartition("/")[2]
        attributes = {"FifoQueue": "true"} if properties(queue).get("FifoQueue") else {}
        assert client.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"] == NAMES[queue]
    return client


@pytest.fixture
def buckets(aws):
    client = boto3.client("s3")
    for name in (NAMES["UploadsBucket"], NAMES["ResultsBucket"]):
        client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    for bucket in ("UploadsBucket", "ResultsBucket"):
        versioning = properties(bucket)["VersioningConfiguration"]
        client.put_bucket_versioning(Bucket=NAMES[bucket], VersioningConfiguration=versioning)
    return client


@pytest.fixture
def router_queues(aws):
    """The queues that the router sends to, and the recorder's."""
    return _create_queues("RouterQueue", "ThumbQueue", "WaitingQueue", "SandboxQueue", "DoneQueue")


@pytest.fixture
def sweep_queue(aws):
    return _create_queues("SweepQueue")


@pytest.fixture
def import_queue(aws):
    return _create_queues("ImportQueue")


@pytest.fixture
def storefront_aws(
    table,
    tenants_table,
    usage_table,
    hashes_table,
    requests_table,
    webhooks_table,
    campaigns_table,
    campaign_queue,
    recommendations_table,
    webhook_queue,
    webhook_key,
    import_queue,
    buckets,
    cursor_secret,
):
    """Everything that the API reads, writes and sends to, but for the queues of the pipeline."""


@pytest.fixture
def submission_state(aws):
    client = boto3.client("ssm")
    client.put_parameter(Name=NAMES["SubmissionState"], Value="running", Type="String")
    return client


@pytest.fixture
def cursor_secret(aws):
    client = boto3.client("secretsmanager")
    client.create_secret(Name=NAMES["CursorSecret"], SecretString="k" * 64)
    return client


@pytest.fixture
def function_environment(monkeypatch, fresh_bootstrap, thread_loop):
    """Sets the environment variables of a function in template.yaml, with references resolved."""

    def resolve(value):
        if isinstance(value, dict) and value.get("Fn::GetAtt", [None])[0] in NAMES:
            return NAMES[value["Fn::GetAtt"][0]]
        if isinstance(value, dict) and value.get("Ref") in NAMES:
            return NAMES[value["Ref"]]
        if isinstance(value, dict) and value.get("Fn::If", [None])[0] == "HasPublicDomain":
            return resolve(value["Fn::If"][2])
        if isinstance(value, dict):
            return PARAMETERS.get(value.get("Ref"), "limner-stylizer")
        return str(value)

    def set_for(function: str) -> None:
        for name, value in environment(function).items():
            monkeypatch.setenv(name, resolve(value))
        monkeypatch.setenv("POWERTOOLS_METRICS_DISABLED", "true")

    return set_for


def _parameters():
    from tests.template_reader import template

    return {name: str(spec.get("Default", "")) for name, spec in template()["Parameters"].items()}


PARAMETERS = _parameters()
