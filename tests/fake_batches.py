"""In-memory batches, which pass the same tests as the AWS adapter (tests/integration/test_batches.py)."""

from limner.batches import Batch, BatchCompletion, BatchKey
from limner.errors import BatchNotFound


class InMemoryBatches:
    def __init__(self, *batches: Batch) -> None:
        self._batches = {batch.key: batch for batch in batches}

    def add(self, batch: Batch) -> None:
        self._batches[batch.key] = batch

    def get(self, tenant: str, batch_id: str) -> Batch:
        if (tenant, batch_id) not in self._batches:
            raise BatchNotFound(batch_id)
        return self._batches[BatchKey(tenant, batch_id)]

    def complete(self, key: BatchKey, completion: BatchCompletion) -> None:
        batch = self._batches.get(key)
        if batch and batch.completion is None:
            self._batches[key] = batch.model_copy(update={"completion": completion})

    def all(self) -> list[Batch]:
        return list(self._batches.values())
