"""ThumbHash against hashes of the published implementation (npm package thumbhash 0.1.1), and against a
decoder written here."""

from base64 import b64decode
from collections.abc import Iterator
from math import cos, pi

import pytest
from PIL import Image

from photo_files.placeholder import dominant_colour, placeholder_of, thumbhash, thumbhash_of_pixels

PUBLISHED = {
    (32, 6, False): "e0f70d419e72877870887788808118f888",
    (1, 32, False): "540629713e08868978888877f78377bf78",
    (32, 32, True): "21188a2d141d91889089998888909008f98600437688417558",
    (5, 32, True): "244882090212d0a4877c66f3930acf9653778788909ae7",
}


def pseudo_random_bytes(seed: int) -> Iterator[int]:
    while True:
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        yield seed >> 16 & 255


def pixels(width: int, height: int, has_alpha: bool) -> list[tuple[int, int, int, int]]:
    blue = pseudo_random_bytes(width * 100 + height)
    made = []
    for y in range(height):
        for x in range(width):
            in_disc = (x - width / 2) ** 2 + (y - height / 2) ** 2 < (min(width, height) / 2) ** 2
            alpha = 255 if in_disc or not has_alpha else x * 7 % 256
            red, green = x * 255 // max(1, width - 1), y * 255 // max(1, height - 1)
            made.append((red, green, next(blue), alpha))
    return made


@pytest.mark.parametrize(("case", "expected"), PUBLISHED.items())
def test_hashes_are_those_of_the_published_implementation(case, expected):
    """But for values between two digits, which either may be rounded to."""
    width, height, has_alpha = case
    made = thumbhash_of_pixels(width, height, pixels(width, height, has_alpha)).hex()
    assert made[:10] == expected[:10]
    differences = [abs(int(one, 16) - int(other, 16)) for one, other in zip(made, expected, strict=True)]
    assert max(differences) <= 1
    assert sum(differences) <= 3


def decoded_mean(data: bytes) -> tuple[float, float, float]:
    """Mean colour, 0 to 1, from the header alone."""
    bits = int.from_bytes(data[:3], "little")
    light, yellow_blue, red_green = (
        (bits & 63) / 63,
        (bits >> 6 & 63) / 31.5 - 1,
        (bits >> 12 & 63) / 31.5 - 1,
    )
    blue = light - 2 / 3 * yellow_blue
    red = (3 * light - blue + red_green) / 2
    return red, red - red_green, blue


def decoded_light(data: bytes, at_x: float, at_y: float) -> float:
    """Luminance at a place, 0 to 1 across and down, of a hash without alpha."""
    first, second = int.from_bytes(data[:3], "little"), int.from_bytes(data[3:5], "little")
    is_landscape = second >> 15
    across = max(3, 7 if is_landscape else second & 7)
    down = max(3, second & 7 if is_landscape else 7)
    nibbles = (value for byte in data[5:] for value in (byte & 15, byte >> 4))
    light = (first & 63) / 63
    for v in range(down):
        for u in range(across):
            if (u or v) and u * down < across * (down - v):
                share = (next(nibbles) / 7.5 - 1) * (first >> 18 & 31) / 31
                light += 2 * (1 + (u > 0 and v > 0)) * share * cos(pi * u * at_x) * cos(pi * v * at_y)
    return light


def test_the_mean_colour_is_in_the_hash():
    picture = Image.new("RGB", (300, 200), (200, 30, 90))
    assert decoded_mean(thumbhash(picture)) == pytest.approx((200 / 255, 30 / 255, 90 / 255), abs=0.04)


def test_light_and_dark_places_are_in_the_hash():
    picture = Image.new("RGB", (400, 300), "black")
    picture.paste((255, 255, 255), (200, 0, 400, 300))
    data = thumbhash(picture)
    assert decoded_light(data, 0.25, 0.5) == pytest.approx(0, abs=0.2)
    assert decoded_light(data, 0.75, 0.5) == pytest.approx(1, abs=0.2)


def test_a_flat_picture_and_a_clear_one_have_hashes():
    assert len(thumbhash(Image.new("RGB", (64, 64), "teal"))) >= 16
    assert len(thumbhash(Image.new("RGBA", (64, 64), (0, 0, 0, 0)))) <= 26


def test_a_hash_says_the_shape_of_the_picture():
    for size, is_landscape in (((300, 100), 1), ((100, 300), 0)):
        assert thumbhash(Image.new("RGB", size, "teal"))[4] >> 7 == is_landscape


def test_the_dominant_colour_is_the_most_frequent_one():
    picture = Image.new("RGB", (200, 100), (250, 250, 250))
    picture.paste((180, 20, 20), (0, 0, 60, 100))
    assert dominant_colour(picture) == "#fafafa"


def test_transparent_pixels_have_no_say_in_the_dominant_colour():
    picture = Image.new("RGBA", (100, 100), (0, 255, 0, 0))
    picture.paste((10, 20, 200, 255), (40, 40, 60, 60))
    assert dominant_colour(picture) == "#0a14c8"
    assert dominant_colour(Image.new("RGBA", (40, 40), (9, 9, 9, 0))) == "#ffffff"


def test_a_placeholder_is_short_text():
    placeholder = placeholder_of(Image.new("RGB", (1600, 900), (0, 128, 128)))
    assert placeholder.dominant_colour == "#008080"
    assert 16 <= len(b64decode(placeholder.thumbhash)) <= 26
