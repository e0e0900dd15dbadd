"""In-memory port of erasure, which passes the same tests as the adapter (tests/integration/test_erasure_ports.py)."""

from collections.abc import Iterable, Iterator
from itertools import count

from limner.errors import ObjectMissing
from limner.ports import ObjectVersion
from tests.fakes import InMemoryObjects


class InMemoryVersionedObjects(InMemoryObjects):
    """Keeps every version that was put, as a bucket with versions does."""

    def __init__(self) -> None:
        super().__init__()
        self._numbers = count(1)
        self._history: dict[tuple[str, ObjectVersion], bytes] = {}

    def put(
        self, bucket: str, key: str, body: bytes, content_type: str, *, only_if_absent: bool = False
    ) -> bool:
        if not super().put(bucket, key, body, content_type, only_if_absent=only_if_absent):
            return False
        version = ObjectVersion(key, f"v{next(self._numbers)}", self.modified)
        self._history[bucket, version] = body
        return True

    def get(self, bucket: str, key: str, version_id: str | None = None) -> bytes:
        if version_id is None:
            return super().get(bucket, key)
        for (in_bucket, version), body in self._history.items():
            if (in_bucket, version.key, version.version_id) == (bucket, key, version_id):
                return body
        raise ObjectMissing(f"s3://{bucket}/{key}")

    def versions(self, bucket: str, prefix: str) -> Iterator[ObjectVersion]:
        found = [v for in_bucket, v in self._history if in_bucket == bucket and v.key.startswith(prefix)]
        yield from sorted(found, key=lambda version: version.key)

    def delete_versions(self, bucket: str, versions: Iterable[ObjectVersion]) -> int:
        deleted = list(versions)
        for version in deleted:
            self._history.pop((bucket, version), None)
            left = [body for (b, v), body in self._history.items() if (b, v.key) == (bucket, version.key)]
            if left:
                self.bodies[bucket, version.key] = left[-1]
            else:
                self.bodies.pop((bucket, version.key), None)
        return len(deleted)


class InMemoryEdge:
    """Records which prefixes were invalidated; `is_busy` refuses."""

    def __init__(self) -> None:
        self.forgotten: list[str] = []
        self.is_busy = False

    def invalidate(self, prefix: str) -> bool:
        if not self.is_busy:
            self.forgotten.append(prefix)
        return not self.is_busy
