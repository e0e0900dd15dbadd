"""`auto`: style, strength and protection chosen from the photo by rules, each with a reason.

Traits are measured on the scene. The first matching style rule chooses the style; every matching caution
limits the strength and raises the protection.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from torch import Tensor

from .imaging.colour import lab, lengths
from .imaging.filters import FLAT_WINDOW_PX
from .imaging.tensors import MASK_THRESHOLD
from .looks import Look, Protection
from .safety import metrics
from .safety.scene import Scene

TRAIT_STRIDE_PX: Final = 4  # between the sampled pixels


@dataclass(frozen=True)
class Traits:
    """Measurements for the rules. Shares, 0..1: `background`, `product` of the picture; `text`, `skin` of the
    product.

    `colourfulness`: mean Lab chroma; `brightness`: mean L*, 0..100; `texture`: median luminance std of
    9×9 px windows, 1/255.
    """

    background: float
    found: bool
    product: float
    text: float
    skin: float
    colourfulness: float
    brightness: float
    texture: float


@dataclass(frozen=True)
class StyleRule:
    """If `matches`: the first of `styles` that the catalogue has, at `strength`."""

    matches: Callable[[Traits], bool]
    styles: tuple[str, ...]
    strength: float
    reason: str


@dataclass(frozen=True)
class Caution:
    """If `matches`: strength at most `strength`, protection at least `protection`."""

    matches: Callable[[Traits], bool]
    strength: float
    protection: Protection
    reason: str


@dataclass(frozen=True)
class Chosen:
    """The look that `auto` chose, and one sentence for each rule that matched."""

    look: Look
    reasons: tuple[str, ...]


TEXT_MIN_SHARE: Final = 0.03  # of the product
PEOPLE_SKIN_SHARE: Final = (0.10, 0.55)  # of the product; more skin colour is wood, leather or bread
FADED_MAX_CHROMA, VIVID_MIN_CHROMA = 9.0, 32.0
DARK_MAX_LIGHTNESS, PALE_MIN_LIGHTNESS = 32.0, 72.0  # L*
SMOOTH_MAX_STD_8BIT, ROUGH_MIN_STD_8BIT = 4.0, 12.0  # of luminance
LARGE_PRODUCT_SHARE: Final = 0.6  # of the picture

STYLE_RULES: Final = (
    StyleRule(lambda t: PEOPLE_SKIN_SHARE[0] < t.skin < PEOPLE_SKIN_SHARE[1], ("watercolour", "pastel"), 0.8,
              "The picture shows skin colours, and watercolour suits faces."),
    StyleRule(lambda t: t.text > TEXT_MIN_SHARE, ("ukiyo-e", "cartoon"), 0.9,
              "The product seems to carry text, and a woodblock print keeps outlines and letters crisp."),
    StyleRule(lambda t: t.colourfulness < FADED_MAX_CHROMA and t.brightness > PALE_MIN_LIGHTNESS,
              ("pencil", "ink-wash"), 0.9,
              "The product is pale and has little colour, so a drawing shows its form best."),
    StyleRule(lambda t: t.colourfulness < FADED_MAX_CHROMA, ("ink-wash", "pencil"), 0.9,
              "The product has little colour, so an ink wash suits its tones."),
    StyleRule(lambda t: t.colourfulness > VIVID_MIN_CHROMA and t.texture < ROUGH_MIN_STD_8BIT,
              ("cartoon", "pop-art"), 1.0,
              "Vivid colours on smooth surfaces suit a cartoon's flat tones and outlines."),
    StyleRule(lambda t: t.texture > ROUGH_MIN_STD_8BIT, ("impressionist", "oil"), 1.0,
              "The surface has much texture, which suits short strokes of broken colour."),
    StyleRule(lambda t: t.brightness < DARK_MAX_LIGHTNESS, ("oil", "impressionist"), 1.0,
              "The product is dark, and oil keeps detail in dark tones."),
    StyleRule(lambda t: t.texture < SMOOTH_MAX_STD_8BIT, ("watercolour", "gouache"), 1.0,
              "Smooth surfaces suit the washes of watercolour."),
    StyleRule(lambda _: True, ("oil",), 1.0,
              "No special feature was found in the photo, and oil suits most products."),
)  # fmt: skip

CATEGORY_RULES: Final = {
    "beauty": ("watercolour", "Beauty products suit watercolour's light washes."),
    "fashion": ("watercolour", "Clothes suit watercolour, which keeps folds soft."),
    "food": ("oil", "Food looks rich in oil."),
    "home": ("impressionist", "Furnishings suit the broken colours of impressionism."),
    "jewellery": ("engraving", "Fine metalwork suits the lines of an engraving."),
    "sport": ("pop-art", "Sports products suit the strong colours of pop art."),
    "toys": ("cartoon", "Toys suit a cartoon."),
}

CAUTIONS: Final = (
    Caution(lambda t: t.text > TEXT_MIN_SHARE, 0.8, Protection.STRICT,
            "What looks like text must stay readable, so the product is protected strictly."),
    Caution(lambda t: not t.found, 0.7, Protection.SOFT,
            "No product was found in the photo, so the style is weaker everywhere."),
    Caution(lambda t: t.found and t.background == 0 and t.product < LARGE_PRODUCT_SHARE, 1.0, Protection.SOFT,
            "The product is in a scene, so the scene is painted fully and the product gently."),
    Caution(lambda t: t.background > 0, 1.0, Protection.SOFT,
            "The background is plain, so it stays clean and only the product is painted."),
)  # fmt: skip

FAMILIES: Final = {
    "oil": "painting", "impressionist": "painting", "watercolour": "painting", "pastel": "painting",
    "gouache": "painting", "ink-wash": "drawing", "pencil": "drawing", "engraving": "print",
    "ukiyo-e": "print", "cartoon": "graphic", "pop-art": "graphic",
}  # fmt: skip


def traits(scene: Scene) -> Traits:
    """Measure the traits of a scene on every fourth pixel."""
    measured, regions = scene.measured, scene.regions
    product = metrics.subsample(regions.product, TRAIT_STRIDE_PX)
    colours = lab(metrics.subsample(scene.photo, TRAIT_STRIDE_PX))
    product_windows = metrics.at_window_centres(regions.product, FLAT_WINDOW_PX, measured.stride)
    return Traits(
        background=float(scene.background.mean()),
        found=regions.found,
        product=float(regions.product.mean()),
        text=metrics.weighted_mean(_binary(metrics.subsample(regions.text, TRAIT_STRIDE_PX)), product),
        skin=metrics.weighted_mean(_skin(metrics.subsample(scene.photo, TRAIT_STRIDE_PX)), product),
        colourfulness=metrics.weighted_mean(lengths(colours[:, 1:]), product),
        brightness=metrics.weighted_mean(colours[:, :1], product),
        texture=_median(measured.local_std, product_windows),
    )


def choose(scene: Scene, catalogue: Mapping[str, str], category: str | None = None) -> Chosen:
    """The look for a scene. `catalogue` maps the available style ids to their families."""
    measured = traits(scene)
    rule = next(rule for rule in _style_rules(category) if rule.matches(measured))
    look = Look({_available(rule.styles, catalogue): 1.0}, rule.strength, Protection.SOFT, enhance=True)
    cautions = [caution for caution in CAUTIONS if caution.matches(measured)]
    for caution in cautions:
        strength = min(look.strength, caution.strength)
        look = replace(look, strength=strength, protection=_stricter(look.protection, caution.protection))
    return Chosen(look, (rule.reason, *(caution.reason for caution in cautions)))


def _style_rules(category: str | None) -> tuple[StyleRule, ...]:
    """Rules in order: people and text, then the category, or the other traits if it has no rule."""
    if category not in CATEGORY_RULES:
        return STYLE_RULES
    style, reason = CATEGORY_RULES[category]
    category_rule = StyleRule(lambda _: True, (style,), 1.0, reason)
    return (*STYLE_RULES[:2], category_rule)


def _available(styles: tuple[str, ...], catalogue: Mapping[str, str]) -> str:
    """The first of the styles that the catalogue has, else one of the first one's family, else any."""
    same_family = [name for name, family in catalogue.items() if family == FAMILIES[styles[0]]]
    listed = [name for name in styles if name in catalogue]
    return next(iter([*listed, *same_family, *catalogue]))


def _stricter(first: Protection, second: Protection) -> Protection:
    return Protection.STRICT if Protection.STRICT in {first, second} else Protection.SOFT


def _median(values: Tensor, mask: Tensor) -> float:
    """Median of the values where the mask is above 0.5; 0 where it is empty."""
    return float(values[mask > MASK_THRESHOLD].median()) if mask.any() else 0.0


def _binary(mask: Tensor) -> Tensor:
    return (mask > MASK_THRESHOLD).float()


def _skin(picture: Tensor) -> Tensor:
    """(1, 1, h, w) 1 where a colour is that of skin in daylight (Kovač, Peer, Solina 2003)."""
    red, green, blue = (255 * channel for channel in picture.unbind(1))
    spread = (255 * picture).amax(1) - (255 * picture).amin(1)
    bright = (red > 95) & (green > 40) & (blue > 20) & (spread > 15)  # noqa: PLR2004
    return (bright & (red - green > 15) & (red > blue)).float().unsqueeze(1)  # noqa: PLR2004
