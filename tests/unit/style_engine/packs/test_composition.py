"""Photos on a marketplace's canvas: size, place, exact white, shadows kept, product unchanged."""

from dataclasses import dataclass

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from benchmarks.quality.drawn_packs import PRODUCTS, WAYS
from style_engine.errors import ProductNotFound
from style_engine.packs.composition import compose
from style_engine.packs.measures import measure_picture
from style_engine.packs.white_background import Background

PHOTO_PX = 900


@dataclass(frozen=True)
class Canvas:
    white: bool = True
    long_side_px: int = 500
    aspect: float = 1.0
    fill: float = 0.88


@pytest.fixture(scope="module")
def finder(stylizer):
    return stylizer.loaded.finder


def photo(product="mug", page=(244, 243, 241), at=(150, 200), scale=0.6, shadow=False):
    image = Image.new("RGB", (PHOTO_PX, PHOTO_PX), page)
    layer = PRODUCTS[product]()
    layer = layer.resize((round(layer.width * scale), round(layer.height * scale)))
    if shadow:
        dark = Image.new("L", image.size)
        bottom = at[1] + layer.height
        ImageDraw.Draw(dark).ellipse((at[0], bottom - 20, at[0] + layer.width, bottom + 20), fill=140)
        image.paste((30, 30, 30), (0, 0), dark.filter(ImageFilter.GaussianBlur(10)))
    image.paste(layer, at, layer)
    return image


@pytest.mark.parametrize("page", [(255, 255, 255), (244, 243, 241), (214, 228, 246), (60, 60, 66)])
def test_the_product_is_centred_at_the_canvas_fill_on_exact_white(finder, page):
    made = compose(photo(page=page), finder, Canvas())
    measured = measure_picture(made, finder)
    assert made.size == (500, 500)
    assert measured.background is Background.WHITE
    assert measured.fill == pytest.approx(0.88, abs=0.02)
    rows, columns = np.nonzero((np.asarray(made) < 200).any(-1))
    assert (columns.min() + columns.max()) / 2 == pytest.approx(250, abs=6)
    assert (rows.min() + rows.max()) / 2 == pytest.approx(250, abs=6)


def test_a_soft_shadow_is_kept_and_fades_before_the_border(finder):
    with_shadow, without = (
        np.asarray(compose(photo(shadow=shadow), finder, Canvas()), int) for shadow in (True, False)
    )
    below = slice(472, 490)
    assert with_shadow[below].mean() < without[below].mean() - 4
    assert (with_shadow[[0, -1]] == 255).all()
    assert (with_shadow[:, [0, -1]] == 255).all()


def test_the_products_own_pixels_are_unchanged(finder):
    source = photo(at=(235, 250), scale=0.5)
    made = compose(source, finder, Canvas(long_side_px=2000))
    scaled = np.asarray(made, int)
    middle = scaled[
        scaled.shape[0] // 2 - 60 : scaled.shape[0] // 2 + 60,
        scaled.shape[1] // 2 - 60 : scaled.shape[1] // 2 + 60,
    ]
    left, top = (235 + 175 - 60, 250 + 215 - 60)
    original = np.asarray(source, int)
    differences = [
        np.abs(original[top + dy : top + dy + 120, left + dx : left + dx + 120] - middle).mean()
        for dy in range(-4, 5)
        for dx in range(-4, 5)
    ]
    assert min(differences) < 0.5


def test_a_photo_is_never_enlarged(finder):
    made = compose(photo(scale=0.3), finder, Canvas(long_side_px=2000))
    assert made.width == made.height
    assert made.width == pytest.approx(0.3 * 860 / 0.88, abs=6)


def test_a_cut_out_keeps_its_own_outline(finder):
    page = Image.new("RGBA", (PHOTO_PX, PHOTO_PX))
    layer = PRODUCTS["ring"]().resize((500, 500))
    page.paste(layer, (100, 150))
    made = compose(page, finder, Canvas())
    assert made.mode == "RGB"
    assert made.getpixel((250, 250)) == (255, 255, 255)
    assert measure_picture(made, finder).fill == pytest.approx(0.88, abs=0.02)


def test_a_product_that_the_photo_cuts_off_stays_at_that_edge(finder):
    made = np.asarray(compose(photo(at=(150, PHOTO_PX - 380)), finder, Canvas()), int)
    assert (made[-1] < 200).any()
    assert (made[0] == 255).all()


@pytest.mark.parametrize(("aspect", "size"), [(0.75, (375, 500)), (2.0, (500, 250))])
def test_canvases_of_other_shapes(finder, aspect, size):
    assert compose(photo(), finder, Canvas(aspect=aspect)).size == size


def test_a_frame_is_removed(finder):
    framed = Image.new("RGB", (PHOTO_PX + 80, PHOTO_PX + 80), (20, 60, 140))
    framed.paste(photo(), (40, 40))
    measured = measure_picture(framed, finder)
    assert measured.has_border
    assert not measure_picture(compose(framed, finder, Canvas()), finder).has_border


def test_a_canvas_that_keeps_the_background_only_reduces_the_photo(finder):
    made = compose(photo(), finder, Canvas(white=False, aspect=0.0))
    assert made.size == (500, 500)
    assert made.getpixel((2, 2)) == (244, 243, 241)


def test_a_photo_without_a_product_is_refused(finder, scene):
    with pytest.raises(ProductNotFound, match="certainty"):
        compose(scene, finder, Canvas())


def test_the_backdrop_seen_through_a_ring_is_white_too(finder):
    page = Image.new("RGB", (PHOTO_PX, PHOTO_PX), (214, 228, 246))
    layer = PRODUCTS["ring"]().resize((600, 600))
    page.paste(layer, (150, 150), layer)
    made = compose(page, finder, Canvas())
    middle = np.asarray(made.crop((200, 200, 300, 300)))
    assert (middle == 255).all()


def test_a_mask_that_is_a_guess_is_refused(finder):
    picture = WAYS["on wood"](PRODUCTS["glass bottle"](), np.random.default_rng(0)).image
    with pytest.raises(ProductNotFound):
        compose(picture, finder, Canvas())


def test_a_badge_beside_the_product_is_removed(finder):
    picture = WAYS["with a badge"](PRODUCTS["pencil"](), np.random.default_rng(1)).image
    assert measure_picture(picture, finder).overlay_share > 0
    assert measure_picture(compose(picture, finder, Canvas()), finder).overlay_share == 0
