"""Find styles by words: those of the catalogue, and the tenant's own by their names."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from limner.own_styles import OwnStyle, OwnStyleRepository, OwnStyleStatus
from limner.style_search.ranking import Found, search


@dataclass(frozen=True, kw_only=True)
class SearchStyles:
    styles: OwnStyleRepository
    now: Callable[[], datetime]

    def ready(self, tenant: str) -> Sequence[OwnStyle]:
        """The tenant's own styles that looks can use, oldest first."""
        now = self.now()
        return [style for style in self.styles.list(tenant) if style.status(now) is OwnStyleStatus.READY]

    def __call__(self, tenant: str, query: str, language: str | None) -> tuple[Found, Sequence[OwnStyle]]:
        """What is found among all styles that the tenant's looks can use, and its own ones of them."""
        own = self.ready(tenant)
        return search(query, language, {style.style_id: style.name for style in own}), own
