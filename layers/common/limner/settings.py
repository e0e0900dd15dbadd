"""Environment variables of each function: one frozen model per function, validated once.

A variable's name is its field's in capitals; tests/template checks that template.yaml sets exactly these.
"""

import json
import os
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from limner.looks import MAX_LOOKS, Look, OrderedShare, Protection, StyleId
from limner.quotas import JOBS_PER_INSTANCE, Quotas
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


class TableSettings(UsageSettings):
    photos_table: str = Field(min_length=3)


class QuotaSettings(Settings):
    """The caps of tenants whose settings name none: a JSON object of Quotas' fields."""

    default_quotas: Quotas
    stylizer_max_instances: int = Field(ge=1)

    @model_validator(mode="before")
    @classmethod
    def _parse(cls, values: Any) -> Any:
        """Where it names no number of jobs, a tenant may keep all instances of the endpoint busy."""
        text, instances = values.get("default_quotas"), values.get("stylizer_max_instances")
        if not isinstance(text, str) or instances is None:
            return values
        jobs = JOBS_PER_INSTANCE * int(instances)
        return {**values, "default_quotas": Quotas(**{"concurrent_jobs": jobs, **json.loads(text)})}


class FirstTenantSettings(Settings):
    """The tenant that exists from the start, and the looks it has until it has a row."""

    first_tenant: TenantId
    default_styles: tuple[StyleId, ...] = Field(min_length=1, max_length=MAX_LOOKS)
    default_strength: Annotated[OrderedShare, BeforeValidator(float)]  # text of the environment
    default_protection: Protection
    default_enhance: bool

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


class TenancySettings(TableSettings, FirstTenantSettings):
    """Where tenants and their photos are."""

    tenants_table: str = Field(min_length=3)
    uploads_bucket: str = Field(min_length=3)
    results_bucket: str = Field(min_length=3)
    deadline_seconds: int = Field(ge=60, le=21_600)


class _UploadLimitSettings(TenancySettings):
    max_upload_bytes: int = Field(gt=0)
    max_megapixels: float = Field(gt=0, le=50)


StylizerTier = Literal["sagemaker", "lambda"]
"""What paints photos: an asynchronous endpoint of SageMaker, or a Lambda function."""


class RouterSettings(_UploadLimitSettings, QuotaSettings):
    stylizer_tier: StylizerTier
    stylizer_name: str = Field(min_length=1)
    sandbox_queue_url: str
    stylizer_instance_type: str = Field(min_length=1)
    router_queue_url: str
    thumb_queue_url: str
    waiting_queue_url: str
    pause_parameter: str = Field(min_length=1)
    lease_seconds: int = Field(gt=0)
    request_ttl_seconds: int = Field(ge=60, le=21_600)
    invocation_timeout_seconds: int = Field(ge=1, le=3_600)


class SandboxSettings(TableSettings):
    uploads_bucket: str = Field(min_length=3)
    results_bucket: str = Field(min_length=3)
    sandbox_queue_url: str
    done_queue_url: str
    max_upload_bytes: int = Field(gt=0)
    max_megapixels: float = Field(gt=0, le=50)


class SigningSettings(Settings):
    """`signing_key` is a KMS key; `signing_certificates` a parameter of Systems Manager. With `required`, no
    picture is published unsigned; with `optional`, pictures are until there are certificates."""

    signing_key: str = Field(min_length=1)
    signing_certificates: str = Field(min_length=1)
    content_credentials: Literal["required", "optional"]


class ThumbnailerSettings(_UploadLimitSettings, SigningSettings):
    hashes_table: str = Field(min_length=3)


class ResultsSettings(TableSettings):
    """For recording how jobs have ended, by the recorder and the sweeper."""

    tenants_table: str = Field(min_length=3)
    uploads_bucket: str = Field(min_length=3)
    results_bucket: str
    hashes_table: str = Field(min_length=3)
    router_queue_url: str
    thumb_queue_url: str
    deadline_seconds: int = Field(ge=60, le=21_600)
    attempts: int = Field(ge=1)
    """How many invocations of the endpoint may fail before the photo does."""


class RecorderSettings(ResultsSettings):
    campaign_queue_url: str
    stylizer_tier: StylizerTier


class SweeperSettings(TenancySettings):
    hashes_table: str = Field(min_length=3)
    router_queue_url: str
    thumb_queue_url: str
    import_queue_url: str
    erase_queue_url: str
    sweep_queue_url: str
    stylizer_tier: StylizerTier
    stylizer_name: str = Field(min_length=1)
    pause_parameter: str = Field(min_length=1)
    attempts: int = Field(ge=1)
    retries: int = Field(ge=0)
    """How often the event of a photo without pictures is sent again, if it or its job was lost."""
    request_ttl_seconds: int = Field(ge=60, le=21_600)
    invocation_timeout_seconds: int = Field(ge=1, le=3_600)


class EraserSettings(TableSettings):
    tenants_table: str = Field(min_length=3)
    hashes_table: str = Field(min_length=3)
    audit_table: str = Field(min_length=3)
    uploads_bucket: str = Field(min_length=3)
    results_bucket: str = Field(min_length=3)
    erase_queue_url: str
    distribution: str
    """The id of the distribution of public pictures; empty where there is none."""
    first_tenant: TenantId
    originals_kept_days: int = Field(ge=0)
    results_kept_days: int = Field(ge=0)
    """How long the first tenant's originals, and its photos, are kept; 0 for always."""
    request_ttl_seconds: int = Field(ge=60, le=21_600)
    invocation_timeout_seconds: int = Field(ge=1, le=3_600)

    @property
    def originals_days(self) -> int | None:
        return self.originals_kept_days or None

    @property
    def results_days(self) -> int | None:
        return self.results_kept_days or None


class ImporterSettings(TenancySettings):
    max_upload_bytes: int = Field(gt=0)
    require_tls: bool
    """False in a local run alone: it also imports from `http://127.0.0.1`."""


class EventsSettings(Settings):
    """`events_source` is the stack, as the source of events (CloudEvents)."""

    events_source: str = Field(min_length=1)


class NotifierSettings(TableSettings, EventsSettings):
    requests_table: str = Field(min_length=3)
    events_bus: str = Field(min_length=1)


class _WebhookSettings(EventsSettings):
    """Without `require_tls`, in local runs alone, requests to `http://127.0.0.1` are let through too."""

    webhooks_table: str = Field(min_length=3)
    webhook_queue_url: str
    webhook_secrets_key: str = Field(min_length=1)
    require_tls: bool


class WebhooksSettings(TableSettings, _WebhookSettings):
    events_bus: str = Field(min_length=1)


class StorefrontSettings(TenancySettings, QuotaSettings, _WebhookSettings):
    requests_table: str = Field(min_length=3)
    campaigns_table: str = Field(min_length=3)
    campaign_queue_url: str
    stylizer_instance_type: str = Field(min_length=1)
    import_queue_url: str
    router_queue_url: str
    thumb_queue_url: str
    erase_queue_url: str
    request_ttl_seconds: int = Field(ge=60, le=21_600)
    invocation_timeout_seconds: int = Field(ge=1, le=3_600)
    max_upload_bytes: int = Field(gt=0)
    max_megapixels: float = Field(gt=0, le=50)
    hashes_table: str = Field(min_length=3)
    recommendations_table: str = Field(min_length=3)
    signing_certificates: str = Field(min_length=1)
    cursor_secret: str = Field(min_length=1)
    long_polls_per_tenant: int = Field(ge=0, le=50)
    """Requests of one tenant that wait for a photo at the same time; 0 lets none wait."""
    tenant_role: str = Field(min_length=1)
    pictures_url: str = Field(default="", pattern=r"^(|https?://[^\s/]+(/[^\s/]+)*)$")
    """Where public pictures are read, without a slash at its end; empty where they too get signed links."""
    link_seconds: int = Field(ge=60, le=1_800)
    """Lifetime of a link. At most what is left of the session that signs it
    (`tenant_sessions.MIN_REMAINING_LIFE`): a link ends with its session."""
    sign_in_issuer: str = ""
    sign_in_client_id: str = ""
    """The page's client at the issuer; empty where people sign in with keys alone."""
    sign_in_address: str = ""
    """Of a user pool's sign-in page; the two addresses below are used where it is empty."""
    sign_in_authorize_url: str = ""
    sign_in_token_url: str = ""
    sign_in_audience: str = ""
    """Whom the tokens are for that the authorizer accepts."""

    @property
    def authorize_url(self) -> str:
        return (
            f"{self.sign_in_address}/oauth2/authorize" if self.sign_in_address else self.sign_in_authorize_url
        )

    @property
    def token_url(self) -> str:
        return f"{self.sign_in_address}/oauth2/token" if self.sign_in_address else self.sign_in_token_url

    @property
    def token_origins(self) -> frozenset[str]:
        """Scheme and host to which the page sends the code that it exchanges for a token."""
        parts = urlsplit(self.token_url)
        return frozenset({f"{parts.scheme}://{parts.netloc}"} if parts.netloc else ())


class StylizerSettings(SigningSettings):
    stylizer_device: Literal["cuda", "cpu"]
    tenants_table: str = Field(min_length=3)
    hashes_table: str = Field(min_length=3)
    uploads_bucket: str = Field(min_length=3)
    results_bucket: str = Field(min_length=3)
    limner_model_dir: str = "/opt/ml/model"
    sagemaker_bind_to_host: str = "0.0.0.0"  # noqa: S104 - SageMaker calls from outside the container
    sagemaker_bind_to_port: int = 8080
    max_upload_bytes: int = Field(gt=0)
    max_megapixels: float = Field(gt=0, le=50)
