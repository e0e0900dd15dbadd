"""Erase the pictures and files of a style that was deleted, and what is left of the style."""

from dataclasses import dataclass

from limner.errors import Unavailable
from limner.own_styles import OwnStyleRepository
from limner.ports import VersionedObjectStore
from limner.style_contracts import StyleErasure, learned_prefix, style_pictures_prefix
from limner.use_cases.outcomes import Outcome


@dataclass(frozen=True, kw_only=True)
class EraseStyle:
    styles: OwnStyleRepository
    objects: VersionedObjectStore
    uploads_bucket: str
    results_bucket: str

    def __call__(self, request: StyleErasure) -> Outcome:
        """Raises Unavailable when the style is not marked as deleted yet, or some files could not be
        deleted; the message is retried."""
        style = request.tenant, request.style_id
        if not self.styles.is_deleted(*style):
            raise Unavailable(f"style {request.style_id} is not marked as deleted yet")
        pictures = self.uploads_bucket, style_pictures_prefix(*style)
        learned = self.results_bucket, learned_prefix(*style)
        for bucket, prefix in (pictures, learned):
            self.objects.delete_versions(bucket, self.objects.versions(bucket, prefix))
        self.styles.remove(*style)
        return Outcome.STYLE_ERASED
