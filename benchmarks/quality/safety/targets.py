"""The bounds that the figures must keep."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.table import Table

TARGETS: Final[Mapping[str, tuple[str, float]]] = {
    "soft.passed_as_asked": (">=", 0.95),
    "soft.passed_in_the_end": (">=", 0.95),
    "strict.white_background_drift": ("<=", 3.0),
    "strict.least_ssim": (">=", 0.95),
    "strict.most_delta_e": ("<=", 2.0),
    "soft.least_ssim": (">=", 0.85),
    "soft.worst_part_delta_e": ("<=", 7.0),
    "strict.worst_part_delta_e": ("<=", 2.0),
    "soft_enhanced.worst_part_delta_e": ("<=", 7.0),
    "strict_enhanced.worst_part_delta_e": ("<=", 2.0),
    "soft_enhanced.least_ssim": (">=", 0.85),
    "strict_enhanced.least_ssim": (">=", 0.95),
    "mask.iou": (">=", 0.92),
    "cost.safety_percent": ("<=", 35.0),
    "cost.enhanced_percent": ("<=", 35.0),
    "baselines.halo_ratio": ("<=", 0.5),
    "baselines.flat_noise_ratio": ("<=", 0.5),
}
"""`section.figure` → comparison and bound."""


def compare_with_targets(figures: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each target whose figure was measured."""
    rows = []
    for name, (comparison, bound) in TARGETS.items():
        section, figure = name.split(".")
        if figure in figures.get(section, {}):
            value = figures[section][figure]
            rows.append({"name": name, "value": value, "promise": f"{comparison} {bound:g}",
                         "kept": value >= bound if comparison == ">=" else value <= bound})  # fmt: skip
    return rows


def targets_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table("figure", "value", "target", "met")
    for row in rows:
        table.add_row(row["name"], f"{row['value']:.3f}", row["promise"], "yes" if row["kept"] else "NO")
    return table
