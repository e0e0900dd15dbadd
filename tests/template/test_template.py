"""template.yaml: triggers, DLQs, permissions, environments, alarms."""

import json
import re
import tomllib
from datetime import timedelta
from unittest.mock import ANY

import pytest

from limner import erasure, settings
from limner.adapters import dynamodb_erasures, dynamodb_revisions, outbound, sdk, ssm
from limner.adapters.event_bus import EVENTBRIDGE_SOURCE
from limner.authorizer_settings import AuthorizerSettings
from limner.campaigns.settings import CampaignsSettings
from limner.keys import INVENTORY_NAME, INVENTORY_PREFIX
from limner.looks import MAX_LOOKS
from limner.packs.pack import PACK_LIFETIME
from limner.quotas import JOBS_PER_INSTANCE
from limner.restyles.settings import RestylesSettings
from limner.tenancy import TEST_PREFIX
from limner.use_cases import request_pack, steps
from limner.use_cases.close_orders import CloseOrders
from limner.use_cases.find_orphans import FindOrphans
from limner.use_cases.outcomes import (
    CHANGES_UNREADABLE,
    CREDENTIALS_REFUSED,
    GATE_REFUSALS,
    SWEEPS_STARTED,
    UNSIGNED,
    Outcome,
)
from limner.use_cases.route_upload import LONGEST_WAIT
from limner.use_cases.sweep import Sweep
from tests.recorded import event
from tests.template_reader import (
    ROOT,
    environment,
    in_tier,
    properties,
    resources,
    statements,
    template,
    watched,
)

FUNCTIONS = {
    "RouterFunction": settings.RouterSettings,
    "ThumbnailerFunction": settings.ThumbnailerSettings,
    "RecorderFunction": settings.RecorderSettings,
    "SweeperFunction": settings.SweeperSettings,
    "EraserFunction": settings.EraserSettings,
    "ImporterFunction": settings.ImporterSettings,
    "SandboxFunction": settings.SandboxSettings,
    "CampaignsFunction": CampaignsSettings,
    "NotifierFunction": settings.NotifierSettings,
    "WebhooksFunction": settings.WebhooksSettings,
    "AuthorizerFunction": AuthorizerSettings,
    "StorefrontFunction": settings.StorefrontSettings,
    "ProvenanceFunction": settings.StorefrontSettings,
    "RestylesFunction": RestylesSettings,
}
QUEUE_BY_MAPPING = {
    "RouterReads": "RouterQueue",
    "RouterReadsLines": "WaitingQueue",
    "ThumbnailerReads": "ThumbQueue",
    "RecorderReads": "DoneQueue",
    "EraserReads": "EraseQueue",
    "ImporterReads": "ImportQueue",
    "SandboxReads": "SandboxQueue",
    "CampaignsReads": "CampaignQueue",
    "WebhooksReadsEvents": "EventQueue",
    "WebhooksReads": "WebhookQueue",
    "SweeperReads": "SweepQueue",
}
ACTIONS_WITHOUT_RESOURCE = {
    "ecr:GetAuthorizationToken",
    "cloudwatch:PutMetricData",
    "cloudwatch:GetMetricStatistics",
    "batch:DescribeJobs",
    "batch:TerminateJob",
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
}
ACTIONS_IN_SUBNETS = {
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:CreateNetworkInterfacePermission",
    "ec2:DeleteNetworkInterface",
    "ec2:DeleteNetworkInterfacePermission",
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
}
"""Amazon SageMaker developer guide, "Give SageMaker hosted endpoints access to resources in your VPC"; the first two
are Lambda's (its guide, "Giving Lambda functions access to resources in an Amazon VPC")."""
SEND = "sqs:SendMessage"
ROLES = ("StylizerRole", "TenantRole", "BulkRole", "RestyleMachineRole")
"""Beside the roles that SAM makes of the functions' statements."""


def attribute(value):
    return value.get("Fn::GetAtt", [None])[0] if isinstance(value, dict) else None


@pytest.mark.parametrize(("function", "model"), FUNCTIONS.items())
def test_environment_variables_equal_those_of_the_settings(function, model):
    declared = {name for name in environment(function) if not name.startswith("POWERTOOLS_")}
    assert declared == {name.upper() for name in model.names()}


def test_every_function_is_tested():
    assert set(FUNCTIONS) == set(resources("AWS::Serverless::Function"))


MALLOC = {
    "MALLOC_ARENA_MAX",
    "MALLOC_MMAP_THRESHOLD_",
    "MALLOC_TRIM_THRESHOLD_",
}  # read by glibc; docs/decisions/0098


def test_container_environment_equals_the_required_settings():
    declared = set(properties("StylizerModel")["PrimaryContainer"]["Environment"])
    required = {
        n.upper() for n, field in settings.StylizerSettings.model_fields.items() if field.is_required()
    }
    assert declared == required | MALLOC | {"AWS_DEFAULT_REGION"}


def test_the_container_calls_services_of_its_own_region():
    """SageMaker sets AWS_REGION, which boto3 does not read."""
    variables = properties("StylizerModel")["PrimaryContainer"]["Environment"]
    assert variables["AWS_DEFAULT_REGION"] == {"Ref": "AWS::Region"}


def test_environment_values_are_strings():
    """CloudFormation converts numbers to strings; an emulator may not."""
    for function in FUNCTIONS:
        for value in environment(function).values():
            assert isinstance(value, (str, dict))


def test_every_new_upload_reaches_the_router():
    rule = properties("UploadRule")
    assert rule["EventPattern"]["detail-type"] == ["Object Created"]
    assert rule["EventPattern"]["detail"]["bucket"]["name"] == [{"Ref": "UploadsBucket"}]
    assert rule["EventPattern"]["detail"]["object"]["key"] == [{"prefix": "uploads/"}], (
        "no suffix filter: names do not tell the format"
    )
    assert [attribute(target["Arn"]) for target in rule["Targets"]] == ["RouterQueue"]
    assert properties("UploadsBucket")["NotificationConfiguration"]["EventBridgeConfiguration"][
        "EventBridgeEnabled"
    ]


def test_every_new_object_of_an_attached_bucket_reaches_the_router():
    rule = properties("AttachedUploadRule")
    assert rule["EventBusName"] == {"Ref": "AttachedUploads"}
    assert rule["EventPattern"] == {"source": ["aws.s3"], "detail-type": ["Object Created"]}
    assert rule["Targets"] == properties("UploadRule")["Targets"]


def test_no_event_is_triggered_by_the_results_bucket():
    assert "NotificationConfiguration" not in properties("ResultsBucket")
    for rule in resources("AWS::Events::Rule").values():
        assert "ResultsBucket" not in json.dumps(rule)


TARGETS = [
    target
    for rule in ("UploadRule", "AttachedUploadRule", "SweeperRule", "EraserRule", "WebhookRule")
    for target in properties(rule)["Targets"]
]


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target["Id"])
def test_rule_targets_have_a_dlq(target):
    assert attribute(target["DeadLetterConfig"]["Arn"]).endswith("DLQ")


@pytest.mark.parametrize("subscription", resources("AWS::SNS::Subscription"))
def test_subscriptions_have_a_dlq(subscription):
    redrive = properties(subscription)["RedrivePolicy"]
    assert attribute(redrive["deadLetterTargetArn"]) == "DoneDLQ"
    assert properties(subscription)["RawMessageDelivery"] is True


def test_every_queue_has_a_dlq_and_a_visibility_timeout_above_its_functions():
    queues = {name for name in resources("AWS::SQS::Queue") if not name.endswith("DLQ")}
    assert queues == set(QUEUE_BY_MAPPING.values())
    for mapping, queue in QUEUE_BY_MAPPING.items():
        redrive = properties(queue)["RedrivePolicy"]
        assert attribute(redrive["deadLetterTargetArn"]).endswith("DLQ")
        assert redrive["maxReceiveCount"] >= 3
        function = properties(mapping)["FunctionName"]["Ref"]
        assert properties(queue)["VisibilityTimeout"] >= 6 * properties(function)["Timeout"]


def test_the_documentation_says_where_each_dlq_is_redriven_to():
    """All but SweeperDLQ, which also has messages that were on no queue."""
    text = (ROOT / "docs/operations.md").read_text("utf-8")
    documented = dict(re.findall(r"`(\w+DLQ)` (?:belongs )?to `(\w+Queue)`", text))
    declared = {
        attribute(properties(queue)["RedrivePolicy"]["deadLetterTargetArn"]): queue
        for queue in QUEUE_BY_MAPPING.values()
    }
    assert declared.pop("SweeperDLQ") == "SweepQueue"
    assert documented == declared


@pytest.mark.parametrize(("mapping", "queue"), QUEUE_BY_MAPPING.items())
def test_queues_are_read_with_partial_batch_responses_and_limited_concurrency(mapping, queue):
    """The sweeper reads one message at a time, and raises its error."""
    reads = properties(mapping)
    assert attribute(reads["EventSourceArn"]) == queue
    if mapping == "SweeperReads":
        assert (reads["BatchSize"], "FunctionResponseTypes" in reads) == (1, False)
    else:
        assert reads["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert 2 <= _concurrency(mapping) <= 1000


def test_a_part_of_the_accounts_concurrency_can_be_kept_for_the_api():
    """Uploads are taken by S3 and wait in queues; their workers have a limit, and the API a share of its own."""
    for function in ("StorefrontFunction", "AuthorizerFunction"):
        reserved = properties(function)["ReservedConcurrentExecutions"]["Fn::If"]
        assert reserved[:2] == ["HasStorefrontConcurrency", {"Ref": "StorefrontConcurrency"}]
    workers = sum(map(_concurrency, QUEUE_BY_MAPPING))
    assert workers < 100, "AWS keeps at least so many unreserved"


def _concurrency(mapping):
    """By default: it is a parameter of the stack."""
    parameter = template()["Parameters"][properties(mapping)["ScalingConfig"]["MaximumConcurrency"]["Ref"]]
    assert (parameter["MinValue"], parameter["MaxValue"]) == (2, 1000), "SQS's limits"
    return parameter["Default"]


def test_the_accounts_budget_notifies_the_topic_of_alarms_if_there_is_one():
    budget = resources("AWS::Budgets::Budget")["MonthlyBudget"]
    assert budget["Condition"] == "HasMonthlyBudget"
    assert template()["Conditions"]["HasMonthlyBudget"] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "MonthlyBudgetUsd"}, 0]}]
    }
    declared = budget["Properties"]
    assert declared["Budget"]["BudgetLimit"] == {"Amount": {"Ref": "MonthlyBudgetUsd"}, "Unit": "USD"}
    for notification in declared["NotificationsWithSubscribers"]:
        assert notification["Subscribers"] == [{"SubscriptionType": "SNS", "Address": {"Ref": "Alarms"}}]
    speakers = {
        s["Principal"]["Service"] for s in properties("AlarmsTopicPolicy")["PolicyDocument"]["Statement"]
    }
    assert "budgets.amazonaws.com" in speakers


USAGE_WRITERS = {
    "RouterFunction",
    "ThumbnailerFunction",
    "RecorderFunction",
    "SweeperFunction",
    "TenantRole",
}
USAGE_READERS = {"RouterFunction", "TenantRole"}


@pytest.mark.parametrize("function", [*FUNCTIONS, "TenantRole"])
def test_functions_may_change_counters_and_never_delete_them(function):
    """A transaction needs the rights of its writes: whoever ends a photo takes its job off a counter."""
    on_usage = [s for s in statements(function) if attribute(s["Resource"]) == "UsageTable"]
    actions = {
        action
        for s in on_usage
        for action in ([s["Action"]] if isinstance(s["Action"], str) else s["Action"])
    }
    expected = {"dynamodb:UpdateItem"} if function in USAGE_WRITERS else set()
    assert actions == expected | ({"dynamodb:BatchGetItem"} if function in USAGE_READERS else set())


def test_the_router_sends_photos_to_lines_and_back_and_to_the_thumbnailer():
    events, jobs = [s for s in statements("RouterFunction") if SEND in s["Action"]]
    assert {attribute(resource) for resource in events["Resource"]} == {
        "WaitingQueue", "RouterQueue", "ThumbQueue",
    }  # fmt: skip
    assert attribute(jobs["Resource"]) == "SandboxQueue", "jobs of test tenants"


def _objects(statement):
    resources = statement["Resource"]
    return [resource["Fn::Sub"] for resource in (resources if isinstance(resources, list) else [resources])]


def test_the_sandbox_reaches_objects_of_test_tenants_alone_and_the_stylizer_none_of_them():
    """By the prefix that their ids have, and no other tenant's has (limner.tenancy)."""
    for statement in statements("SandboxFunction"):
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        if set(actions) & {"s3:GetObject", "s3:PutObject"}:
            for resource in _objects(statement):
                assert resource.partition("/")[2].split("/")[1].startswith(TEST_PREFIX), resource
        else:
            assert not [action for action in actions if "Object" in action or action.startswith("dynamodb:")]
    (denied,) = [s for s in statements("StylizerRole") if s["Effect"] == "Deny"]
    assert [resource.partition("/")[2] for resource in _objects(denied)] == [
        f"{kind}/{TEST_PREFIX}*" for kind in ("uploads", "style-pictures", "tickets")
    ]


def test_lines_are_read_one_message_at_a_time_and_keep_photos_as_long_as_these_may_wait():
    line = properties("WaitingQueue")
    assert line["FifoQueue"]
    assert properties("RouterReadsLines")["BatchSize"] == 1
    assert line["MessageRetentionPeriod"] == LONGEST_WAIT.total_seconds()
    assert properties("WaitingDLQ")["FifoQueue"], "SQS's rule"


@pytest.mark.parametrize(
    "function", ["RouterFunction", "SweeperFunction", "CampaignsFunction", "RestylesFunction"]
)
def test_whoever_orders_or_submits_reads_whether_submissions_are_paused(function):
    assert properties("SubmissionState")["Value"] == ssm.RUNNING
    assert environment(function)["PAUSE_PARAMETER"] == {"Ref": "SubmissionState"}
    (reading,) = [
        statement for statement in statements(function) if statement["Action"] == "ssm:GetParameter"
    ]
    assert properties("SubmissionState")["Name"]["Fn::Sub"].startswith("/")
    assert reading["Resource"]["Fn::Sub"].endswith(":parameter${SubmissionState}")


@pytest.mark.parametrize("function", sorted(set(FUNCTIONS) - {"AuthorizerFunction"}))
def test_a_call_to_an_aws_service_that_hangs_ends_before_its_function(function):
    assert properties(function)["Timeout"] > sdk.CALL_MAX_SECONDS
    assert sdk.CONFIG.connect_timeout + sdk.CONFIG.read_timeout < sdk.CALL_MAX_SECONDS / sdk.ATTEMPTS + 1
    assert sdk.CONFIG.retries["total_max_attempts"] == sdk.ATTEMPTS


def test_an_invocation_of_the_endpoint_that_hangs_ends_before_the_router():
    assert sdk.PAID_CONFIG.retries["total_max_attempts"] == 1
    hung = sdk.PAID_CONFIG.connect_timeout + sdk.PAID_CONFIG.read_timeout
    assert hung < properties("RouterFunction")["Timeout"]


def test_a_lease_expires_before_its_message_is_redelivered():
    assert (
        int(environment("RouterFunction")["LEASE_SECONDS"]) < properties("RouterQueue")["VisibilityTimeout"]
    )


@pytest.mark.parametrize(
    ("policy", "service", "sources"),
    [
        (
            "UploadRuleMaySend",
            "events.amazonaws.com",
            [
                {"Fn::GetAtt": [rule, "Arn"]}
                for rule in ("UploadRule", "AttachedUploadRule", "StylePictureRule")
            ],
        ),
        ("WebhookRuleMaySend", "events.amazonaws.com", [{"Fn::GetAtt": ["WebhookRule", "Arn"]}]),
        ("EraserRuleMaySend", "events.amazonaws.com", [{"Fn::GetAtt": ["EraserRule", "Arn"]}]),
        ("SweeperRuleMaySend", "events.amazonaws.com", [{"Fn::GetAtt": ["SweeperRule", "Arn"]}]),
        ("TopicsMaySend", "sns.amazonaws.com", [{"Ref": "StylizerDone"}, {"Ref": "StylizerFailed"}]),
    ],
)
def test_only_the_named_sender_may_send(policy, service, sources):
    (statement,) = properties(policy)["PolicyDocument"]["Statement"]
    named = statement["Condition"]["ArnEquals"]["aws:SourceArn"]
    assert statement["Principal"] == {"Service": service}
    assert statement["Action"] == SEND
    assert (named if isinstance(named, list) else [named]) == sources


@pytest.mark.parametrize("owner", [*FUNCTIONS, *ROLES])
def test_no_wildcard_permissions_except_where_required(owner):
    for statement in statements(owner):
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        assert not [action for action in actions if "*" in action]
        if statement["Resource"] == "*":
            assert set(actions) <= ACTIONS_WITHOUT_RESOURCE | ACTIONS_IN_SUBNETS


def deleting(owner):
    """Statements with an action that deletes data: messages and network interfaces are none."""
    return [
        statement
        for statement in statements(owner)
        if any(
            "Delete" in action
            for action in (
                statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            )
            if action != "sqs:DeleteMessage" and not action.startswith("ec2:DeleteNetworkInterface")
        )
    ]


def test_the_eraser_deletes_what_belongs_to_photos_and_styles_and_nothing_else():
    objects, rows = deleting("EraserFunction")
    assert objects["Action"] == ["s3:DeleteObject", "s3:DeleteObjectVersion"]
    prefixes = [resource["Fn::Sub"].partition("/")[2] for resource in objects["Resource"]]
    of_photos = (
        "tickets", "submissions", "public", "styled", "learned", "variants", "packs", "pack-archives", "endpoint",
    )  # fmt: skip
    assert prefixes == [f"{kind}/*" for kind in ("uploads", "style-pictures", *of_photos)]
    assert rows["Resource"] == {"Fn::GetAtt": ["TenantsTable", "Arn"]}


def test_the_eraser_reads_no_photo_and_no_picture():
    reading = [s for s in statements("EraserFunction") if "s3:GetObject" in json.dumps(s["Action"])]
    assert [s["Resource"]["Fn::Sub"] for s in reading] == ["${ResultsBucket.Arn}/submissions/*"]


def test_the_storefront_changes_what_makes_a_tombstone_a_replacement_or_an_order_and_nothing_else():
    (limited,) = [
        statement["Condition"]["ForAllValues:StringEquals"]["dynamodb:Attributes"]
        for statement in statements("TenantRole")
        if statement["Action"] == "dynamodb:UpdateItem"
    ]
    written = {"photo_key", "erasure", "original", "source", "open_shard", "due_at", "replaceable"}
    in_transaction = {"counter", "jobs", "campaign_key", "record", "decision"}
    changed = {*dynamodb_erasures.REMOVED, *dynamodb_revisions.REVISED}
    assert written | changed | in_transaction == set(limited)


def test_the_importer_reads_no_object_and_writes_uploads_alone():
    of_s3 = [s for s in statements("ImporterFunction") if "s3:" in json.dumps(s["Action"])]
    assert [(s["Action"], s["Resource"]) for s in of_s3] == [
        ("s3:PutObject", {"Fn::Sub": "${UploadsBucket.Arn}/uploads/*"})
    ]
    assert "sts:AssumeRole" not in json.dumps(statements("ImporterFunction"))


def test_imports_without_tls_are_allowed_in_local_runs_alone():
    """RequireTls=false is refused outside Stage dev by the rule TlsIsRequired."""
    assert template()["Parameters"]["RequireTls"]["Default"] == "true"
    for function in ("ImporterFunction", "StorefrontFunction"):
        assert environment(function)["REQUIRE_TLS"] == {"Ref": "RequireTls"}


def test_a_part_of_a_sweep_ends_before_its_function():
    longest_call = timedelta(seconds=sdk.CALL_MAX_SECONDS)
    timeout = timedelta(seconds=properties("SweeperFunction")["Timeout"])
    assert Sweep.time_limit + CloseOrders.time_limit + 2 * longest_call < timeout
    assert FindOrphans.time_limit + 2 * longest_call < timeout


def test_an_import_ends_before_its_function():
    assert properties("ImporterFunction")["Timeout"] > outbound.TIMEOUT_SECONDS + 3 * sdk.CALL_MAX_SECONDS


def test_a_tombstone_outlives_every_message():
    in_queue, in_dlq = (
        max(
            properties(name)["MessageRetentionPeriod"]
            for name in resources("AWS::SQS::Queue")
            if name.endswith("DLQ") == is_dlq
        )
        for is_dlq in (False, True)
    )
    assert timedelta(seconds=in_queue + in_dlq) <= erasure.MESSAGE_LIFETIME
    assert erasure.MESSAGE_LIFETIME + timedelta(days=30) <= erasure.TOMBSTONE_LIFETIME


def test_erased_rows_and_audit_entries_expire():
    for table in ("PhotosTable", "AuditTable", "WebhooksTable", "CampaignsTable", "RecommendationsTable"):
        assert properties(table)["TimeToLiveSpecification"] == {
            "AttributeName": "expires_at",
            "Enabled": True,
        }


@pytest.mark.parametrize("owner", [*FUNCTIONS, *ROLES])
def test_no_role_but_the_erasers_deletes_data_and_none_writes_uploads(owner):
    assert not deleting(owner) or owner == "EraserFunction"
    for statement in statements(owner):
        writes = "s3:PutObject" in json.dumps(statement["Action"])
        if writes and "UploadsBucket" in json.dumps(statement["Resource"]):
            assert owner in {"TenantRole", "ImporterFunction"}, "one signs the sellers' upload forms"


PREFIXES = (
    "public/",
    "tickets/",
    "submissions/",
    "variants/",
    "styled/",
    "packs/",
    "pack-archives/",
    "endpoint/",
    "sweeper/",
    "uploads/",
    "restyles/",
)
PREFIXES_BY_WRITER = {
    "RouterFunction": {"tickets/", "submissions/"},
    "ThumbnailerFunction": {"variants/", "public/"},
    "RecorderFunction": {"endpoint/"},
    "AuthorizerFunction": set(),
    "NotifierFunction": set(),
    "WebhooksFunction": set(),
    "SweeperFunction": {"sweeper/"},
    "EraserFunction": set(),
    "ImporterFunction": {"uploads/"},
    "CampaignsFunction": {"tickets/", "submissions/", "pack-archives/"},
    "StorefrontFunction": set(),
    "ProvenanceFunction": set(),
    "TenantRole": {"uploads/"},
    "StylizerRole": {"styled/", "public/", "packs/", "endpoint/"},
    "BulkRole": {"styled/", "public/", "endpoint/", "restyles/"},
    "RestylesFunction": {"tickets/", "restyles/"},
    "RestyleMachineRole": {"restyles/"},
}


@pytest.mark.parametrize(("owner", "prefixes"), PREFIXES_BY_WRITER.items())
def test_each_writer_has_its_own_prefix(owner, prefixes):
    writing = [s for s in statements(owner) if "s3:PutObject" in json.dumps(s["Action"])]
    text = json.dumps([statement["Resource"] for statement in writing])
    assert {prefix for prefix in PREFIXES if prefix in text} == prefixes


SIGNERS = {"ThumbnailerFunction", "StylizerRole", "BulkRole"}


def test_only_those_who_make_pictures_may_sign_and_only_with_the_one_key():
    for owner in [*FUNCTIONS, *ROLES]:
        about_keys = [s for s in statements(owner) if "kms:Sign" in json.dumps(s["Action"])]
        expected = [("kms:Sign", {"Fn::GetAtt": ["SigningKey", "Arn"]})] if owner in SIGNERS else []
        assert [(s["Action"], s["Resource"]) for s in about_keys] == expected


def test_signers_may_read_the_parameter_that_their_environment_names():
    container = properties("StylizerModel")["PrimaryContainer"]["Environment"]
    for owner, variables in (
        ("ThumbnailerFunction", environment("ThumbnailerFunction")),
        ("StylizerRole", container),
    ):
        (reading,) = [s for s in statements(owner) if s["Action"] == "ssm:GetParameter"]
        name = variables["SIGNING_CERTIFICATES"]["Fn::Sub"]
        assert reading["Resource"]["Fn::Sub"].endswith(f":parameter{name}")


def test_the_signing_key_is_what_c2pa_needs_and_survives_the_stack():
    assert properties("SigningKey")["KeySpec"] == "ECC_NIST_P256"
    assert properties("SigningKey")["KeyUsage"] == "SIGN_VERIFY"
    assert resources()["SigningKey"]["DeletionPolicy"] == "RetainExceptOnCreate"
    assert resources()["SigningKey"]["UpdateReplacePolicy"] == "Retain"


def test_hashes_are_only_ever_added_but_by_the_eraser():
    for owner in [*FUNCTIONS, *ROLES]:
        for statement in statements(owner):
            if "PictureHashesTable" not in json.dumps(statement["Resource"]) or owner == "EraserFunction":
                continue
            if owner in {"TenantRole", "StylizerRole"}:
                assert statement["Action"] == "dynamodb:Query"
            else:
                assert statement["Action"] == "dynamodb:BatchWriteItem"
                assert owner in {"ThumbnailerFunction", "RecorderFunction", "SweeperFunction"}


def test_production_publishes_nothing_unsigned():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    (prod,) = [line for line in makefile.splitlines() if line.startswith("PARAMETERS_prod")]
    assert "ContentCredentials=required" in prod


def test_the_endpoint_publishes_to_both_topics_and_may():
    output = properties("StylizerEndpointConfig")["AsyncInferenceConfig"]["OutputConfig"]
    topics = [{"Ref": "StylizerDone"}, {"Ref": "StylizerFailed"}]
    assert list(output["NotificationConfig"].values()) == topics
    assert output["S3OutputPath"]["Fn::Sub"] != output["S3FailurePath"]["Fn::Sub"]
    (publish,) = [s for s in statements("StylizerRole") if s["Action"] == "sns:Publish"]
    assert publish["Resource"] == topics
    assert "Policies" in properties("StylizerRole"), (
        "inline, so that the role has them before the endpoint is created"
    )


def test_an_instance_takes_two_tenants_jobs_at_once_and_the_container_all_of_them():
    client = properties("StylizerEndpointConfig")["AsyncInferenceConfig"]["ClientConfig"]
    at_once = client["MaxConcurrentInvocationsPerInstance"]
    assert at_once == 2 * JOBS_PER_INSTANCE
    source = (ROOT / "functions/stylizer/server/tickets.py").read_text()
    assert f"\nMAX_CONCURRENT_TICKETS = {at_once}\n" in source


def test_one_tenant_may_use_all_instances_unless_the_stack_says_otherwise():
    """Target tracking adds instances while each has more than the target; a tenant has JOBS_PER_INSTANCE in
    flight for each."""
    tracking = properties("StylizerFollowsBacklog")["TargetTrackingScalingPolicyConfiguration"]
    assert tracking["TargetValue"] == {"Ref": "StylizerTargetBacklog"}
    declared = template()["Parameters"]["StylizerTargetBacklog"]
    assert declared["Default"] == JOBS_PER_INSTANCE
    assert declared["MaxValue"] < properties("StylizerBacklogAlarm")["Threshold"]


def test_a_second_instance_type_stands_behind_the_first():
    (variant,) = properties("StylizerEndpointConfig")["ProductionVariants"]
    first, second = {"Ref": "StylizerInstanceType"}, {"Ref": "StylizerSecondInstanceType"}
    assert variant["InstanceType"]["Fn::If"] == ["HasSecondInstanceType", {"Ref": "AWS::NoValue"}, first]
    condition, pools, _ = variant["InstancePools"]["Fn::If"]
    assert condition == "HasSecondInstanceType"
    assert [(pool["InstanceType"], pool["Priority"]) for pool in pools] == [(first, 1), (second, 2)]


def test_more_instances_are_kept_in_shop_hours_if_there_are_any():
    condition, actions, _ = properties("StylizerInstances")["ScheduledActions"]["Fn::If"]
    assert condition == "HasShopHours"
    assert template()["Conditions"][condition] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "ShopHoursMinInstances"}, 0]}]
    }
    least = {action["Schedule"]["Ref"]: action["ScalableTargetAction"]["MinCapacity"] for action in actions}
    assert least == {
        "ShopHoursBegin": {"Ref": "ShopHoursMinInstances"},
        "ShopHoursEnd": {"Ref": "StylizerMinInstances"},
    }
    assert {action["Timezone"]["Ref"] for action in actions} == {"ShopHoursTimeZone"}


@pytest.mark.parametrize(
    ("parameter", "accepted", "refused"),
    [
        ("ShopHoursBegin", "cron(30 7 ? * MON-SAT *)", "rate(5 minutes)"),
        ("ShopHoursEnd", "cron(0 20 * * ? *)", "cron(0 20 * *)"),
        ("ShopHoursTimeZone", "America/Argentina/Buenos_Aires", "CET+1; drop"),
    ],
)
def test_shop_hours_are_cron_expressions_and_a_time_zone(parameter, accepted, refused):
    pattern = template()["Parameters"][parameter]["AllowedPattern"]
    assert re.fullmatch(pattern, accepted)
    assert not re.fullmatch(pattern, refused)
    assert re.fullmatch(pattern, template()["Parameters"][parameter]["Default"])


@pytest.mark.parametrize("bucket", ["UploadsBucket", "ResultsBucket"])
def test_large_objects_are_tiered_and_none_that_may_be_pointed_to_expires(bucket):
    """Only prefixes that hold no pictures have an expiry, and packs, which say so; older versions of results are
    never a row's."""
    rules = properties(bucket)["LifecycleConfiguration"]["Rules"]
    (tiering,) = [rule for rule in rules if "Transitions" in rule]
    assert int(tiering["ObjectSizeGreaterThan"]) >= 128 * 1024, "S3 tiers nothing smaller"
    assert tiering["Transitions"] == [{"StorageClass": "INTELLIGENT_TIERING", "TransitionInDays": 0}]
    expiring = {rule.get("Prefix") for rule in rules if "ExpirationInDays" in rule}
    assert expiring <= {
        "tickets/", "submissions/", "endpoint/", "inventory/", "restyles/", "packs/", "pack-archives/",
    }  # fmt: skip


def test_files_of_packs_are_kept_as_long_as_their_rows():
    rules = properties("ResultsBucket")["LifecycleConfiguration"]["Rules"]
    (days,) = [rule["ExpirationInDays"] for rule in rules if rule.get("Prefix") == "packs/"]
    assert timedelta(days=days) == PACK_LIFETIME


def test_a_step_and_an_archive_end_before_their_claim():
    timeout = timedelta(seconds=properties("CampaignsFunction")["Timeout"])
    assert timeout < min(steps.CLAIM, request_pack.ARCHIVE_PAUSE)


def test_the_endpoint_scales_to_zero_and_from_zero():
    assert properties("StylizerInstances")["MinCapacity"] == {"Ref": "StylizerMinInstances"}
    assert template()["Parameters"]["StylizerMinInstances"]["Default"] == 0
    tracking = properties("StylizerFollowsBacklog")["TargetTrackingScalingPolicyConfiguration"]
    assert tracking["CustomizedMetricSpecification"]["MetricName"] == "ApproximateBacklogSizePerInstance"
    alarm = properties("StylizerHasBacklogWithoutCapacity")
    assert alarm["MetricName"] == "HasBacklogWithoutCapacity"
    assert alarm["AlarmActions"] == [{"Ref": "StylizerWakes"}]
    assert (
        properties("StylizerWakes")["StepScalingPolicyConfiguration"]["StepAdjustments"][0][
            "ScalingAdjustment"
        ]
        == 1
    )


@pytest.mark.parametrize("bucket", resources("AWS::S3::Bucket"))
def test_buckets_are_private_and_survive_the_stack(bucket):
    assert all(properties(bucket)["PublicAccessBlockConfiguration"].values())
    assert resources()[bucket]["DeletionPolicy"] == "RetainExceptOnCreate"
    assert resources()[bucket]["UpdateReplacePolicy"] == "Retain"


@pytest.mark.parametrize("bucket", resources("AWS::S3::Bucket"))
def test_buckets_refuse_requests_without_tls_and_keep_versions(bucket):
    rule = template()["Rules"]["TlsIsRequired"]
    assert rule["RuleCondition"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "Stage"}, "dev"]}]}
    assert template()["Parameters"]["RequireTls"]["Default"] == "true"
    (policy,) = [
        properties(name)["PolicyDocument"]
        for name in resources("AWS::S3::BucketPolicy")
        if properties(name)["Bucket"] == {"Ref": bucket}
    ]
    statement, *of_services = policy["Statement"]
    assert bool(of_services) == (bucket == "ResultsBucket")
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Resource"] == [
        {"Fn::GetAtt": [bucket, "Arn"]},
        {"Fn::Sub": f"${{{bucket}.Arn}}/*"},
    ]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert properties(bucket)["VersioningConfiguration"] == {"Status": "Enabled"}
    rules = properties(bucket)["LifecycleConfiguration"]["Rules"]
    expires_older = any("NoncurrentVersionExpiration" in rule for rule in rules)
    assert expires_older == (bucket == "ResultsBucket"), "an older upload may be the one that counts"
    assert properties(bucket)["LoggingConfiguration"]["Fn::If"][0] == "HasAccessLogBucket"


def test_s3_writes_a_daily_inventory_of_the_uploads_for_the_sweeper():
    (inventory,) = properties("UploadsBucket")["InventoryConfigurations"]
    destination = inventory["Destination"]
    assert (inventory["ScheduleFrequency"], inventory["Enabled"], destination["Format"]) == (
        "Daily",
        True,
        "CSV",
    )
    assert inventory["OptionalFields"] == ["Size", "LastModifiedDate", "ETag"]
    assert (inventory["Id"], f"{destination['Prefix']}/") == (INVENTORY_NAME, INVENTORY_PREFIX)
    _, writing, _ = properties("ResultsBucketTakesTlsOnly")["PolicyDocument"]["Statement"]
    assert writing["Principal"] == {"Service": "s3.amazonaws.com"}
    assert writing["Resource"] == {"Fn::Sub": f"${{ResultsBucket.Arn}}/{INVENTORY_PREFIX}*"}
    assert writing["Condition"]["ArnLike"] == {"aws:SourceArn": {"Fn::GetAtt": ["UploadsBucket", "Arn"]}}
    reading = [s for s in statements("SweeperFunction") if s["Action"] == "s3:GetObject"]
    assert f"${{ResultsBucket.Arn}}/{INVENTORY_PREFIX}*" in json.dumps(reading)


KEY_PROPERTY_BY_KIND = {
    "AWS::DynamoDB::Table": ("SSESpecification", "KMSMasterKeyId"),
    "AWS::Logs::LogGroup": ("KmsKeyId",),
    "AWS::SNS::Topic": ("KmsMasterKeyId",),
    "AWS::SQS::Queue": ("KmsMasterKeyId",),
    "AWS::SecretsManager::Secret": ("KmsKeyId",),
}
THE_DATA_KEY = {"Fn::If": ["HasDataKey", {"Ref": "DataKeyArn"}, {"Ref": "AWS::NoValue"}]}


@pytest.mark.parametrize("resource", [name for kind in KEY_PROPERTY_BY_KIND for name in resources(kind)])
def test_everything_that_is_stored_takes_the_key_of_the_parameter(resource):
    value = properties(resource)
    for name in KEY_PROPERTY_BY_KIND[resources()[resource]["Type"]]:
        value = value[name]
    assert value == THE_DATA_KEY


@pytest.mark.parametrize("bucket", resources("AWS::S3::Bucket"))
def test_buckets_take_the_key_of_the_parameter(bucket):
    (rule,) = properties(bucket)["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {
        "SSEAlgorithm": {"Fn::If": ["HasDataKey", "aws:kms", "AES256"]},
        "KMSMasterKeyID": THE_DATA_KEY,
    }


def attribute_or_ref(value):
    return attribute(value) or value["Ref"]


KEYS_BESIDE_THE_DATA_KEY = {
    **{owner: {("kms:Sign", "SigningKey")} for owner in SIGNERS},
    "TenantRole": {("kms:Encrypt", "WebhookSecretsKey")},
    "WebhooksFunction": {("kms:Decrypt", "WebhookSecretsKey")},
}


@pytest.mark.parametrize("owner", [*FUNCTIONS, *ROLES])
def test_every_role_may_use_that_key_and_those_of_its_work_alone(owner):
    used = [
        (action, attribute_or_ref(statement["Resource"]))
        for statement in statements(owner)
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
        if action.startswith("kms:")
    ]
    data_key = {("kms:Decrypt", "DataKeyArn"), ("kms:GenerateDataKey", "DataKeyArn")}
    assert set(used) == data_key | KEYS_BESIDE_THE_DATA_KEY.get(owner, set())


def test_secrets_of_webhooks_are_encrypted_in_a_tenants_session_and_decrypted_by_their_sender_alone():
    (encrypting,) = [s for s in statements("TenantRole") if s["Action"] == "kms:Encrypt"]
    assert encrypting["Condition"] == {
        "StringEquals": {"kms:EncryptionContext:tenant": "${aws:PrincipalTag/tenant}"}
    }
    assert properties("WebhookSecretsKey")["EnableKeyRotation"] is True
    assert resources()["WebhookSecretsKey"]["DeletionPolicy"] == "RetainExceptOnCreate"


def test_what_calls_addresses_of_tenants_reaches_no_photo():
    named = json.dumps([statement["Resource"] for statement in statements("WebhooksFunction")])
    assert "Bucket" not in named
    assert "PhotosTable" not in named


@pytest.mark.parametrize(
    ("table", "mapping"),
    [
        ("PhotosTable", "NotifierReads"),
        ("RequestsTable", "NotifierReadsBatches"),
        ("TenantsTable", "NotifierReadsStyles"),
    ],
)
def test_changes_are_published_from_the_tables_streams(table, mapping):
    assert properties(table)["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    reads = properties(mapping)
    assert reads["EventSourceArn"] == {"Fn::GetAtt": [table, "StreamArn"]}
    assert reads["StartingPosition"] == "TRIM_HORIZON", "with LATEST, changes during a deployment are lost"
    assert reads["BisectBatchOnFunctionError"] is True
    assert attribute(reads["DestinationConfig"]["OnFailure"]["Destination"]) == "NotifierDLQ"


def test_the_notifier_is_called_for_batches_and_styles_and_not_for_the_other_rows_of_their_tables():
    """By recorded records: the filters are compared with them as Lambda compares them."""
    for mapping, recorded in (
        ("NotifierReadsBatches", "notifier-batches"),
        ("NotifierReadsStyles", "notifier-styles"),
    ):
        (rule,) = properties(mapping)["FilterCriteria"]["Filters"]
        let_through = [
            record for record in event(recorded)["Records"] if _matches(record, json.loads(rule["Pattern"]))
        ]
        keys = [[*record["dynamodb"]["Keys"].values()][-1]["S"] for record in let_through]
        assert keys
        assert all("#batch#" in key or key.startswith("style#") for key in keys)


def _matches(value, pattern):
    """The parts of Lambda's filter rules that the template uses: exists, prefix."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(
            _matches(value.get(name), part) for name, part in pattern.items()
        )
    (rule,) = pattern
    return value is not None if rule == {"exists": True} else str(value).startswith(rule["prefix"])


def test_every_event_is_archived_and_goes_to_the_webhooks():
    assert properties("EventsArchive")["SourceArn"] == {"Fn::GetAtt": ["EventsBus", "Arn"]}
    assert "EventPattern" not in properties("EventsArchive")
    rule = properties("WebhookRule")
    assert rule["EventBusName"] == {"Ref": "EventsBus"}
    assert rule["EventPattern"] == {"source": [EVENTBRIDGE_SOURCE]}
    (target,) = rule["Targets"]
    assert (attribute(target["Arn"]), target["InputPath"]) == ("EventQueue", "$.detail")


def test_local_addresses_are_let_through_in_dev_only():
    for function in ("WebhooksFunction", "StorefrontFunction"):
        assert environment(function)["REQUIRE_TLS"] == {"Ref": "RequireTls"}
    rule = template()["Rules"]["TlsIsRequired"]
    assert rule["RuleCondition"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "Stage"}, "dev"]}]}
    (assertion,) = rule["Assertions"]
    assert assertion["Assert"] == {"Fn::Equals": [{"Ref": "RequireTls"}, "true"]}


@pytest.mark.parametrize("table", resources("AWS::DynamoDB::Table"))
def test_tables_cannot_be_deleted_outside_dev(table):
    assert properties(table)["DeletionProtectionEnabled"] == {"Fn::If": ["IsDev", False, True]}


def test_the_functions_roles_are_for_this_account_alone():
    """SAM gives every function's role the trust that Globals has."""
    (statement,) = template()["Globals"]["Function"]["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    assert not any("AssumeRolePolicyDocument" in properties(function) for function in FUNCTIONS)


def test_the_stylizers_role_is_for_this_account_alone():
    (statement,) = properties("StylizerRole")["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_the_container_is_in_the_subnets_of_the_parameter():
    placed = properties("StylizerModel")["VpcConfig"]["Fn::If"]
    assert placed[:2] == [
        "HasSubnets",
        {"Subnets": {"Ref": "StylizerSubnets"}, "SecurityGroupIds": {"Ref": "StylizerSecurityGroups"}},
    ]


@pytest.mark.parametrize("group", resources("AWS::Logs::LogGroup"))
def test_logs_expire(group):
    assert properties(group)["RetentionInDays"] == {"Ref": "LogRetentionDays"}


def test_functions_log_into_their_own_group():
    groups = [properties(function)["LoggingConfig"]["LogGroup"]["Ref"] for function in FUNCTIONS]
    assert set(groups) <= set(resources("AWS::Logs::LogGroup"))
    assert len(set(groups)) == len(groups)


def test_parameters_are_constrained():
    for name, parameter in template()["Parameters"].items():
        assert {"AllowedPattern", "AllowedValues", "MaxValue"} & set(parameter), name


def test_every_origin_is_allowed_in_dev_only():
    parameters = template()["Parameters"]
    assert parameters["Stage"]["Default"] == "prod"
    assert parameters["PageOrigin"]["Default"] == ""
    (rule,) = [rule for name, rule in template()["Rules"].items() if name == "PageOriginIsNamed"]
    assert rule["RuleCondition"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "Stage"}, "dev"]}]}
    (assertion,) = rule["Assertions"]
    assert assertion["Assert"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "PageOrigin"}, "*"]}]}


@pytest.mark.parametrize("bucket", ["UploadsBucket", "ResultsBucket"])
def test_the_apis_own_page_needs_no_page_origin(bucket):
    own, others = properties(bucket)["CorsConfiguration"]["CorsRules"]
    of_api, of_domain = own["AllowedOrigins"]
    assert of_api == {"Fn::GetAtt": ["StorefrontApi", "ApiEndpoint"]}
    assert of_domain["Fn::If"][0] == "HasPublicDomain"
    condition, of_pages, otherwise = others["Fn::If"]
    assert (condition, otherwise) == ("HasPageOrigin", {"Ref": "AWS::NoValue"})
    assert of_pages["AllowedOrigins"] == {"Fn::Split": [",", {"Ref": "PageOrigin"}]}
    assert of_pages["AllowedMethods"] == own["AllowedMethods"]


@pytest.mark.parametrize(
    ("value", "is_valid"),
    [("", True), ("*", True), ("https://shop.example", True), ("https://a.example,http://localhost:5173", True),
     ("shop.example", False), ("https://shop.example/", False), ("https://a.example,*", False),
     ("https://a.example, https://b.example", False)],
)  # fmt: skip
def test_origins_of_pages_are_separated_by_commas(value, is_valid):
    assert bool(re.search(template()["Parameters"]["PageOrigin"]["AllowedPattern"], value)) == is_valid


def test_the_access_log_has_no_client_addresses():
    logged = properties("StorefrontStage")["AccessLogSettings"]["Format"]
    assert {"request_id", "tenant", "key_id"} <= set(json.loads(logged))
    assert "identity" not in logged


def test_default_styles_are_in_the_catalogue():
    from limner.catalogue import catalogue

    default = template()["Parameters"]["DefaultStyles"]["Default"].split(",")
    assert len(default) <= MAX_LOOKS
    assert set(default) <= {style.id for style in catalogue().offered}


ALARMS = resources("AWS::CloudWatch::Alarm")


def alarmed(namespace, metric):
    """The dimension values that some alarm watches under this metric."""
    return [
        dimension["Value"]
        for alarm in ALARMS
        for *watched_metric, dimensions in watched(alarm)[:1]
        if watched_metric == [namespace, metric]
        for dimension in dimensions
    ]


def test_every_queue_and_function_and_endpoint_has_its_alarms():
    with_depth_alarm = alarmed("AWS/SQS", "ApproximateNumberOfMessagesVisible")
    with_age_alarm = alarmed("AWS/SQS", "ApproximateAgeOfOldestMessage")
    dlqs = {name for name in resources("AWS::SQS::Queue") if name.endswith("DLQ")}
    assert {attribute(value) for value in with_depth_alarm} == dlqs
    waits_by_design = {"WaitingQueue"}
    assert {attribute(value) for value in with_age_alarm} == {*QUEUE_BY_MAPPING.values()} - waits_by_design
    for metric in ("Errors", "Throttles"):
        assert {value["Ref"] for value in alarmed("AWS/Lambda", metric)} == set(FUNCTIONS)
    assert alarmed("AWS/Lambda", "IteratorAge") == [{"Ref": "NotifierFunction"}]
    assert alarmed("AWS/ApiGateway", "Latency")[0] == {"Ref": "StorefrontApi"}
    assert alarmed("AWS/ApiGateway", "5xx") == [{"Ref": "StorefrontApi"}]
    assert len(alarmed("AWS/SageMaker", "HasBacklogWithoutCapacity")) == 2, (
        "one scales it up, one notifies people"
    )
    assert len(alarmed("AWS/SageMaker", "ApproximateBacklogSizePerInstance")) == 1


FUNCTIONS_BY_BAD_METRIC = {
    Outcome.REFUSED: {"router", "thumbnailer", "recorder"},
    Outcome.STYLIZATION_FAILED: {"recorder"},
    Outcome.STYLIZATION_RETRIED: {"recorder"},
    Outcome.FOREIGN_NOTIFICATION: {"recorder"},
    GATE_REFUSALS: {"recorder"},
    CREDENTIALS_REFUSED: {"authorizer"},
    UNSIGNED: {"thumbnailer", "recorder"},
    Outcome.GIVEN_UP: {"sweeper"},
    Outcome.RESENT: {"sweeper"},
    Outcome.RECORDED_FROM_S3: {"sweeper"},
    Outcome.SWEEP_ERROR: {"sweeper"},
    Outcome.WEBHOOK_DISABLED: {"webhooks"},
    CHANGES_UNREADABLE: {"notifier"},
}
"""Metrics of failures and of events that should not happen → the functions that count them."""


@pytest.mark.parametrize("metric", FUNCTIONS_BY_BAD_METRIC)
def test_every_bad_outcome_has_an_alarm_for_each_function_that_counts_it(metric):
    services = {value["Fn::Join"][1][-1] for value in alarmed("Limner", metric)}
    assert services == FUNCTIONS_BY_BAD_METRIC[metric]


def test_alarms_use_metrics_that_the_functions_write():
    """A misspelt metric would never trigger an alarm."""
    written = {
        *Outcome,
        CHANGES_UNREADABLE,
        CREDENTIALS_REFUSED,
        GATE_REFUSALS,
        SWEEPS_STARTED,
        UNSIGNED,
    }
    names = {environment(function)["POWERTOOLS_SERVICE_NAME"]["Fn::Sub"] for function in FUNCTIONS}
    services = {name.removeprefix("${AWS::StackName}-") for name in names}
    for namespace, metric, dimensions in [each for alarm in ALARMS for each in watched(alarm)]:
        if namespace == "Limner":
            assert metric in written
            (dimension,) = dimensions
            assert dimension["Value"] == {"Fn::Join": ["-", [{"Ref": "AWS::StackName"}, ANY]]}
            assert dimension["Value"]["Fn::Join"][1][-1] in services


def test_alarms_about_photos_and_calls_are_shares_and_not_counts():
    """What is a fault however seldom it happens has a count: 100 errors in a million calls wake nobody."""
    counted = {
        alarm for alarm in ALARMS if "Threshold" in properties(alarm) and "Metrics" not in properties(alarm)
    }
    by_count = {
        alarm
        for alarm in counted
        if {ns for ns, *_ in watched(alarm)} & {"Limner", "AWS/ApiGateway", "AWS/Lambda"}
    }
    always_faults = {
        "SweepErrorsAlarm",
        "ChangesUnreadableAlarm",
        "WebhooksDisabledAlarm",
        "PhotosPausedAlarm",
    }
    unsigned = {"VariantsUnsignedAlarm", "PicturesUnsignedAlarm"}
    others = {"SweeperHeartbeatAlarm", "StorefrontSlowAlarm", "NotifierLateAlarm", "StylizerLateAlarm"}
    throttles = {alarm for alarm in ALARMS if alarm.endswith("ThrottlesAlarm")}
    assert by_count == always_faults | unsigned | others | throttles
    for alarm in set(ALARMS) - counted:
        expression, *metrics = in_tier(properties(alarm)["Metrics"], "sagemaker")
        assert "ReturnData" not in expression
        assert all(metric["ReturnData"] is False for metric in metrics)


def test_a_share_is_alarming_from_a_least_count_on():
    expression = properties("StylizationsFailedAlarm")["Metrics"][0]["Expression"]["Fn::Sub"]
    assert expression == ["IF(bad >= ${Least}, 100 * bad / (bad + FILL(good, 0)), 0)", {"Least": 3}]
    assert properties("StylizationsFailedAlarm")["Threshold"] == 1


def test_a_sweeper_that_does_not_run_is_an_alarm():
    heartbeat = properties("SweeperHeartbeatAlarm")
    assert heartbeat["MetricName"] == SWEEPS_STARTED
    assert heartbeat["TreatMissingData"] == "breaching"
    assert heartbeat["ComparisonOperator"] == "LessThanThreshold"
    assert properties("SweeperRule")["ScheduleExpression"] == "rate(5 minutes)"
    assert heartbeat["Period"] >= 2 * 300, "one sweep may be late"


def test_other_alarms_do_not_fire_for_missing_data():
    missing = {alarm: properties(alarm)["TreatMissingData"] for alarm in ALARMS}
    assert {alarm for alarm, how in missing.items() if how == "breaching"} == {"SweeperHeartbeatAlarm"}


def test_requests_that_expire_tables_that_throttle_and_topics_that_fail_have_alarms():
    assert alarmed("AWS/SageMaker", "ApproximateAgeOfOldestRequest")
    assert alarmed("AWS/SageMaker", "ExpiredRequests")
    throttled = watched("TablesThrottledAlarm")
    assert {metric for _, metric, _ in throttled} == {"ReadThrottleEvents", "WriteThrottleEvents"}
    tables = {dimensions[0]["Value"]["Ref"] for *_, dimensions in throttled}
    assert tables == {"PhotosTable", "UsageTable", "TenantsTable"}
    undelivered = watched("TopicsUndeliveredAlarm")
    topics = {attribute(dimensions[0]["Value"]) for space, _, dimensions in undelivered if space == "AWS/SNS"}
    assert topics == set(resources("AWS::SNS::Topic"))
    assert [metric for space, metric, _ in undelivered if space != "AWS/SNS"] == ["NotificationFailures"]


def test_one_alarm_is_for_the_pager_and_names_alarms_that_exist():
    on_call = properties("OnCallAlarm")
    named = set(re.findall(r'ALARM\("\$\{(\w+)\}"\)', str(on_call["AlarmRule"])))
    assert len(named) > 10
    assert named <= set(ALARMS)
    assert on_call["AlarmActions"] == [{"Ref": "OnCallTopic"}, {"Ref": "Alarms"}]
    assert "`OnCallAlarm`" in (ROOT / "docs/operations.md").read_text("utf-8")


def test_an_address_can_be_given_that_gets_the_alarms():
    pattern = template()["Parameters"]["AlarmEmail"]["AllowedPattern"]
    assert re.search(pattern, "on-call@shop.example")
    assert not re.search(pattern, "nobody")
    condition, subscribed, _ = properties("Alarms")["Subscription"]["Fn::If"]
    assert (condition, subscribed) == (
        "HasAlarmEmail",
        [{"Protocol": "email", "Endpoint": {"Ref": "AlarmEmail"}}],
    )


@pytest.mark.parametrize("alarm", sorted(set(ALARMS) - {"StylizerHasBacklogWithoutCapacity"}))
def test_alarms_notify_the_topic_and_are_documented(alarm):
    assert properties(alarm)["AlarmActions"] == [{"Ref": "Alarms"}]
    assert f"`{alarm}`" in (ROOT / "docs/operations.md").read_text("utf-8")


@pytest.mark.parametrize("environment_name", ["default", "dev", "stage", "prod"])
def test_sam_cli_expands_loops_in_every_environment(environment_name):
    """Without this option `sam build` fails on the first Fn::ForEach."""
    config = tomllib.loads((ROOT / "samconfig.toml").read_text("utf-8"))
    assert config[environment_name]["global"]["parameters"]["language_extensions"] is True
