"""The endpoint and the function side by side: seconds and US dollars, and which is cheaper from where on.

    python -m benchmarks.service.tiers [--document docs/costs.md]

Computed, for the photo of simulation/figures.toml: the processor's seconds are those of cost_model.json,
measured on one thread; the GPU's seconds and both starts are figures of that file, which says where each is
from. Photos come in sessions. With --document the table is written between that document's marks.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from limner.costs import prices

from .costs import PHOTOS, SECONDS_PER_HOUR
from .simulation.document import between_marks
from .simulation.endpoint import PERIOD_SECONDS, PERIODS_BELOW_TARGET
from .simulation.figures import Figures, figures

SECONDS_PER_DAY = 86_400
GPU_INSTANCE = "ml.g4dn.xlarge"
FUNCTION = "lambda.3008"
PHOTOS_PER_DAY = (100, 1_000, 10_000, 30_000, 100_000)
COMMAND = "python -m benchmarks.service.tiers --document docs/costs.md"


@dataclass(frozen=True)
class Tier:
    """A photo takes `ticket_seconds`, and for `busy_seconds` of them its instance can do no other;
    `start_seconds` pass until there is an instance; for `idle_seconds` one is paid after its last photo."""

    name: str
    ticket_seconds: float
    busy_seconds: float
    usd_per_hour: float
    start_seconds: float
    idle_seconds: float = 0.0
    kept_instances: int = 0
    is_paid_while_starting: bool = True

    def paid_seconds(self, photos_per_day: int, photos_per_session: int) -> float:
        """Of a day. Sessions that overlap share an instance, which then runs all day."""
        busy = photos_per_day * self.busy_seconds
        sessions = math.ceil(photos_per_day / photos_per_session)
        around = self.idle_seconds + (self.start_seconds if self.is_paid_while_starting else 0.0)
        all_day = max(busy, float(SECONDS_PER_DAY))
        return all_day if self.kept_instances else min(busy + sessions * around, all_day)

    def usd_per_1000(self, photos_per_day: int, photos_per_session: int) -> float:
        paid = self.paid_seconds(photos_per_day, photos_per_session)
        return paid * self.usd_per_hour / SECONDS_PER_HOUR / photos_per_day * PHOTOS

    @property
    def usd_per_month_without_photos(self) -> float:
        return self.kept_instances * 730 * self.usd_per_hour


def tiers(by: Figures) -> list[Tier]:
    gpu = prices().instance(GPU_INSTANCE)
    ticket = by.gpu_ticket_seconds
    busy = by.engine_seconds(ticket)
    idle = PERIODS_BELOW_TARGET * PERIOD_SECONDS
    return [
        Tier(f"{GPU_INSTANCE}, from zero", ticket, busy, gpu, by.instance_start_seconds, idle),
        Tier(f"{GPU_INSTANCE}, one kept", ticket, busy, gpu, 0.0, kept_instances=1),
        function_tier(by),
    ]


def function_tier(by: Figures) -> Tier:
    """Lambda bills the start of a function of an image too; it is paid once for many photos, and left out."""
    return Tier(
        FUNCTION,
        by.processor_ticket_seconds,
        by.processor_ticket_seconds,
        prices().instance(FUNCTION),
        by.function_start_seconds,
        is_paid_while_starting=False,
    )


def break_even_photos_per_day(by: Figures) -> int:
    """From so many on, a GPU instance that runs all day costs less than the function."""
    a_day = 24 * prices().instance(GPU_INSTANCE)
    return math.ceil(a_day / (function_tier(by).usd_per_1000(PHOTOS, by.burst_photos) / PHOTOS))


def markdown(by: Figures) -> str:
    dollars = [f"$ of 1,000, {number:,} a day" for number in PHOTOS_PER_DAY]
    columns = ["tier", "a photo, s", "first photo after a pause, s", "$ a month without photos", *dollars]
    rows = [[*_begin(tier), *(_usd(tier, number, by) for number in PHOTOS_PER_DAY)] for tier in tiers(by)]
    lines = [
        f"<!-- made by `{COMMAND}` -->",
        "",
        f"{by.photo_megapixels:g} megapixels, {by.photo_looks} looks, sessions of {by.burst_photos} photos."
        " A GPU instance that runs all day costs less than the function from"
        f" {break_even_photos_per_day(by):,} photos a day on.",
        "",
        "| " + " | ".join(columns) + " |",
        "|" + "---|" * len(columns),
        *["| " + " | ".join(row) + " |" for row in rows],
    ]
    return "\n".join(lines)


def _begin(tier: Tier) -> list[str]:
    first = tier.start_seconds + tier.ticket_seconds
    return [
        tier.name,
        f"{tier.ticket_seconds:.1f}",
        f"{first:.0f}",
        f"{tier.usd_per_month_without_photos:.0f}",
    ]


def _usd(tier: Tier, photos_per_day: int, by: Figures) -> str:
    return f"{tier.usd_per_1000(photos_per_day, by.burst_photos):.2f}"


def main(document: Annotated[Path | None, typer.Option(help="Markdown file with the marks.")] = None) -> None:
    table = markdown(figures())
    print(table)
    if document:
        document.write_text(between_marks(document.read_text("utf-8"), "tiers", table), "utf-8")


if __name__ == "__main__":
    typer.run(main)
