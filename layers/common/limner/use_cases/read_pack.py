"""A pack with some of its photos: what has come of each, as its job's report says."""

from collections.abc import Sequence
from dataclasses import dataclass

from limner.packs.contracts import PackReport
from limner.packs.pack import Pack, PackedPhoto, PackOutcome, PackProblem, PackRepository
from limner.packs.pages import PackPage, PhotoInPack
from limner.ports import ObjectStore, PhotosByKey
from limner.tenancy import PhotoKey
from limner.use_cases.assemble_archive import find_reports


@dataclass(frozen=True, kw_only=True)
class ReadPack:
    packs: PackRepository
    photos: PhotosByKey
    objects: ObjectStore
    results_bucket: str

    def __call__(self, tenant: str, pack_id: str, *, first: int, limit: int) -> PackPage:
        """From the photo numbered `first` on. Raises PackNotFound."""
        pack = self.packs.get(tenant, pack_id)
        ids = pack.photo_ids[first : first + limit]
        end = first + len(ids)
        return PackPage(pack, tuple(self._found(pack, ids)), end if end < len(pack.photo_ids) else None)

    def _found(self, pack: Pack, ids: Sequence[str]) -> list[PhotoInPack]:
        if not ids:
            return []
        rows = self.packs.photos(pack.key, ids)
        keys = [PhotoKey(pack.tenant, photo_id) for photo_id in ids]
        photos = {photo.photo_id: photo for photo in self.photos.those_of(keys, whole=False)}
        packed = [rows.get(photo_id, PackedPhoto(photo_id=photo_id)) for photo_id in ids]
        reports = find_reports(self.objects, self.results_bucket, packed)
        return [
            PhotoInPack(_as_found(each, report), photos.get(each.photo_id), report)
            for each, report in zip(packed, reports, strict=True)
        ]


def _as_found(packed: PackedPhoto, report: PackReport | None) -> PackedPhoto:
    """Files of a photo that was erased are gone, and its report with them."""
    if packed.outcome is not PackOutcome.MADE or report is not None:
        return packed
    return packed.model_copy(update={"outcome": PackOutcome.GONE, "code": PackProblem.GONE})
