"""Enhancement corrects poor photos, hardly changes good ones, and stays within its limits."""

import io

import numpy as np
import pytest
from PIL import Image

from style_engine.enhance.enhance import enhance
from style_engine.enhance.white_balance import BALANCE_MAX_GAIN
from style_engine.errors import UnsupportedPicture


def pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("RGB")).astype(float)


def scaled(image: Image.Image, *gains: float) -> Image.Image:
    return Image.fromarray(np.clip(np.rint(pixels(image) * gains), 0, 255).astype(np.uint8))


def rms_difference(a: Image.Image, b: Image.Image) -> float:
    """In levels, 0..255."""
    return float(np.sqrt(((pixels(a) - pixels(b)) ** 2).mean()))


def step_amounts(image: Image.Image) -> dict[str, float]:
    return {step.name: step.amount for step in enhance(image)[1]}


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    from skimage import data

    return Image.fromarray(data.coffee())


def test_good_product_photo_is_hardly_changed(product):
    result, _ = enhance(product)
    assert rms_difference(product, result) < 1.5
    assert result.getpixel((0, 0)) == (255, 255, 255)


def test_good_photo_is_hardly_changed(photo):
    assert rms_difference(photo, enhance(photo)[0]) < 4


def test_without_steps_the_pixels_are_unchanged():
    flat = Image.new("RGB", (64, 64), (120, 120, 120))
    result, steps = enhance(flat)
    assert steps == ()
    assert result.tobytes() == flat.tobytes()


def test_underexposed_white_background_becomes_clean_white(product):
    dark = scaled(product, 0.85, 0.85, 0.85)
    result, steps = enhance(dark)
    assert 245 <= min(result.getpixel((3, 3))) <= max(result.getpixel((3, 3))) <= 255
    assert "exposure" in {step.name for step in steps}
    assert rms_difference(result, product) < 0.4 * rms_difference(dark, product)


@pytest.mark.parametrize("tint", [(0.97, 0.94, 0.88), (1, 0.95, 0.84)])
def test_tinted_white_background_becomes_neutral_and_the_product_is_corrected_too(product, tint):
    tinted = scaled(product, *tint)
    result, _ = enhance(tinted)
    corner = result.getpixel((3, 3))
    assert max(corner) - min(corner) <= 4
    assert min(corner) >= 245
    assert rms_difference(result, product) < 0.5 * rms_difference(tinted, product)


def test_product_keeps_its_contrast(product):
    result, _ = enhance(scaled(product, 0.8, 0.8, 0.8))
    assert pixels(result).std() > 0.9 * pixels(product).std()


def test_coloured_background_keeps_its_colour():
    image = Image.new("RGB", (128, 128), (250, 214, 222))
    image.paste((90, 60, 40), (40, 40, 90, 100))
    background = enhance(image)[0].getpixel((2, 2))
    assert background[0] - background[1] > 25


@pytest.fixture(scope="module")
def crate() -> Image.Image:
    """A crate with planks of many colours and greys, on white."""
    image = Image.new("RGB", (256, 256), "white")
    planks = np.random.default_rng(4).integers(20, 200, (16, 16, 3), np.uint8)
    planks[::2] = planks[::2, :, :1]
    image.paste(Image.fromarray(planks).resize((160, 160), Image.Resampling.NEAREST), (48, 48))
    return image


@pytest.mark.parametrize("background", [(250, 222, 226), (214, 228, 246), (250, 240, 216), (222, 240, 222)])
def test_tinted_background_keeps_its_colour_if_the_product_lacks_that_tint(crate, background):
    pale = Image.fromarray(
        np.where(pixels(crate).min(2, keepdims=True) == 255, background, pixels(crate)).astype(np.uint8)
    )
    assert np.abs(np.array(enhance(pale)[0].getpixel((3, 3))) - background).max() <= 3


@pytest.mark.parametrize(
    "tint", [(0.98, 0.87, 0.89), (0.84, 0.89, 0.96), (0.98, 0.94, 0.85), (0.87, 0.94, 0.87)]
)
def test_tinted_background_becomes_white_if_the_product_has_that_tint(crate, tint):
    result = enhance(scaled(crate, *tint))[0]
    assert min(result.getpixel((3, 3))) >= 245
    assert rms_difference(result, crate) < 0.5 * rms_difference(scaled(crate, *tint), crate)


def test_grey_background_stays_grey_if_the_product_is_lighter(crate):
    grey = Image.new("RGB", (256, 256), (205, 205, 205))
    grey.paste(crate.crop((48, 48, 208, 208)), (48, 48))
    grey.paste((250, 250, 250), (100, 100, 150, 150))
    assert enhance(grey)[0].getpixel((3, 3)) == (205, 205, 205)


def test_dark_photo_is_brightened(photo):
    dark = scaled(photo, 0.7, 0.7, 0.7)
    assert step_amounts(dark)["exposure"] > 0.5
    assert rms_difference(enhance(dark)[0], photo) < 0.5 * rms_difference(dark, photo)


def test_noise_is_measured_and_reduced(photo):
    noise = np.random.default_rng(3).normal(0, 10, (*reversed(photo.size), 3))
    noisy = Image.fromarray(np.clip(pixels(photo) + noise, 0, 255).astype(np.uint8))
    assert step_amounts(noisy)["denoise"] == pytest.approx(6, abs=2)
    assert rms_difference(enhance(noisy)[0], photo) < 0.75 * rms_difference(noisy, photo)
    assert "denoise" not in step_amounts(photo)


def test_jpeg_blocks_are_detected_and_smoothed(photo):
    buffer = io.BytesIO()
    photo.save(buffer, "JPEG", quality=25)
    blocky = Image.open(buffer)
    blocky.load()
    blocky = blocky.convert("RGB")
    assert "deblock" in step_amounts(blocky)
    assert rms_difference(enhance(blocky)[0], photo) < rms_difference(blocky, photo)
    assert "deblock" not in step_amounts(photo)


@pytest.mark.parametrize("gains", [(1, 1, 0.3), (0.2, 1, 1), (1, 0.6, 1)])
def test_white_balance_stays_within_its_limit(photo, gains):
    assert step_amounts(scaled(photo, *gains)).get("white-balance", 0) <= BALANCE_MAX_GAIN + 1e-6


@pytest.mark.parametrize(
    "size", [(1, 1), (1, 300), (300, 1), (15, 15), (16, 16), (17, 900), (900, 17), (33, 47)]
)
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_any_size_and_mode_is_kept(size, mode):
    noise = np.random.default_rng(1).integers(0, 140, (size[1], size[0], len(mode)), np.uint8)
    image = Image.fromarray(noise, mode)
    result, _ = enhance(image)
    assert (result.size, result.mode) == (size, mode)


def test_light_of_a_cutout_is_left_as_nothing_shows_it(photo):
    cutout = scaled(photo, 0.6, 0.6, 0.6).resize((200, 200))
    cutout.putalpha(Image.linear_gradient("L").resize((200, 200)).point(lambda value: 255 * (value > 100)))
    result, steps = enhance(cutout)
    assert steps == ()
    assert result.tobytes() == cutout.tobytes()


def test_opaque_alpha_is_no_cutout(photo):
    dark = scaled(photo, 0.7, 0.7, 0.7)
    opaque = dark.copy()
    opaque.putalpha(255)
    assert enhance(opaque)[1] == enhance(dark)[1] != ()


def test_enhancement_is_deterministic(scene):
    assert enhance(scene)[0].tobytes() == enhance(scene)[0].tobytes()
    assert enhance(scene)[1] == enhance(scene)[1]


def test_every_step_has_an_amount_and_a_note(photo):
    for step in enhance(scaled(photo, 0.6, 0.65, 0.7))[1]:
        assert step.amount != 0
        assert any(character.isdigit() for character in step.note)


def test_other_modes_are_refused():
    with pytest.raises(UnsupportedPicture, match="mode 'L'"):
        enhance(Image.new("L", (50, 50)))
