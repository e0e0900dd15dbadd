"""What the container does with a ticket, whether it comes by HTTP (app.py), from Lambda (function.py) or in a
chunk of a restyle (bulk.py)."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from os import sched_getaffinity
from pathlib import Path
from typing import Any
from uuid import uuid4

from pydantic import TypeAdapter

from limner.bootstrap import pipeline
from limner.bootstrap.tenants import upload_owners
from limner.contracts import StylizeReport, StylizeTicket
from limner.intake import Limits, start_decoder
from limner.keys import ATTEMPT_DIGITS
from limner.packs.contracts import PackReport, PackTicket
from limner.ports import ObjectStore
from limner.settings import StylizerSettings
from limner.style_contracts import LearnReport, LearnTicket
from limner.use_cases.check_ticket import PackTicketCheck, StyleTicketCheck, TicketCheck
from style_engine import DeviceRefused, Stylizer
from style_engine.painting.network_pass import GPU_BATCH_SIZE

from .learning import LearnService, OwnStyles
from .packing import PackService
from .processor_pool import ProcessorPool
from .retrying_engine import RetryingEngine
from .service import StylizeService

MAX_CONCURRENT_TICKETS = 4
"""As many as SageMaker sends at once (MaxConcurrentInvocationsPerInstance): twice what one tenant may have in
flight for an instance, so that another tenant's ticket does not wait outside, where there are no turns."""
BROKEN_STATUS = 1
"""The exit status of a process whose engine fails."""
PROCESSOR_THREADS = len(sched_getaffinity(0)) + 1
"""Of the stages before and behind the device: one more than processors, as storing waits for S3."""

Ticket = StylizeTicket | LearnTicket | PackTicket
Report = StylizeReport | LearnReport | PackReport
Service = Callable[[Ticket], Report]
TICKETS: TypeAdapter[Ticket] = TypeAdapter(Ticket)


@dataclass(frozen=True)
class Services:
    """The engine has run its self-test."""

    engine: RetryingEngine
    objects: ObjectStore
    stylize: StylizeService
    learn: LearnService
    pack: PackService

    def __call__(self, ticket: Ticket) -> Report:
        match ticket:
            case LearnTicket():
                return self.learn(ticket)
            case PackTicket():
                return self.pack(ticket)
            case StylizeTicket():
                return self.stylize(ticket)


def build_services(settings: StylizerSettings) -> Services:
    """Exits where the device that is configured is missing or fails."""
    start_decoder()
    engine = _engine(settings)
    limits = Limits(max_bytes=settings.max_upload_bytes, max_pixels=int(settings.max_megapixels * 1_000_000))
    shared: dict[str, Any] = {
        "limits": limits,
        "signing_key": pipeline.signing_key(settings).find,
        "results_bucket": settings.results_bucket,
        "new_attempt": lambda: uuid4().hex[:ATTEMPT_DIGITS],
    }
    objects, owner_of = pipeline.objects(), upload_owners(settings)
    processors = ProcessorPool(PROCESSOR_THREADS)
    stylize = StylizeService(
        engine,
        objects,
        processors=processors,
        check=TicketCheck(owner_of),
        own_styles=OwnStyles(objects, settings.results_bucket),
        **shared,
    )
    hashes = pipeline.picture_hashes(settings.hashes_table)
    learn = LearnService(engine, objects, check=StyleTicketCheck(owner_of), hashes=hashes, **shared)
    check_pack = PackTicketCheck(owner_of, results_bucket=settings.results_bucket)
    pack = PackService(engine, objects, processors=processors, check=check_pack, **shared)
    return Services(engine, objects, stylize, learn, pack)


def _engine(settings: StylizerSettings) -> RetryingEngine:
    """A GPU instance must not run on its CPU unnoticed."""
    try:
        stylizer = Stylizer.load(Path(settings.limner_model_dir), settings.stylizer_device)
        looks_at_once = 1 if settings.stylizer_device == "cpu" else GPU_BATCH_SIZE
        engine = RetryingEngine(stylizer, looks_at_once)
        engine.self_test()
    except DeviceRefused as error:
        sys.exit(f"{error}; for a CPU set STYLIZER_DEVICE=cpu")
    return engine
