"""A tenant's settings: what they are, what they were, and their change by version."""

import re
from typing import Annotated

from fastapi import Header, Query, Response

from limner.api.identity import CurrentCaller, private_router
from limner.api.problems import problem_responses
from limner.bootstrap import storefront
from limner.errors import InvalidRequest, VersionRequired
from limner.identity import Scope
from limner.tenants import TenantSettings
from limner.views.settings import SettingsHistoryView, SettingsRequest, history_view

_ENTITY_TAG = re.compile(r'"(\d{1,8})"')


router = private_router(Scope.ADMIN, prefix="/v1/settings")


@router.get("")
def get_settings(caller: CurrentCaller, response: Response) -> TenantSettings:
    """The settings of the caller's tenant. `ETag` is their version."""
    return _tagged(storefront.tenant_settings(caller.tenant).get(caller.tenant), response)


@router.put("", responses=problem_responses(412, 428))
def put_settings(
    caller: CurrentCaller,
    preferences: SettingsRequest,
    response: Response,
    if_match: Annotated[str | None, Header(max_length=100)] = None,
) -> TenantSettings:
    """Replace the preferences, if their version is still that of `If-Match`. Quotas and suspension are
    the operator's."""
    change = storefront.tenant_settings(caller.tenant).change
    changes = preferences.model_dump()
    version = _version(if_match)
    return _tagged(change(caller.tenant, changes, expected_version=version, by=caller.key_id), response)


@router.get("/history")
def get_settings_history(
    caller: CurrentCaller,
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
    before: Annotated[int | None, Query(ge=1)] = None,
) -> SettingsHistoryView:
    """Versions of the settings, newest first: what they were, since when, and by whom."""
    list_history = storefront.tenant_settings(caller.tenant).list_history
    return history_view(list_history(caller.tenant, before=before, limit=limit), limit)


def _tagged(settings: TenantSettings, response: Response) -> TenantSettings:
    response.headers["ETag"] = f'"{settings.version}"'
    return settings


def _version(if_match: str | None) -> int:
    if if_match is None:
        raise VersionRequired("If-Match must have the ETag of the settings that are to be replaced")
    tag = _ENTITY_TAG.fullmatch(if_match.strip())
    if tag is None:
        raise InvalidRequest('If-Match: must be an ETag of the settings, such as "3"')
    return int(tag[1])
