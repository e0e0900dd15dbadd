"""The reports that a photo's pictures come from: one for each job, and a photo may have had several."""

from dataclasses import dataclass, field

from limner.contracts import StylizeReport, parse_report_of
from limner.errors import ObjectMissing
from limner.keys import job_id_of_picture, report_key
from limner.ports import ObjectStore
from limner.report import StyledPicture


@dataclass(frozen=True)
class PictureReports:
    objects: ObjectStore
    results_bucket: str
    _reports: dict[str, StylizeReport] = field(default_factory=dict)

    def of_job(self, job_id: str) -> StylizeReport:
        """Read once. Raises ObjectMissing, MalformedMessage."""
        if job_id not in self._reports:
            payload = self.objects.get(self.results_bucket, report_key(job_id))
            self._reports[job_id] = parse_report_of(job_id, payload)
        return self._reports[job_id]

    def picture_like(self, picture: StyledPicture) -> StyledPicture:
        """The same picture with its explanation; as it is where there is no report of it."""
        job_id = job_id_of_picture(picture.renditions[0].key)
        try:
            reported = self.of_job(job_id).pictures if job_id else ()
        except ObjectMissing:
            return picture
        return next((each for each in reported if each.look.slug == picture.look.slug), picture)
