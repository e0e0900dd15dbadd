"""Environment variables of each function: one frozen model per function, validated once.

A variable's name is its field's in capitals; tests/template checks that template.yaml sets exactly these.
"""

import os
from collections.abc import Mapping
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator

from limner.looks import MAX_LOOKS, Look, Protection, StyleId
from limner.quotas import Quotas
from limner.tenancy import TenantId


class Settings(BaseModel):
    model_config = ConfigDict(frozen=True)

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Raises pydantic's ValidationError, which names each missing or invalid variable."""
        return cls.model_validate(
            {name: environ[name.upper()] for name in cls.names() if name.upper() in environ}
        )

    @classmethod
    def names(cls) -> frozenset[str]:
        return frozenset(cls.model_fields)


class UsageSettings(Settings):
    usage_table: str = Field(min_length=3)


class _TableSettings(UsageSettings):
    photos_table: str = Field(min_length=3)


class QuotaSettings(Settings):
    """The caps of tenants whose settings name none: a JSON object of Quotas' fields."""

    default_quotas: Quotas

    @field_validator("default_quotas", mode="before")
    @classmethod
    def _parse(cls, value: object) -> object:
        return Quotas.model_validate_json(value) if isinstance(value, str) else value


class ShopSettings(_TableSettings):
    """The shop, and the defaults for a photo that was uploaded without an order."""

    results_bucket: str = Field(min_length=3)
    shop: TenantId
    default_styles: tuple[StyleId, ...] = Field(min_length=1, max_length=MAX_LOOKS)
    default_strength: float = Field(ge=0, le=1)
    default_protection: Protection
    default_enhance: bool
    deadline_seconds: int = Field(ge=60, le=21_600)

    @field_validator("default_styles", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value

    @property
    def default_looks(self) -> tuple[Look, ...]:
        options = {
            "strength": self.default_strength,
            "protection": self.default_protection,
            "enhance": self.default_enhance,
        }
        return tuple(Look(styles={style: 1.0}, **options) for style in self.default_styles)


class _UploadLimitSettings(ShopSettings):
    max_upload_bytes: int = Field(gt=0)
    max_megapixels: float = Field(gt=0, le=50)


class RouterSettings(_UploadLimitSettings, QuotaSettings):
    endpoint_name: str
    stylizer_instance_type: str = Field(min_length=1)
    router_queue_url: str
    pause_parameter: str = Field(min_length=1)
    lease_seconds: int = Field(gt=0)
    request_ttl_seconds: int = Field(ge=60, le=21_600)
    invocation_timeout_seconds: int = Field(ge=1, le=3_600)


class SigningSettings(Settings):
    """`signing_key` is a KMS key; `signing_certificates` a parameter of Systems Manager. With `required`, no
    picture is published unsigned; with `optional`, pictures are until there are certificates."""

    signing_key: str = Field(min_length=1)
    signing_certificates: str = Field(min_length=1)
    content_credentials: Literal["required", "optional"]


class ThumbnailerSettings(_UploadLimitSettings, SigningSettings):
    hashes_table: str = Field(min_length=3)


class RecorderSettings(_TableSettings):
    results_bucket: str
    hashes_table: str = Field(min_length=3)


class SweeperSettings(ShopSettings):
    hashes_table: str = Field(min_length=3)
    uploads_bucket: str
    router_queue_url: str
    thumb_queue_url: str
    pause_parameter: str = Field(min_length=1)
    retries: int = Field(ge=0)
    request_ttl_seconds: int = Field(ge=60, le=21_600)
    invocation_timeout_seconds: int = Field(ge=1, le=3_600)


class StorefrontSettings(ShopSettings, QuotaSettings):
    uploads_bucket: str
    max_upload_bytes: int = Field(gt=0)
    cursor_secret: str = Field(min_length=1)
    link_seconds: int = Field(ge=60, le=43_200)
    """Maximum lifetime of a link; a link signed by a role also expires with the role's session."""


class StylizerSettings(SigningSettings):
    stylizer_device: Literal["cuda", "cpu"]
    limner_model_dir: str = "/opt/ml/model"
    sagemaker_bind_to_host: str = "0.0.0.0"  # noqa: S104 - SageMaker calls from outside the container
    sagemaker_bind_to_port: int = 8080
    max_upload_bytes: int = Field(gt=0)
    max_megapixels: float = Field(gt=0, le=50)
