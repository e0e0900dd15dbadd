"""`python -m limner_admin tenants …` on moto."""

import json
import sys

import pytest
from typer.testing import CliRunner

from limner.adapters.tenants import DynamoDbAttachedPrefixes, DynamoDbTenants
from limner.attached_buckets import AttachedPrefix
from limner.errors import InvalidRequest, PrefixTaken, SettingsChanged, TenantNotFound
from limner.quotas import TEST_QUOTAS, Quotas
from limner.tenants import Retention
from limner_admin import stack as stacks
from limner_admin import tenants as commands
from limner_admin.__main__ import app, main
from tests.integration.conftest import NAMES
from tests.template_reader import template

STACK = ["--stack", "limner-dev"]
CALLER = "arn:aws:sts::123456789012:user/moto"


class Stacks:
    """CloudFormation's answer for a stack with the parameters' defaults."""

    def describe_stacks(self, StackName):  # noqa: N803 - boto3's names
        parameters = template()["Parameters"].items()
        values = [
            {"ParameterKey": name, "ParameterValue": str(spec.get("Default"))} for name, spec in parameters
        ]
        return {"Stacks": [{"StackName": StackName, "Parameters": values}]}


@pytest.fixture
def tenants(tenants_table, monkeypatch):
    real = commands.boto3.client
    monkeypatch.setenv("COLUMNS", "250")
    monkeypatch.setattr(stacks, "physical_id", lambda stack, logical_id: NAMES[logical_id])
    monkeypatch.setattr(
        commands.boto3,
        "client",
        lambda service, **options: Stacks() if service == "cloudformation" else real(service, **options),
    )
    return DynamoDbTenants(tenants_table)


def run(*arguments: str) -> str:
    ran = CliRunner().invoke(app, ["tenants", *arguments, *STACK], catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    return ran.stdout


def test_a_created_tenant_has_the_styles_given_or_those_of_the_parameters(tenants):
    run("create", "acorn", "--name", "Acorn Shoes", "--style", "ukiyo-e", "--style", "oil")
    run("create", "walnut", "--name", "Walnut")
    acorn = tenants.get("acorn")
    assert (acorn.name, acorn.version, acorn.changed_by) == ("Acorn Shoes", 1, CALLER)
    assert [look.styles for look in acorn.looks] == [{"ukiyo-e": 1.0}, {"oil": 1.0}]
    assert [look.styles for look in tenants.get("walnut").looks] == [
        {"oil": 1.0},
        {"watercolour": 1.0},
        {"cartoon": 1.0},
    ]
    with pytest.raises(SettingsChanged):
        run("create", "acorn", "--name", "again")


def test_a_shop_gets_a_test_tenant_with_the_same_command(tenants):
    run("create", "acorn", "--name", "Acorn Shoes", "--style", "oil", "--with-test")
    live, test = tenants.get("acorn"), tenants.get("test_acorn")
    assert (test.name, test.looks) == (live.name, live.looks)
    assert live.quotas_over(Quotas()) == Quotas()
    assert test.quotas_over(Quotas()) == TEST_QUOTAS
    assert test.retention == Retention(originals_days=30, results_days=30)
    with pytest.raises(InvalidRequest, match="no attached buckets"):
        run("attach", "test_acorn", "acorn-photos")


def test_the_first_tenant_is_shown_and_changed_before_it_has_a_row(tenants):
    assert json.loads(run("show", "main"))["version"] == 0
    run("set", "main", "name", "The shop")
    assert (tenants.get("main").name, tenants.get("main").version) == ("The shop", 1)
    with pytest.raises(TenantNotFound):
        run("show", "nobody")


def test_set_takes_texts_json_and_fields_of_fields(tenants):
    run("create", "acorn", "--name", "Acorn")
    run("set", "acorn", "review", "true", "retention.results_days", "90", "quotas.looks_per_day", "500")
    changed = tenants.get("acorn")
    assert (changed.review, changed.retention.results_days, changed.version) == (True, 90, 2)
    assert changed.quotas == {"looks_per_day": 500}
    for pairs in (["version", "7"], ["name"], ["name.first", "x"]):
        with pytest.raises(InvalidRequest):
            run("set", "acorn", *pairs)
    assert tenants.get("acorn") == changed


def test_edit_replaces_the_settings_unless_they_have_been_changed_since(tenants, tmp_path):
    run("create", "acorn", "--name", "Acorn")
    file = tmp_path / "acorn.json"
    shown = json.loads(run("show", "acorn"))
    file.write_text(json.dumps(shown | {"name": "edited"}), "utf-8")
    run("edit", "acorn", str(file))
    assert tenants.get("acorn").name == "edited"
    with pytest.raises(SettingsChanged):
        run("edit", "acorn", str(file))
    with pytest.raises(InvalidRequest):
        run("edit", "walnut", str(file))
    assert [json.loads(line)["name"] for line in run("history", "acorn").splitlines()] == ["edited", "Acorn"]


def test_suspend_and_resume(tenants):
    run("create", "acorn", "--name", "Acorn")
    run("suspend", "acorn")
    assert tenants.get("acorn").is_suspended
    assert "suspended" in run("list")
    run("resume", "acorn")
    assert not tenants.get("acorn").is_suspended


def test_rules_are_added_in_place_and_removed_by_number(tenants):
    run("create", "acorn", "--name", "Acorn")
    run("rules", "add", "acorn", "--prefix", "shoes/", "--style", "ukiyo-e", "--protection", "strict")
    run("rules", "add", "acorn", "--category", "boots", "--no-enhance", "--at", "1")
    assert [rule.prefix for rule in tenants.get("acorn").rules] == [None, "shoes/"]
    listed = run("rules", "list", "acorn").splitlines()
    assert listed[0] == '1 {"category":"boots","enhance":false}'
    run("rules", "remove", "acorn", "1")
    (rule,) = tenants.get("acorn").rules
    assert (rule.looks[0].styles, rule.protection) == ({"ukiyo-e": 1.0}, "strict")
    with pytest.raises(InvalidRequest):
        run("rules", "remove", "acorn", "2")


def test_prefixes_are_attached_to_tenants_that_exist(tenants, tenants_table):
    run("create", "acorn", "--name", "Acorn")
    run("create", "walnut", "--name", "Walnut")
    run("attach", "acorn", "their-photos", "shoes/")
    assert run("attached", "acorn") == "s3://their-photos/shoes/\n"
    expected = [AttachedPrefix(bucket="their-photos", prefix="shoes/", tenant="acorn")]
    assert DynamoDbAttachedPrefixes(tenants_table).of_bucket("their-photos") == expected
    with pytest.raises(PrefixTaken):
        run("attach", "walnut", "their-photos", "shoes/")
    with pytest.raises(TenantNotFound):
        run("attach", "nobody", "their-photos", "bags/")
    run("detach", "acorn", "their-photos", "shoes/")
    assert run("attached", "acorn") == ""


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["rules", "add", "main", "--prefix", "a/"], "invalid_request"),
        (["set", "main", "looks", "[]"], "invalid_request"),
        (["set", "main", "looks", '[{"styles": {"no-such-style": 1}}]'], "invalid_request"),
        (["show", "nobody"], "tenant_not_found"),
    ],
)
def test_an_error_is_one_line_with_its_code(tenants, monkeypatch, capsys, arguments, code):
    monkeypatch.setattr(sys, "argv", ["limner_admin", "tenants", *arguments, *STACK])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 1
    assert capsys.readouterr().err.startswith(f"{code}: ")
