"""Any decoded picture → 8-bit sRGB, with alpha only where something shows through."""

from functools import cache
from io import BytesIO

from PIL import Image, ImageChops, ImageCms

_SPACE_OF_PROFILE = {"GRAY": "L", "RGB": "RGB", "CMYK": "CMYK"}
_FITTING = {("L", "L"), ("L", "RGB"), ("RGB", "RGB"), ("CMYK", "CMYK")}
_GREY_MODES = frozenset({"1", "L", "LA", "I;16"})
_OPAQUE = 255


def to_srgb(image: Image.Image, bits: int) -> Image.Image:
    """A loaded picture in mode RGB, or RGBA if some pixel is not opaque; `bits` per channel in its file."""
    profile, is_grey = image.info.get("icc_profile"), image.mode in _GREY_MODES
    image = _adobe_cmyk(_eight_bits(image, bits))
    alpha = _alpha(image)
    plain = _as(image, "L" if is_grey else "CMYK" if image.mode == "CMYK" else "RGB")
    managed = (_through_profile(plain, profile) if profile else None) or _as(plain, "RGB")
    if alpha:
        managed.putalpha(alpha)
    return managed


def _as(image: Image.Image, mode: str) -> Image.Image:
    """Without the copy that `convert` makes of a picture that is in this mode already."""
    return image if image.mode == mode else image.convert(mode)


def _eight_bits(image: Image.Image, bits: int) -> Image.Image:
    """Pillow clips 16-bit grey, and leaves a transparent colour on the file's own scale."""
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
    most = (1 << bits) - 1
    return (key * _OPAQUE + most // 2) // most


def _adobe_cmyk(image: Image.Image) -> Image.Image:
    """Pillow takes every CMYK JPEG for inverted; only those with Adobe's marker are."""
    if image.mode == "CMYK" and "adobe" not in image.info:
        return _with_info(ImageChops.invert(image), image)
    return image


def _alpha(image: Image.Image) -> Image.Image | None:
    if not image.has_transparency_data:
        return None
    alpha = _as(image, "RGBA").getchannel("A")
    darkest, _ = alpha.getextrema()
    return None if darkest == _OPAQUE else alpha


def _through_profile(image: Image.Image, profile: bytes) -> Image.Image | None:
    """The picture in sRGB, or None for a profile that is broken or made for another kind of picture."""
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        space = _SPACE_OF_PROFILE.get(source.profile.xcolor_space.strip())
        if space is None or (image.mode, space) not in _FITTING:
            return None
        return ImageCms.profileToProfile(
            _as(image, space),
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
