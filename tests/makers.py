"""Valid domain objects and pictures; a test passes the fields that matter to it."""

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image

from limner.contracts import StylizeReport, StylizeTicket
from limner.costs import JobSize
from limner.events import EVENT
from limner.keys import attempt_prefix, comparable_sequencer, job_id_for, upload_key
from limner.looks import Look, Protection
from limner.own_styles import LearnedStyle, OwnStyle
from limner.photos import Photo, Results, Source, StylizeJob, Variants
from limner.ports import UploadEvents
from limner.quotas import Charge, Quotas
from limner.renditions import Rendition
from limner.report import (
    Choice,
    Explanation,
    Gate,
    RegionsFound,
    Step,
    StyledPicture,
    Trial,
    Verdict,
)
from limner.style_contracts import learned_prefix
from limner.tenancy import PhotoKey
from limner.tenants import TenantSettings
from limner.webhooks import Delivery, Endpoint, StoredSecret

PHOTO_ID = "0123456789abcdef0123456789abcdef"
TENANT = "main"
KEY = PhotoKey(TENANT, PHOTO_ID)
JOB_ID = f"{TENANT}.{PHOTO_ID}.{'a' * 12}"
PICTURES = attempt_prefix(JOB_ID, "1")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
DUE = int(NOON.timestamp()) + 1800
SEQUENCER = comparable_sequencer("0061")
ENDPOINT_ID = "e" * 32
OIL = Look(styles={"oil": 1.0}, strength=0.8)


def charge(looks: int = 1, **quotas: int) -> Charge:
    """Of a job of 1000 micro-dollars, against these quotas."""
    return Charge(JobSize(looks=looks, nbytes=1234, pixels=3072), micro_usd=1_000, quotas=Quotas(**quotas))


def router_caps(**quotas: int) -> dict[str, Any]:
    """What a RouteUpload needs to charge jobs of 1000 micro-dollars, against these quotas for every tenant."""
    caps = {"quotas_of": lambda tenant: Quotas(**quotas), "estimate": lambda tenant, size: 1_000}
    return {**caps, "deadline": timedelta(minutes=30)}


def attempts(events: UploadEvents, **changes: Any) -> dict[str, Any]:
    """What a RecordResult needs to try failed jobs again, at once."""
    facts = {"events": events, "grace_period": timedelta(minutes=30), "attempts": 4}
    return {**facts, "pause": lambda failed: timedelta(0), **changes}


def source(**changes: Any) -> Source:
    facts = {"bucket": "uploads", "key": upload_key(KEY), "sequencer": SEQUENCER, "bytes": 1234}
    return Source(**(facts | changes))


def photo(**changes: Any) -> Photo:
    facts = {
        "photo_id": PHOTO_ID,
        "tenant": TENANT,
        "filename": "mug.jpg",
        "looks": (OIL,),
        "created_at": NOON,
        "due_at": DUE,
    }
    return Photo(**(facts | changes))


def tenant(**changes: Any) -> TenantSettings:
    facts = {
        "tenant": TENANT,
        "name": "The shop",
        "looks": (OIL,),
        "version": 1,
        "changed_at": NOON,
        "changed_by": "an operator",
    }
    return TenantSettings(**(facts | changes))


def job(**changes: Any) -> StylizeJob:
    facts = {
        "job_id": JOB_ID,
        "sequencer": SEQUENCER,
        "lease_until": int(NOON.timestamp()) + 60,
    }
    return StylizeJob(**(facts | changes))


def ticket(key: PhotoKey = KEY, **changes: Any) -> StylizeTicket:
    """With the job id that follows from its photo, looks and model, unless a change gives another."""
    ordered = {"photo": source(key=upload_key(key)), "looks": (OIL,), "model": "fusenet-lite@abc"}
    facts: dict[str, Any] = ordered | changes
    job_id = job_id_for(key, facts["photo"], facts["looks"], facts["model"])
    return StylizeTicket(**({"job_id": job_id} | facts))


def rendition(**changes: Any) -> Rendition:
    facts = {
        "key": f"{PICTURES}oil/full.jpg",
        "width": 640,
        "height": 480,
        "bytes": 999,
        "content_type": "image/jpeg",
    }
    return Rendition(**(facts | changes))


def variants(**changes: Any) -> Variants:
    return Variants(**({"sequencer": SEQUENCER, "renditions": (rendition(),), "seconds": 0.25} | changes))


def lowered(**changes: Any) -> Verdict:
    facts = {
        "outcome": "lowered",
        "strength": 0.6,
        "refused_by": ("text",),
        "gates": (Gate(name="text", value=0.94, limit=0.9, passed=True), Gate(name="halo", passed=False)),
    }
    return Verdict(**(facts | changes))


def full_picture(**changes: Any) -> StyledPicture:
    """With all optional parts of a report."""
    watercolour = Look(styles={"watercolour": 1.0}, strength=0.8, protection=Protection.STRICT)
    explanation = Explanation(
        levels={"colour": 0.6, "stroke": 0.3, "motif": 0.1},
        styles={"watercolour": 1.0},
        difference={"structure": 0.2, "colour": 0.65, "texture": 0.15},
        strip=(Trial(strength=0.5, gates={"text": 0.96, "halo": None}, passed=True),),
        words="Most of the change is colour.",
    )
    facts = {
        "look": Look(styles={"auto": 1.0}),
        "renditions": (rendition(),),
        "metrics": {"ssim": 0.61},
        "verdict": lowered(),
        "regions": RegionsFound(found=True, confidence=0.93, product_share=0.41, text_share=0.06),
        "steps": (Step(name="exposure", amount=0.4, note="brightened by 0.4 EV"),),
        "chosen": Choice(look=watercolour, reasons=("A product on a plain background.",)),
        "explanation": explanation,
        "exhibits": {
            "difference-colour": rendition(key=f"{PICTURES}oil/colour.webp", content_type="image/webp")
        },
    }
    return StyledPicture(**(facts | changes))


def results(**changes: Any) -> Results:
    picture = StyledPicture(look=OIL, renditions=(rendition(),), metrics={"ssim": 0.61})
    facts = {
        "sequencer": SEQUENCER,
        "pictures": (picture,),
        "model": "fusenet-lite@abc",
        "timings": {"total": 0.5},
        "finished_at": NOON,
    }
    return Results(**(facts | changes))


def report(job_id: str = JOB_ID, picture: StyledPicture | None = None) -> StylizeReport:
    """With one picture, whose objects are at the job's place."""
    made = picture or results().pictures[0]
    moved = made.model_copy(
        update={
            "renditions": tuple(_of_job(each, job_id) for each in made.renditions),
            "exhibits": {name: _of_job(each, job_id) for name, each in made.exhibits.items()},
        }
    )
    return StylizeReport(job_id=job_id, model="m@1", pictures=(moved,), timings={"total": 1.0})


def _of_job(rendition: Rendition, job_id: str) -> Rendition:
    name = rendition.key.removeprefix(PICTURES)
    return rendition.model_copy(update={"key": attempt_prefix(job_id, "1") + name})


def jpeg(width: int = 64, height: int = 48, colour: str = "teal") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, "JPEG")
    return out.getvalue()


def save_jpeg(pixels: Any, path: Path) -> Path:
    """Write (height, width, 3) pixels as a JPEG file."""
    Image.fromarray(pixels).save(path, quality=90)
    return path


def stored_secret(
    secret: str = "whsec_1", endpoint_id: str = ENDPOINT_ID, tenant: str = TENANT
) -> StoredSecret:
    """As tests.fake_webhooks.ReversibleBox encrypts it."""
    return StoredSecret(ciphertext=f"{tenant}/{endpoint_id}/{secret}")


def endpoint(**changes: Any) -> Endpoint:
    facts: dict[str, Any] = {
        "tenant": TENANT,
        "endpoint_id": ENDPOINT_ID,
        "url": "https://shop.example/limner",
        "created_at": NOON,
    } | changes
    secret = stored_secret(endpoint_id=facts["endpoint_id"], tenant=facts["tenant"])
    return Endpoint(**({"secrets": (secret,)} | facts))


def event_id(number: int) -> str:
    return f"{number:032x}"


def event_body(number: int, event_type: str = "photo.ready", tenant: str = TENANT) -> str:
    """The JSON text of an event of its own photo, at a time of its own."""
    looks = (OIL.slug,)
    facts: dict[str, Any] = {
        "id": event_id(number),
        "type": event_type,
        "source": "limner/test",
        "subject": f"{number:032x}",
        "time": NOON + timedelta(seconds=number),
        "sequence": "1",
        "data": {"tenant": tenant, "photo_id": f"{number:032x}", "status": "READY", "looks": looks},
    }
    return EVENT.validate_python(facts).model_dump_json()


def delivery_id(number: int) -> str:
    milliseconds = int((NOON + timedelta(seconds=number)).timestamp() * 1000)
    return f"{milliseconds:011x}-{event_id(number)}"


def delivery(number: int = 1, **changes: Any) -> Delivery:
    facts = {
        "tenant": TENANT,
        "endpoint_id": ENDPOINT_ID,
        "delivery_id": delivery_id(number),
        "event_id": event_id(number),
        "event_type": "photo.ready",
        "event": event_body(number),
        "created_at": NOON,
    }
    return Delivery(**(facts | changes))


STYLE_ID = "own-0123456789ab"


def own_style(**changes: Any) -> OwnStyle:
    facts = {"tenant": TENANT, "style_id": STYLE_ID, "name": "Autumn", "pictures": 2, "created_at": NOON}
    return OwnStyle(**(facts | changes))


def learned_style(**changes: Any) -> LearnedStyle:
    facts = {
        "key": f"{learned_prefix(TENANT, STYLE_ID)}1/style.safetensors",
        "model": "fusenet-lite@abc",
        "finished_at": NOON,
    }
    return LearnedStyle(**(facts | changes))
