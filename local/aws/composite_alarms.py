"""CloudFormation handler of AWS::CloudWatch::CompositeAlarm, which the emulator has in its API alone.

No alarm of a local run changes its state: the metrics that it watches are not written here.
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

Handler = dict[str, Callable[..., Any]]


def composite_alarm_handlers() -> dict[str, Handler]:
    return {"AWS::CloudWatch::CompositeAlarm": {"create": create_alarm, "delete": delete_alarm}}


def create_alarm(logical_id: str, properties: Mapping[str, Any], stack: str) -> tuple[str, dict[str, str]]:
    """Its name, and its ARN. Raises ValueError for a rule that is invalid."""
    # Imported here, as ministack does: services are loaded when they are first called.
    from ministack.core.responses import get_account_id, get_region  # noqa: PLC0415
    from ministack.services import cloudwatch  # noqa: PLC0415

    name = properties.get("AlarmName") or _generated_name(stack, logical_id)
    request = {"AlarmName": name, "AlarmRule": properties["AlarmRule"]}
    status, _, body = cloudwatch._put_composite_alarm({}, request, is_cbor=False, is_json=True)
    if status != 200:  # noqa: PLR2004 - HTTP's OK
        raise ValueError(f"{logical_id}: {status} {body!r}")
    return name, {"Arn": f"arn:aws:cloudwatch:{get_region()}:{get_account_id()}:alarm:{name}"}


def delete_alarm(physical_id: str, properties: Mapping[str, Any]) -> None:
    from ministack.services import cloudwatch  # noqa: PLC0415

    cloudwatch._composite_alarms.pop(physical_id, None)


def _generated_name(stack: str, logical_id: str) -> str:
    return f"{stack}-{logical_id}-{hashlib.sha256(f'{stack}/{logical_id}'.encode()).hexdigest()[:12]}"
