"""What a campaign would take, and which caps it would reach."""

import math
from dataclasses import dataclass

from limner.campaigns.photo_collections import PhotoCount
from limner.quotas import Cap


@dataclass(frozen=True)
class CapCheck:
    """`left` is what is left of the cap today, of the budget this month. `windows` are the days (months) in
    which so much is used, this one included; None where the cap is 0."""

    cap: Cap
    needed: float
    left: float
    limit: float

    @property
    def windows(self) -> int | None:
        if self.needed <= self.left:
            return 1
        return 1 + math.ceil((self.needed - self.left) / self.limit) if self.limit else None


@dataclass(frozen=True)
class CampaignEstimate:
    """`pictures` are those that are not there yet. `sampled` photos were looked at for it."""

    count: PhotoCount
    sampled: int
    pictures: int
    instance_seconds: float
    micro_usd: int
    caps: tuple[CapCheck, ...]

    @property
    def fits(self) -> bool:
        """Whether no cap makes the run wait; False where no photo was found to judge by, though there may be
        some."""
        is_known = self.sampled > 0 or (self.count.photos == 0 and self.count.is_exact)
        return is_known and all(check.windows == 1 for check in self.caps)
