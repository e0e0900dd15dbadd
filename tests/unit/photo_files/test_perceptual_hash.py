from io import BytesIO

import pytest
from PIL import Image
from skimage.data import astronaut, chelsea, coffee

from photo_files.perceptual_hash import HASH_BITS, distance, perceptual_hash

PHOTOS = {photo.__name__: Image.fromarray(photo()) for photo in (astronaut, chelsea, coffee)}


@pytest.mark.parametrize("name", PHOTOS)
@pytest.mark.parametrize(
    ("format_", "width", "quality"),
    [("JPEG", 640, 40), ("WEBP", 320, 80), ("AVIF", 200, 50), ("PNG", 1200, None)],
)
def test_a_picture_is_recognised_after_scaling_and_saving(name, format_, width, quality):
    photo = PHOTOS[name]
    smaller, body = photo.resize((width, width * photo.height // photo.width)), BytesIO()
    smaller.save(body, format_, **({"quality": quality} if quality else {}))
    assert distance(perceptual_hash(photo), perceptual_hash(Image.open(body).convert("RGB"))) <= 7


def test_other_pictures_are_far_away():
    hashes = [perceptual_hash(photo) for photo in PHOTOS.values()]
    pairs = [(one, other) for at, one in enumerate(hashes) for other in hashes[:at]]
    assert min(distance(*pair) for pair in pairs) > 15


def test_transparent_pixels_count_as_white():
    photo = PHOTOS["coffee"]
    cut_out = photo.copy()
    cut_out.putalpha(Image.new("L", photo.size, 0))
    white = Image.new("RGB", photo.size, "white")
    assert perceptual_hash(cut_out) == perceptual_hash(white)


@pytest.mark.parametrize("colour", ["black", "white", (180, 40, 60)])
def test_a_flat_picture_has_no_frequencies(colour):
    assert perceptual_hash(Image.new("RGB", (300, 200), colour)) == 0


def test_a_hash_has_64_bits():
    assert all(0 <= perceptual_hash(photo) < 2**HASH_BITS for photo in PHOTOS.values())
    assert distance(0, 2**HASH_BITS - 1) == HASH_BITS
