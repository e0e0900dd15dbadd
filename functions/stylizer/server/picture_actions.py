"""What was done to a photo before its picture was encoded, for the picture's Content Credentials."""

from collections.abc import Mapping
from typing import Any

from limner.looks import ENHANCE, Look
from photo_files.credentials.content_credentials import Action
from photo_files.credentials.picture_history import enhanced, styled


def picture_actions(
    look: Look, report_fields: Mapping[str, Any], model: str, source_type: str
) -> tuple[Action, ...]:
    """The enhancement, then the style or colour grade. `report_fields` are those of the picture in the
    report, from the engine; for `auto` the look that it chose counts."""
    verdict, chosen = report_fields["verdict"], report_fields.get("chosen")
    painted = chosen.look if chosen else look
    actions = [*enhanced(report_fields["steps"])]
    if verdict.strength > 0 and ENHANCE not in painted.styles:
        actions += [
            styled(
                painted.styles,
                strength=verdict.strength,
                ordered_strength=painted.strength,
                protection=str(painted.protection),
                model=model,
                source_type=source_type,
            )
        ]
    return tuple(actions)
