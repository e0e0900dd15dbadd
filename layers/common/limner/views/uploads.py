"""Request and response of POST /uploads."""

from pydantic import BaseModel, ConfigDict, Field

from limner.looks import OrderedLooks


class UploadRequest(BaseModel):
    """The file to be uploaded and the looks to make of it; without `looks`, the tenant's default looks."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "filename": "mug.jpg",
                "content_type": "image/jpeg",
                "looks": [
                    {"styles": {"auto": 1.0}},
                    {"styles": {"oil": 0.7, "ukiyo-e": 0.3}, "strength": 0.8, "protection": "strict"},
                    {"styles": {"cartoon": 1.0}, "levels": {"colour": 0.5}, "enhance": False},
                ],
            }
        },
    )

    filename: str = Field(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f/\\]+$")
    content_type: str = Field(pattern=r"^(image/[a-z0-9.+-]{1,60}|application/octet-stream)$")
    looks: OrderedLooks = ()


class FormView(BaseModel):
    """Send `fields` and then the file, as `file`, in one multipart POST to `url`."""

    url: str
    fields: dict[str, str]
    expires_at: str
    max_bytes: int


class UploadView(BaseModel):
    photo_id: str
    photo: str
    upload: FormView
