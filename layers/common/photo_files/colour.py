"""Conversion of any decoded picture to 8-bit sRGB, with an alpha channel only if some pixel needs it."""

from functools import cache
from io import BytesIO

from PIL import Image, ImageChops, ImageCms

_MODE_BY_PROFILE_SPACE = {"GRAY": "L", "RGB": "RGB", "CMYK": "CMYK"}
_CONVERTIBLE = {("L", "L"), ("L", "RGB"), ("RGB", "RGB"), ("CMYK", "CMYK")}
_GREY_MODES = frozenset({"1", "L", "LA", "I;16"})
_OPAQUE_ALPHA = 255


def to_srgb(image: Image.Image, bits: int) -> Image.Image:
    """A loaded picture in mode RGB, or RGBA if some pixel is not opaque; `bits` per channel in its file."""
    profile, is_grey = image.info.get("icc_profile"), image.mode in _GREY_MODES
    image = _adobe_cmyk(_eight_bits(image, bits))
    alpha = _alpha(image)
    without_alpha = _as(image, "L" if is_grey else "CMYK" if image.mode == "CMYK" else "RGB")
    in_srgb = (_through_profile(without_alpha, profile) if profile else None) or _as(without_alpha, "RGB")
    if alpha:
        in_srgb.putalpha(alpha)
    return in_srgb


def _as(image: Image.Image, mode: str) -> Image.Image:
    """As `convert`, but without a copy if the picture already has the mode."""
    return image if image.mode == mode else image.convert(mode)


def _eight_bits(image: Image.Image, bits: int) -> Image.Image:
    """Pillow clips 16-bit grey when converting, and does not scale a transparent colour to 8 bits."""
    if image.mode == "I;16":
        image = _with_info(image.point(lambda value: value * (1 / 257) + 0.5).convert("L"), image)
    key = image.info.get("transparency")
    if image.mode in ("L", "RGB") and key is not None and bits != 8:  # noqa: PLR2004
        image.info["transparency"] = _scaled_key(key, bits)
    return image


def _with_info(image: Image.Image, source: Image.Image) -> Image.Image:
    image.info = dict(source.info)
    return image


def _scaled_key(key: int | tuple[int, ...], bits: int) -> int | tuple[int, ...]:
    if isinstance(key, tuple):
        return tuple(value >> bits - 8 for value in key)
    max_value = (1 << bits) - 1
    return (key * 255 + max_value // 2) // max_value


def _adobe_cmyk(image: Image.Image) -> Image.Image:
    """Pillow inverts every CMYK JPEG, but only those with Adobe's marker are stored inverted."""
    if image.mode == "CMYK" and "adobe" not in image.info:
        return _with_info(ImageChops.invert(image), image)
    return image


def _alpha(image: Image.Image) -> Image.Image | None:
    if not image.has_transparency_data:
        return None
    alpha = _as(image, "RGBA").getchannel("A")
    min_alpha, _ = alpha.getextrema()
    return None if min_alpha == _OPAQUE_ALPHA else alpha


def _through_profile(image: Image.Image, profile: bytes) -> Image.Image | None:
    """The picture in sRGB, or None for a profile that is invalid or for another colour mode."""
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        mode = _MODE_BY_PROFILE_SPACE.get(source.profile.xcolor_space.strip())
        if mode is None or (image.mode, mode) not in _CONVERTIBLE:
            return None
        return ImageCms.profileToProfile(
            _as(image, mode),
            source,
            _srgb(),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


@cache
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
