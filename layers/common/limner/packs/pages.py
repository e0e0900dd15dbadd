"""A pack as it is read: with some of its photos."""

from dataclasses import dataclass

from limner.packs.contracts import PackReport
from limner.packs.pack import Pack, PackedPhoto
from limner.photos import Photo


@dataclass(frozen=True)
class PhotoInPack:
    """`photo` is None where it was erased; `report` unless its job has made something."""

    packed: PackedPhoto
    photo: Photo | None
    report: PackReport | None


@dataclass(frozen=True)
class PackPage:
    """`next` is the number of the first photo of the next page; None at the end."""

    pack: Pack
    photos: tuple[PhotoInPack, ...]
    next: int | None
