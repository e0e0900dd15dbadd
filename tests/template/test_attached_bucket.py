"""examples/attached-bucket: what the templates allow, and that they fit the stack's outputs."""

import pytest
import yaml

from tests.template_reader import ROOT, TemplateLoader, template

FRAGMENTS = {
    name: yaml.load((ROOT / f"examples/attached-bucket/{name}.yaml").read_text("utf-8"), TemplateLoader)
    for name in ("bucket", "limner", "other-account")
}
ROLES = ("RouterRole", "ThumbnailerRole", "StylizerRole")
READING = {"s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket", "kms:Decrypt"}


def properties(fragment, resource):
    return FRAGMENTS[fragment]["Resources"][resource]["Properties"]


def actions(statement):
    """Those of a statement, or of the one under a condition."""
    statement = statement.get("Fn::If", [None, statement])[1]
    return set(statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]])


@pytest.mark.parametrize(("fragment", "resource"), [("limner", "ReadOriginals"), ("bucket", "LimnerMayRead")])
def test_limner_reads_alone_and_objects_of_the_prefix_alone(fragment, resource):
    statements = properties(fragment, resource)["PolicyDocument"]["Statement"]
    assert set().union(*map(actions, statements)) <= READING
    (objects,) = [statement for statement in statements if "s3:GetObject" in actions(statement)]
    assert objects["Resource"]["Fn::Sub"].endswith(":s3:::${Bucket}/${Prefix}*")


def test_the_parameters_are_outputs_of_the_stack():
    outputs = set(template()["Outputs"])
    assert set(FRAGMENTS["bucket"]["Parameters"]) >= {"AttachedUploads", *ROLES}
    assert "AttachedUploads" in FRAGMENTS["other-account"]["Parameters"]
    assert outputs >= {"AttachedUploads", *ROLES}
    assert properties("limner", "ReadOriginals")["Roles"] == [{"Ref": role} for role in ROLES]


def test_new_objects_of_the_prefix_go_to_the_bus_and_undeliverable_ones_to_a_queue():
    rule = properties("bucket", "NewObjects")
    assert rule["EventPattern"]["detail"]["object"]["key"] == [{"prefix": {"Ref": "Prefix"}}]
    (target,) = rule["Targets"]
    assert target["Arn"] == {"Ref": "AttachedUploads"}
    assert target["DeadLetterConfig"]["Arn"] == {"Fn::GetAtt": ["UndeliveredEvents", "Arn"]}


def test_another_account_may_send_events_of_s3_alone():
    statement = properties("other-account", "BucketAccountMaySend")["Statement"]
    assert statement["Action"] == "events:PutEvents"
    assert statement["Condition"]["StringEquals"]["events:source"] == "aws.s3"
