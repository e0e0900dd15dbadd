"""build/demo/report.json: what became of each photo, in figures."""

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from local.client.sent import FAILED, READY, Sent
from local.memory import Peak

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Run:
    """Seconds of each stage, and memory in bytes."""

    seconds: dict[str, float]
    idle_bytes: int
    peak: Peak


def report(photos: Sequence[Sent], notes: Sequence[str], run: Run) -> dict[str, Any]:
    return {
        "photos": [_photo(photo) for photo in photos],
        "skipped": list(notes),
        "totals": _totals(photos),
        "seconds": _rounded(run.seconds | {"total": sum(run.seconds.values())}),
        "memory": {
            "idle_mb": run.idle_bytes // MEGABYTE,
            "peak_mb": run.peak.bytes // MEGABYTE,
            "peak_processes": run.peak.processes,
        },
        "machine": machine(),
    }


def write_report(folder: Path, figures: Mapping[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(json.dumps(figures, indent=2) + "\n")


def _photo(photo: Sent) -> dict[str, Any]:
    view = photo.view
    return {
        "file": photo.file.name,
        "photo_id": photo.photo_id,
        "status": photo.status,
        "failure": asdict(photo.failure) if photo.failure else None,
        "model": view.get("model"),
        "original": _without_links(view.get("original", [])),
        "styles": [_styled(result) for result in view.get("results", [])],
        "seconds": photo.hops,
        "engine_steps": view.get("timings", {}),
    }


def _styled(result: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": result["name"],
        "look": result["look"],
        "renditions": _without_links(result["renditions"]),
        "metrics": result["metrics"],
        **{name: result[name] for name in ("verdict", "regions", "steps", "chosen")},
    }


def _without_links(renditions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{key: value for key, value in each.items() if key != "url"} for each in renditions]


def _rounded(seconds: Mapping[str, float]) -> dict[str, float]:
    return {stage: round(each, 2) for stage, each in seconds.items()}


def _totals(photos: Sequence[Sent]) -> dict[str, Any]:
    ready = [photo for photo in photos if photo.status == READY]
    results = [result for photo in ready for result in photo.view["results"]]
    renditions = [each for result in results for each in result["renditions"]]
    return {
        "photos": len(photos),
        "ready": len(ready),
        "failed": sum(photo.status == FAILED for photo in photos),
        "pictures": len(results),
        "bytes": sum(each["bytes"] for each in renditions),
        "median_seconds": median(photo.hops["total"] for photo in ready) if ready else None,
    }


def machine() -> dict[str, Any]:
    return {
        "processor": _processor(),
        "cores": psutil.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def _processor() -> str:
    """As the system names it: only Linux tells more than the architecture."""
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text().splitlines() if facts.exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor())
