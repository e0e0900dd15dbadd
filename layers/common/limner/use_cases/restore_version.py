"""Make an earlier finished set of a photo's pictures the present one again."""

from dataclasses import dataclass
from datetime import datetime

from limner.errors import ObjectMissing, OrderProblem, OrderRefused, VersionNotFound
from limner.keys import job_id_of
from limner.photos import Photo, Results
from limner.ports import ObjectStore
from limner.revisions import history, is_restorable, restored
from limner.tenancy import PhotoKey
from limner.use_cases.picture_reports import PictureReports
from limner.use_cases.revise_photo import RevisePhoto, require_final
from limner.versions import Version


@dataclass(frozen=True, kw_only=True)
class RestoreVersion:
    """Its pictures are the stored files themselves, which are kept as long as the version is."""

    revise: RevisePhoto
    objects: ObjectStore
    results_bucket: str

    def __call__(self, key: PhotoKey, number: int) -> Photo:
        """
        Raises:
            PhotoNotFound: there is no such photo.
            VersionNotFound: it has no such version, or has it no more.
            OrderRunning: the photo is neither READY nor FAILED.
            OrderRefused: the version is of another file, or its pictures are gone.
            StaleWrite: others changed the photo again and again.
        """
        return self.revise(key, lambda photo, now: self._restored(photo, number, now))

    def _restored(self, photo: Photo, number: int, now: datetime) -> Photo:
        require_final(photo)
        version = next((each for each in history(photo) if each.number == number), None)
        if version is None:
            raise VersionNotFound(f"photo {photo.photo_id} has no version {number}")
        if not is_restorable(photo, version):
            raise _not_restorable(version)
        return restored(photo, version, self._results(photo, version, now), now)

    def _results(self, photo: Photo, version: Version, now: datetime) -> Results:
        reports = PictureReports(self.objects, self.results_bucket)
        try:
            made = [reports.of_job(job_id_of(photo.key, digits)) for digits in version.jobs]
        except ObjectMissing as error:
            raise _not_restorable(version) from error
        pictures = {picture.look.slug: picture for report in made for picture in report.pictures}
        return Results(
            sequencer=version.sequencer,
            pictures=tuple(pictures[name].without_explanation for name in version.looks),
            model=version.model,
            timings=made[-1].timings,
            finished_at=now,
        )


def _not_restorable(version: Version) -> OrderRefused:
    message = f"version {version.number} is of another file of the photo, or its pictures are no longer kept"
    return OrderRefused(OrderProblem.VERSION_NOT_RESTORABLE, message)
