"""What the HTTP API says of a photo; private places become expiring links here."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from pydantic import ConfigDict, Field

from limner.errors import RefusalCode
from limner.looks import FrozenModel, Look
from limner.photos import Photo, PhotoStatus
from limner.report import ENGINE, Choice, Explanation, RegionsFound, Rendition, Step, StyledPicture, Verdict

Link = Callable[[str], str]

EXPLAINED: Any = {
    "photo_id": "0123456789abcdef0123456789abcdef",
    "status": "READY",
    "pictures": [
        {
            "name": "auto-100.s100",
            "look": {"styles": {"auto": 1.0}},
            "chosen": {
                "look": {"styles": {"watercolour": 1.0}, "strength": 0.8, "protection": "strict"},
                "reasons": ["A product on a plain white ground, with text on it."],
            },
            "verdict": {
                "outcome": "lowered",
                "strength": 0.6,
                "refused_by": ["text"],
                "gates": [{"name": "text", "value": 0.94, "limit": 0.9, "passed": True}],
                "words": "Strength lowered to 60 % to keep the text legible.",
            },
            "regions": {"found": True, "confidence": 0.93, "product_share": 0.41, "text_share": 0.06},
            "steps": [{"name": "exposure", "amount": 0.4, "note": "brightened by 0.4 EV"}],
            "explanation": {
                "levels": {"colour": 0.62, "stroke": 0.27, "motif": 0.11},
                "styles": {"watercolour": 1.0},
                "difference": {"structure": 0.18, "colour": 0.67, "texture": 0.15},
                "strip": [{"strength": 0.5, "gates": {"text": 0.96}, "passed": True}],
                "words": "Most of the change is colour; the product keeps its shape and its text.",
            },
            "exhibits": {
                "difference-colour": {
                    "url": "https://…",
                    "width": 960,
                    "height": 640,
                    "bytes": 18230,
                    "content_type": "image/webp",
                }
            },
        }
    ],
}


class RenditionView(FrozenModel):
    url: str
    width: int
    height: int
    bytes: int
    content_type: str


class VerdictView(Verdict):
    """`words` say it in a sentence."""

    words: str


class StyledView(FrozenModel):
    """`renditions` begin with the full size. What the stylizer does not tell is null or empty."""

    name: str
    look: Look
    renditions: list[RenditionView]
    metrics: dict[str, float]
    verdict: VerdictView | None
    regions: RegionsFound | None
    steps: list[Step]
    chosen: Choice | None


class ExplainedView(FrozenModel):
    """Why one picture looks as it does."""

    name: str
    look: Look
    chosen: Choice | None
    verdict: VerdictView | None
    regions: RegionsFound | None
    steps: list[Step]
    explanation: Explanation | None
    exhibits: dict[str, RenditionView]


class ExplanationView(FrozenModel):
    model_config = ConfigDict(json_schema_extra={"example": EXPLAINED})

    photo_id: str
    status: PhotoStatus
    pictures: list[ExplainedView]


class FailureView(FrozenModel):
    code: str = Field(json_schema_extra={"enum": list(RefusalCode)})
    message: str


class PhotoView(FrozenModel):
    photo_id: str
    filename: str
    status: PhotoStatus
    created_at: datetime
    submitted_at: datetime | None
    finished_at: datetime | None
    looks: list[Look]
    failure: FailureView | None
    original: list[RenditionView]
    results: list[StyledView]
    model: str | None
    timings: dict[str, float]


def photo_view(photo: Photo, link: Link) -> PhotoView:
    """The newest upload's parts only: after a re-upload nothing of the older one shows."""
    newest = photo.newest
    results, variants = newest.results, newest.variants
    timings = dict(results.timings) if results else {}
    if variants:
        timings["variants"] = variants.seconds
    return PhotoView(
        photo_id=photo.photo_id,
        filename=photo.filename,
        status=photo.status,
        created_at=photo.created_at,
        submitted_at=newest.job.submitted_at if newest.job else None,
        finished_at=results.finished_at if results else None,
        looks=list(photo.looks),
        failure=FailureView(code=newest.failure.code, message=newest.failure.message)
        if newest.failure
        else None,
        original=_renditions(variants.renditions if variants else (), link),
        results=[_styled(picture, link) for picture in results.pictures] if results else [],
        model=results.model if results else None,
        timings=timings,
    )


def explanation_view(photo: Photo, link: Link) -> ExplanationView:
    """Of the newest upload; no pictures before there are results."""
    results = photo.newest.results
    pictures = [_explained(picture, link) for picture in results.pictures] if results else []
    return ExplanationView(photo_id=photo.photo_id, status=photo.status, pictures=pictures)


def _styled(picture: StyledPicture, link: Link) -> StyledView:
    return StyledView(
        renditions=_renditions(picture.renditions, link), metrics=picture.metrics, **_judged(picture)
    )


def _explained(picture: StyledPicture, link: Link) -> ExplainedView:
    exhibits = {name: _rendition(each, link) for name, each in picture.exhibits.items()}
    return ExplainedView(explanation=picture.explanation, exhibits=exhibits, **_judged(picture))


def _judged(picture: StyledPicture) -> dict[str, Any]:
    return {
        "name": picture.look.slug,
        "look": picture.look,
        "verdict": _verdict(picture),
        "regions": picture.regions,
        "steps": picture.steps,
        "chosen": picture.chosen,
    }


def _verdict(picture: StyledPicture) -> VerdictView | None:
    if picture.verdict is None:
        return None
    return VerdictView(words=verdict_words(picture.verdict), **picture.verdict.model_dump())


_KEEPS = {
    "finite": "to leave no broken pixel",
    "clipping": "to keep the light and dark parts",
    "style_gain": "because the style would hardly show",
    "product_ssim": "to keep the product's shape",
    "edge_keep": "to keep the product's edges",
    "flat_noise": "to keep plain areas calm",
    "halo": "to keep the background around the product clean",
    "white_background": "to keep the background white",
    "background": "to leave the background unchanged",
    "delta_e": "to keep the product's colours",
    "text": "to keep the text legible",
    ENGINE: "because the style could not be painted",
}


def verdict_words(verdict: Verdict) -> str:
    """`Strength lowered to 60 % to keep the text legible.`"""
    reasons = [_KEEPS.get(gate, f"to pass the check “{gate}”") for gate in verdict.refused_by]
    match verdict.outcome:
        case "passed":
            return "Passed every check." if verdict.gates else "No checks apply."
        case "lowered":
            return f"Strength lowered to {verdict.strength:.0%} ".replace("%", " %") + _listed(reasons)
        case "fallback":
            return f"Shown without the style {_listed(reasons)}"


def _listed(reasons: list[str]) -> str:
    *others, last = reasons or ["to be safe"]
    return (f"{', '.join(others)} and {last}" if others else last) + "."


def _renditions(renditions: Iterable[Rendition], link: Link) -> list[RenditionView]:
    return [_rendition(each, link) for each in renditions]


def _rendition(rendition: Rendition, link: Link) -> RenditionView:
    return RenditionView(url=link(rendition.key), **rendition.model_dump(exclude={"key"}))
