"""For a failed invocation of the stylizer's function: why it failed, as the endpoint itself stores it."""

from dataclasses import dataclass

from limner.contracts import EndpointNotification
from limner.function_contracts import function_failure_key
from limner.keys import tenant_of_job
from limner.ports import ObjectStore
from limner.tenancy import is_live
from limner.use_cases.outcomes import Outcome


@dataclass(frozen=True, kw_only=True)
class StoreFailure:
    """For jobs of packs: whoever does a pack's next step looks for the failure where the submission said."""

    objects: ObjectStore
    results_bucket: str

    def __call__(self, notification: EndpointNotification) -> list[Outcome]:
        """The failed attempt, to be counted as those of photos are; none where nothing has failed, and of a
        test tenant, who has ordered the failure.

        Nothing is stored where the endpoint has stored the failure itself.
        """
        if notification.proves_failure and notification.received_at is not None:
            key = function_failure_key(notification.job_id, notification.received_at)
            reason = (notification.failure_reason or "").encode()
            self.objects.put(self.results_bucket, key, reason, "text/plain")
        has_failed = notification.status == "Failed" and not notification.has_expired
        is_counted = has_failed and is_live(tenant_of_job(notification.job_id))
        return [Outcome.STYLIZATION_RETRIED] if is_counted else []
