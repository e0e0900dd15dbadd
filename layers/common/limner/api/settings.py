"""A tenant's settings: what they are, what they were, and their change by version."""

import re
from collections.abc import Callable
from typing import Annotated, Protocol

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from limner import tenant_bootstrap
from limner.errors import InvalidRequest, VersionRequired
from limner.tenants import TenantSettings
from limner.views.settings import SettingsHistoryView, SettingsRequest, history_view

_ENTITY_TAG = re.compile(r'"(\d{1,8})"')


class Caller(Protocol):
    """Who changes settings; `key_id` goes into their history."""

    @property
    def tenant(self) -> str: ...

    @property
    def key_id(self) -> str: ...


def settings_router(router: APIRouter, find_caller: Callable[[Request], Caller]) -> APIRouter:
    """Adds the routes to a router that admits callers with the scope `admin` alone."""

    @router.get("")
    def get_settings(response: Response, caller: Caller = Depends(find_caller)) -> TenantSettings:  # noqa: B008 - FastAPI's form
        """The settings of the caller's tenant. `ETag` is their version."""
        return _tagged(tenant_bootstrap.get_settings()(caller.tenant), response)

    @router.put("")
    def put_settings(
        preferences: SettingsRequest,
        response: Response,
        if_match: Annotated[str | None, Header(max_length=100)] = None,
        caller: Caller = Depends(find_caller),  # noqa: B008
    ) -> TenantSettings:
        """Replace the preferences, if their version is still that of `If-Match`. Quotas and suspension are
        the operator's."""
        change = tenant_bootstrap.change_settings()
        changes = preferences.model_dump()
        version = _version(if_match)
        return _tagged(change(caller.tenant, changes, expected_version=version, by=caller.key_id), response)

    @router.get("/history")
    def get_history(
        limit: Annotated[int, Query(ge=1, le=50)] = 20,
        before: Annotated[int | None, Query(ge=1)] = None,
        caller: Caller = Depends(find_caller),  # noqa: B008
    ) -> SettingsHistoryView:
        """Versions of the settings, newest first: what they were, since when, and by whom."""
        versions = tenant_bootstrap.list_settings_history()(caller.tenant, before=before, limit=limit)
        return history_view(versions, limit)

    return router


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
