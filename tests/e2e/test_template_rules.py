"""What the template's rules refuse, as CloudFormation evaluates them."""

import pytest
from botocore.exceptions import ClientError

from local.aws.emulator import Emulator
from local.aws.stack import ARTEFACTS_BUCKET, IMAGE_URI


@pytest.mark.usefixtures("stack")
@pytest.mark.parametrize("stage", ["stage", "prod"])
@pytest.mark.parametrize(
    ("parameter", "value", "rule"),
    [("PageOrigin", "*", "PageOriginIsNamed"), ("RequireTls", "false", "TlsIsRequired")],
)
def test_what_is_too_open_is_refused_outside_dev(
    emulator: Emulator, stage: str, parameter: str, value: str, rule: str
):
    parameters = {"StylizerImage": IMAGE_URI, "Stage": stage, parameter: value}
    with pytest.raises(ClientError, match=rule):
        emulator.client("cloudformation").create_stack(
            StackName=f"limner-{stage}",
            TemplateURL=f"{emulator.url}/{ARTEFACTS_BUCKET}/template.json",
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
        )
