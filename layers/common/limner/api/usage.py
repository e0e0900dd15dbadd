"""What a tenant has used, by day."""

from datetime import UTC, date, timedelta
from typing import Annotated

from fastapi import Query

from limner.api.identity import CurrentCaller, private_router
from limner.bootstrap import pipeline, storefront
from limner.counters import KEEP_DAYS
from limner.errors import InvalidRequest
from limner.identity import Scope
from limner.json_types import Day
from limner.views.usage import UsageView, usage_view

DEFAULT_DAYS = 30

router = private_router(Scope.ADMIN, prefix="/v1/usage")


@router.get("")
def get_usage(
    caller: CurrentCaller,
    since: Annotated[Day | None, Query(description="The first day (UTC); by default 29 days before.")] = None,
    until: Annotated[Day | None, Query(description="The last day (UTC); by default today.")] = None,
) -> UsageView:
    """What the tenant has used, by day, API key and style, with its estimated cost; days are kept for 40."""
    now = pipeline.now()
    last = until or now.astimezone(UTC).date()
    first = since or date.fromordinal(max(date.min.toordinal(), last.toordinal() - DEFAULT_DAYS + 1))
    if not timedelta(0) <= last - first < KEEP_DAYS:
        raise InvalidRequest(f"since and until: from one day to {KEEP_DAYS.days}, in this order")
    usage = storefront.tenant_stores(caller.tenant).usage
    quotas = storefront.quotas_of(caller.tenant)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    used = usage.read(caller.tenant, quotas, now)
    listed = list(usage.read_days(caller.tenant, days))
    return usage_view(caller.tenant, first, last, listed, used, quotas, now)
