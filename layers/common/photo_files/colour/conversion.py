"""Conversion of any decoded picture to 8-bit sRGB, with an alpha channel only if some pixel needs it."""

from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageChops, ImageCms

from photo_files.colour.encodings import BT709, Encoding, from_cicp, is_hdr
from photo_files.colour.icc import cicp_of, profile_for, srgb_profile
from photo_files.colour.recode import DeepSamples, hdr_in_colour, recoded

_MODE_BY_PROFILE_SPACE = {"GRAY": "L", "RGB": "RGB", "CMYK": "CMYK"}
_CONVERTIBLE = {("L", "L"), ("L", "RGB"), ("RGB", "RGB"), ("CMYK", "CMYK")}
_GREY_MODES = frozenset({"1", "L", "LA", "I;16"})
_OPAQUE_ALPHA = 255


@dataclass(frozen=True)
class ColourFacts:
    """What a file says of its colours. The profile goes first; where it is missing or unusable, the encoding.
    Without either the colours are sRGB."""

    profile: bytes | None = None
    encoding: Encoding | None = None


def colour_facts(profile: bytes | None, encoding: Encoding | None) -> ColourFacts:
    """A profile that says it is for PQ or HLG by code points is read by these, because its tables hold some
    tone mapping of its maker's.

    Raises:
        FileRefused: UNSUPPORTED_COLOUR.
    """
    cicp = cicp_of(profile) if profile else None
    if cicp and is_hdr(cicp):
        return ColourFacts(encoding=from_cicp(cicp))
    return ColourFacts(profile, encoding)


def to_srgb(
    image: Image.Image, bits: int, facts: ColourFacts, deep_samples: DeepSamples | None = None
) -> Image.Image:
    """A loaded picture in mode RGB, or RGBA if some pixel is not opaque.

    Args:
        bits: per channel in its file.
        deep_samples: the picture's 16-bit samples, of which `image` has 8 bits.
    """
    is_grey = image.mode in _GREY_MODES
    image = _adobe_cmyk(_eight_bits(image, bits))
    alpha = _alpha(image)
    without_alpha = _as(image, "L" if is_grey else "CMYK" if image.mode == "CMYK" else "RGB")
    in_srgb = (
        _through_profile(without_alpha, facts.profile)
        or _through_encoding(without_alpha, facts.encoding, deep_samples)
        or _as(without_alpha, "RGB")
    )
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


def _through_profile(image: Image.Image, profile: bytes | None) -> Image.Image | None:
    """The picture in sRGB, or None without a profile, or with an invalid one or one for another mode."""
    if not profile:
        return None
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        mode = _MODE_BY_PROFILE_SPACE.get(source.profile.xcolor_space.strip())
        if mode is None or (image.mode, mode) not in _CONVERTIBLE:
            return None
        return ImageCms.profileToProfile(
            _as(image, mode),
            source,
            srgb_profile(),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


def _through_encoding(
    image: Image.Image, encoding: Encoding | None, deep_samples: DeepSamples | None
) -> Image.Image | None:
    """The picture in sRGB, or None without an encoding, or for inks."""
    if not encoding or image.mode == "CMYK":
        return None
    samples = deep_samples or image
    if encoding.transfer.is_hdr and image.mode == "RGB":
        return hdr_in_colour(samples, encoding)
    recoded_image = recoded(samples, encoding)
    if recoded_image.mode == "L" or encoding.primaries == BT709:
        return _as(recoded_image, "RGB")
    return _through_profile(recoded_image, profile_for(encoding.primaries))
