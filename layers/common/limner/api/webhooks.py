"""A tenant's webhooks: addresses to which events are sent, and the log of what was sent to them."""

from datetime import timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import Path, Query, Response

from limner.api.idempotency import Json, renewed_by
from limner.api.identity import CurrentCaller, private_router
from limner.api.problems import problem_responses
from limner.bootstrap import webhooks
from limner.identity import Identity, Scope
from limner.views.webhooks import (
    DeliveriesView,
    DeliveryView,
    RotationRequest,
    WebhookChange,
    WebhookRequest,
    WebhookSecretView,
    WebhooksView,
    WebhookView,
    deliveries_view,
    delivery_view,
    webhook_secret_view,
    webhook_view,
)
from limner.webhooks import DELIVERY_ID_PATTERN, ENDPOINT_ID_PATTERN

router = private_router(Scope.ADMIN, prefix="/v1/webhooks")
WebhookId = Annotated[str, Path(pattern=rf"^{ENDPOINT_ID_PATTERN}$")]
DeliveryId = Annotated[str, Path(pattern=rf"^{DELIVERY_ID_PATTERN}$")]


def _without_secret(caller: Identity, answer: Json, requested: Json) -> Json:
    """A secret is stored encrypted, and this function cannot decrypt it."""
    return {**answer, "secret": None}


@router.post("", status_code=HTTPStatus.CREATED, responses=problem_responses(HTTPStatus.CONFLICT))
@renewed_by(_without_secret)
def add_webhook(caller: CurrentCaller, webhook: WebhookRequest, response: Response) -> WebhookSecretView:
    """Have events sent to an address. The answer has the secret that verifies them; it is not shown again."""
    add = webhooks.add_webhook(caller.tenant)
    endpoint, secret = add(caller.tenant, webhook.url, webhook.events, webhook.description)
    response.headers["Location"] = f"webhooks/{endpoint.endpoint_id}"
    return webhook_secret_view(endpoint, secret)


@router.get("")
def list_webhooks(caller: CurrentCaller) -> WebhooksView:
    """All webhooks, oldest first; there are at most ten."""
    endpoints = webhooks.webhooks(caller.tenant).endpoints(caller.tenant)
    return WebhooksView(webhooks=[webhook_view(endpoint) for endpoint in endpoints])


@router.get("/{webhook_id}")
def get_webhook(caller: CurrentCaller, webhook_id: WebhookId) -> WebhookView:
    """One webhook, and whether it fails or is disabled."""
    return webhook_view(webhooks.webhooks(caller.tenant).endpoint(caller.tenant, webhook_id))


@router.patch("/{webhook_id}")
def change_webhook(caller: CurrentCaller, webhook_id: WebhookId, change: WebhookChange) -> WebhookView:
    """Change the fields that are given."""
    use_case = webhooks.change_webhook(caller.tenant)
    return webhook_view(use_case(caller.tenant, webhook_id, change.changes, enabled=change.enabled))


@router.delete("/{webhook_id}", status_code=HTTPStatus.NO_CONTENT)
def remove_webhook(caller: CurrentCaller, webhook_id: WebhookId) -> None:
    """Remove a webhook; what is still to be delivered to it is dropped."""
    webhooks.remove_webhook(caller.tenant)(caller.tenant, webhook_id)


@router.post("/{webhook_id}/rotate-secret")
@renewed_by(_without_secret)
def rotate_secret(
    caller: CurrentCaller, webhook_id: WebhookId, rotation: RotationRequest | None = None
) -> WebhookSecretView:
    """Replace the secret. During the overlap every delivery has two signatures, one by each secret."""
    rotate = webhooks.rotate_secret(caller.tenant)
    overlap = timedelta(hours=(rotation or RotationRequest()).overlap_hours)
    return webhook_secret_view(*rotate(caller.tenant, webhook_id, overlap))


@router.post("/{webhook_id}/test", status_code=HTTPStatus.ACCEPTED)
def send_test_event(caller: CurrentCaller, webhook_id: WebhookId) -> DeliveryView:
    """Send an event of the type `webhook.test`, whatever types the webhook asks for."""
    return delivery_view(webhooks.send_test_event(caller.tenant)(caller.tenant, webhook_id))


@router.get("/{webhook_id}/deliveries")
def list_deliveries(
    caller: CurrentCaller,
    webhook_id: WebhookId,
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
) -> DeliveriesView:
    """What was sent in the last 30 days, newest event first."""
    page = webhooks.list_deliveries(caller.tenant)(caller.tenant, webhook_id, limit, cursor)
    return deliveries_view(page.deliveries, page.cursor)


@router.post("/{webhook_id}/deliveries/{delivery_id}/redeliver", status_code=HTTPStatus.ACCEPTED)
def redeliver(caller: CurrentCaller, webhook_id: WebhookId, delivery_id: DeliveryId) -> DeliveryView:
    """Send an event once more, with all its tries. It keeps its `webhook-id`."""
    return delivery_view(webhooks.redeliver(caller.tenant)(caller.tenant, webhook_id, delivery_id))
