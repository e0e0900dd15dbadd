"""An event arrives from the bus on EventQueue: one delivery for each webhook that wants it. A delivery
arrives on WebhookQueue: send it."""

from functools import cache

from limner.adapters.webhook_requests import StandardWebhooks
from limner.bootstrap import events
from limner.queues import queue_handler
from limner.use_cases.deliver_webhook import DeliverWebhook
from limner.use_cases.outcomes import Outcome
from limner.webhooks import DeliveryMessage, parse_webhook_message


@cache
def deliver_webhook() -> DeliverWebhook:
    return events.deliver_webhook(StandardWebhooks(events.outbound_client()))


def handle(body: str) -> list[Outcome]:
    message = parse_webhook_message(body)
    if isinstance(message, DeliveryMessage):
        return [deliver_webhook()(message)]
    return [events.fan_out_event()(message, body)]


handler = queue_handler(handle)
