"""Requests and responses of a tenant's own styles."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from limner.json_types import JsonInteger
from limner.own_styles import (
    MAX_REFINEMENT_STEPS,
    MAX_STYLE_PICTURES,
    OwnStyle,
    OwnStyleStatus,
    StyleFailure,
    StyleName,
)
from limner.ports import UploadForm
from limner.tenancy import is_live
from limner.views.renditions import Link, RenditionView, rendition_view
from limner.views.uploads import ContentType, FormView, form_view


class StylePictureRequest(BaseModel):
    """A picture that the style is learned from; its file is uploaded by the form in the answer."""

    model_config = ConfigDict(extra="forbid")

    content_type: ContentType = Field(description="Media type of the file, such as image/jpeg.")


class StyleRequest(BaseModel):
    """A name, and one to five pictures whose strokes and colours the style takes on."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "name": "Autumn poster",
                "pictures": [{"content_type": "image/jpeg"}],
                "refinement_steps": 0,
            }
        },
    )

    name: StyleName = Field(description="Shown to people; 1 to 100 characters.")
    pictures: list[StylePictureRequest] = Field(
        min_length=1, max_length=MAX_STYLE_PICTURES, description="One to five pictures; several are averaged."
    )
    refinement_steps: JsonInteger = Field(
        default=0,
        ge=0,
        le=MAX_REFINEMENT_STEPS,
        description="Steps of fine-tuning after the first estimate. 0 is ready in seconds; each step adds"
        " about one second on a CPU.",
    )


class OwnStyleView(BaseModel):
    """`id` is used in looks like a style of the catalogue, once the status is READY."""

    id: str = Field(description="The style's id in looks: own- and 12 hexadecimal digits.")
    livemode: bool
    name: str = Field(description="As it was ordered.")
    status: OwnStyleStatus = Field(description="AWAITING_UPLOAD, LEARNING, then READY or FAILED.")
    created_at: datetime = Field(description="When it was ordered, UTC.")
    finished_at: datetime | None = Field(description="When it was learned, UTC; null before.")
    pictures: int = Field(description="How many pictures it is learned from, 1 to 5.")
    refinement_steps: int = Field(description="Steps of fine-tuning, 0 to 120.")
    preview: RenditionView | None = Field(
        description="The shop's newest photo painted in the style; null until READY, or without a photo."
    )
    failure: StyleFailure | None = Field(description="Why the style is FAILED; null otherwise.")


class OwnStylesView(BaseModel):
    styles: list[OwnStyleView] = Field(description="All own styles, oldest first.")


class OrderedStyleView(BaseModel):
    style: OwnStyleView = Field(description="The style as it was ordered.")
    uploads: list[FormView] = Field(description="A form for each picture, in the order of the request.")


def own_style_view(style: OwnStyle, link: Link, now: datetime) -> OwnStyleView:
    learned = style.learned
    return OwnStyleView(
        id=style.style_id,
        livemode=is_live(style.tenant),
        name=style.name,
        status=style.status(now),
        created_at=style.created_at,
        finished_at=learned.finished_at if learned else None,
        pictures=style.pictures,
        refinement_steps=style.refinement_steps,
        preview=rendition_view(learned.preview, link) if learned and learned.preview else None,
        failure=style.failure_at(now),
    )


def own_styles_view(styles: Iterable[OwnStyle], link: Link, now: datetime) -> OwnStylesView:
    return OwnStylesView(styles=[own_style_view(style, link, now) for style in styles])


def ordered_style_view(
    style: OwnStyle, forms: Sequence[UploadForm], link: Link, now: datetime, max_bytes: int
) -> OrderedStyleView:
    uploads = [form_view(form, max_bytes) for form in forms]
    return OrderedStyleView(style=own_style_view(style, link, now), uploads=uploads)
