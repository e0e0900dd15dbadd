"""What a tenant has chosen and what its operator has set: looks, rules, review, retention, quotas.

Settings are rows, with one row for each version. Parameters of the template only give the first tenant its
settings until they are changed for the first time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Protocol, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from limner.errors import TenantSuspended
from limner.json_types import JsonBoolean, JsonInteger
from limner.looks import FrozenModel, Look, OrderedLooks, OrderedShare, Protection, own_styles_in
from limner.orders import Label
from limner.quotas import TEST_QUOTAS, Quotas
from limner.tenancy import TenantId, Visibility, is_live

MAX_RULES = 50
MAX_PREFIX_LENGTH = 256
MAX_RETENTION_DAYS = 3_650
MAX_OWN_STYLES_USED = 50
"""In default looks and rules: each is checked in the transaction that stores the settings."""

Prefix = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]+$", max_length=MAX_PREFIX_LENGTH)]
Name = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,100}$")]
Days = Annotated[JsonInteger, Field(ge=1, le=MAX_RETENTION_DAYS)]


@dataclass(frozen=True)
class Upload:
    """What rules compare: the key's path below the tenant's prefix, and tags and category of the object."""

    path: str
    tags: frozenset[str] = frozenset()
    category: str | None = None


class Rule(FrozenModel):
    """Other looks for the uploads that it matches: those that fulfil all given conditions.

    `looks` replace the tenant's; `strength`, `protection` and `enhance` are set on every look.
    """

    prefix: Prefix | None = None
    tag: Label | None = None
    category: Label | None = None
    looks: OrderedLooks = ()
    strength: OrderedShare | None = None
    protection: Protection | None = None
    enhance: JsonBoolean | None = None

    @model_validator(mode="after")
    def _refuse_rules_without_condition_or_effect(self) -> Self:
        if self.prefix is None and self.tag is None and self.category is None:
            raise PydanticCustomError("rule_without_condition", "a rule needs a prefix, a tag or a category")
        if not self.looks and not self._options:
            message = "a rule needs looks, a strength, a protection or enhance"
            raise PydanticCustomError("rule_without_effect", message)
        return self

    def matches(self, upload: Upload) -> bool:
        return (
            (self.prefix is None or upload.path.startswith(self.prefix))
            and (self.tag is None or self.tag in upload.tags)
            and (self.category is None or self.category == upload.category)
        )

    def applied_to(self, looks: tuple[Look, ...]) -> tuple[Look, ...]:
        """The rule's looks. Two that become equal by its options are one."""
        changed = [look.model_copy(update=self._options) for look in self.looks or looks]
        return tuple({look.slug: look for look in changed}.values())

    @property
    def _options(self) -> dict[str, object]:
        options = {"strength": self.strength, "protection": self.protection, "enhance": self.enhance}
        return {name: value for name, value in options.items() if value is not None}


class Retention(FrozenModel):
    """How long what is stored for the tenant is kept; None for as long as the tenant exists."""

    originals_days: Days | None = None
    results_days: Days | None = None
    logs_days: Days | None = None


class TenantPreferences(FrozenModel):
    """What a tenant's administrator may change."""

    name: Name
    looks: OrderedLooks = Field(min_length=1)
    """For photos that come without an order, and for orders without looks."""
    rules: tuple[Rule, ...] = Field(default=(), max_length=MAX_RULES)
    """In order: of those that match an upload, the first decides."""
    review: JsonBoolean = False
    """Of pictures that are made from now on, only those that the gates are sure of are published without a
    person's decision (limner.reviews)."""
    retention: Retention = Retention()
    pictures: Visibility = Visibility.PRIVATE
    """Of variants and styled pictures that are made from now on. An address that was public stays so until
    its photo is erased: whoever has it may have copied the picture."""

    @model_validator(mode="after")
    def _refuse_too_many_own_styles(self) -> Self:
        if len(self.own_styles) > MAX_OWN_STYLES_USED:
            message = f"looks and rules may use at most {MAX_OWN_STYLES_USED} own styles"
            raise PydanticCustomError("too_many_own_styles", message)
        return self

    def looks_for(self, upload: Upload) -> tuple[Look, ...]:
        matching = (rule for rule in self.rules if rule.matches(upload))
        first = next(matching, None)
        return first.applied_to(self.looks) if first else self.looks

    @property
    def all_looks(self) -> tuple[Look, ...]:
        """The default looks and those of every rule."""
        return (*self.looks, *(look for rule in self.rules for look in rule.looks))

    @property
    def own_styles(self) -> list[str]:
        """The own styles that default looks and rules use."""
        return own_styles_in(self.all_looks)

    @property
    def need_metadata(self) -> bool:
        """Whether a rule compares what only the object's metadata tell."""
        return any(rule.tag is not None or rule.category is not None for rule in self.rules)


def _checked_quotas(quotas: dict[str, int]) -> dict[str, int]:
    Quotas.model_validate(quotas)
    return quotas


class TenantSettings(TenantPreferences):
    """One version of a tenant's settings. `quotas` and `is_suspended` are the operator's alone to change;
    which quotas there are is for whoever enforces them to say.

    Version 0 is stored nowhere: it stands for what the parameters of the template say.
    """

    tenant: TenantId
    is_suspended: bool = False
    quotas: Annotated[dict[str, int], AfterValidator(_checked_quotas)] = Field(default={})
    """Caps that differ from the stack's default, by the names of Quotas' fields."""
    version: int = Field(ge=0)
    changed_at: datetime
    changed_by: str = Field(min_length=1, max_length=300)

    @property
    def preferences(self) -> TenantPreferences:
        return TenantPreferences(**{name: getattr(self, name) for name in TenantPreferences.model_fields})

    def quotas_over(self, default: Quotas) -> Quotas:
        """The tenant's caps: its own, and where it has none the default, or those of test tenants."""
        others = default if is_live(self.tenant) else TEST_QUOTAS
        return others.model_copy(update=self.quotas)

    def require_active(self) -> Self:
        """Raises TenantSuspended."""
        if self.is_suspended:
            raise TenantSuspended(f"tenant {self.tenant} is suspended; its operator can resume it")
        return self


class TenantRepository(Protocol):
    def get(self, tenant: str) -> TenantSettings:
        """The newest version. Raises TenantNotFound."""

    def put(self, settings: TenantSettings, expected_version: int) -> None:
        """Store a version and make it the newest, both or neither. `expected_version` 0 creates the tenant.

        Raises:
            SettingsChanged: the newest version is another than `expected_version`.
            InvalidRequest: an own style of its looks is not learned, or deleted.
        """

    def history(self, tenant: str, *, before: int | None, limit: int) -> Sequence[TenantSettings]:
        """At most `limit` versions below version `before`, newest first; none of a tenant without a row."""

    def list(self) -> Iterator[TenantSettings]:
        """The newest versions of all tenants, by id."""
