"""In-memory own styles, which pass the same tests as the AWS adapter (tests/integration/test_own_styles.py)."""

from datetime import datetime

from limner.errors import StaleWrite, StyleNotFound
from limner.own_styles import LearnedStyle, OwnStyle, StyleFailure


class InMemoryOwnStyles:
    def __init__(self, *styles: OwnStyle) -> None:
        self._styles = {(style.tenant, style.style_id): style for style in styles}
        self.settings_versions: dict[str, int] = {}

    def add(self, style: OwnStyle) -> None:
        if (style.tenant, style.style_id) in self._styles:
            raise StaleWrite(style.style_id)
        self._styles[style.tenant, style.style_id] = style

    def get(self, tenant: str, style_id: str) -> OwnStyle:
        style = self._styles.get((tenant, style_id))
        if style is None or style.deleted_at:
            raise StyleNotFound(style_id)
        return style

    def due(self, now: datetime, limit: int) -> list[OwnStyle]:
        open_styles = [
            style
            for style in self._styles.values()
            if style.due_at <= now and not (style.learned or style.failure or style.deleted_at)
        ]
        return sorted(open_styles, key=lambda style: style.due_at)[:limit]

    def list(self, tenant: str) -> list[OwnStyle]:
        styles = [style for style in self._styles.values() if style.tenant == tenant and not style.deleted_at]
        return sorted(styles, key=lambda style: (style.created_at, style.style_id))

    def record_job(self, tenant: str, style_id: str, job_id: str, ends_by: datetime) -> None:
        self._change(tenant, style_id, {"job_id": job_id, "job_ends_by": ends_by})

    def record_end(self, tenant: str, style_id: str, end: LearnedStyle | StyleFailure) -> bool:
        if self.is_deleted(tenant, style_id):
            return False
        style = self.get(tenant, style_id)
        if style.learned or style.failure:
            return False
        self._change(tenant, style_id, {"learned" if isinstance(end, LearnedStyle) else "failure": end})
        return True

    def mark_deleted(self, tenant: str, style_id: str, at: datetime, settings_version: int) -> None:
        if self.get(tenant, style_id) and settings_version != self.settings_versions.get(tenant, 0):
            raise StaleWrite(style_id)
        self._change(tenant, style_id, {"deleted_at": at})

    def is_deleted(self, tenant: str, style_id: str) -> bool:
        style = self._styles.get((tenant, style_id))
        return style is None or style.deleted_at is not None

    def remove(self, tenant: str, style_id: str) -> None:
        if not self.is_deleted(tenant, style_id):
            raise StaleWrite(style_id)
        self._styles.pop((tenant, style_id), None)

    def _change(self, tenant: str, style_id: str, update: dict[str, object]) -> None:
        self._styles[tenant, style_id] = self.get(tenant, style_id).model_copy(update=update)
