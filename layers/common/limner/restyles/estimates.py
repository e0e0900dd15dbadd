"""What a restyle would take: photos, pictures, hours, money."""

from dataclasses import dataclass

SECONDS_PER_HOUR = 3_600


@dataclass(frozen=True)
class RestyleEstimate:
    """`rows` of the manifest, of which `others` name no photo of the tenant. Of the `sampled` photos,
    `missing` are not there or have no pictures, `made` have all looks. `pictures`, seconds and money are of
    all."""

    rows: int
    others: int
    sampled: int
    missing: int
    made: int
    pictures: int
    instance_seconds: float
    micro_usd: int

    @property
    def photos(self) -> int:
        return self.rows - self.others

    def hours(self, workers: int) -> float:
        """If so many are busy all the time."""
        return self.instance_seconds / workers / SECONDS_PER_HOUR
