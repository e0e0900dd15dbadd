"""Request and response of POST /v1/photos."""

from typing import Annotated
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field

from limner.json_types import JsonBoolean
from limner.looks import OrderedLooks
from limner.orders import ExternalId, Metadata, Order, Tags
from limner.outbound_addresses import MAX_URL_LENGTH
from limner.ports import UploadForm
from limner.tenancy import PhotoKey, is_live

ContentType = Annotated[str, Field(pattern=r"^(image/[a-z0-9.+-]{1,60}|application/octet-stream)$")]


Url = Annotated[
    str,
    Field(
        min_length=9,
        max_length=MAX_URL_LENGTH,
        pattern=r"^https?://[\x21-\x7e]+$",
        description="A public address that begins with https://, at port 443 or 8443; up to 3 redirects are"
        " followed.",
    ),
]
FileName = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f/\\]+$")]


class UploadRequest(BaseModel):
    """The file to be uploaded and the looks to make of it; without `looks`, the tenant's default looks."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "filename": "mug.jpg",
                "content_type": "image/jpeg",
                "external_id": "MUG-0042-BLUE",
                "metadata": {"season": "spring"},
                "tags": ["mugs"],
                "looks": [
                    {"styles": {"auto": 1.0}},
                    {"styles": {"oil": 0.7, "ukiyo-e": 0.3}, "strength": 0.8, "protection": "strict"},
                    {"styles": {"cartoon": 1.0}, "levels": {"colour": 0.5}, "enhance": False},
                ],
            }
        },
    )

    filename: FileName
    content_type: ContentType
    looks: OrderedLooks = ()
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)
    tags: Tags = ()

    @property
    def order(self) -> Order:
        return Order(
            filename=self.filename,
            content_type=self.content_type,
            looks=self.looks,
            external_id=self.external_id,
            metadata=self.metadata,
            tags=self.tags,
        )


class ImportRequest(BaseModel):
    """Where the photo is and the looks to make of it. Without `filename`, it is the last part of the URL."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "url": "https://cdn.example.com/products/mug.jpg",
                "external_id": "MUG-0042-BLUE",
                "looks": [{"styles": {"oil": 1.0}}],
            }
        },
    )

    url: Url
    filename: FileName | None = None
    looks: OrderedLooks = ()
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)
    tags: Tags = ()

    @property
    def order(self) -> Order:
        return Order(
            filename=self.filename or filename_in(self.url),
            looks=self.looks,
            external_id=self.external_id,
            metadata=self.metadata,
            tags=self.tags,
        )


UNNAMED = "photo"


def filename_in(url: str) -> str:
    """The last part of the URL's path, without what a file name may not have."""
    try:
        path = urlsplit(url).path
    except ValueError:
        return UNNAMED  # the use case refuses such a URL
    last = unquote(path).replace("\\", "/").rstrip("/").rpartition("/")[2]
    return "".join(character for character in last if character.isprintable())[:255] or UNNAMED


class FormRequest(BaseModel):
    """The file to be uploaded. `replace` says that it takes the place of the one that the photo has."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"content_type": "image/jpeg", "replace": True}}
    )

    content_type: ContentType
    replace: JsonBoolean = False


class FormView(BaseModel):
    """Send `fields` and then the file, as `file`, in one multipart POST to `url`."""

    url: str
    fields: dict[str, str]
    expires_at: str
    max_bytes: int


class UploadView(BaseModel):
    """`photo` is the address of the photo, relative to `/v1/`."""

    photo_id: str
    livemode: bool
    photo: str
    upload: FormView


def upload_view(photo: PhotoKey, form: UploadForm, max_bytes: int) -> UploadView:
    return UploadView(
        photo_id=photo.photo_id,
        livemode=is_live(photo.tenant),
        photo=f"photos/{photo.photo_id}",
        upload=form_view(form, max_bytes),
    )


def form_view(form: UploadForm, max_bytes: int) -> FormView:
    return FormView(
        url=form.url, fields=dict(form.fields), expires_at=form.expires_at.isoformat(), max_bytes=max_bytes
    )
