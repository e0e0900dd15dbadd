"""One try of a delivery: send the event, and after a failure have it tried again later.

The message of the next try is sent before the failed one is recorded. So whatever is interrupted, a message
is under way for every delivery that is pending, and a message whose number has been recorded can be dropped.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from limner.errors import (
    AddressRefused,
    AddressUnreachable,
    DeliveryNotFound,
    StaleWrite,
    WebhookNotFound,
)
from limner.events import (
    DisabledReason,
    DisabledWebhookData,
    EventBus,
    EventType,
    WebhookDisabled,
    event_id,
)
from limner.use_cases.outcomes import Outcome
from limner.webhooks import (
    ATTEMPTS_KEPT,
    DISABLE_AFTER,
    GONE_STATUS,
    Attempt,
    Delivery,
    DeliveryMessage,
    DeliveryQueue,
    DeliveryState,
    DisabledBy,
    Endpoint,
    SecretBox,
    WebhookRepository,
    WebhookSender,
    retry_delay,
)

ENDPOINT_DISABLED = "the webhook is disabled"


@dataclass(frozen=True)
class _Tried:
    attempt: Attempt
    retry_after: timedelta | None = None


@dataclass(frozen=True, kw_only=True)
class DeliverWebhook:
    webhooks: WebhookRepository
    queue: DeliveryQueue
    secrets: SecretBox
    send: WebhookSender
    bus: EventBus
    now: Callable[[], datetime]
    seconds: Callable[[], float]
    """A clock that never goes back."""
    random: Callable[[], float]
    source: str
    """Of the events (CloudEvents): the stack."""

    def __call__(self, message: DeliveryMessage) -> Outcome:
        """Raises Unavailable, DependencyRefused when the message must be handled again."""
        if (early := message.not_before - self.now().timestamp()) > 0:
            self.queue.send(message, timedelta(seconds=early))
            return Outcome.DELIVERY_DEFERRED
        try:
            endpoint = self.webhooks.endpoint(message.tenant, message.endpoint_id)
            delivery = self.webhooks.delivery(message.tenant, message.endpoint_id, message.delivery_id)
        except (WebhookNotFound, DeliveryNotFound):  # removed, or its tenant erased
            return Outcome.DELIVERY_SUPERSEDED
        if message.attempt < delivery.next_attempt:
            return Outcome.DELIVERY_SUPERSEDED
        try:
            return self._try(endpoint, delivery, message)
        except (
            StaleWrite,
            WebhookNotFound,
        ):  # another message was faster, or the webhook is removed meanwhile
            return Outcome.DELIVERY_SUPERSEDED

    def _try(self, endpoint: Endpoint, delivery: Delivery, message: DeliveryMessage) -> Outcome:
        if not endpoint.is_enabled:
            self._record(delivery, message, state=DeliveryState.FAILED, error=ENDPOINT_DISABLED)
            return Outcome.DELIVERY_FAILED
        tried = self._send(endpoint, delivery)
        attempts = (*delivery.attempts, tried.attempt)[-ATTEMPTS_KEPT:]
        if tried.attempt.is_successful:
            if endpoint.failing_since:
                self._change(endpoint, failing_since=None)
            self._record(delivery, message, state=DeliveryState.DELIVERED, attempts=attempts)
            return Outcome.DELIVERED
        if self._disable_if_due(endpoint, tried.attempt):
            self._record(delivery, message, state=DeliveryState.FAILED, attempts=attempts)
            return Outcome.WEBHOOK_DISABLED
        return self._try_later(delivery, message, tried, attempts)

    def _send(self, endpoint: Endpoint, delivery: Delivery) -> _Tried:
        at, started = self.now(), self.seconds()
        secrets = [
            self.secrets.decrypt(each.ciphertext, endpoint.tenant, endpoint.endpoint_id)
            for each in endpoint.secrets
            if each.is_valid(at)
        ]
        try:
            answer = self.send(endpoint.url, delivery.event_id, delivery.event, secrets, at)
        except (AddressRefused, AddressUnreachable) as error:
            return _Tried(Attempt(at=at, error=str(error), milliseconds=self._since(started)))
        attempt = Attempt(at=at, status=answer.status, milliseconds=self._since(started))
        return _Tried(attempt, answer.retry_after)

    def _since(self, started: float) -> int:
        return int((self.seconds() - started) * 1000)

    def _try_later(
        self, delivery: Delivery, message: DeliveryMessage, tried: _Tried, attempts: tuple[Attempt, ...]
    ) -> Outcome:
        tries = message.tries + 1
        delay = retry_delay(tries, self.random(), tried.retry_after)
        if delay is None:
            self._record(delivery, message, state=DeliveryState.FAILED, attempts=attempts)
            return Outcome.DELIVERY_FAILED
        next_at = self.now() + delay
        later = {"attempt": message.attempt + 1, "tries": tries, "not_before": int(next_at.timestamp())}
        self.queue.send(message.model_copy(update=later), delay)
        self._record(delivery, message, next_at=next_at, attempts=attempts)
        return Outcome.DELIVERY_RETRIED

    def _record(self, delivery: Delivery, message: DeliveryMessage, **changes: Any) -> None:
        facts: Mapping[str, Any] = {
            "state": DeliveryState.PENDING,
            "next_attempt": message.attempt + 1,
            "next_at": None,
            "error": None,
            **changes,
        }
        self.webhooks.record_delivery(delivery.model_copy(update=facts))

    def _disable_if_due(self, endpoint: Endpoint, attempt: Attempt) -> bool:
        """Whether the endpoint is disabled now: it says that it is gone, or has failed for days."""
        endpoint = self._mark_failing(endpoint, attempt.at)
        failing_since = endpoint.failing_since or attempt.at
        if attempt.status == GONE_STATUS:
            self._disable(endpoint, DisabledReason.GONE, failing_since)
        elif attempt.at - failing_since >= DISABLE_AFTER:
            self._disable(endpoint, DisabledReason.FAILING, failing_since + DISABLE_AFTER)
        else:
            return False
        return True

    def _mark_failing(self, endpoint: Endpoint, at: datetime) -> Endpoint:
        """The endpoint with the time since which it fails: the same for all tries that fail at once."""
        if endpoint.failing_since:
            return endpoint
        self._change(endpoint, failing_since=at)
        return self.webhooks.endpoint(endpoint.tenant, endpoint.endpoint_id)

    def _disable(self, endpoint: Endpoint, reason: DisabledReason, at: datetime) -> None:
        """The notice comes first: interrupted after it, the next try disables and gives the same notice,
        whose id and time follow from the endpoint alone."""
        self.bus.publish([_notice(endpoint, reason, at, self.source)])
        self._change(endpoint, disabled_by=DisabledBy(reason), disabled_at=self.now())

    def _change(self, endpoint: Endpoint, **changes: Any) -> None:
        """An endpoint that somebody changes at the same time keeps that change: the next try meets it."""
        try:
            self.webhooks.replace_endpoint(endpoint.model_copy(update=changes))
        except StaleWrite:
            return


def _notice(endpoint: Endpoint, reason: DisabledReason, at: datetime, source: str) -> WebhookDisabled:
    return WebhookDisabled(
        id=event_id(EventType.WEBHOOK_DISABLED, endpoint.tenant, endpoint.endpoint_id, reason, at),
        source=source,
        subject=endpoint.endpoint_id,
        time=at,
        sequence=at.isoformat(),
        data=DisabledWebhookData(
            tenant=endpoint.tenant,
            webhook_id=endpoint.endpoint_id,
            reason=reason,
            failing_since=endpoint.failing_since,
        ),
    )
