"""The reports of jobs in S3: the first one of a job stays, so that it describes the pictures that it names,
whatever an interrupted or a simultaneous attempt has stored."""

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from limner.errors import MalformedMessage, ObjectMissing
from limner.ports import ObjectStore


class Report(Protocol):
    @property
    def job_id(self) -> str: ...

    def model_dump_json(self) -> str: ...


SomeReport = TypeVar("SomeReport", bound=Report)


class FirstReports(Generic[SomeReport]):
    """`key_of` gives the place of a job's report; `parse` reads it, and raises MalformedMessage for one that
    is invalid or another job's."""

    def __init__(
        self,
        objects: ObjectStore,
        bucket: str,
        key_of: Callable[[str], str],
        parse: Callable[[str, bytes], SomeReport],
    ) -> None:
        self._objects = objects
        self._bucket = bucket
        self._key_of = key_of
        self._parse = parse

    def find(self, job_id: str) -> SomeReport | None:
        """None where there is none, or one that cannot be read; `store` replaces it."""
        try:
            return self._parse(job_id, self._objects.get(self._bucket, self._key_of(job_id)))
        except (ObjectMissing, MalformedMessage):
            return None

    def store(self, report: SomeReport) -> SomeReport:
        """The report that stays: this one, or that of an attempt which was faster."""
        place = self._bucket, self._key_of(report.job_id)
        body = report.model_dump_json().encode()
        if self._objects.put(*place, body, "application/json", only_if_absent=True):
            return report
        if (stored := self.find(report.job_id)) is not None:
            return stored
        self._objects.put(*place, body, "application/json")
        return report
