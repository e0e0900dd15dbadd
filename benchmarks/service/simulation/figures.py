"""The constants of figures.toml, and what follows from them and from the template's parameters."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from limner.costs import JobSize, cost_model

FIGURES_FILE = Path(__file__).with_name("figures.toml")
PIXELS_PER_MEGAPIXEL = 1_000_000
SECONDS_PER_HOUR = 3_600.0


@dataclass(frozen=True)
class Figures:
    """Units are in figures.toml, beside the source of each value."""

    photo_megapixels: float
    photo_looks: int
    photo_bytes: int
    gpu_ticket_seconds: float
    engine_share: float
    before_engine_share: float
    tickets_at_once: int
    upload_event_seconds: float
    notification_seconds: float
    route_seconds: float
    variants_seconds: float
    record_seconds: float
    instance_start_seconds: float
    function_start_seconds: float
    sweep_photos_per_second: float
    lost_events_share: float
    burst_photos: int
    burst_share: float
    burst_uploads_per_second: float
    hour_weights: tuple[float, ...]

    @property
    def job(self) -> JobSize:
        pixels = int(self.photo_megapixels * PIXELS_PER_MEGAPIXEL)
        return JobSize(looks=self.photo_looks, nbytes=self.photo_bytes, pixels=pixels)

    @property
    def processor_ticket_seconds(self) -> float:
        """Of one thread of a processor, as measured (limner/cost_model.json)."""
        return cost_model().instance_seconds(self.job)

    def engine_seconds(self, ticket_seconds: float) -> float:
        """In which no other ticket of the instance has the engine: what limits its photos a second."""
        return ticket_seconds * self.engine_share

    def photos_per_second(self, photos_per_day: float, time_seconds: float) -> float:
        """Rate at a time since midnight, by the daily rhythm; constant within an hour."""
        weights = self.hour_weights
        hour = int(time_seconds / SECONDS_PER_HOUR) % len(weights)
        return photos_per_day / SECONDS_PER_HOUR * weights[hour] / sum(weights)

    def peak_photos_per_second(self, photos_per_day: float) -> float:
        return photos_per_day / SECONDS_PER_HOUR * max(self.hour_weights) / sum(self.hour_weights)


@cache
def figures() -> Figures:
    return Figures(**{name: _plain(entry["value"]) for name, entry in described().items()})


@cache
def described() -> dict[str, dict[str, Any]]:
    """Each constant's value, unit and source."""
    return tomllib.loads(FIGURES_FILE.read_text("utf-8"))


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
