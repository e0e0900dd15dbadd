"""CloudFormation handler of AWS::Events::Archive, which the emulator has in its API alone."""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

NAME_MAX_LENGTH = 48
"""EventBridge's limit."""

Handler = dict[str, Callable[..., Any]]


def archive_handlers() -> dict[str, Handler]:
    return {"AWS::Events::Archive": {"create": create_archive, "delete": delete_archive}}


def create_archive(logical_id: str, properties: Mapping[str, Any], stack: str) -> tuple[str, dict[str, str]]:
    """Its name, which is generated if the template gives none, and its ARN. Raises ValueError."""
    # Imported here, as ministack does: services are loaded when they are first called.
    from ministack.services import eventbridge  # noqa: PLC0415

    name = properties.get("ArchiveName") or _generated_name(stack, logical_id)
    request = {
        "ArchiveName": name,
        "EventSourceArn": properties["SourceArn"],
        "EventPattern": json.dumps(properties["EventPattern"]) if "EventPattern" in properties else "",
        "RetentionDays": int(properties.get("RetentionDays", 0)),
    }
    status, _, body = eventbridge._create_archive(request)
    answer = json.loads(body)
    if "ArchiveArn" not in answer:
        raise ValueError(f"{logical_id}: {status} {answer}")
    return name, {"Arn": answer["ArchiveArn"], "ArchiveName": name}


def delete_archive(physical_id: str, properties: Mapping[str, Any]) -> None:
    from ministack.services import eventbridge  # noqa: PLC0415

    eventbridge._delete_archive({"ArchiveName": physical_id})


def _generated_name(stack: str, logical_id: str) -> str:
    digest = hashlib.sha256(f"{stack}/{logical_id}".encode()).hexdigest()[:12]
    return f"{logical_id}-{digest}"[-NAME_MAX_LENGTH:]
