"""US dollars for 1,000 photos by tier, size and looks, from measured times and list prices.

    python -m benchmarks.service.costs [--document docs/costs.md] [--out build/bench/costs.json]

Times, bytes and requests are those of layers/common/limner/cost_model.json, prices those of prices.toml
beside it; a GPU's time is the estimate of simulation/figures.toml. Instances are taken as fully used: what
the daily rhythm adds is in docs/scale.md. With --document the table is written between that document's
marks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from limner.costs import CostModel, JobSize, Prices, cost_model, prices
from local.aws.running import ROOT

from ..shared.report import write_json
from .simulation.document import between_marks
from .simulation.figures import figures

PHOTOS = 1_000
BYTES_PER_GB = 1_000_000_000
SECONDS_PER_HOUR = 3_600
UPLOAD_BYTES_PER_MEGAPIXEL = 400_000
"""Of a JPEG at quality 92: 4.8 MB for 12 megapixels."""
SIZES_MEGAPIXELS = (1, 4, 12, 24)
LOOK_COUNTS = (1, 3, 8)
TIERED_FROM_BYTES = 500_000
"""ObjectSizeGreaterThan of the buckets' rule (template.yaml)."""
MONTHS_BY_CLASS = {"standard": 1, "infrequent": 2, "archive": 9}
"""Of an object's first year that is never read after its first month."""
VIEWS_PER_PICTURE = 100
BYTES_PER_VIEW = 60_000
"""Assumed: an AVIF 640 px wide, a hundred times in a year."""
GPU, PROCESSOR = "ml.g4dn.xlarge (estimated)", "ml.c6i.xlarge, one thread"
FUNCTION = "lambda.3008, one thread"
"""With the default of StylizerFunctionMemoryMb; 1.7 GB were needed for 24 megapixels in eight looks."""


@dataclass(frozen=True)
class Costs:
    """US dollars of one photo. `stored` and `stored_tiered` are a year's, of which one is paid."""

    painting: float
    functions: float
    s3_requests: float
    signatures: float
    tables: float
    other_requests: float
    stored: float
    stored_tiered: float
    shown: float

    @property
    def total(self) -> float:
        """With tiering, without what is shown to shoppers."""
        requests = self.s3_requests + self.signatures + self.tables + self.other_requests
        return self.painting + self.functions + requests + self.stored_tiered


def job_of(megapixels: float, looks: int) -> JobSize:
    return JobSize(
        looks=looks,
        nbytes=int(UPLOAD_BYTES_PER_MEGAPIXEL * megapixels),
        pixels=int(megapixels * 1_000_000),
    )


def painting_usd(tier: str, job: JobSize, model: CostModel, by: Prices) -> float:
    """Of a photo. The GPU's estimated ticket is scaled by the processor's measured seconds."""
    seconds = model.instance_seconds(job)
    if tier == GPU:
        seconds *= figures().gpu_ticket_seconds / figures().processor_ticket_seconds
    return seconds * by.instance(tier.partition(" ")[0].rstrip(",")) / SECONDS_PER_HOUR


def storage_usd(job: JobSize, model: CostModel, by: Prices, *, tiered: bool) -> float:
    """Of a photo's first year."""
    full_size = model.result_bytes_per_megapixel_and_look.value * job.pixels / 1_000_000
    large = [size for size in [float(job.nbytes), *[full_size] * job.looks] if size > TIERED_FROM_BYTES]
    by_class = by.storage_usd_per_gb_month
    year = sum(MONTHS_BY_CLASS.values())
    if not tiered:
        return model.stored_bytes(job) / BYTES_PER_GB * by_class["standard"] * year
    small = (model.stored_bytes(job) - sum(large)) / BYTES_PER_GB * by_class["standard"] * year
    per_gb = sum(by_class[name] * months for name, months in MONTHS_BY_CLASS.items())
    each = by.usd_per_million["tier_changes"] + by.usd_per_million["tiered_objects_month"] * year
    return small + sum(large) / BYTES_PER_GB * per_gb + len(large) * each / 1_000_000


def costs_of(tier: str, job: JobSize, model: CostModel, by: Prices) -> Costs:
    requests = model.requests_usd(job.looks, by)
    shown_gb = job.looks * VIEWS_PER_PICTURE * BYTES_PER_VIEW / BYTES_PER_GB
    return Costs(
        painting=painting_usd(tier, job, model, by),
        functions=requests["lambda"] + requests["invocations"],
        s3_requests=requests["s3_puts"] + requests["s3_gets"],
        signatures=requests["signatures"],
        tables=requests["write_units"] + requests["read_units"],
        other_requests=requests["messages"] + requests["events"] + requests["api_calls"],
        stored=storage_usd(job, model, by, tiered=False),
        stored_tiered=storage_usd(job, model, by, tiered=True),
        shown=shown_gb * by.usd["cdn_gb"],
    )


def rows() -> list[dict[str, Any]]:
    """For each size and number of looks: dollars of 1,000 photos, painting by tier."""
    model, by = cost_model(), prices()
    return [_row(megapixels, looks, model, by) for megapixels in SIZES_MEGAPIXELS for looks in LOOK_COUNTS]


def _row(megapixels: float, looks: int, model: CostModel, by: Prices) -> dict[str, Any]:
    job = job_of(megapixels, looks)
    by_tier = {tier: costs_of(tier, job, model, by) for tier in (GPU, PROCESSOR, FUNCTION)}
    each = by_tier[GPU]
    painting = {tier: PHOTOS * costs.painting for tier, costs in by_tier.items()}
    return {
        "megapixels": megapixels,
        "looks": looks,
        "puts": model.requests("s3_puts", looks),
        **painting,
        "functions": PHOTOS * each.functions,
        "S3 requests": PHOTOS * each.s3_requests,
        "signatures": PHOTOS * each.signatures,
        "tables": PHOTOS * each.tables,
        "other": PHOTOS * each.other_requests,
        "a year stored": PHOTOS * each.stored,
        "tiered": PHOTOS * each.stored_tiered,
        "shown": PHOTOS * each.shown,
        "total, GPU": PHOTOS * each.total,
    }


def markdown(table: list[dict[str, Any]], by: Prices) -> str:
    names = list(table[0])
    command = "python -m benchmarks.service.costs --document docs/costs.md"
    lines = [
        f"<!-- made by `{command}` -->",
        "",
        f"Prices of {by.region}, {by.date}.",
        "",
        "| " + " | ".join(names) + " |",
        "|" + "---|" * len(names),
        *["| " + " | ".join(_shown(row[name]) for name in names) + " |" for row in table],
    ]
    return "\n".join(lines)


def _shown(value: float) -> str:
    return f"{value:.2f}" if isinstance(value, float) and value != int(value) else f"{value:g}"


def figures_of(table: list[dict[str, Any]], by: Prices) -> Mapping[str, Any]:
    return {"prices": by.model_dump(), "photos": PHOTOS, "rows": table}


def main(
    document: Annotated[Path | None, typer.Option(help="Markdown file with the marks.")] = None,
    out: Annotated[Path, typer.Option(help="JSON file to write.")] = ROOT / "build/bench/costs.json",
) -> None:
    table = rows()
    print(markdown(table, prices()))
    write_json(out, figures_of(table, prices()))
    if document:
        text = between_marks(document.read_text("utf-8"), "costs", markdown(table, prices()))
        document.write_text(text, "utf-8")


if __name__ == "__main__":
    typer.run(main)
