"""For a failed invocation of the stylizer's function: why it failed, as the endpoint itself stores it."""

from dataclasses import dataclass

from limner.contracts import EndpointNotification
from limner.function_contracts import function_failure_key
from limner.ports import ObjectStore


@dataclass(frozen=True, kw_only=True)
class StoreFailure:
    """For jobs of packs: whoever does a pack's next step looks for the failure where the submission said."""

    objects: ObjectStore
    results_bucket: str

    def __call__(self, notification: EndpointNotification) -> None:
        """Nothing for a job that has not failed, or whose failure the endpoint has stored."""
        if not notification.proves_failure or notification.received_at is None:
            return
        key = function_failure_key(notification.job_id, notification.received_at)
        reason = (notification.failure_reason or "").encode()
        self.objects.put(self.results_bucket, key, reason, "text/plain")
