"""The simulation of events in any order, with further orders among them: more looks, cancellations, attempts and
restored versions, by callers that crash as workers do."""

from collections.abc import Sequence
from datetime import timedelta

from limner.contracts import StylizeReport, StylizeTicket
from limner.keys import attempt_prefix, report_key, ticket_key
from limner.looks import Look
from limner.photos import FINAL_STATUSES, PhotoStatus
from limner.quotas import Quotas
from limner.report import StyledPicture
from limner.use_cases.cancel_order import CancelOrder
from limner.use_cases.order_looks import OrderLooks
from limner.use_cases.restore_version import RestoreVersion
from limner.use_cases.retry_order import RetryOrder
from limner.use_cases.revise_photo import RevisePhoto
from tests import makers
from tests.unit.limner.interleavings import CrashingPort, Step
from tests.unit.limner.interleavings import World as UploadWorld

LOOKS = tuple(Look(styles={style: 1.0}) for style in ("cartoon", "mosaic", "pop-art"))
ORDERS = ("more", "cancel", "retry", "restore")
KINDS = ("route", "variants", "finish", "break", "notification", "sweep", "wait", *ORDERS)


class World(UploadWorld):
    """`final` are the pictures that a caller has seen last on a photo with a final status, by job and look."""

    def __post_init__(self) -> None:
        super().__post_init__()
        revise = RevisePhoto(photos=self.route.photos, now=self.clock)
        shared = {
            "revise": revise,
            "events": CrashingPort(self.events, self.crash),
            "usage": self.photos.usage,
            "quotas_of": lambda tenant: Quotas(),
            "grace_period": timedelta(minutes=30),
        }
        self.order_looks = OrderLooks(**shared, require_styles=lambda tenant, looks: None)
        self.retry_order = RetryOrder(**shared)
        self.cancel_order = CancelOrder(revise=revise)
        self.restore_version = RestoreVersion(
            revise=revise, objects=self.route.objects, results_bucket="results"
        )

    def _more(self, which: int) -> None:
        self.order_looks(makers.KEY, (LOOKS[which % len(LOOKS)],))

    def _cancel(self, which: int) -> None:
        self.cancel_order(makers.KEY)

    def _retry(self, which: int) -> None:
        self.retry_order(makers.KEY)

    def _restore(self, which: int) -> None:
        self.restore_version(makers.KEY, which + 1)

    def _finish(self, which: int) -> None:
        """A picture for each look of the job's ticket."""
        job_id = self._job(which)
        if job_id is None:
            return
        ticket = StylizeTicket.model_validate_json(self.objects.get("results", ticket_key(job_id)))
        pictures = tuple(_picture(look, job_id) for look in ticket.looks)
        report = StylizeReport(job_id=job_id, model="m@1", pictures=pictures, timings={"total": 1.0})
        self.objects.put("results", report_key(job_id), report.model_dump_json().encode(), "")


def _picture(look: Look, job_id: str) -> StyledPicture:
    rendition = makers.rendition(key=f"{attempt_prefix(job_id, '1')}{look.slug}/full.jpg")
    return makers.results().pictures[0].model_copy(update={"look": look, "renditions": (rendition,)})


def play(steps: Sequence[Step]) -> World:
    world = World(uploads=1)
    for step in steps:
        before = world.photo
        world.take(step)
        _check_step(step, before, world.photo)
    world.run_until_final()
    _check_end(world)
    return world


def _check_step(step: Step, before, after) -> None:  # type: ignore[no-untyped-def]
    """No step but a restored version takes a picture away that could be read."""
    pictures = [
        {each.renditions[0].key for each in photo.published.pictures} if photo.published else set()
        for photo in (before, after)
    ]
    assert step.kind == "restore" or pictures[0] <= pictures[1], f"{step} took pictures away"
    assert after.revision >= before.revision
    numbers = [version.number for version in after.versions]
    assert numbers == sorted(set(numbers)), "versions are numbered once"


def _check_end(world: World) -> None:
    photo = world.photo
    assert photo.status in FINAL_STATUSES
    assert (photo.due_at, photo.in_flight) == (None, None)
    assert world.photos.usage.jobs == 0, "no place is kept by a photo that has ended, and none is given twice"
    if photo.status is PhotoStatus.READY:
        assert photo.results
        made = [each.look.slug for each in photo.results.pictures]
        assert sorted(made) == sorted(look.slug for look in photo.looks), "every look has its picture"
        assert len(set(made)) == len(made), "and no look has two"
        for rendition in (each.renditions[0] for each in photo.results.pictures):
            assert rendition.key.startswith(f"styled/{photo.tenant}/{photo.photo_id}/")
    else:
        assert photo.failure
        codes = {"deadline_passed", "cancelled", "stylization_failed"}
        assert photo.failure.code in codes, "failed without a reason"
    for version in photo.versions:
        assert len(set(version.looks)) == len(version.looks)
        assert version.jobs
