"""Checks of single files: what the intake, the enhancement, the gates and the encoders make of them.

Colours are compared by scikit-image's CIEDE2000, which the engine does not use.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage.color import rgb2lab

from photo_files import intake
from photo_files.errors import FileRefused
from photo_files.intake import Limits
from photo_files.metadata.provenance import Provenance
from photo_files.metadata.provenance_reader import read_provenance
from photo_files.variants import Encoded, encode_rendition, encode_variants
from style_engine import Look, Protection, Stylizer
from style_engine.commands.options import MODEL
from style_engine.enhance.enhance import enhance
from style_engine.imaging import tensors

from ...shared.colour import delta_e2000
from ..unchanged_set import fine_contrast, median_delta_e

Rgb = tuple[int, int, int]
Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]

CORNER_SHARE: Final = 0.04  # position of the background pixel, as a share of both sides
HEADER_MAX_CPU_SECONDS: Final = 0.2
SOFT_MAX_DELTA_E, STRICT_MAX_DELTA_E = 7.0, 2.0
SHADE_MIN_CHROMA: Final = 25.0  # Lab chroma from which a colour counts as a shade
SHADE_MIN_PIXELS: Final = 100
RED_STROKE: Final = (200, 60)  # least red and greatest blue of a pixel inside a red stroke


@dataclass(frozen=True)
class Outcome:
    """Whether a file's values are right, and the values that were found."""

    right: bool
    found: str


Check = Callable[[Path], Outcome]


def has_colours(centre: Rgb, background: Rgb | None = None, max_delta_e: float = 2.0) -> Check:
    """The opened photo's centre, and its corner, are within a ΔE2000 of the given colours."""

    def check(path: Path) -> Outcome:
        try:
            pixels = _pixels(intake.open_photo(path.read_bytes(), Limits()))
        except FileRefused as error:
            return Outcome(False, f"refused: {error.code}")
        return _compare_colours(pixels, centre, background, max_delta_e)

    return check


def command_line_has_colour(centre: Rgb, max_delta_e: float = 1.0) -> Check:
    """`style_engine stylize --strength 0` writes a picture with this colour at its centre."""

    def check(path: Path) -> Outcome:
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "style_engine", "stylize", str(path)]
            subprocess.run([*command, "--strength", "0", "--out", folder], check=True, capture_output=True)
            with Image.open(next(Path(folder).iterdir())) as written:
                return _compare_colours(_pixels(written), centre, None, max_delta_e)

    return check


def keeps_fine_contrast(min_share: float) -> Check:
    """Enhancement keeps this share of the fine contrast."""

    def check(path: Path) -> Outcome:
        photo = _opened(path)
        before, after = (fine_contrast(image) for image in (photo, enhance(photo)[0]))
        return Outcome(after >= min_share * before, f"{before:.1f} → {after:.1f} levels")

    return check


def is_not_enhanced(max_median_delta_e: float) -> Check:
    """Enhancement moves the median pixel at most by this ΔE2000."""

    def check(path: Path) -> Outcome:
        photo = _opened(path)
        enhanced, steps = enhance(photo)
        median = median_delta_e(photo, enhanced)
        return Outcome(median <= max_median_delta_e, f"ΔE {median:.2f}; {len(steps)} steps")

    return check


def is_left_as_it_is(path: Path) -> Outcome:
    """Enhancement changes no pixel."""
    photo = _opened(path)
    enhanced, steps = enhance(photo)
    equal = np.array_equal(_pixels(photo), _pixels(enhanced))
    return Outcome(equal, f"{'equal' if equal else 'other'} pixels; {len(steps)} steps")


def keeps_product_colour(product: Rgb, style: str) -> Check:
    """The pixels of this colour move at most by ΔE2000 7 in soft and 2 in strict, in the median."""
    return _limits_movement(lambda pixels: [np.all(pixels == product, axis=-1)], style)


def keeps_whole_photo(style: str) -> Check:
    """As `keeps_product_colour`, over the whole photo."""
    return _limits_movement(lambda pixels: [np.ones(pixels.shape[:2], bool)], style)


def keeps_each_shade(style: str) -> Check:
    """As `keeps_product_colour`, for each colourful colour of the photo by itself."""
    return _limits_movement(lambda pixels: [*_shades(pixels)], style)


def equals_completed_jpeg(path: Path) -> Outcome:
    """The file is accepted with the pixels that it has once its end marker is added."""
    data = path.read_bytes()
    whole = data + (b"\xd9" if data.endswith(b"\xff") else b"\xff\xd9")
    try:
        opened = intake.open_photo(data, Limits())
    except FileRefused as error:
        return Outcome(False, f"refused: {error.code}")
    with Image.open(BytesIO(whole)) as reference:
        equal = np.array_equal(_pixels(opened), _pixels(reference))
    return Outcome(equal, "equal pixels" if equal else "other pixels")


def keeps_texts(*texts: str) -> Check:
    """Every picture that is made of the photo contains these metadata values."""

    def check(path: Path) -> Outcome:
        data = path.read_bytes()
        photo, provenance = intake.open_photo(data, Limits()), read_provenance(data)
        outputs = _outputs(photo, provenance)
        lost = {text for each in outputs for text in texts if text.encode() not in each.body}
        return Outcome(not lost, f"lost: {', '.join(sorted(lost))}" if lost else "all kept")

    return check


def keeps_red_strokes(min_red: int, max_blue: int) -> Check:
    """At the photo's own width, thin red strokes keep their colour in every web variant, in the mean."""

    def check(path: Path) -> Outcome:
        photo = _opened(path)
        pixels = _pixels(photo)
        strokes = (pixels[..., 0] > RED_STROKE[0]) & (pixels[..., 2] < RED_STROKE[1])
        variants = [each for each in encode_variants(photo) if each.width == photo.width]
        means = {each.name: _decoded(each)[strokes].mean(0) for each in variants}
        right = all(mean[0] >= min_red and mean[2] <= max_blue for mean in means.values())
        return Outcome(
            right, "; ".join(f"{name} {np.rint(mean).astype(int)}" for name, mean in means.items())
        )

    return check


def is_refused(code: str) -> Check:
    """The header alone is sufficient to refuse the file with this code."""

    def check(path: Path) -> Outcome:
        try:
            header = intake.check_header(path.read_bytes(), complete=True, limits=Limits())
        except FileRefused as error:
            return Outcome(error.code == code, f"refused: {error.code}")
        return Outcome(False, f"accepted: {header}")

    return check


def is_decided_quickly(path: Path) -> Outcome:
    """The header reader decides within HEADER_MAX_CPU_SECONDS of processor time, whatever it decides."""
    data = path.read_bytes()
    started = time.process_time()
    try:
        intake.check_header(data, complete=True, limits=Limits())
        verdict = "accepted"
    except FileRefused as error:
        verdict = error.code
    seconds = time.process_time() - started
    return Outcome(seconds < HEADER_MAX_CPU_SECONDS, f"{verdict} after {seconds:.3f} s")


def all_of(*checks: Check) -> Check:
    def check(path: Path) -> Outcome:
        outcomes = [each(path) for each in checks]
        return Outcome(all(each.right for each in outcomes), "; ".join(each.found for each in outcomes))

    return check


@cache
def stylizer() -> Stylizer:
    return Stylizer.load(MODEL)


def _limits_movement(parts_of: Callable[[Pixels], list[Mask]], style: str) -> Check:
    """In soft and strict, with and without enhancement, every part's median ΔE from the file is in limits."""
    limits = {Protection.SOFT: SOFT_MAX_DELTA_E, Protection.STRICT: STRICT_MAX_DELTA_E}

    def check(path: Path) -> Outcome:
        photo = _opened(path)
        pixels, right, found = _pixels(photo), True, []
        for mode, limit in limits.items():
            look = Look({style: 1.0}, protection=mode)
            results = stylizer().stylize_all(photo, [look, replace(look, enhance=True)])
            shifts = [delta_e2000(photo, result.image) for result in results]
            worst = max(float(np.median(shift[part])) for shift in shifts for part in parts_of(pixels))
            right &= worst <= limit
            found.append(f"{mode} {worst:.2f}")
        return Outcome(right, ", ".join(found))

    return check


def _shades(pixels: Pixels) -> Iterator[Mask]:
    colours, index, counts = np.unique(pixels.reshape(-1, 3), axis=0, return_inverse=True, return_counts=True)
    chroma = np.hypot(*rgb2lab(colours / 255.0).T[1:])
    for number in np.flatnonzero((chroma > SHADE_MIN_CHROMA) & (counts >= SHADE_MIN_PIXELS)):
        yield index.reshape(pixels.shape[:2]) == number


def _outputs(photo: Image.Image, provenance: Provenance) -> Iterator[Encoded]:
    """Every kind of picture that the service makes of a photo."""
    yield from encode_variants(photo, provenance)
    yield encode_rendition(photo, provenance.styled)
    yield encode_rendition(_with_hole(photo), provenance.styled)


def _with_hole(photo: Image.Image) -> Image.Image:
    alpha = Image.new("L", photo.size, 255)
    alpha.putpixel((0, 0), 0)
    result = photo.convert("RGB")
    result.putalpha(alpha)
    return result


def _compare_colours(pixels: Pixels, centre: Rgb, background: Rgb | None, max_delta_e: float) -> Outcome:
    height, width = pixels.shape[:2]
    places = [(pixels[height // 2, width // 2], centre)]
    if background:
        corner = pixels[int(CORNER_SHARE * height), int(CORNER_SHARE * width)]
        places.append((corner, background))
    shifts = [float(delta_e2000(_one_pixel(found), _one_pixel(expected)).max()) for found, expected in places]
    colours = " and ".join(str(tuple(int(value) for value in found)) for found, _ in places)
    return Outcome(max(shifts) <= max_delta_e, f"{colours}, ΔE {max(shifts):.1f}")


def _one_pixel(colour: Rgb | Pixels) -> Image.Image:
    return Image.fromarray(np.array([[colour]], np.uint8))


def _opened(path: Path) -> Image.Image:
    return intake.open_photo(path.read_bytes(), Limits())


def _decoded(encoded: Encoded) -> Pixels:
    with Image.open(BytesIO(encoded.body)) as image:
        return _pixels(image)


def _pixels(image: Image.Image) -> Pixels:
    return np.asarray(tensors.over_white(image) if image.mode == "RGBA" else image.convert("RGB"))
