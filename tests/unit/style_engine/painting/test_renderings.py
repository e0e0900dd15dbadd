"""Pictures at the photo's own size equal those that are composited by definition, in floats."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from benchmarks.speed.float_compositing import composited_in_floats
from style_engine import Look, Protection, Stylizer
from style_engine.imaging.compositing import FullSizePhoto
from tests.golden.pictures import GOLDENS, still_life

SIZES_PX = [(1500, 1140), (200, 152), (90, 68)]
"""Enlarged from working size, and reduced from it."""
LOOKS = [
    *(replace(golden.look, protection=Protection.SOFT, enhance=True) for golden in GOLDENS),
    Look({"linocut": 1.0}, 1.0),
    Look({"watercolour": 1.0}, 0.7, Protection.BACKGROUND_ONLY),
]


def difference(one: Image.Image, other: Image.Image) -> int:
    return int(np.abs(np.asarray(one, int) - np.asarray(other, int)).max())


@pytest.mark.parametrize("size", SIZES_PX, ids=str)
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_every_pixel_is_within_one_level_of_compositing_in_floats(
    stylizer: Stylizer, size: tuple[int, int], mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = still_life().resize(size, Image.Resampling.BICUBIC).convert(mode)
    if mode == "RGBA":
        photo.putalpha(Image.linear_gradient("L").resize(size).point(lambda value: max(1, value)))
    prepared = stylizer.prepare(photo, LOOKS)
    painted = [toned.finish() for toned in stylizer.paint_together([(prepared, look) for look in LOOKS])]
    assert all(each.verdict.strength > 0 for each in painted)
    pictures = [each.compose().image for each in painted]
    monkeypatch.setattr(FullSizePhoto, "composited", composited_in_floats)
    for picture, each in zip(pictures, painted, strict=True):
        assert difference(picture, each.compose().image) <= 1, each.look
        assert difference(picture, photo) > 1, each.look


def test_a_white_background_is_restored_in_each_of_a_photos_looks(stylizer: Stylizer) -> None:
    product = Image.new("RGB", (1200, 900), "white")
    product.paste(still_life().resize((400, 304)), (400, 300))
    looks = [Look({"oil": 1.0}), Look({"watercolour": 1.0}, 0.6)]
    for styled in stylizer.stylize_all(product, looks):
        pixels = np.asarray(styled.image)
        assert (pixels[:200] == 255).all(), styled.look
        assert difference(styled.image, product) > 1
