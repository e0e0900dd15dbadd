"""The stages of an engine that a test fakes with one method, `stylize_all`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PIL.Image import Image


@dataclass
class Prepared:
    image: Image


@dataclass
class Painted:
    picture: Any

    @property
    def look(self) -> Any:
        return self.picture.look

    def finish(self, *, explained: bool) -> "Painted":
        return self

    def compose(self) -> Any:
        return self.picture


class StagedEngine:
    """Paints in the second stage, one look in each call of `stylize_all`."""

    def prepare(self, image: Image, looks: Sequence[Any]) -> Prepared:
        return Prepared(image)

    def paint_together(self, requests: Sequence[tuple[Prepared, Any]]) -> list[Painted]:
        return [Painted(self.stylize_all(photo.image, [look])[0]) for photo, look in requests]

    def stylize_all(self, image: Image, looks: Sequence[Any]) -> list[Any]:
        raise NotImplementedError
