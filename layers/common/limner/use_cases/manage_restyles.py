"""What an operator does with restyles: estimate, start, pause, resume, look how far one is."""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Protocol

from limner.costs import MICRO_USD_PER_USD, CostModel
from limner.errors import InvalidRequest
from limner.job_sizes import size_of_missing
from limner.looks import Look
from limner.photos import Photo
from limner.ports import PhotosByKey
from limner.restyles.errors import RestyleProblem, RestyleRefused
from limner.restyles.estimates import RestyleEstimate
from limner.restyles.manifest import ManifestReader
from limner.restyles.restyle import (
    CHUNK_DIGITS,
    MAX_CHUNKS,
    PHOTOS_IN_A_CHUNK,
    ChunkKey,
    ChunkPhotos,
    Outcomes,
    Restyle,
    RestyleKey,
    RestyleObjects,
    RestyleOutcome,
)
from limner.revisions import is_shown
from limner.tenancy import PhotoKey, is_live

MANIFEST_SAMPLE_PHOTOS = 500
"""Spread evenly over the manifest; they stand for all."""
WRITERS = 16
"""Objects that are written or read at the same time: ten million photos have 50,000 chunks."""


class RestyleWorkflow(Protocol):
    def start(self, key: RestyleKey) -> str:
        """Begin an execution for the restyle's chunks; its name."""

    def is_running(self, key: RestyleKey) -> bool: ...


@dataclass(frozen=True, kw_only=True)
class EstimateRestyle:
    photos: PhotosByKey
    costs: CostModel
    bulk_instance_type: str
    require_styles: Callable[[str, tuple[Look, ...]], None]
    """Raises InvalidRequest for looks of a tenant with styles that do not exist."""

    def __call__(
        self, reader: ManifestReader, ids: Iterable[str], looks: tuple[Look, ...]
    ) -> RestyleEstimate:
        """Reads the manifest to its end. Raises InvalidRequest, RestyleRefused."""
        if not is_live(reader.tenant):
            message = "a test tenant's pictures are made by the sandbox, which has no workers for a restyle"
            raise RestyleRefused(RestyleProblem.TEST_TENANT, message)
        if not looks:
            raise InvalidRequest("a restyle has at least one look")
        self.require_styles(reader.tenant, looks)
        sample = list(dict.fromkeys(_sample(ids, MANIFEST_SAMPLE_PHOTOS)))  # a row may be there twice
        if not sample:
            raise RestyleRefused(RestyleProblem.NO_PHOTOS, f"no row names a photo of {reader.tenant}")
        found = self.photos.those_of([PhotoKey(reader.tenant, photo_id) for photo_id in sample])
        shown = [photo for photo in found if is_shown(photo)]
        return self._estimate(reader, len(sample), shown, [look.slug for look in looks])

    def _estimate(
        self, reader: ManifestReader, sampled: int, shown: Sequence[Photo], look_names: Sequence[str]
    ) -> RestyleEstimate:
        sizes = [size_of_missing(photo, look_names) for photo in shown]
        to_do = [size for size in sizes if size.looks]
        share = (reader.rows - reader.others) / sampled
        cost = sum(self.costs.estimate(size, self.bulk_instance_type) for size in to_do)
        return RestyleEstimate(
            rows=reader.rows,
            others=reader.others,
            sampled=sampled,
            missing=sampled - len(shown),
            made=len(sizes) - len(to_do),
            pictures=round(share * sum(size.looks for size in to_do)),
            instance_seconds=share * sum(self.costs.instance_seconds(size) for size in to_do),
            micro_usd=round(share * cost),
        )


def _sample(ids: Iterable[str], most: int) -> list[str]:
    """So many of them, each as likely as the others (reservoir sampling, algorithm R)."""
    chosen: list[str] = []
    chance = random.Random(0)  # noqa: S311 - no secret; the same manifest has the same sample
    for number, photo_id in enumerate(ids):
        if len(chosen) < most:
            chosen.append(photo_id)
        elif (place := chance.randrange(number + 1)) < most:
            chosen[place] = photo_id
    return chosen


@dataclass(frozen=True, kw_only=True)
class StartRestyle:
    objects: RestyleObjects
    workflow: RestyleWorkflow
    new_id: Callable[[], str]
    now: Callable[[], datetime]

    def __call__(
        self,
        tenant: str,
        looks: tuple[Look, ...],
        ids: Iterable[str],
        estimate: RestyleEstimate,
        *,
        budget_usd: float,
        photos_in_a_chunk: int = PHOTOS_IN_A_CHUNK,
    ) -> Restyle:
        """`ids` are the manifest's, read anew. Raises RestyleRefused for an estimate above the budget, and
        where there would be more chunks than numbers."""
        estimated_usd = estimate.micro_usd / MICRO_USD_PER_USD
        if estimated_usd > budget_usd:
            message = f"the estimate is {estimated_usd:,.2f} US dollars, the budget {budget_usd:,.2f}"
            raise RestyleRefused(RestyleProblem.OVER_BUDGET, message)
        if estimate.photos > MAX_CHUNKS * photos_in_a_chunk:
            message = (
                f"chunks of {photos_in_a_chunk:,} photos would be more than {MAX_CHUNKS:,}; order larger ones"
            )
            raise RestyleRefused(RestyleProblem.TOO_MANY_CHUNKS, message)
        key = RestyleKey(tenant, self.new_id())
        photos, chunks = self._write_chunks(key, ids, photos_in_a_chunk)
        restyle = Restyle(
            restyle_id=key.restyle_id,
            tenant=tenant,
            looks=looks,
            photos=photos,
            chunks=chunks,
            estimated_micro_usd=estimate.micro_usd,
            created_at=self.now(),
        )
        self.objects.put_restyle(restyle)
        self.workflow.start(key)
        return restyle

    def _write_chunks(self, key: RestyleKey, ids: Iterable[str], most: int) -> tuple[int, int]:
        """How many photos and chunks there are."""

        def write(numbered: tuple[int, tuple[str, ...]]) -> int:
            number, photo_ids = numbered
            self.objects.put(
                ChunkKey(key, f"{number:0{CHUNK_DIGITS}}").photos, ChunkPhotos(photo_ids=photo_ids)
            )
            return len(photo_ids)

        photos = chunks = 0
        with ThreadPoolExecutor(WRITERS) as pool:
            chunked = enumerate(_chunked(ids, most))
            while several := list(islice(chunked, 10 * WRITERS)):
                written = list(pool.map(write, several))
                photos, chunks = photos + sum(written), chunks + len(written)
        return photos, chunks


def _chunked(ids: Iterable[str], most: int) -> Iterator[tuple[str, ...]]:
    remaining = iter(ids)
    while chunk := tuple(islice(remaining, most)):
        yield chunk


@dataclass(frozen=True, kw_only=True)
class PauseRestyle:
    objects: RestyleObjects

    def __call__(self, key: RestyleKey) -> None:
        """Chunks that were ordered are finished, also those that still wait for a worker; no others are
        ordered. Raises RestyleNotFound."""
        self.objects.restyle(key)
        self.objects.set_paused(key, True)


@dataclass(frozen=True, kw_only=True)
class ResumeRestyle:
    objects: RestyleObjects
    workflow: RestyleWorkflow

    def __call__(self, key: RestyleKey) -> None:
        """Another execution, for the chunks that are not done: after a pause, and after one that has failed.

        Raises:
            RestyleNotFound: there is no such restyle.
            RestyleRefused: an execution has not ended yet.
        """
        self.objects.restyle(key)
        if self.workflow.is_running(key):
            message = "an execution is running; after a pause it ends when the chunks under way are done"
            raise RestyleRefused(RestyleProblem.STILL_RUNNING, message)
        self.objects.set_paused(key, False)
        self.workflow.start(key)


@dataclass(frozen=True)
class RestyleProgress:
    """`outcomes` are of the photos of the chunks that are `done`."""

    restyle: Restyle
    done: int
    outcomes: Outcomes
    is_paused: bool
    is_running: bool

    @property
    def is_finished(self) -> bool:
        return self.done == self.restyle.chunks


@dataclass(frozen=True, kw_only=True)
class ShowRestyle:
    objects: RestyleObjects
    workflow: RestyleWorkflow

    def __call__(self, key: RestyleKey) -> RestyleProgress:
        """Raises RestyleNotFound."""
        restyle = self.objects.restyle(key)
        done = [ChunkKey(key, number) for number in self.objects.done(key)]
        outcomes: Counter[RestyleOutcome] = Counter()
        with ThreadPoolExecutor(WRITERS) as pool:
            for report in pool.map(self.objects.report, done):
                outcomes.update(report.outcomes if report else {})
        return RestyleProgress(
            restyle=restyle,
            done=len(done),
            outcomes=dict(outcomes),
            is_paused=self.objects.is_paused(key),
            is_running=self.workflow.is_running(key),
        )
