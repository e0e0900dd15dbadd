"""Response of GET /v1/usage."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from limner.costs import MICRO_USD_PER_USD
from limner.counters import end_of_month
from limner.quotas import Quotas, Usage
from limner.tenancy import is_live
from limner.usage_report import DayUsage, total_of

_PIXELS_PER_MEGAPIXEL = 1_000_000
_USD_DECIMALS = 6


class UsageAmounts(BaseModel):
    """What was used. `pictures` are the looks that were ordered of uploaded photos; a mix of styles counts for each
    of them in `pictures_by_style`. `sign-in` in `orders_by_key` are orders of people who signed in."""  # noqa: E501

    orders: int
    pictures: int
    bytes: int = Field(description="Of the uploaded photos.")
    megapixels: float = Field(description="Of the uploaded photos.")
    estimated_cost_usd: float = Field(description="By the cost model, in US dollars; not AWS's bill.")
    orders_by_key: dict[str, int]
    pictures_by_style: dict[str, int]


class DayUsageView(UsageAmounts):
    date: date


class MonthView(BaseModel):
    """The budget of this month (UTC), and what of it is used."""

    estimated_cost_usd: float
    budget_usd: int
    resets_at: datetime


class UsageView(BaseModel):
    """Days (UTC) on which something was used, oldest first, and their sum."""

    livemode: bool
    since: date
    until: date
    days: list[DayUsageView]
    total: UsageAmounts
    month: MonthView


def usage_view(  # noqa: PLR0917
    tenant: str,
    since: date,
    until: date,
    days: list[DayUsage],
    used: Usage,
    quotas: Quotas,
    now: datetime,
) -> UsageView:
    return UsageView(
        livemode=is_live(tenant),
        since=since,
        until=until,
        days=[DayUsageView(date=day.day, **_amounts(day)) for day in days],
        total=UsageAmounts(**_amounts(total_of(days))),
        month=MonthView(
            estimated_cost_usd=_usd(used.micro_usd),
            budget_usd=quotas.monthly_budget_usd,
            resets_at=end_of_month(now),
        ),
    )


def _amounts(day: DayUsage) -> dict[str, object]:
    return {
        "orders": day.orders,
        "pictures": day.pictures,
        "bytes": day.bytes,
        "megapixels": round(day.pixels / _PIXELS_PER_MEGAPIXEL, 3),
        "estimated_cost_usd": _usd(day.micro_usd),
        "orders_by_key": dict(day.orders_by_key),
        "pictures_by_style": dict(day.pictures_by_style),
    }


def _usd(micro_usd: int) -> float:
    return round(micro_usd / MICRO_USD_PER_USD, _USD_DECIMALS)
