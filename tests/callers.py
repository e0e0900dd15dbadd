"""Requests as they come from the gateway: with the authorizer's answer in the event."""

from collections.abc import Mapping
from typing import Any

from limner.identity import CredentialProblem, Identity, Scope, refusal_context
from limner.tenancy import is_live
from tests.makers import TENANT

Asgi = Any
KEY_ID = "0123456789abcdef"
ALL_SCOPES = frozenset(Scope)


def caller(tenant: str = TENANT, scopes: frozenset[Scope] = ALL_SCOPES) -> Identity:
    return Identity(tenant, KEY_ID, scopes, livemode=is_live(tenant))


def event_with(context: Mapping[str, Any] | None) -> dict[str, Any]:
    """An event of API Gateway, with the authorizer's `context` or without an authorizer."""
    return {"requestContext": {"authorizer": {"lambda": dict(context)}} if context is not None else {}}


class Gateway:
    """The app behind a gateway whose authorizer gives every request the same context."""

    def __init__(self, app: Asgi, context: Mapping[str, Any] | None) -> None:
        self._app = app
        self.context = context

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        await self.call(self.context, scope, receive, send)

    async def call(
        self, context: Mapping[str, Any] | None, scope: dict[str, Any], receive: Any, send: Any
    ) -> None:
        await self._app({**scope, "aws.event": event_with(context)}, receive, send)


class KeyGateway(Gateway):
    """A gateway whose authorizer knows one key; requests without credentials get as far as the app."""

    def __init__(self, app: Asgi, key: str, identity: Identity) -> None:
        super().__init__(app, None)
        self._contexts = {f"Bearer {key}": identity.context()}

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        sent = dict(scope.get("headers", ())).get(b"authorization", b"").decode("latin-1")
        refused = refusal_context(CredentialProblem.INVALID) if sent else None
        await self.call(self._contexts.get(sent, refused), scope, receive, send)
