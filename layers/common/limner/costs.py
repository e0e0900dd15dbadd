"""What a job costs: instance seconds, storage and requests, by what is measured (cost_model.json) and by list
prices (prices.toml).

An estimate made before the job, for a tenant's monthly budget; AWS's bill is another matter. Money is counted
in micro-dollars (millionths of a US dollar), as integers, so that sums are exact. docs/costs.md has the
figures behind the parameters.
"""

import math
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pydantic import Field

from limner.looks import FrozenModel

MICRO_USD_PER_USD = 1_000_000
OTHER_INSTANCE_TYPE = "other"
FUNCTION_PREFIX = "lambda."
"""Of an instance type that is a Lambda function; its memory in MB follows."""
_SECONDS_PER_HOUR = 3_600
_PIXELS_PER_MEGAPIXEL = 1_000_000
_BYTES_PER_GB = 1_000_000_000
_MB_PER_GB_OF_MEMORY = 1_024
_REQUESTS = (
    "s3_puts",
    "s3_gets",
    "signatures",
    "write_units",
    "read_units",
    "messages",
    "events",
    "invocations",
    "api_calls",
)
"""Kinds of requests: prices by the million, and counts for each photo and look, have these names."""


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


class Prices(FrozenModel):
    """List prices in US dollars, of one region at one date; units are in prices.toml."""

    region: str
    date: str
    source: str
    instance_usd_per_hour: dict[str, float]
    usd_per_million: dict[str, float]
    usd: dict[str, float]
    storage_usd_per_gb_month: dict[str, float]

    def instance(self, instance_type: str) -> float:
        """US dollars an hour of an instance, or of a function (`lambda.3008` has 3008 MB). A type without a
        price of its own has that of `other`."""
        if instance_type.startswith(FUNCTION_PREFIX):
            gb = int(instance_type.removeprefix(FUNCTION_PREFIX)) / _MB_PER_GB_OF_MEMORY
            return gb * self.usd["lambda_gb_second"] * _SECONDS_PER_HOUR
        return self.instance_usd_per_hour.get(instance_type, self.instance_usd_per_hour[OTHER_INSTANCE_TYPE])


class CostModel(FrozenModel):
    """The endpoint's time and what it stores are linear in the photo's size, in the number of looks, and in
    their product: a photo is decoded and analysed once, and each look is painted and encoded at its size.

    Requests that grow with the looks have a count for each of them too.
    """

    seconds_per_photo: Parameter
    seconds_per_megapixel: Parameter
    seconds_per_look: Parameter
    seconds_per_megapixel_and_look: Parameter
    result_bytes_per_look: Parameter
    result_bytes_per_megapixel_and_look: Parameter
    variant_bytes_per_photo: Parameter
    months_stored: Parameter
    s3_puts_per_photo: Parameter
    s3_puts_per_look: Parameter
    s3_gets_per_photo: Parameter
    signatures_per_photo: Parameter
    signatures_per_look: Parameter
    write_units_per_photo: Parameter
    read_units_per_photo: Parameter
    messages_per_photo: Parameter
    events_per_photo: Parameter
    invocations_per_photo: Parameter
    api_calls_per_photo: Parameter
    lambda_gb_seconds_per_photo: Parameter

    def instance_seconds(self, job: JobSize) -> float:
        megapixels = job.pixels / _PIXELS_PER_MEGAPIXEL
        photo = self.seconds_per_photo.value + self.seconds_per_megapixel.value * megapixels
        look = self.seconds_per_look.value + self.seconds_per_megapixel_and_look.value * megapixels
        return photo + look * job.looks

    def stored_bytes(self, job: JobSize) -> float:
        megapixels = job.pixels / _PIXELS_PER_MEGAPIXEL
        look = self.result_bytes_per_look.value + self.result_bytes_per_megapixel_and_look.value * megapixels
        return job.nbytes + self.variant_bytes_per_photo.value + look * job.looks

    def requests(self, kind: str, looks: int) -> float:
        """How many requests of a kind (a name of Prices.usd_per_million) a photo with so many looks makes."""
        for_looks = getattr(self, f"{kind}_per_look", None)
        each_look = for_looks.value if for_looks else 0.0
        return float(getattr(self, f"{kind}_per_photo").value) + each_look * looks

    def requests_usd(self, looks: int, by: Prices) -> dict[str, float]:
        """US dollars by kind of request, and of Lambda's time."""
        usd = {kind: self.requests(kind, looks) * by.usd_per_million[kind] / 1e6 for kind in _REQUESTS}
        return usd | {"lambda": self.lambda_gb_seconds_per_photo.value * by.usd["lambda_gb_second"]}

    def estimate(self, job: JobSize, instance_type: str) -> int:
        """Micro-dollars, rounded up. An instance type without a price of its own has that of `other`."""
        by = prices()
        painting = self.instance_seconds(job) * by.instance(instance_type) / _SECONDS_PER_HOUR
        gb_months = self.stored_bytes(job) / _BYTES_PER_GB * self.months_stored.value
        storage = gb_months * by.storage_usd_per_gb_month["standard"]
        total_usd = painting + storage + sum(self.requests_usd(job.looks, by).values())
        return math.ceil(round(total_usd * MICRO_USD_PER_USD, 6))


@cache
def cost_model() -> CostModel:
    return CostModel.model_validate_json(files("limner").joinpath("cost_model.json").read_bytes())


@cache
def prices() -> Prices:
    return Prices.model_validate(tomllib.loads(files("limner").joinpath("prices.toml").read_text("utf-8")))
