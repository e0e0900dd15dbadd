"""The fields RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers-11) of answers to orders.

Two policies: `orders` of the day, and `budget`, the month's money. The draft's registry has no unit of money;
`qu="usd-cents"` is ours. Both are lists of structured fields: strings with parameters, which are integers.
"""

from calendar import monthrange
from datetime import UTC, datetime

from limner.costs import MICRO_USD_PER_USD
from limner.counters import end_of_day, end_of_month
from limner.quotas import Cap, Standing

DAY_SECONDS = 86_400
_CENTS_PER_USD = 100
_MICRO_USD_PER_CENT = MICRO_USD_PER_USD // _CENTS_PER_USD


def rate_limit_headers(standing: Standing, now: datetime) -> dict[str, str]:
    """Of the tenant's orders, or of the key's where fewer of them are left."""
    quotas, usage = standing.quotas, standing.usage
    left = min(quotas.orders_per_day - usage.orders, quotas.orders_per_key_per_day - usage.key_orders)
    most = min(quotas.orders_per_day, quotas.orders_per_key_per_day)
    cents_left = (quotas.monthly_budget_micro_usd - usage.micro_usd) // _MICRO_USD_PER_CENT
    month_seconds = monthrange(now.astimezone(UTC).year, now.astimezone(UTC).month)[1] * DAY_SECONDS
    cents = quotas.monthly_budget_usd * _CENTS_PER_USD
    return {
        "RateLimit-Policy": (
            f'"{Cap.ORDERS}";q={most};w={DAY_SECONDS}, '
            f'"{Cap.BUDGET}";q={cents};qu="usd-cents";w={month_seconds}'
        ),
        "RateLimit": (
            f'"{Cap.ORDERS}";r={max(0, left)};t={_seconds_until(end_of_day(now), now)}, '
            f'"{Cap.BUDGET}";r={max(0, cents_left)};t={_seconds_until(end_of_month(now), now)}'
        ),
    }


def _seconds_until(end: datetime, now: datetime) -> int:
    return int((end - now).total_seconds())
