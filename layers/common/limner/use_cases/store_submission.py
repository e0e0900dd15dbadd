"""Store where the endpoint's response to a job will be, so that whoever erases the job's results finds it."""

from limner.contracts import StoredSubmission
from limner.keys import submission_key
from limner.ports import ObjectStore, Submission


def store_submission(objects: ObjectStore, results_bucket: str, job_id: str, submission: Submission) -> None:
    stored = StoredSubmission(
        job_id=job_id,
        output_location=submission.output_location,
        failure_location=submission.failure_location,
    )
    body = stored.model_dump_json().encode()
    objects.put(results_bucket, submission_key(job_id), body, "application/json")
