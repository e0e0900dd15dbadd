"""What a tenant does with its own styles: order, list, read, delete one, and use it in looks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from limner.catalogue import Catalogue
from limner.errors import StyleInUse, StyleNotFound, TooManyStyles
from limner.looks import Look, own_styles_in
from limner.own_styles import (
    MAX_STYLES,
    OwnStyle,
    OwnStyleRepository,
    OwnStyleStatus,
    StyleErasures,
    no_such_style,
)
from limner.photos import Source
from limner.ports import LinkSigner, PhotoRepository, UploadForm
from limner.quotas import Quotas, Standing, UsageRepository
from limner.style_contracts import style_picture_key
from limner.use_cases.known_tenants import FindTenant


@dataclass(frozen=True, kw_only=True)
class OrderStyle:
    styles: OwnStyleRepository
    photos: PhotoRepository
    links: LinkSigner
    usage: UsageRepository
    quotas_of: Callable[[str], Quotas]
    find_tenant: FindTenant
    new_id: Callable[[], str]
    now: Callable[[], datetime]
    max_bytes: int

    def __call__(
        self,
        tenant: str,
        name: str,
        content_types: Sequence[str],
        refinement_steps: int,
        *,
        key_id: str | None = None,
    ) -> tuple[OwnStyle, list[UploadForm], Standing]:
        """A form for each picture, in the order of `content_types`. The style counts as an order; the answer
        says how the tenant stands after it.

        Raises:
            TooManyStyles: one has to be deleted first.
            QuotaExceeded: of the day's orders, or nothing is left of the month's budget.
            TenantSuspended, TenantNotFound: nothing is accepted for this tenant.
        """
        self.find_tenant(tenant).require_active()
        if len(self.styles.list(tenant)) >= MAX_STYLES:
            raise TooManyStyles(f"there are {MAX_STYLES} own styles; delete one first")
        standing = self.usage.count_order(tenant, key_id, self.quotas_of(tenant), self.now())
        style = OwnStyle(
            tenant=tenant,
            style_id=f"own-{self.new_id()[:12]}",
            name=name,
            pictures=len(content_types),
            refinement_steps=refinement_steps,
            created_at=self.now(),
            preview_photo=self._newest_photo(tenant),
        )
        self.styles.add(style)
        return style, self.forms(tenant, style.style_id, content_types), standing

    def forms(self, tenant: str, style_id: str, content_types: Sequence[str]) -> list[UploadForm]:
        """One for each picture; made anew where an answer is repeated."""
        return [
            self.links.upload_form(style_picture_key(tenant, style_id, number), kind, self.max_bytes)
            for number, kind in enumerate(content_types, start=1)
        ]

    def _newest_photo(self, tenant: str) -> Source | None:
        """The preview shows the style on a photo of the shop's own."""
        page = self.photos.page(tenant, limit=1, cursor=None)
        return page.photos[0].source if page.photos else None


@dataclass(frozen=True, kw_only=True)
class DeleteStyle:
    styles: OwnStyleRepository
    erasures: StyleErasures
    find_tenant: FindTenant
    """Must read the newest version of the settings."""
    now: Callable[[], datetime]

    def __call__(self, tenant: str, style_id: str) -> None:
        """Pictures that were painted in it stay. Its own files are erased by the eraser, which is asked
        first and waits until the style is marked: after an interruption it can be deleted again.

        Raises:
            StyleNotFound: the tenant has no such style.
            StyleInUse: it is being learned, and what that writes would stay; or the tenant's default looks or
                rules use it: the next upload would fail.
            StaleWrite: the settings were changed meanwhile.
        """
        style = self.styles.get(tenant, style_id)
        if style.may_be_written(self.now()):
            raise StyleInUse("the style is being learned; delete it when that has ended")
        settings = self.find_tenant(tenant)
        if style_id in settings.own_styles:
            raise StyleInUse("default looks or rules of the settings use the style; change them first")
        self.erasures.erase_style(tenant, style_id)
        self.styles.mark_deleted(tenant, style_id, self.now(), settings.version)


@dataclass(frozen=True, kw_only=True)
class RequireStyles:
    """Every style of some looks exists: in the catalogue, or as a learned one of the tenant's own."""

    catalogue: Catalogue
    styles: OwnStyleRepository
    now: Callable[[], datetime]

    def __call__(self, tenant: str, looks: tuple[Look, ...]) -> None:
        """Raises InvalidRequest."""
        missing = set(self.catalogue.missing(looks)) - set(own_styles_in(looks))
        missing |= {style_id for style_id in own_styles_in(looks) if not self._is_ready(tenant, style_id)}
        if missing:
            raise no_such_style(missing)

    def _is_ready(self, tenant: str, style_id: str) -> bool:
        try:
            return self.styles.get(tenant, style_id).status(self.now()) is OwnStyleStatus.READY
        except StyleNotFound:
            return False
