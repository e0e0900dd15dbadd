"""template.yaml with each value of StylizerTier: which resources there are, and what the container may do."""

import json
import re

import pytest

from limner import settings
from tests.template_reader import (
    NO_VALUE,
    ROOT,
    TIER_CONDITIONS,
    environment,
    in_tier,
    properties,
    resources_in_tier,
    template,
)

TIERS = ("sagemaker", "lambda")
OF_ENDPOINT = {
    "StylizerDone",
    "StylizerFailed",
    "StylizerModel",
    "StylizerEndpointConfig",
    "StylizerEndpoint",
    "StylizerInstances",
    "StylizerFollowsBacklog",
    "StylizerWakes",
    "StylizerHasBacklogWithoutCapacity",
    "DoneGoesToQueue",
    "FailedGoesToQueue",
    "TopicsMaySend",
    "StylizerOldestRequestAlarm",
    "StylizerExpiredAlarm",
    "StylizerBacklogAlarm",
    "StylizerAsleepAlarm",
}
OF_FUNCTION = {"StylizerFunction", "StylizerEnds", "StylizerLog", "StylizerLateAlarm"}
TO_RECORDER = {"Destination": {"Fn::GetAtt": ["DoneQueue", "Arn"]}}


def allowed(statements):
    """Action → resources, of the statements that allow."""
    return {
        action: statement["Resource"]
        for statement in statements
        if statement["Effect"] == "Allow"
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }


def role(tier):
    (policy,) = resources_in_tier(tier)["StylizerRole"]["Properties"]["Policies"]
    return [
        statement["Fn::If"][1] if "Fn::If" in statement else statement
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def router(tier):
    (policy,) = resources_in_tier(tier)["RouterFunction"]["Properties"]["Policies"]
    return [statement for statement in policy["Statement"] if "Fn::If" not in statement]


def test_the_tiers_are_those_that_the_settings_know_and_sagemaker_is_the_default():
    parameter = template()["Parameters"]["StylizerTier"]
    assert tuple(parameter["AllowedValues"]) == TIERS == settings.StylizerTier.__args__
    assert parameter["Default"] == "sagemaker"
    for condition, tier in TIER_CONDITIONS.items():
        assert template()["Conditions"][condition] == {"Fn::Equals": [{"Ref": "StylizerTier"}, tier]}


def test_each_tier_has_its_resources_and_none_of_the_other():
    endpoint, function = set(resources_in_tier("sagemaker")), set(resources_in_tier("lambda"))
    assert endpoint - function == OF_ENDPOINT
    assert function - endpoint == OF_FUNCTION
    kinds = {resource["Type"] for resource in resources_in_tier("lambda").values()}
    assert not [kind for kind in kinds if "SageMaker" in kind or "ApplicationAutoScaling" in kind]


@pytest.mark.parametrize("tier", TIERS)
def test_nothing_of_a_tier_names_a_resource_of_the_other(tier):
    there = resources_in_tier(tier)
    outputs = {
        name: in_tier(output, tier)
        for name, output in template()["Outputs"].items()
        if TIER_CONDITIONS.get(output.get("Condition", ""), tier) == tier
    }
    text = json.dumps([there, outputs])
    named = set(re.findall(r'"Ref": "(\w+)"|"Fn::GetAtt": \["(\w+)"|\$\{(\w+)[.}]', text))
    foreign = {name for names in named for name in names} & (OF_ENDPOINT | OF_FUNCTION) - set(there)
    assert not foreign


def test_the_function_is_the_endpoints_image_with_the_endpoints_settings():
    function = properties("StylizerFunction")
    container = properties("StylizerModel")["PrimaryContainer"]
    assert (function["PackageType"], function["Code"]) == ("Image", {"ImageUri": container["Image"]})
    assert function["ImageConfig"] == {"Command": ["function"]}
    theirs = dict(container["Environment"])
    del theirs["AWS_DEFAULT_REGION"], theirs["STYLIZER_DEVICE"]  # Lambda sets the one; it has no GPU
    assert function["Environment"]["Variables"] == theirs | {"STYLIZER_DEVICE": "cpu"}


def test_the_functions_size_time_and_concurrency_are_parameters_within_lambdas_limits():
    function, parameters = properties("StylizerFunction"), template()["Parameters"]
    assert function["MemorySize"] == {"Ref": "StylizerFunctionMemoryMb"}
    memory = parameters["StylizerFunctionMemoryMb"]
    assert 2048 <= memory["MinValue"] <= memory["Default"] <= memory["MaxValue"] == 10_240
    assert function["Timeout"] == {"Ref": "InvocationTimeoutSeconds"}
    assert parameters["InvocationTimeoutSeconds"]["MaxValue"] == 900
    condition, reserved, otherwise = function["ReservedConcurrentExecutions"]["Fn::If"]
    assert (reserved, otherwise) == ({"Ref": "StylizerFunctionConcurrency"}, NO_VALUE)
    assert template()["Conditions"][condition] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "StylizerFunctionConcurrency"}, 0]}]
    }
    assert function["EphemeralStorage"] == {"Size": 512}


def test_lambda_tells_the_recorder_how_each_job_ended_and_retries_none():
    ends = properties("StylizerEnds")
    assert ends["FunctionName"] == {"Ref": "StylizerFunction"}
    assert ends["DestinationConfig"] == {"OnSuccess": TO_RECORDER, "OnFailure": TO_RECORDER}
    assert ends["MaximumRetryAttempts"] == 0, "the recorder counts attempts"
    assert ends["MaximumEventAgeInSeconds"] == {"Ref": "RequestTtlSeconds"}
    ttl = template()["Parameters"]["RequestTtlSeconds"]
    assert 60 <= ttl["MinValue"] <= ttl["MaxValue"] <= 21_600, "Lambda's limits"


@pytest.mark.parametrize("tier", TIERS)
def test_the_router_may_invoke_what_its_environment_names_and_nothing_else(tier):
    invoked = {
        "sagemaker": ("sagemaker:InvokeEndpointAsync", {"Ref": "StylizerEndpoint"}),
        "lambda": ("lambda:InvokeFunction", {"Fn::GetAtt": ["StylizerFunction", "Arn"]}),
    }
    may = {action: where for action, where in allowed(router(tier)).items() if ":Invoke" in action}
    assert may == dict([invoked[tier]])
    variables = in_tier(environment("RouterFunction"), tier)
    assert variables["STYLIZER_TIER"] == {"Ref": "StylizerTier"}
    assert (
        variables["STYLIZER_NAME"]
        == {
            "sagemaker": {"Fn::GetAtt": ["StylizerEndpoint", "EndpointName"]},
            "lambda": {"Ref": "StylizerFunction"},
        }[tier]
    )
    assert in_tier(environment("SweeperFunction"), tier)["STYLIZER_NAME"] == variables["STYLIZER_NAME"]


def test_the_containers_role_differs_in_how_it_starts_logs_and_tells_and_in_nothing_else():
    endpoint, function = allowed(role("sagemaker")), allowed(role("lambda"))
    assert set(endpoint) - set(function) == {
        "sns:Publish",
        "ecr:BatchGetImage",
        "ecr:GetDownloadUrlForLayer",
        "ecr:BatchCheckLayerAvailability",
        "ecr:GetAuthorizationToken",
        "logs:CreateLogGroup",
        "cloudwatch:PutMetricData",
    }
    assert set(function) - set(endpoint) == {"sqs:SendMessage"}
    assert function["sqs:SendMessage"] == {"Fn::GetAtt": ["DoneQueue", "Arn"]}
    assert function["logs:PutLogEvents"] == {"Fn::GetAtt": ["StylizerLog", "Arn"]}
    assert "endpoint/" in json.dumps(endpoint)
    assert "endpoint/" not in json.dumps(function), "there are no responses to store"


@pytest.mark.parametrize(
    ("tier", "service"), [("sagemaker", "sagemaker.amazonaws.com"), ("lambda", "lambda.amazonaws.com")]
)
def test_the_containers_role_is_for_what_runs_it(tier, service):
    trust = resources_in_tier(tier)["StylizerRole"]["Properties"]["AssumeRolePolicyDocument"]
    (statement,) = trust["Statement"]
    assert statement["Principal"] == {"Service": service}


def test_lambda_may_pull_the_image():
    text = (ROOT / "bootstrap/template.yaml").read_text("utf-8")
    policy = text[text.index("RepositoryPolicyText:") : text.index("LifecyclePolicy:")]
    assert "lambda.amazonaws.com" in policy
    assert "ecr:BatchGetImage, ecr:GetDownloadUrlForLayer" in policy
    assert ":function:limner*" in policy, "of this account's stacks alone"


def test_estimates_are_those_of_the_functions_memory():
    for function in ("RouterFunction", "CampaignsFunction", "StorefrontFunction", "ProvenanceFunction"):
        billed = in_tier(environment(function), "lambda")["STYLIZER_INSTANCE_TYPE"]
        assert billed == {"Fn::Sub": "lambda.${StylizerFunctionMemoryMb}"}


@pytest.mark.parametrize("tier", TIERS)
def test_the_pager_is_called_when_photos_wait_for_the_stylizer(tier):
    rule = resources_in_tier(tier)["OnCallAlarm"]["Properties"]["AlarmRule"]["Fn::Sub"]
    waits = rule[1]["StylizerWaits"]["Fn::Sub"]
    expected = {
        "sagemaker": {"StylizerAsleepAlarm", "StylizerOldestRequestAlarm"},
        "lambda": {"StylizerLateAlarm"},
    }
    assert set(re.findall(r'ALARM\("\$\{(\w+)\}"\)', waits)) == expected[tier]
    assert "${StylizerWaits}" in rule[0]


@pytest.mark.parametrize("tier", TIERS)
def test_every_message_to_the_recorder_that_cannot_be_delivered_is_an_alarm(tier):
    expression, *metrics = resources_in_tier(tier)["TopicsUndeliveredAlarm"]["Properties"]["Metrics"]
    watched = {metric["MetricStat"]["Metric"]["MetricName"] for metric in metrics}
    own = {"sagemaker": "NotificationFailures", "lambda": "DestinationDeliveryFailures"}[tier]
    assert watched == {"NumberOfNotificationsFailed", own}
    assert set(re.findall(r"\bm\d\b", expression["Expression"])) == {metric["Id"] for metric in metrics}


@pytest.mark.parametrize("tier", TIERS)
def test_the_dashboard_is_json(tier):
    body, variables = resources_in_tier(tier)["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    (metrics,) = variables.values()
    widgets = json.loads(body.replace("${StylizerMetrics}", metrics["Fn::Sub"]))["widgets"]
    assert len(widgets) == 7


def test_an_update_of_the_endpoint_keeps_its_instances_and_is_taken_back_by_the_alarm_of_failed_attempts():
    endpoint = properties("StylizerEndpoint")
    assert endpoint["RetainAllVariantProperties"] is True
    deployment = endpoint["DeploymentConfig"]
    (alarm,) = deployment["AutoRollbackConfiguration"]["Alarms"]
    assert alarm == {"AlarmName": {"Ref": "AttemptsFailedAlarm"}}
    update = deployment["BlueGreenUpdatePolicy"]
    watched_seconds = update["TerminationWaitInSeconds"]
    _, *metrics = properties("AttemptsFailedAlarm")["Metrics"]
    assert watched_seconds >= 2 * metrics[0]["MetricStat"]["Period"], "the alarm has time to come on"
    assert watched_seconds < update["MaximumExecutionTimeoutInSeconds"]
