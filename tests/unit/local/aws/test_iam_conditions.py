"""Policy variables and condition keys that ministack lacks, in its own evaluator."""

import json

import pytest
from ministack.core import iam_actions, iam_evaluator
from ministack.core.iam_evaluator import EvalContext, evaluate, parse_policy_document
from ministack.services import dynamodb

from local.aws import iam_conditions
from local.aws.iam_conditions import leading_keys

TABLE, BUCKET = "arn:aws:dynamodb:eu-central-1:000000000000:table/photos", "arn:aws:s3:::results"
TAG = "${aws:PrincipalTag/tenant}"
TENANT_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "dynamodb:GetItem",
            "Resource": TABLE,
            "Condition": {
                "ForAllValues:StringLike": {"dynamodb:LeadingKeys": [f"{TAG}#*"]},
                "Null": {"dynamodb:LeadingKeys": "false"},
            },
        },
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"{BUCKET}/styled/{TAG}/*"},
    ],
}


@pytest.fixture
def installed(monkeypatch):
    for module, name in [
        (iam_evaluator, "_first_match"),
        (iam_actions, "dynamodb_service_context"),
        (iam_actions, "s3_service_context"),
        (iam_actions, "request_tag_context"),
    ]:
        monkeypatch.setattr(module, name, getattr(module, name))
    iam_conditions.install()


def decision(action, resource, tags, context=None):
    ctx = EvalContext(
        principal_arn="arn:aws:sts::000000000000:assumed-role/tenant/a",
        principal_type="AssumedRole",
        principal_account="000000000000",
        action=action,
        resource_arn=resource,
        region="eu-central-1",
        service_context={key.lower(): value for key, value in (context or {}).items()},
        principal_keys={f"aws:principaltag/{key}": value for key, value in tags.items()},
    )
    return evaluate(ctx, [parse_policy_document(TENANT_POLICY)]).decision


@pytest.mark.parametrize(
    ("tags", "key", "expected"),
    [
        ({"tenant": "a"}, "styled/a/x.jpg", "Allow"),
        ({"tenant": "a"}, "styled/b/x.jpg", "ImplicitDeny"),
        ({"tenant": "a"}, "styled/ab/x.jpg", "ImplicitDeny"),
        ({}, "styled/a/x.jpg", "ImplicitDeny"),
        ({}, "styled//x.jpg", "ImplicitDeny"),
    ],
)
@pytest.mark.usefixtures("installed")
def test_a_variable_in_a_resource_has_the_value_of_the_sessions_tag(tags, key, expected):
    assert decision("s3:GetObject", f"{BUCKET}/{key}", tags) == expected


@pytest.mark.parametrize(
    ("tags", "keys", "expected"),
    [
        ({"tenant": "a"}, ["a#1"], "Allow"),
        ({"tenant": "a"}, ["a#1", "a#2"], "Allow"),
        ({"tenant": "a"}, ["a#1", "b#1"], "ImplicitDeny"),
        ({"tenant": "a"}, ["ab#1"], "ImplicitDeny"),
        ({"tenant": "a"}, None, "ImplicitDeny"),
        ({}, ["a#1"], "ImplicitDeny"),
    ],
)
@pytest.mark.usefixtures("installed")
def test_a_variable_in_a_condition_has_the_value_of_the_sessions_tag(tags, keys, expected):
    context = {"dynamodb:LeadingKeys": keys} if keys else {}
    assert decision("dynamodb:GetItem", TABLE, tags, context) == expected


def test_ministack_alone_has_no_policy_variables():
    """Otherwise `with_variables` is to be removed from local/."""
    assert decision("s3:GetObject", f"{BUCKET}/styled/a/x.jpg", {"tenant": "a"}) == "ImplicitDeny"


A, B = {"S": "a#1"}, {"S": "b#1"}
REQUESTS = {
    "get": ({"TableName": "photos", "Key": {"pk": A}}, ["a#1"]),
    "get by the table's ARN": ({"TableName": TABLE, "Key": {"pk": A}}, ["a#1"]),
    "put": ({"TableName": "photos", "Item": {"pk": A, "other": B}}, ["a#1"]),
    "update": ({"TableName": "photos", "Key": {"pk": A, "sk": B}, "UpdateExpression": "SET x = :x"}, ["a#1"]),
    "batch get": ({"RequestItems": {"photos": {"Keys": [{"pk": A}, {"pk": B}]}}}, ["a#1", "b#1"]),
    "batch write": (
        {
            "RequestItems": {
                "photos": [{"PutRequest": {"Item": {"pk": A}}}, {"DeleteRequest": {"Key": {"pk": B}}}]
            }
        },
        ["a#1", "b#1"],
    ),
    "transaction": (
        {
            "TransactItems": [
                {"Put": {"TableName": "photos", "Item": {"pk": A}}},
                {"ConditionCheck": {"TableName": "photos", "Key": {"pk": B}}},
            ]
        },
        ["a#1", "b#1"],
    ),
    "query": (
        {
            "TableName": "photos",
            "KeyConditionExpression": "#n0 = :v0 AND sk < :v1",
            "ExpressionAttributeNames": {"#n0": "pk"},
            "ExpressionAttributeValues": {":v0": A, ":v1": B},
        },
        ["a#1"],
    ),
    "query of an index": (
        {
            "TableName": "photos",
            "IndexName": "Listed",
            "KeyConditionExpression": "list_key=:k AND pk = :other",
            "ExpressionAttributeValues": {":k": A, ":other": B},
        },
        ["a#1"],
    ),
    "query of an unknown index": (
        {
            "TableName": "photos",
            "IndexName": "None",
            "KeyConditionExpression": "pk = :k",
            "ExpressionAttributeValues": {":k": A},
        },
        [],
    ),
    "scan": (
        {"TableName": "photos", "FilterExpression": "pk = :k", "ExpressionAttributeValues": {":k": A}},
        [],
    ),
    "item without its key": ({"TableName": "photos", "Item": {"other": A}}, []),
    "number": ({"TableName": "photos", "Key": {"pk": {"N": "7"}}}, ["7"]),
    "nonsense": ([1, 2], []),
}


@pytest.mark.parametrize(("request_body", "keys"), REQUESTS.values(), ids=REQUESTS)
@pytest.mark.usefixtures("installed")
def test_leading_keys_are_the_partition_keys_of_the_request(request_body, keys, monkeypatch):
    description = {
        "KeySchema": [
            {"AttributeName": "sk", "KeyType": "RANGE"},
            {"AttributeName": "pk", "KeyType": "HASH"},
        ],
        "GlobalSecondaryIndexes": [
            {"IndexName": "Listed", "KeySchema": [{"AttributeName": "list_key", "KeyType": "HASH"}]}
        ],
    }
    monkeypatch.setattr(dynamodb, "_tables", {"photos": description})
    context = iam_actions.dynamodb_service_context(json.dumps(request_body).encode())
    assert context.get("dynamodb:LeadingKeys", []) == keys


def test_a_body_that_is_not_json_names_no_keys():
    assert leading_keys(b"\xff", lambda table, index: "pk") == []


@pytest.mark.usefixtures("installed")
def test_the_header_of_a_conditional_write_is_a_condition_key():
    conditional = iam_actions.s3_service_context("s3:PutObject", {}, "/results/x", {"if-none-match": "*"})
    assert conditional["s3:if-none-match"] == "*"
    assert "s3:if-none-match" not in iam_actions.s3_service_context("s3:PutObject", {}, "/results/x", {})
    reading = iam_actions.s3_service_context("s3:GetObject", {}, "/results/x", {"if-none-match": "*"})
    assert "s3:if-none-match" not in reading


WRITES = {
    "update": (
        {
            "TableName": "photos",
            "Key": {"pk": A},
            "UpdateExpression": "SET #p.#q = if_not_exists(looks, :v), due_at = :due REMOVE list_key[0], shard",
            "ConditionExpression": "attribute_exists(#p) AND (NOT contains(source.etag, :v) OR size(x) IN (:a))",
            "ExpressionAttributeNames": {"#p": "part", "#q": "inner"},
        },
        ["due_at", "list_key", "looks", "part", "pk", "shard", "source", "x"],
    ),
    "put": ({"TableName": "photos", "Item": {"pk": A, "looks": B}}, ["looks", "pk"]),
    "get": ({"TableName": "photos", "Key": {"pk": A}, "ProjectionExpression": "a.b, c"}, ["a", "c", "pk"]),
    "transaction": (
        {
            "TransactItems": [
                {"Update": {"TableName": "photos", "Key": {"pk": A}, "UpdateExpression": "SET looks = :v"}}
            ]
        },
        ["looks", "pk"],
    ),
}


@pytest.mark.parametrize(("request_body", "attributes"), WRITES.values(), ids=WRITES)
@pytest.mark.usefixtures("installed")
def test_attributes_are_those_of_items_and_of_all_expressions(request_body, attributes):
    context = iam_actions.dynamodb_service_context(json.dumps(request_body).encode())
    assert context["dynamodb:Attributes"] == attributes


@pytest.mark.usefixtures("installed")
def test_what_a_write_returns_is_a_condition_key():
    request = {"TableName": "photos", "Key": {"pk": A}, "ReturnValues": "ALL_OLD"}
    assert (
        iam_actions.dynamodb_service_context(json.dumps(request).encode())["dynamodb:ReturnValues"]
        == "ALL_OLD"
    )
    del request["ReturnValues"]
    assert "dynamodb:ReturnValues" not in iam_actions.dynamodb_service_context(json.dumps(request).encode())


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"EncryptionContext": {"tenant": "a"}}', {"kms:EncryptionContext:tenant": "a"}),
        (b'{"KeyId": "k"}', {}),
        (b"", {}),
        (b"[]", {}),
        (b"not JSON", {}),
    ],
)
@pytest.mark.usefixtures("installed")
def test_the_encryption_context_of_a_request_to_kms_is_known(body, expected):
    assert iam_actions.request_tag_context("kms", "kms:Encrypt", body, {}) == expected
    assert iam_actions.request_tag_context("sqs", "sqs:SendMessage", body, {}) == {}
