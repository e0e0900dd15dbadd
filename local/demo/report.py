"""build/demo/report.json: status, results and times of each photo, totals, memory, and the machine."""

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from local.client.sent_photo import FAILED, READY, SentPhoto
from local.memory import Peak

BYTES_PER_MB = 1_000_000


@dataclass(frozen=True)
class DemoUsage:
    """Seconds by stage, and memory of all processes."""

    seconds: dict[str, float]
    idle_bytes: int
    peak: Peak


def make_report(photos: Sequence[SentPhoto], notes: Sequence[str], usage: DemoUsage) -> dict[str, Any]:
    return {
        "photos": [_photo(photo) for photo in photos],
        "skipped": list(notes),
        "totals": _totals(photos),
        "seconds": _rounded(usage.seconds | {"total": sum(usage.seconds.values())}),
        "memory": {
            "idle_mb": usage.idle_bytes // BYTES_PER_MB,
            "peak_mb": usage.peak.bytes // BYTES_PER_MB,
            "peak_processes": usage.peak.processes,
        },
        "machine": _machine(),
    }


def write_report(folder: Path, report: Mapping[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(json.dumps(report, indent=2) + "\n")


def _photo(photo: SentPhoto) -> dict[str, Any]:
    view = photo.view
    return {
        "file": photo.file.name,
        "photo_id": photo.photo_id,
        "status": photo.status,
        "failure": asdict(photo.failure) if photo.failure else None,
        "model": view.get("model"),
        "original": _without_links(view.get("original", [])),
        "styles": [_result(result) for result in view.get("results", [])],
        "seconds": photo.stage_seconds,
        "engine_steps": view.get("timings", {}),
    }


def _result(result: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": result["name"],
        "look": result["look"],
        "renditions": _without_links(result["renditions"]),
        "metrics": result["metrics"],
        **{name: result[name] for name in ("verdict", "regions", "steps", "chosen")},
    }


def _without_links(renditions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{key: value for key, value in rendition.items() if key != "url"} for rendition in renditions]


def _rounded(seconds: Mapping[str, float]) -> dict[str, float]:
    return {stage: round(value, 2) for stage, value in seconds.items()}


def _totals(photos: Sequence[SentPhoto]) -> dict[str, Any]:
    ready = [photo for photo in photos if photo.status == READY]
    results = [result for photo in ready for result in photo.view["results"]]
    renditions = [rendition for result in results for rendition in result["renditions"]]
    return {
        "photos": len(photos),
        "ready": len(ready),
        "failed": sum(photo.status == FAILED for photo in photos),
        "pictures": len(results),
        "bytes": sum(rendition["bytes"] for rendition in renditions),
        "median_seconds": median(photo.stage_seconds["total"] for photo in ready) if ready else None,
    }


def _machine() -> dict[str, Any]:
    return {
        "processor": _processor_name(),
        "cores": psutil.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def _processor_name() -> str:
    """From /proc/cpuinfo, because `platform` names only the architecture on Linux."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())
