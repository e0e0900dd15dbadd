"""In-memory packs, their queue, and a stylizer that packs what was submitted when the test says so."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from limner.contracts import Refusal
from limner.counters import counters_of_job, jobs_counter, jobs_name
from limner.errors import StaleWrite
from limner.packs.contracts import PackedProfile, PackReport, pack_report_key
from limner.packs.errors import PackNotFound
from limner.packs.pack import Pack, PackedPhoto, PackKey
from limner.quotas import Charge
from tests.fakes import Clock, InMemoryObjects
from tests.fakes_usage import InMemoryUsage


class InMemoryPacks:
    def __init__(self, usage: InMemoryUsage) -> None:
        self.usage = usage
        self._rows: dict[PackKey, Pack] = {}
        self._turns: dict[str, datetime] = {}
        self._photos: dict[tuple[PackKey, str], PackedPhoto] = {}

    def add(self, pack: Pack) -> None:
        self._rows[pack.key] = pack

    def get(self, tenant: str, pack_id: str) -> Pack:
        key = PackKey(tenant, pack_id)
        if key not in self._rows:
            raise PackNotFound(pack_id)
        return self._rows[key]

    def replace(self, before: Pack, after: Pack) -> Pack:
        if self._rows[before.key].version != before.version:
            raise StaleWrite(before.pack_id)
        self._rows[before.key] = after.model_copy(update={"version": before.version + 1})
        return self._rows[before.key]

    def photos(self, key: PackKey, photo_ids: Sequence[str]) -> dict[str, PackedPhoto]:
        return {each: self._photos[key, each] for each in photo_ids if (key, each) in self._photos}

    def begin(self, key: PackKey, photo: PackedPhoto, charge: Charge, now: datetime) -> PackedPhoto:
        assert photo.job
        if (key, photo.photo_id) in self._photos:
            return self._photos[key, photo.photo_id]
        counters = [jobs_counter(key.tenant, charge.quotas), *counters_of_job(key.tenant, charge, now)]
        written = self.usage.charge(counters)
        job = photo.job.model_copy(update={"counter": written[jobs_name(key.tenant)]})
        self._photos[key, photo.photo_id] = photo.model_copy(update={"job": job})
        return self._photos[key, photo.photo_id]

    def record_submission(self, key: PackKey, photo: PackedPhoto, now: datetime) -> None:
        if self._photos[key, photo.photo_id].outcome is not None:
            raise StaleWrite(photo.photo_id)
        self._photos[key, photo.photo_id] = photo

    def end(self, key: PackKey, photo: PackedPhoto, now: datetime) -> None:
        """Refuses what the table's conditions refuse: with a place, unless the photo has begun and not ended;
        without one, unless it has no row."""
        stored, job = self._photos.get((key, photo.photo_id)), photo.job
        has_place = job is not None and job.counter is not None
        if (stored is None or stored.outcome is not None) if has_place else stored is not None:
            return
        if job and job.counter:
            self.usage.end_of_job(job.counter)
            job = job.model_copy(update={"counter": None})
        self._photos[key, photo.photo_id] = photo.model_copy(update={"job": job})

    def take_archive_turn(self, tenant: str, now: datetime, until: datetime) -> bool:
        if tenant in self._turns and self._turns[tenant] > now:
            return False
        self._turns[tenant] = until
        return True

    def give_archive_turn_back(self, tenant: str, now: datetime) -> None:
        self._turns[tenant] = now


class InMemoryPackQueue:
    """Messages with the time from which they are delivered."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._messages: list[tuple[datetime, PackKey, bool]] = []

    def send(self, key: PackKey, delay: timedelta = timedelta(0), *, has_ended: bool = False) -> None:
        self._messages.append((self._clock() + delay, key, has_ended))

    def assemble(self, key: PackKey, profile: str) -> None:
        """Nothing is assembled in memory."""

    def take(self) -> list[tuple[PackKey, bool]]:
        """What is to be delivered by now."""
        ready = [each for each in self._messages if each[0] <= self._clock()]
        self._messages = [each for each in self._messages if each[0] > self._clock()]
        return [(key, has_ended) for _, key, has_ended in ready]


def make_reports(objects: InMemoryObjects, job_ids: Sequence[str], refusal: str | None = None) -> None:
    """As the stylizer does; a job that comes again has its first report."""
    for job_id in job_ids:
        refused = Refusal(code=refusal, message="refused") if refusal else None
        profiles = () if refused else (PackedProfile(profile="ebay"),)
        report = PackReport(job_id=job_id, model="m", seconds=0, profiles=profiles, refusal=refused)
        body = report.model_dump_json().encode()
        objects.put("results", pack_report_key(job_id), body, "application/json", only_if_absent=True)
