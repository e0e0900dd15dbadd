"""Older visits count less: forward decay (Cormode et al., ICDE 2009, "Forward decay").

A sum that is decayed by multiplication cannot be added to by two writers. So a visit's amount is multiplied
by a weight that grows with the tenant's visits when it is added, and the sums are divided by today's weight
when they are read: additions commute, and none is lost.

The weight doubles every HALF_LIFE_VISITS. Before it leaves the range of DynamoDB's numbers (9.9e125), a new
generation of sums begins with weight 1; the one before is read with it while it still counts.
"""

from dataclasses import dataclass

HALF_LIFE_VISITS = 1_500
GENERATION_HALF_LIVES = 64
PREVIOUS_GENERATION_HALF_LIVES = 12
"""So long a generation is read with the next one; after that its weight is below 1/4000."""


@dataclass(frozen=True)
class Clock:
    """`visits` of a tenant that were counted; two processes may differ by the visits of a minute."""

    visits: int

    @property
    def generation(self) -> int:
        return int(self._half_lives // GENERATION_HALF_LIVES)

    @property
    def weight(self) -> float:
        """Of what is added now to the sums of `generation`; from 1 up to 2⁶⁴."""
        return float(2.0 ** (self._half_lives - GENERATION_HALF_LIVES * self.generation))

    @property
    def read_generations(self) -> tuple[int, ...]:
        """The generations whose sums count today."""
        into_generation = self._half_lives - GENERATION_HALF_LIVES * self.generation
        reads_previous = self.generation > 0 and into_generation < PREVIOUS_GENERATION_HALF_LIVES
        return (self.generation, self.generation - 1) if reads_previous else (self.generation,)

    def scale_of(self, generation: int) -> float:
        """What a sum of this generation is multiplied by when it is read."""
        return float(2.0 ** (GENERATION_HALF_LIVES * generation - self._half_lives))

    @property
    def _half_lives(self) -> float:
        return self.visits / HALF_LIFE_VISITS
