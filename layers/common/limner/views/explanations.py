"""Response of GET /v1/photos/{photo_id}/explanation."""

from typing import Any

from pydantic import ConfigDict

from limner.looks import FrozenModel, Look
from limner.photos import Photo, PhotoStatus
from limner.report import Choice, Explanation, RegionsFound, Step, StyledPicture
from limner.views.photos import shared_fields
from limner.views.renditions import Link, RenditionView, rendition_view
from limner.views.verdicts import VerdictView

_EXAMPLE: Any = {
    "photo_id": "0123456789abcdef0123456789abcdef",
    "status": "READY",
    "pictures": [
        {
            "name": "auto-100.s100",
            "look": {"styles": {"auto": 1.0}},
            "chosen": {
                "look": {"styles": {"watercolour": 1.0}, "strength": 0.8, "protection": "strict"},
                "reasons": ["A product on a plain white background, with text on it."],
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
    model_config = ConfigDict(json_schema_extra={"example": _EXAMPLE})

    photo_id: str
    status: PhotoStatus
    pictures: list[ExplainedView]


def explanation_view(photo: Photo, link: Link) -> ExplanationView:
    """Pictures of the newest upload only; none before there are results."""
    results = photo.published
    pictures = [_explained_view(picture, link) for picture in results.pictures] if results else []
    return ExplanationView(photo_id=photo.photo_id, status=photo.status, pictures=pictures)


def _explained_view(picture: StyledPicture, link: Link) -> ExplainedView:
    exhibits = {name: rendition_view(exhibit, link) for name, exhibit in picture.exhibits.items()}
    return ExplainedView(explanation=picture.explanation, exhibits=exhibits, **shared_fields(picture))
