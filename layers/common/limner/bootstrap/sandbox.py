"""The composition root of the sandbox, which does the jobs of test tenants."""

from functools import cache
from uuid import uuid4

from limner.adapters.notifications import QueuedNotifications
from limner.adapters.sandbox import QueuedSandboxJobs
from limner.bootstrap import pipeline
from limner.contracts import parse_report_of
from limner.intake import Limits, start_decoder
from limner.keys import ATTEMPT_DIGITS, report_key
from limner.packs.contracts import pack_report_key, parse_pack_report
from limner.settings import SandboxSettings
from limner.style_contracts import parse_learn_report, style_report_key_of_job
from limner.use_cases.check_ticket import PackTicketCheck, StyleTicketCheck, TicketCheck
from limner.use_cases.first_reports import FirstReports
from limner.use_cases.new_photos import UploadOwners
from limner.use_cases.run_sandbox_job import RunSandboxJob
from limner.use_cases.sandbox_packs import SandboxPacks
from limner.use_cases.sandbox_pictures import SandboxPictures
from limner.use_cases.sandbox_styles import SandboxStyles


@cache
def run_sandbox_job() -> RunSandboxJob:
    start_decoder()
    settings = SandboxSettings.read()
    objects, bucket = pipeline.objects(), settings.results_bucket
    limits = Limits(max_bytes=settings.max_upload_bytes, max_pixels=int(settings.max_megapixels * 1_000_000))
    # Test tenants have no attached buckets (limner_admin tenants attach).
    owner_of = UploadOwners(uploads_bucket=settings.uploads_bucket, attached_prefixes=lambda bucket: ())
    return RunSandboxJob(
        objects=objects,
        queue=QueuedSandboxJobs(pipeline.client("sqs"), queue_url=settings.sandbox_queue_url),
        notifications=QueuedNotifications(pipeline.client("sqs"), queue_url=settings.done_queue_url),
        check=TicketCheck(owner_of, livemode=False),
        check_style=StyleTicketCheck(owner_of, livemode=False),
        check_pack=PackTicketCheck(owner_of, results_bucket=bucket, livemode=False),
        pictures=SandboxPictures(
            objects=objects, limits=limits, results_bucket=bucket, new_attempt=_new_attempt
        ),
        styles=SandboxStyles(
            objects=objects,
            limits=limits,
            results_bucket=bucket,
            new_attempt=_new_attempt,
        ),
        packs=SandboxPacks(objects=objects, limits=limits, results_bucket=bucket, new_attempt=_new_attempt),
        photo_reports=FirstReports(objects, bucket, report_key, parse_report_of),
        style_reports=FirstReports(objects, bucket, style_report_key_of_job, parse_learn_report),
        pack_reports=FirstReports(objects, bucket, pack_report_key, parse_pack_report),
        results_bucket=bucket,
    )


def _new_attempt() -> str:
    return uuid4().hex[:ATTEMPT_DIGITS]
