"""template.yaml keeps its promises: triggers, DLQs, permissions, environments."""

import json
from unittest.mock import ANY

import pytest

from limner import settings
from limner.looks import MAX_LOOKS
from limner.use_cases.outcomes import GATE_REFUSALS, Outcome
from tests.template_reader import ROOT, environment, properties, resources, statements, template

FUNCTIONS = {
    "RouterFunction": settings.RouterSettings,
    "ThumbnailerFunction": settings.ThumbnailerSettings,
    "RecorderFunction": settings.RecorderSettings,
    "SweeperFunction": settings.SweeperSettings,
    "StorefrontFunction": settings.StorefrontSettings,
}
READS = {"RouterReads": "RouterQueue", "ThumbnailerReads": "ThumbQueue", "RecorderReads": "DoneQueue"}
TAKES_NO_RESOURCE = {"ecr:GetAuthorizationToken", "cloudwatch:PutMetricData"}
SEND = "sqs:SendMessage"


def attribute(value):
    return value.get("Fn::GetAtt", [None])[0] if isinstance(value, dict) else None


@pytest.mark.parametrize(("function", "model"), FUNCTIONS.items())
def test_environment_is_what_settings_read(function, model):
    declared = {name for name in environment(function) if not name.startswith("POWERTOOLS_")}
    assert declared == {name.upper() for name in model.names()}


def test_every_function_is_known_here():
    assert set(FUNCTIONS) == set(resources("AWS::Serverless::Function"))


MALLOC = {
    "MALLOC_ARENA_MAX",
    "MALLOC_MMAP_THRESHOLD_",
    "MALLOC_TRIM_THRESHOLD_",
}  # glibc's own; docs/decisions/0098


def test_the_container_gets_what_its_settings_read():
    declared = set(properties("StylizerModel")["PrimaryContainer"]["Environment"])
    required = {
        n.upper() for n, field in settings.StylizerSettings.model_fields.items() if field.is_required()
    }
    assert declared == required | MALLOC


def test_environment_values_are_text():
    """CloudFormation would turn numbers into text; an emulator may not."""
    for function in FUNCTIONS:
        for value in environment(function).values():
            assert isinstance(value, (str, dict))


def test_every_new_upload_reaches_router_and_thumbnailer():
    rule = properties("UploadRule")
    assert rule["EventPattern"]["detail-type"] == ["Object Created"]
    assert rule["EventPattern"]["detail"]["bucket"]["name"] == [{"Ref": "UploadsBucket"}]
    assert rule["EventPattern"]["detail"]["object"]["key"] == [{"prefix": "uploads/"}], "no suffix: names lie"
    assert {attribute(target["Arn"]) for target in rule["Targets"]} == {"RouterQueue", "ThumbQueue"}
    assert properties("UploadsBucket")["NotificationConfiguration"]["EventBridgeConfiguration"][
        "EventBridgeEnabled"
    ]


def test_nothing_listens_to_the_results_bucket():
    assert "NotificationConfiguration" not in properties("ResultsBucket")
    for rule in resources("AWS::Events::Rule").values():
        assert "ResultsBucket" not in json.dumps(rule)


TARGETS = [target for rule in ("UploadRule", "SweeperRule") for target in properties(rule)["Targets"]]


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target["Id"])
def test_rule_targets_have_a_dlq(target):
    assert attribute(target["DeadLetterConfig"]["Arn"]).endswith("DLQ")


@pytest.mark.parametrize("subscription", resources("AWS::SNS::Subscription"))
def test_subscriptions_have_a_dlq(subscription):
    redrive = properties(subscription)["RedrivePolicy"]
    assert attribute(redrive["deadLetterTargetArn"]) == "DoneDLQ"
    assert properties(subscription)["RawMessageDelivery"] is True


def test_every_queue_has_a_dlq_and_outlasts_its_function():
    queues = {name for name in resources("AWS::SQS::Queue") if not name.endswith("DLQ")}
    assert queues == set(READS.values())
    for mapping, queue in READS.items():
        redrive = properties(queue)["RedrivePolicy"]
        assert attribute(redrive["deadLetterTargetArn"]).endswith("DLQ")
        assert redrive["maxReceiveCount"] >= 3
        function = properties(mapping)["FunctionName"]["Ref"]
        assert properties(queue)["VisibilityTimeout"] >= 6 * properties(function)["Timeout"]


@pytest.mark.parametrize(("mapping", "queue"), READS.items())
def test_queues_are_read_with_partial_answers_and_bounded_concurrency(mapping, queue):
    reads = properties(mapping)
    assert attribute(reads["EventSourceArn"]) == queue
    assert reads["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert 2 <= reads["ScalingConfig"]["MaximumConcurrency"] <= 1000


def test_a_lease_is_over_before_the_message_comes_back():
    assert (
        int(environment("RouterFunction")["LEASE_SECONDS"]) < properties("RouterQueue")["VisibilityTimeout"]
    )


@pytest.mark.parametrize(
    ("policy", "service", "sources"),
    [
        ("UploadRuleMaySend", "events.amazonaws.com", [{"Fn::GetAtt": ["UploadRule", "Arn"]}]),
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


@pytest.mark.parametrize("owner", [*FUNCTIONS, "StylizerRole"])
def test_no_star_permissions_but_the_named_ones(owner):
    for statement in statements(owner):
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        assert not [action for action in actions if "*" in action]
        if statement["Resource"] == "*":
            assert set(actions) <= TAKES_NO_RESOURCE


@pytest.mark.parametrize("owner", [*FUNCTIONS, "StylizerRole"])
def test_no_one_deletes_and_no_one_writes_uploads(owner):
    for statement in statements(owner):
        assert "Delete" not in json.dumps(statement["Action"]).replace("sqs:DeleteMessage", "")
        writes = "s3:PutObject" in json.dumps(statement["Action"])
        if writes and "UploadsBucket" in json.dumps(statement["Resource"]):
            assert owner == "StorefrontFunction", "only to sign the forms that sellers upload with"


PREFIXES = ("tickets/", "variants/", "styled/", "endpoint/", "sweeper/", "uploads/")
WRITTEN = {
    "RouterFunction": {"tickets/"},
    "ThumbnailerFunction": {"variants/"},
    "RecorderFunction": set(),
    "SweeperFunction": {"sweeper/"},
    "StorefrontFunction": {"uploads/"},
    "StylizerRole": {"styled/", "endpoint/"},
}


@pytest.mark.parametrize(("owner", "prefixes"), WRITTEN.items())
def test_each_writer_has_its_own_prefix(owner, prefixes):
    writing = [s for s in statements(owner) if "s3:PutObject" in json.dumps(s["Action"])]
    text = json.dumps([statement["Resource"] for statement in writing])
    assert {prefix for prefix in PREFIXES if prefix in text} == prefixes


def test_the_endpoint_tells_and_may_tell_both_topics():
    output = properties("StylizerEndpointConfig")["AsyncInferenceConfig"]["OutputConfig"]
    topics = [{"Ref": "StylizerDone"}, {"Ref": "StylizerFailed"}]
    assert list(output["NotificationConfig"].values()) == topics
    assert output["S3OutputPath"]["Fn::Sub"] != output["S3FailurePath"]["Fn::Sub"]
    (publish,) = [s for s in statements("StylizerRole") if s["Action"] == "sns:Publish"]
    assert publish["Resource"] == topics
    assert "Policies" in properties("StylizerRole"), "inline: there before the endpoint is made"


def test_the_endpoint_sleeps_at_zero_and_wakes():
    assert properties("StylizerInstances")["MinCapacity"] == 0
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


@pytest.mark.parametrize("group", resources("AWS::Logs::LogGroup"))
def test_logs_expire(group):
    assert properties(group)["RetentionInDays"] == {"Ref": "LogRetentionDays"}


def test_functions_log_into_their_own_group():
    groups = [properties(function)["LoggingConfig"]["LogGroup"]["Ref"] for function in FUNCTIONS]
    assert set(groups) <= set(resources("AWS::Logs::LogGroup"))
    assert len(set(groups)) == len(groups)


def test_parameters_are_bounded():
    for name, parameter in template()["Parameters"].items():
        assert {"AllowedPattern", "AllowedValues", "MaxValue"} & set(parameter), name


def test_default_styles_are_on_offer():
    from limner.catalogue import catalogue

    default = template()["Parameters"]["DefaultStyles"]["Default"].split(",")
    assert len(default) <= MAX_LOOKS
    assert set(default) <= {style.id for style in catalogue().offer}


ALARMS = resources("AWS::CloudWatch::Alarm")


def alarmed(namespace, metric):
    """The dimension values that some alarm watches under this metric."""
    return [
        dimension["Value"]
        for alarm in ALARMS
        if (properties(alarm)["Namespace"], properties(alarm)["MetricName"]) == (namespace, metric)
        for dimension in properties(alarm)["Dimensions"]
    ]


def test_every_promise_has_an_alarm():
    depth = alarmed("AWS/SQS", "ApproximateNumberOfMessagesVisible")
    age = alarmed("AWS/SQS", "ApproximateAgeOfOldestMessage")
    dlqs = {name for name in resources("AWS::SQS::Queue") if name.endswith("DLQ")}
    assert {attribute(value) for value in depth} == dlqs
    assert {attribute(value) for value in age} == set(READS.values())
    for metric in ("Errors", "Throttles"):
        assert {value["Ref"] for value in alarmed("AWS/Lambda", metric)} == set(FUNCTIONS)
    assert alarmed("AWS/Lambda", "Duration") == [{"Ref": "StorefrontFunction"}]
    assert alarmed("AWS/ApiGateway", "5xx") == [{"Ref": "StorefrontApi"}]
    assert len(alarmed("AWS/SageMaker", "HasBacklogWithoutCapacity")) == 2, "one wakes it, one tells people"
    assert len(alarmed("AWS/SageMaker", "ApproximateBacklogSizePerInstance")) == 1


WATCHED = {
    Outcome.REFUSED: {"router", "thumbnailer", "recorder"},
    Outcome.STYLIZATION_FAILED: {"recorder"},
    Outcome.FOREIGN_NOTIFICATION: {"recorder"},
    GATE_REFUSALS: {"recorder"},
    Outcome.GIVEN_UP: {"sweeper"},
    Outcome.RESENT: {"sweeper"},
    Outcome.SETTLED_FROM_S3: {"sweeper"},
    Outcome.TROUBLED: {"sweeper"},
}
"""What ends a photo badly, hides a fault or should not happen: the metric, and every function that counts it."""


@pytest.mark.parametrize("metric", WATCHED)
def test_every_bad_outcome_is_watched_wherever_it_is_counted(metric):
    services = {value["Fn::Join"][1][-1] for value in alarmed("Limner", metric)}
    assert services == WATCHED[metric]


def test_alarms_watch_metrics_that_the_functions_write():
    """A misspelt metric never alarms."""
    written = {*Outcome, GATE_REFUSALS}
    names = {environment(function)["POWERTOOLS_SERVICE_NAME"]["Fn::Sub"] for function in FUNCTIONS}
    services = {name.removeprefix("${AWS::StackName}-") for name in names}
    for alarm in ALARMS:
        if properties(alarm)["Namespace"] == "Limner":
            assert properties(alarm)["MetricName"] in written
            (dimension,) = properties(alarm)["Dimensions"]
            assert dimension["Value"] == {"Fn::Join": ["-", [{"Ref": "AWS::StackName"}, ANY]]}
            assert dimension["Value"]["Fn::Join"][1][-1] in services


@pytest.mark.parametrize("alarm", set(ALARMS) - {"StylizerHasBacklogWithoutCapacity"})
def test_alarms_reach_people_and_are_explained(alarm):
    assert properties(alarm)["AlarmActions"] == [{"Ref": "Alarms"}]
    assert f"`{alarm}`" in (ROOT / "docs/operations.md").read_text("utf-8")


def test_the_dashboard_is_json():
    assert len(json.loads(properties("Dashboard")["DashboardBody"]["Fn::Sub"])["widgets"]) == 7
