"""bootstrap/template.yaml: the image repository and the deploying roles."""

import json

import yaml

from tests.template_reader import ROOT, TemplateLoader

TEMPLATE = yaml.load((ROOT / "bootstrap/template.yaml").read_text("utf-8"), TemplateLoader)
RESOURCES = {name: resource["Properties"] for name, resource in TEMPLATE["Resources"].items()}
ACTIONS_WITHOUT_RESOURCE = ["ecr:GetAuthorizationToken"]


def test_images_are_scanned_and_their_tags_cannot_be_moved():
    repository = RESOURCES["StylizerRepository"]
    assert repository["RepositoryName"] == "limner-stylizer", "the name that template.yaml expects"
    assert repository["ImageTagMutability"] == "IMMUTABLE"
    assert repository["ImageScanningConfiguration"] == {"ScanOnPush": True}
    json.loads(repository["LifecyclePolicy"]["LifecyclePolicyText"])


def test_only_one_environment_of_one_repository_may_deploy():
    (statement,) = RESOURCES["DeployRole"]["AssumeRolePolicyDocument"]["Statement"]
    issuer = "token.actions.githubusercontent.com"
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert statement["Condition"]["StringEquals"] == {
        f"{issuer}:aud": "sts.amazonaws.com",
        f"{issuer}:sub": {"Fn::Sub": "repo:${GitHubRepository}:environment:${GitHubEnvironment}"},
    }


def test_the_deploying_role_has_no_wildcards_and_passes_one_role_to_cloudformation_alone():
    statements = RESOURCES["DeployRole"]["Policies"][0]["PolicyDocument"]["Statement"]
    for statement in statements:
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        assert not [action for action in actions if "*" in action]
        assert statement["Resource"] != "*" or actions == ACTIONS_WITHOUT_RESOURCE
    (passing,) = [statement for statement in statements if statement["Action"] == "iam:PassRole"]
    assert passing["Resource"] == {"Fn::GetAtt": ["StackRole", "Arn"]}
    assert passing["Condition"] == {"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}}


def test_cloudformation_alone_takes_the_stacks_role_and_changes_only_our_roles():
    (trust,) = RESOURCES["StackRole"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "cloudformation.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    (roles,) = RESOURCES["StackRole"]["Policies"][0]["PolicyDocument"]["Statement"]
    assert roles["Resource"]["Fn::Sub"].endswith(":role/limner*")
