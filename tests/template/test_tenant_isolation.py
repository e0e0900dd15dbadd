"""template.yaml: the storefront reaches data only with a session that is limited to one tenant."""

import json
import re
from datetime import timedelta

import pytest

from limner.adapters.tenant_sessions import MIN_REMAINING_LIFE, SESSION_LIFE
from tests.template_reader import environment, properties, resources, statements


def statements_attached_to(function):
    """Its own statements, and those of policies for its role."""
    attached = [
        statement
        for policy in resources("AWS::IAM::Policy").values()
        if {"Ref": f"{function}Role"} in policy["Properties"]["Roles"]
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]
    return [*statements(function), *attached]


STOREFRONTS = ["StorefrontFunction", "ProvenanceFunction"]
"""The functions of the API's app."""
ACTING_FOR_TENANTS = [*STOREFRONTS, "CampaignsFunction", "RestylesFunction"]


@pytest.mark.parametrize("function", STOREFRONTS)
def test_the_storefront_itself_reaches_no_photo_and_no_object(function):
    about_data = [
        statement
        for statement in statements_attached_to(function)
        if re.search("dynamodb:|s3:", json.dumps(statement["Action"]))
    ]
    assert about_data == []


TENANT_TAG = "${aws:PrincipalTag/tenant}"
KEYS_BY_TABLE = {
    json.dumps({"Fn::GetAtt": [table, "Arn"]}): [TENANT_TAG] for table in ("TenantsTable", "WebhooksTable")
}
"""Where the key is the tenant alone; in all other tables it begins with it and a separator."""
PREFIX_OF_THE_TENANT = re.compile(
    r"\$\{\w+Bucket\.Arn\}/(uploads|style-pictures|public|styled|learned|variants|packs|pack-archives)"
    r"/\$\{!aws:PrincipalTag/tenant\}/\*"
)


def test_every_statement_about_items_has_the_leading_keys_of_the_sessions_tenant():
    """Without `Null`, a request that names no key, such as a Scan, would satisfy ForAllValues."""
    about_items = [s for s in statements("TenantRole") if "dynamodb:" in json.dumps(s["Action"])]
    assert about_items
    for statement in about_items:
        keys = KEYS_BY_TABLE.get(json.dumps(statement["Resource"]), ["${aws:PrincipalTag/tenant}#*"])
        named = "StringEquals" if keys == [TENANT_TAG] else "StringLike"
        assert statement["Condition"][f"ForAllValues:{named}"]["dynamodb:LeadingKeys"] == keys
        assert statement["Condition"]["Null"] == {"dynamodb:LeadingKeys": "false"}


def test_every_statement_about_objects_has_the_prefix_of_the_sessions_tenant():
    *about_objects, listing = [s for s in statements("TenantRole") if "s3:" in json.dumps(s["Action"])]
    named = [
        resource["Fn::Sub"]
        for statement in about_objects
        for resource in (
            statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
        )
    ]
    assert len(named) == 8
    assert all(PREFIX_OF_THE_TENANT.fullmatch(resource) for resource in named), named
    (reading,) = [s for s in about_objects if s["Action"] == "s3:GetObject"]
    read = [each["Fn::Sub"].partition("/")[2].replace("${!", "${") for each in reading["Resource"]]
    assert listing["Action"] == "s3:ListBucket"
    assert listing["Condition"] == {"StringLike": {"s3:prefix": read}}, "so that a missing object answers 404"


def test_a_tenants_session_is_taken_by_the_storefront_alone_and_only_with_a_tenant():
    (trust,) = properties("TenantRole")["AssumeRolePolicyDocument"]["Statement"]
    roles = [{"Fn::GetAtt": [f"{function}Role", "Arn"]} for function in ACTING_FOR_TENANTS]
    roles[-1] = {"Fn::If": ["HasBulk", roles[-1], {"Ref": "AWS::NoValue"}]}
    assert trust["Principal"] == {"AWS": roles}
    assert set(trust["Action"]) == {"sts:AssumeRole", "sts:TagSession"}
    assert trust["Condition"] == {
        "StringLike": {"aws:RequestTag/tenant": "?*"},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["tenant"]},
    }
    taking = [
        owner
        for owner in resources("AWS::Serverless::Function")
        if "sts:" in json.dumps([statement["Action"] for statement in statements_attached_to(owner)])
    ]
    assert set(taking) == set(ACTING_FOR_TENANTS)


def test_the_function_of_campaigns_itself_reaches_of_rows_which_are_due_alone():
    about_rows = [
        (statement["Action"], statement["Resource"])
        for statement in statements_attached_to("CampaignsFunction")
        if "dynamodb:" in json.dumps(statement["Action"])
    ]
    assert about_rows == [("dynamodb:Query", {"Fn::Sub": "${CampaignsTable.Arn}/index/Due"})]


def test_the_function_of_campaigns_itself_reads_no_photo_and_no_styled_picture():
    (reading,) = [s for s in statements_attached_to("CampaignsFunction") if s["Action"] == "s3:GetObject"]
    prefixes = [resource["Fn::Sub"].partition("/")[2] for resource in reading["Resource"]]
    assert prefixes == ["packs/*", "endpoint/failure/*"]


def test_the_function_of_campaigns_is_configured_as_the_api_is_and_submits_as_the_router_does():
    of_api, of_campaigns, of_router = (
        {name: value for name, value in environment(function).items() if name != "POWERTOOLS_SERVICE_NAME"}
        for function in ("StorefrontFunction", "CampaignsFunction", "RouterFunction")
    )
    submitting = {"STYLIZER_TIER", "STYLIZER_NAME", "SANDBOX_QUEUE_URL", "PAUSE_PARAMETER"}
    assert of_campaigns == of_api | {name: of_router[name] for name in submitting}


def test_both_functions_of_the_app_are_configured_alike():
    first, second = (properties(function) for function in STOREFRONTS)
    assert first["CodeUri"] == second["CodeUri"]
    names = [
        {name: value for name, value in environment(function).items() if name != "POWERTOOLS_SERVICE_NAME"}
        for function in STOREFRONTS
    ]
    assert names[0] == names[1]
    assert first["Policies"] == second["Policies"]


def test_a_link_never_outlives_the_session_that_signs_it():
    lifetime = int(environment("StorefrontFunction")["LINK_SECONDS"])
    assert lifetime <= MIN_REMAINING_LIFE.total_seconds()
    assert MIN_REMAINING_LIFE < SESSION_LIFE <= timedelta(hours=1), "AWS's maximum for role chaining"


def service_statements():
    """Each statement that lets an AWS service in: trusts of roles, and policies of queues and topics."""
    for resource in resources().values():
        declared = resource.get("Properties", {})
        document = declared.get("AssumeRolePolicyDocument") or declared.get("PolicyDocument") or {}
        for statement in document.get("Statement", []):
            if "Service" in statement.get("Principal", {}):
                yield statement


def test_no_service_is_let_in_for_another_account():
    """By its account, or by the ARN of one of this stack's resources. EC2 gives roles to instances of the role's
    account alone, by an instance profile, and names no source."""
    statements = [
        each for each in service_statements() if each["Principal"]["Service"] != "ec2.amazonaws.com"
    ]
    assert len(statements) >= 5
    for statement in statements:
        named = json.dumps(statement["Condition"])
        assert "aws:SourceAccount" in named or "aws:SourceArn" in named
        for arn in statement["Condition"].get("ArnEquals", {}).values():
            for each in arn if isinstance(arn, list) else [arn]:
                assert {"Ref", "Fn::GetAtt"} & set(each), "one of this stack's resources"
    for permission in resources("AWS::Lambda::Permission"):
        assert "SourceArn" in properties(permission)
