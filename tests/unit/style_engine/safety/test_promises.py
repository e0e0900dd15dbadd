"""What a protection promises holds on every part of the product, from the seller's upload to the picture."""

import numpy as np
import pytest
from PIL import Image, ImageDraw
from skimage import color

from style_engine import Look, Protection, StyledPicture, Stylizer

MAX_DELTA_E = {Protection.SOFT: 7.0, Protection.STRICT: 2.0}
SHADES = ((146, 29, 44), (164, 35, 53), (184, 47, 65), (200, 70, 80), (223, 118, 112), (172, 60, 90))
STYLES = ("cartoon", "cyanotype", "pop-art", "oil")


def lipsticks(sizes: tuple[int, ...]) -> Image.Image:
    """Black cases on white, each with the tip of another shade, of the given widths, px."""
    page = Image.new("RGB", (640, 480), (252, 252, 252))
    draw = ImageDraw.Draw(page)
    for number, (shade, size) in enumerate(zip(SHADES, sizes, strict=True)):
        left, top = 50 + 200 * (number % 3), 90 + 210 * (number // 3)
        draw.rectangle((left, top, left + 60, top + 100), fill=(30, 29, 31))
        draw.polygon([(left + 5, top), (left + 5, top - size), (left + 5 + size, top - size), (left + 5 + size, top)],
                     fill=shade)  # fmt: skip
    return page


def delta_e_map(upload: Image.Image, picture: Image.Image) -> np.ndarray:
    first, second = (color.rgb2lab(np.asarray(image.convert("RGB")) / 255.0) for image in (upload, picture))
    return np.asarray(color.deltaE_ciede2000(first, second))


def stylized(
    stylizer: Stylizer, photo: Image.Image, style: str, mode: Protection, **look: bool
) -> StyledPicture:
    return stylizer.stylize_all(photo, [Look({style: 1.0}, 1.0, mode, **look)])[0]


@pytest.mark.parametrize("mode", MAX_DELTA_E)
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("sizes", [(24,) * 6, (18, 50, 30, 40, 22, 34)], ids=["alike", "different"])
def test_each_shade_keeps_its_colour(stylizer, style, mode, sizes):
    photo = lipsticks(sizes)
    styled = stylized(stylizer, photo, style, mode)
    moved = delta_e_map(photo, styled.image)
    for shade in SHADES:
        inside = (np.asarray(photo) == shade).all(-1)
        assert np.median(moved[inside]) <= MAX_DELTA_E[mode], shade
    assert "delta_e" not in styled.verdict.refused_by


@pytest.mark.parametrize("mode", MAX_DELTA_E)
def test_dark_fabric_that_fills_the_frame_stays_with_enhancement_too(stylizer, mode):
    y, x = np.mgrid[0:300, 0:380]
    weave = 8 * np.sin(x / 3) * np.sin(y / 3)
    cloth = np.clip(np.array([33, 58, 142]) + weave[..., None], 0, 255).astype(np.uint8)
    photo = Image.fromarray(cloth)
    styled = stylized(stylizer, photo, "watercolour", mode, enhance=True)
    assert np.median(delta_e_map(photo, styled.image)) <= MAX_DELTA_E[mode]
    assert styled.metrics["delta_e"] <= MAX_DELTA_E[mode]


@pytest.mark.parametrize("mode", MAX_DELTA_E)
def test_a_semi_transparent_watermark_does_not_move_the_product(stylizer, product, mode):
    photo = product.resize((512, 512), Image.Resampling.LANCZOS)
    text = Image.new("L", photo.size)
    for y in range(40, 512, 120):
        ImageDraw.Draw(text).text((30, y), "SAMPLE SHOP SAMPLE SHOP", fill=90, font_size=34)
    marked = Image.composite(Image.new("RGB", photo.size, (128, 128, 128)), photo, text)
    moved = delta_e_map(marked, stylized(stylizer, marked, "cartoon", mode).image)
    for part in ((196, 44, 40), (40, 70, 160)):
        inside = (np.asarray(marked) == part).all(-1)
        assert np.median(moved[inside]) <= MAX_DELTA_E[mode], part


def test_protected_pictures_are_deterministic(stylizer):
    photo = lipsticks((24,) * 6)
    first, second = (stylized(stylizer, photo, "cartoon", Protection.SOFT, enhance=True) for _ in range(2))
    assert first.image.tobytes() == second.image.tobytes()
    assert first.verdict == second.verdict


def test_strength_zero_is_the_upload(stylizer):
    photo = lipsticks((24,) * 6)
    for mode in Protection:
        look = Look({"cartoon": 1.0}, 0.0, mode)
        assert stylizer.stylize_all(photo, [look])[0].image.tobytes() == photo.tobytes()
