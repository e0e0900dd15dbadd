"""The composition root of the sweeper."""

from datetime import timedelta
from functools import cache

from limner.adapters.backlog import MeasuredBacklog, endpoint_age, function_age
from limner.adapters.inventory import S3Inventory
from limner.adapters.sqs import QueuedSweeps
from limner.adapters.ssm import PauseParameter
from limner.bootstrap import pipeline
from limner.bootstrap.tenants import new_photos
from limner.settings import SweeperSettings
from limner.sweep.ports import Step
from limner.use_cases.close_orders import CloseOrders
from limner.use_cases.find_orphans import FindOrphans
from limner.use_cases.sweep import Sweep
from limner.use_cases.sweep_styles import SweepStyles


@cache
def backlog() -> MeasuredBacklog:
    settings = SweeperSettings.read()
    age_of = function_age if settings.stylizer_tier == "lambda" else endpoint_age
    return MeasuredBacklog(
        pipeline.client("sqs"),
        pipeline.client("cloudwatch"),
        queue_urls={
            Step.IMPORT: settings.import_queue_url,
            Step.ROUTING: settings.router_queue_url,
            Step.VARIANTS: settings.thumb_queue_url,
        },
        stylizer=age_of(settings.stylizer_name),
        now=pipeline.now,
    )


@cache
def sweep() -> Sweep:
    settings = SweeperSettings.read()
    return Sweep(
        photos=pipeline.photos(settings.photos_table),
        objects=pipeline.objects(),
        events=pipeline.resent_events(settings),
        backlog=backlog(),
        record_result=pipeline.record_result(),
        now=pipeline.now,
        grace_period=timedelta(seconds=settings.deadline_seconds),
        retries=settings.retries,
        in_flight=timedelta(seconds=settings.request_ttl_seconds + settings.invocation_timeout_seconds),
        is_paused=PauseParameter(pipeline.client("ssm"), settings.pause_parameter),
    )


@cache
def sweeps() -> QueuedSweeps:
    return QueuedSweeps(pipeline.client("sqs"), queue_url=SweeperSettings.read().sweep_queue_url)


@cache
def find_orphans() -> FindOrphans:
    settings = SweeperSettings.read()
    return FindOrphans(
        photos=pipeline.photos(settings.photos_table),
        objects=pipeline.objects(),
        inventory=S3Inventory(
            pipeline.client("s3"), source=settings.uploads_bucket, destination=settings.results_bucket
        ),
        backlog=backlog(),
        events=sweep().events,
        new_photo=new_photos(settings, pipeline.objects(), pipeline.now),
        now=pipeline.now,
        uploads_bucket=settings.uploads_bucket,
        results_bucket=settings.results_bucket,
        grace_period=timedelta(seconds=settings.deadline_seconds),
        on_erased=pipeline.erase_queue(settings.erase_queue_url).send,
    )


@cache
def close_orders() -> CloseOrders:
    settings = SweeperSettings.read()
    return CloseOrders(
        photos=pipeline.photos(settings.photos_table),
        imports=pipeline.import_failures(settings.photos_table),
        objects=pipeline.objects(),
        backlog=backlog(),
        events=sweep().events,
        now=pipeline.now,
        uploads_bucket=settings.uploads_bucket,
        grace_period=timedelta(seconds=settings.deadline_seconds),
    )


@cache
def sweep_styles() -> SweepStyles:
    styles = pipeline.own_styles(SweeperSettings.read().tenants_table)
    return SweepStyles(styles=styles, record_style=pipeline.record_style(), now=pipeline.now)
