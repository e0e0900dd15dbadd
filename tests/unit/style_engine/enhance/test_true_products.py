"""Enhancement leaves dark, coloured, flat and textured products as they are, and still corrects captures."""

import io

import numpy as np
import pytest
from PIL import Image
from skimage import data

from benchmarks.quality.drawn_products import drawn_products
from benchmarks.quality.unchanged_set import fine_contrast, median_delta_e
from style_engine.enhance.enhance import enhance
from style_engine.enhance.limits import EvidenceLimits

PRODUCTS = list(drawn_products())
WEAVES = ("denim", "canvas", "corduroy", "checked weave", "knit")


def images(*kinds: str) -> list[Image.Image]:
    found = [product.image for product in PRODUCTS if product.kind in kinds]
    assert found
    return found


def as_jpeg(image: Image.Image, quality: int) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


def with_noise(image: Image.Image, std: float) -> Image.Image:
    values = np.asarray(image.convert("RGB"), dtype=float)
    noise = np.random.default_rng(5).normal(0, std, values.shape)
    return Image.fromarray(np.clip(np.rint(values + noise), 0, 255).astype(np.uint8))


def step_names(image: Image.Image) -> set[str]:
    return {step.name for step in enhance(image)[1]}


@pytest.mark.parametrize("kind", sorted({product.kind for product in PRODUCTS if not product.is_texture}))
def test_correctly_exposed_product_is_left(kind):
    for image in images(kind):
        assert median_delta_e(image, enhance(image)[0]) <= 1


@pytest.mark.parametrize("kind", sorted({product.kind for product in PRODUCTS if product.is_texture}))
@pytest.mark.parametrize("quality", [None, 90])
def test_texture_keeps_colour_and_fine_contrast(kind, quality):
    for drawn in images(kind):
        image = as_jpeg(drawn, quality) if quality else drawn
        result, _ = enhance(image)
        assert median_delta_e(image, result) <= 1
        assert fine_contrast(result) >= 0.9 * fine_contrast(image)


@pytest.mark.parametrize("background", [(250, 222, 226), (214, 228, 246), (250, 240, 216), (60, 60, 66)])
def test_coloured_background_stays_if_the_product_gives_no_evidence(background):
    image = Image.new("RGB", (160, 160), background)
    image.paste((168, 40, 44), (50, 50, 110, 110))
    assert enhance(image)[1] == ()


def test_edges_of_one_level_are_no_evidence_for_white_balance():
    tiles = np.random.default_rng(2).integers(0, 2, (32, 32, 1)) + np.array((120, 150, 90))
    image = Image.fromarray(tiles.astype(np.uint8)).resize((320, 320), Image.Resampling.NEAREST)
    assert enhance(image)[1] == ()


@pytest.mark.parametrize("level", [200, 225, 240])
def test_border_drawn_around_a_picture_is_no_white_paper(level):
    image = Image.new("RGB", (240, 240), (level, level, level))
    image.paste(Image.fromarray(data.coffee()).resize((180, 180)).point(lambda value: value * 0.7), (30, 30))
    assert not step_names(image) & {"exposure", "white-balance"}


def test_paper_that_is_clean_white_where_light_falls_is_left(product):
    shade = np.linspace(1, 0.88, product.height)[:, None, None]
    image = Image.fromarray(np.rint(np.asarray(product) * shade).astype(np.uint8))
    assert not step_names(image) & {"exposure", "white-balance"}


@pytest.mark.parametrize("share", [0.3, 0.5])
def test_detail_of_a_correct_photo_has_the_colour_of_the_whole(product, share):
    width, height = product.size
    middle = [round(side * (1 - share) / 2) for side in (width, height)]
    box = (*middle, width - middle[0], height - middle[1])
    detail = product.crop(box)
    assert median_delta_e(enhance(product)[0].crop(box), enhance(detail)[0]) <= 1


def test_cutout_is_left():
    cutout = Image.fromarray(data.chelsea()).convert("RGBA")
    mask = Image.new("L", cutout.size)
    mask.paste(255, (100, 60, 350, 250))
    cutout.putalpha(mask)
    assert enhance(cutout)[0].tobytes() == cutout.tobytes()


@pytest.mark.parametrize("kind", WEAVES)
def test_pitch_of_a_weave_is_no_jpeg_grid(kind):
    for image in images(kind):
        assert "deblock" not in step_names(image)


@pytest.mark.parametrize("std", [6, 10, 14])
def test_noise_of_a_photo_is_reduced(std):
    photo = Image.fromarray(data.coffee())
    noisy = with_noise(photo, std)
    result, steps = enhance(noisy)
    assert "denoise" in {step.name for step in steps}
    errors = [
        np.square(np.asarray(image, dtype=float) - np.asarray(photo)).mean() for image in (noisy, result)
    ]
    assert errors[1] < 0.6 * errors[0]


def test_dim_scene_is_brightened_only_as_far_as_the_limit_allows():
    dim = Image.fromarray(data.coffee()).point(lambda value: value * 0.7)
    assert "exposure" in step_names(dim)
    steps = enhance(dim, EvidenceLimits(scene=100.0, colour_noise=100.0))[1]
    assert not {step.name for step in steps} & {"exposure", "white-balance", "denoise"}
