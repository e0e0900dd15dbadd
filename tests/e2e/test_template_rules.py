"""What the template's rules refuse, as CloudFormation evaluates them."""

import pytest
from botocore.exceptions import ClientError

from local.aws.emulator import Emulator
from local.aws.stack import ARTEFACTS_BUCKET, IMAGE_URI

A_FIRST_ADMIN_KEY = {"FirstAdminKeyHash": "a" * 64}
AN_ISSUER = {"JwtIssuer": "https://issuer.example", "JwtAudience": "limner"}


def assert_refused(emulator: Emulator, rule: str, **parameters: str) -> None:
    with pytest.raises(ClientError, match=rule):
        emulator.client("cloudformation").create_stack(
            StackName="limner-refused",
            TemplateURL=f"{emulator.url}/{ARTEFACTS_BUCKET}/template.json",
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            Parameters=[
                {"ParameterKey": key, "ParameterValue": value}
                for key, value in {"StylizerImage": IMAGE_URI, **parameters}.items()
            ],
        )


@pytest.mark.usefixtures("stack")
@pytest.mark.parametrize("stage", ["stage", "prod"])
@pytest.mark.parametrize(
    ("parameter", "value", "rule"),
    [
        ("PageOrigin", "*", "PageOriginIsNamed"),
        ("RequireTls", "false", "TlsIsRequired"),
        ("CognitoEndpoint", "http://127.0.0.1:4566", "CognitoIsCognito"),
        ("PicturesEndpoint", "http://127.0.0.1:4566", "PicturesEndpointIsLocal"),
    ],
)
def test_what_is_too_open_is_refused_outside_dev(
    emulator: Emulator, stage: str, parameter: str, value: str, rule: str
):
    assert_refused(emulator, rule, Stage=stage, **A_FIRST_ADMIN_KEY, **{parameter: value})


@pytest.mark.usefixtures("stack")
@pytest.mark.parametrize("stage", ["stage", "prod"])
def test_a_stack_that_nobody_could_sign_in_to_is_refused_outside_dev(emulator: Emulator, stage: str):
    assert_refused(emulator, "SomebodyMaySignIn", Stage=stage)


@pytest.mark.usefixtures("stack")
@pytest.mark.parametrize(
    "parameters",
    [{**AN_ISSUER, "UserPool": "cognito"}, {"JwtIssuer": AN_ISSUER["JwtIssuer"]}],
    ids=["two issuers", "no audience"],
)
def test_tokens_are_of_one_issuer_and_for_this_service(emulator: Emulator, parameters: dict[str, str]):
    assert_refused(emulator, "OneIssuer", Stage="dev", **parameters)


@pytest.mark.usefixtures("stack")
def test_a_domain_of_yours_needs_a_certificate(emulator: Emulator):
    assert_refused(emulator, "PublicDomainIsServed", Stage="dev", PublicDomain="cdn.shop.example")
