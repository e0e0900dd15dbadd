"""What a tenant has used, by day: tallies in the rows of its counters, and the report that sums them up.

    day_micro_usd      estimated cost of the day's jobs
    style:{style id}   pictures in which the style has a part
    key:{key id}       orders of an API key; key:{SIGN_IN} those of people who are signed in

They are added by the writes that charge an order or a job, so they cost no write of their own. Of people
there is one tally, since a row must not grow with their number.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from limner.looks import Look

COST = "day_micro_usd"
SIGN_IN = "sign-in"
_STYLE, _KEY = "style:", "key:"
_USER = "user:"
"""Begins the key id of a person (limner.identity)."""


def tallies_of_orders(key_id: str | None, orders: int) -> dict[str, int]:
    if key_id is None:
        return {}
    return {f"{_KEY}{SIGN_IN if key_id.startswith(_USER) else key_id}": orders}


def tallies_of_job(micro_usd: int, styles: Mapping[str, int]) -> dict[str, int]:
    return {COST: micro_usd, **{f"{_STYLE}{style}": pictures for style, pictures in styles.items()}}


def pictures_by_style(looks: Iterable[Look]) -> dict[str, int]:
    """A mix counts for each of its styles."""
    return dict(Counter(style for look in looks for style in look.styles))


@dataclass(frozen=True)
class DayUsage:
    """`pictures` are looks that were ordered of uploaded photos; orders by key, pictures by style."""

    day: date
    orders: int = 0
    pictures: int = 0
    bytes: int = 0
    pixels: int = 0
    micro_usd: int = 0
    orders_by_key: Mapping[str, int] = field(default_factory=dict)
    pictures_by_style: Mapping[str, int] = field(default_factory=dict)


def day_usage(day: date, rows: Iterable[Mapping[str, int]]) -> DayUsage:
    """The sum of the day's rows."""
    sums: Counter[str] = Counter()
    for row in rows:
        sums.update(row)
    return DayUsage(
        day=day,
        orders=sums["orders"],
        pictures=sums["looks"],
        bytes=sums["bytes"],
        pixels=sums["pixels"],
        micro_usd=sums[COST],
        orders_by_key=_named(sums, _KEY),
        pictures_by_style=_named(sums, _STYLE),
    )


def _named(sums: Mapping[str, int], prefix: str) -> dict[str, int]:
    return {name.removeprefix(prefix): sums[name] for name in sorted(sums) if name.startswith(prefix)}


def total_of(days: Iterable[DayUsage]) -> DayUsage:
    """The sum of the days, under the last one's date."""
    total: Counter[str] = Counter()
    keys: Counter[str] = Counter()
    styles: Counter[str] = Counter()
    last = date.min
    for each in days:
        last = max(last, each.day)
        for name in ("orders", "pictures", "bytes", "pixels", "micro_usd"):
            total[name] += getattr(each, name)
        keys.update(each.orders_by_key)
        styles.update(each.pictures_by_style)
    return DayUsage(day=last, orders_by_key=dict(keys), pictures_by_style=dict(styles), **total)
