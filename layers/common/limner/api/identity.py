"""Who is asking, and what they may do.

The gateway's authorizer checks the key or token and passes its answer on in the event. It lets every request
through, because an HTTP API can refuse one only with a 403 that is no problem document; the refusal is made
here.
"""

from collections.abc import Callable, Coroutine, Mapping
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPBearer
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from limner.api.idempotency import answer_once, idempotency_key
from limner.api.log import add_caller, logger
from limner.api.problems import MISSING_CREDENTIALS, problem_responses
from limner.api.strict_route import StrictRoute
from limner.bootstrap import storefront
from limner.errors import CredentialsRefused, InsufficientScope
from limner.identity import CredentialProblem, Identity, Scope, known_scopes
from limner.tenancy import TenantId


class _Context(BaseModel):
    """The authorizer's context; API Gateway passes every value as a string."""

    model_config = ConfigDict(extra="ignore")

    tenant: TenantId
    key_id: str = Field(min_length=1)
    scopes: str
    livemode: bool


def identity_in(event: object) -> Identity:
    """The caller in an event of API Gateway (payload format 2.0).

    Raises:
        CredentialsRefused: the authorizer refused the credentials, or has not seen the request.
    """
    context = _authorizer_context(event)
    if not context:
        raise CredentialsRefused(MISSING_CREDENTIALS)
    if refusal := context.get("refusal"):
        raise CredentialsRefused(refusal)
    try:
        caller = _Context.model_validate(context)
    except ValidationError as error:
        logger.error("the authorizer's context is invalid", exc_info=error)
        raise CredentialsRefused(CredentialProblem.INVALID) from None
    return Identity(caller.tenant, caller.key_id, known_scopes(caller.scopes.split()), caller.livemode)


def _authorizer_context(event: object) -> Mapping[str, Any]:
    for name in ("requestContext", "authorizer", "lambda"):
        event = event.get(name) if isinstance(event, dict) else None
    return event if isinstance(event, dict) else {}


def private_router(scope: Scope, **options: Any) -> APIRouter:
    """A router whose routes all answer 401 without an identity and 403 without `scope`, before any part of
    the request is parsed. Every route that is not public belongs to one. A POST may have an
    Idempotency-Key."""

    class PrivateRoute(StrictRoute):
        def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
            if "POST" in (options.get("methods") or ()):
                options["dependencies"] = [*(options.get("dependencies") or ()), Depends(idempotency_key)]
                conflict = problem_responses(HTTPStatus.CONFLICT)
                options["responses"] = conflict | (options.get("responses") or {})
            super().__init__(path, endpoint, **options)

        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def authorize_and_handle(request: Request) -> Response:
                request.state.caller = _authorized(request, scope)
                await run_in_threadpool(_refuse_suspended, request.state.caller)
                if request.method == "POST":
                    return await answer_once(request, request.state.caller, handle)
                return await handle(request)

            return authorize_and_handle

    return APIRouter(
        route_class=PrivateRoute,
        dependencies=[Security(_bearer, scopes=[scope])],
        responses=problem_responses(401, 403),
        **options,
    )


_bearer = HTTPBearer(
    scheme_name="bearer",
    description="An API key (`lk_live_…`, `lk_test_…`), or an ID token of the stack's issuer.",
    auto_error=False,
)
"""Describes the header in the OpenAPI document; what it contains is the authorizer's to check."""


def _authorized(request: Request, scope: Scope) -> Identity:
    caller = identity_in(request.scope.get("aws.event"))
    add_caller(caller)
    if scope not in caller.scopes:
        raise InsufficientScope(scope)
    return caller


def _refuse_suspended(caller: Identity) -> None:
    """Once a minute for each tenant this reads its settings. Raises TenantSuspended, TenantNotFound."""
    storefront.find_tenant()(caller.tenant).require_active()


def _caller(request: Request) -> Identity:
    caller: Identity = request.state.caller
    return caller


CurrentCaller = Annotated[Identity, Depends(_caller)]
"""The caller of a route of a private router."""
