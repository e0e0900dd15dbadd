"""What a job costs: instance seconds, storage and requests, by the parameters in cost_model.json.

An estimate made before the job, for a tenant's monthly budget; AWS's bill is another matter. Money is counted
in micro-dollars (millionths of a US dollar), as integers, so that sums are exact. docs/costs.md has the
figures behind the parameters.
"""

import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pydantic import Field

from limner.looks import FrozenModel

MICRO_USD_PER_USD = 1_000_000
OTHER_INSTANCE_TYPE = "other"
_SECONDS_PER_HOUR = 3_600
_PIXELS_PER_MEGAPIXEL = 1_000_000
_BYTES_PER_GB = 1_000_000_000


@dataclass(frozen=True)
class JobSize:
    """What is known of a job before it is leased: `nbytes` and `pixels` of the uploaded photo."""

    looks: int
    nbytes: int
    pixels: int


class Parameter(FrozenModel):
    value: float = Field(ge=0)
    unit: str = Field(min_length=1)
    source: str = Field(min_length=1)


class CostModel(FrozenModel):
    """The endpoint's time and what it stores are linear in the photo's size, in the number of looks, and in
    their product: a photo is decoded and analysed once, and each look is painted and encoded at its size."""

    instance_usd_per_hour: dict[str, Parameter]
    seconds_per_photo: Parameter
    seconds_per_megapixel: Parameter
    seconds_per_look: Parameter
    seconds_per_megapixel_and_look: Parameter
    result_bytes_per_look: Parameter
    result_bytes_per_megapixel_and_look: Parameter
    variant_bytes_per_photo: Parameter
    storage_usd_per_gb_month: Parameter
    months_stored: Parameter
    requests_usd_per_photo: Parameter
    requests_usd_per_look: Parameter

    def instance_seconds(self, job: JobSize) -> float:
        megapixels = job.pixels / _PIXELS_PER_MEGAPIXEL
        photo = self.seconds_per_photo.value + self.seconds_per_megapixel.value * megapixels
        look = self.seconds_per_look.value + self.seconds_per_megapixel_and_look.value * megapixels
        return photo + look * job.looks

    def stored_bytes(self, job: JobSize) -> float:
        megapixels = job.pixels / _PIXELS_PER_MEGAPIXEL
        look = self.result_bytes_per_look.value + self.result_bytes_per_megapixel_and_look.value * megapixels
        return job.nbytes + self.variant_bytes_per_photo.value + look * job.looks

    def estimate(self, job: JobSize, instance_type: str) -> int:
        """Micro-dollars, rounded up. An instance type without a price of its own has that of `other`."""
        prices = self.instance_usd_per_hour
        price = prices.get(instance_type, prices[OTHER_INSTANCE_TYPE]).value
        painting = self.instance_seconds(job) * price / _SECONDS_PER_HOUR
        gb_months = self.stored_bytes(job) / _BYTES_PER_GB * self.months_stored.value
        storage = gb_months * self.storage_usd_per_gb_month.value
        requests = self.requests_usd_per_photo.value + self.requests_usd_per_look.value * job.looks
        total_usd = painting + storage + requests
        return math.ceil(round(total_usd * MICRO_USD_PER_USD, 6))


@cache
def cost_model() -> CostModel:
    return CostModel.model_validate_json(files("limner").joinpath("cost_model.json").read_bytes())
