"""Request and responses of /v1/settings."""

from collections.abc import Sequence

from pydantic import ConfigDict

from limner.looks import FrozenModel
from limner.tenants import TenantPreferences, TenantSettings


class SettingsRequest(TenantPreferences):
    """All of a tenant's preferences; those that are left out get their defaults."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "name": "Acorn Shoes",
                "looks": [{"styles": {"oil": 1.0}, "protection": "soft"}],
                "rules": [
                    {
                        "prefix": "shoes/",
                        "looks": [{"styles": {"ukiyo-e": 1.0}}],
                        "protection": "strict",
                    },
                    {"category": "jewellery", "enhance": False},
                ],
                "retention": {"originals_days": 90},
            }
        }
    )


class SettingsHistoryView(FrozenModel):
    """Versions, newest first. `next_before` continues the list; null on its last page."""

    versions: list[TenantSettings]
    next_before: int | None


def history_view(versions: Sequence[TenantSettings], limit: int) -> SettingsHistoryView:
    """`limit` is the number of versions that were asked for."""
    is_last = len(versions) < limit or versions[-1].version == 1
    return SettingsHistoryView(versions=list(versions), next_before=None if is_last else versions[-1].version)
