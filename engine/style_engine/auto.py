"""`auto`: style, strength and protection chosen from the photo by a few rules, each of which says why.

Traits are measured on the scene; the first style rule that fits chooses the style, and every caution that
fits lowers the strength or raises the protection.
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

STEP: Final = 4  # px between the pixels looked at


@dataclass(frozen=True)
class Traits:
    """What the rules look at. Shares are 0..1: `ground` of the picture, the others of the product.

    `colourfulness`: mean chroma in Lab; `brightness`: mean L*, 0..100; `texture`: median 9×9 deviation of
    luminance in 1/255.
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
    """Where it fits, the first of its styles that the catalogue has is taken, at its strength."""

    fits: Callable[[Traits], bool]
    styles: tuple[str, ...]
    strength: float
    reason: str


@dataclass(frozen=True)
class Caution:
    """Where it fits, the strength is held to `strength` and the protection raised to `protection`."""

    fits: Callable[[Traits], bool]
    strength: float
    protection: Protection
    reason: str


@dataclass(frozen=True)
class Chosen:
    """The look that `auto` came to, and a sentence for each rule that led to it."""

    look: Look
    reasons: tuple[str, ...]


TEXT: Final = 0.03  # share of the product from which it carries text
PEOPLE: Final = (
    0.10,
    0.55,
)  # share of skin colours where people are seen; more of them is wood, leather, bread
FADED, VIVID = 9.0, 32.0  # chroma
DARK, PALE = 32.0, 72.0  # L*
SMOOTH, ROUGH = 4.0, 12.0  # deviation
LARGE: Final = 0.6  # of the picture

STYLE_RULES: Final = (
    StyleRule(lambda t: PEOPLE[0] < t.skin < PEOPLE[1], ("watercolour", "pastel"), 0.8,
              "Colours of skin are in the picture, and watercolour is kind to faces."),
    StyleRule(lambda t: t.text > TEXT, ("ukiyo-e", "cartoon"), 0.9,
              "The product seems to carry text, and a woodblock print keeps outlines and letters crisp."),
    StyleRule(lambda t: t.colourfulness < FADED and t.brightness > PALE, ("pencil", "ink-wash"), 0.9,
              "The product is pale and has little colour, so a drawing shows its form best."),
    StyleRule(lambda t: t.colourfulness < FADED, ("ink-wash", "pencil"), 0.9,
              "The product has little colour, so an ink wash carries its tones."),
    StyleRule(lambda t: t.colourfulness > VIVID and t.texture < ROUGH, ("cartoon", "pop-art"), 1.0,
              "Vivid colours on smooth surfaces suit a cartoon's flat tones and outlines."),
    StyleRule(lambda t: t.texture > ROUGH, ("impressionist", "oil"), 1.0,
              "The surface is rich in texture, which broken touches of colour pick up."),
    StyleRule(lambda t: t.brightness < DARK, ("oil", "impressionist"), 1.0,
              "The product is dark, and oil keeps depth in dark tones."),
    StyleRule(lambda t: t.texture < SMOOTH, ("watercolour", "gouache"), 1.0,
              "Calm, even surfaces suit the washes of watercolour."),
    StyleRule(lambda _: True, ("oil",), 1.0,
              "Nothing about the photo asks for a special style, and oil suits most products."),
)  # fmt: skip

CATEGORY_RULES: Final = {
    "beauty": ("watercolour", "Beauty products suit watercolour's light washes."),
    "fashion": ("watercolour", "Clothes suit watercolour, which keeps folds soft."),
    "food": ("oil", "Food looks rich in oil."),
    "home": ("impressionist", "Furnishings suit an impressionist's broken light."),
    "jewellery": ("engraving", "Fine metalwork suits an engraver's line."),
    "sport": ("pop-art", "Sports goods suit pop art's loud tones."),
    "toys": ("cartoon", "Toys suit a cartoon."),
}

CAUTIONS: Final = (
    Caution(lambda t: t.text > TEXT, 0.8, Protection.STRICT,
            "What looks like text must stay readable, so the product is protected strictly."),
    Caution(lambda t: not t.found, 0.7, Protection.SOFT,
            "No product could be told from its ground, so the style is held back everywhere."),
    Caution(lambda t: t.found and t.background == 0 and t.product < LARGE, 1.0, Protection.SOFT,
            "The product stands in a scene: the scene is painted freely, the product gently."),
    Caution(lambda t: t.background > 0, 1.0, Protection.SOFT,
            "The ground is even, so it stays clean and only the product is painted."),
)  # fmt: skip

FAMILIES: Final = {
    "oil": "painting", "impressionist": "painting", "watercolour": "painting", "pastel": "painting",
    "gouache": "painting", "ink-wash": "drawing", "pencil": "drawing", "engraving": "print",
    "ukiyo-e": "print", "cartoon": "graphic", "pop-art": "graphic",
}  # fmt: skip


def traits(scene: Scene) -> Traits:
    """Measure what the rules look at, on every fourth pixel."""
    view, regions = scene.measured, scene.regions
    product = metrics.subsample(regions.product, STEP)
    colours = lab(metrics.subsample(scene.photo, STEP))
    body = metrics.at_window_centres(regions.product, FLAT_WINDOW_PX, view.stride)
    return Traits(
        background=float(scene.background.mean()),
        found=regions.found,
        product=float(regions.product.mean()),
        text=metrics.weighted_mean(_sure(metrics.subsample(regions.text, STEP)), product),
        skin=metrics.weighted_mean(_skin(metrics.subsample(scene.photo, STEP)), product),
        colourfulness=metrics.weighted_mean(lengths(colours[:, 1:]), product),
        brightness=metrics.weighted_mean(colours[:, :1], product),
        texture=float(view.local_std[body > MASK_THRESHOLD].median()) if body.any() else 0.0,
    )


def choose(scene: Scene, catalogue: Mapping[str, str], category: str | None = None) -> Chosen:
    """The look for a scene. `catalogue` maps the style ids there are to their families."""
    seen = traits(scene)
    rule = next(rule for rule in _style_rules(category, seen) if rule.fits(seen))
    look = Look({_carried(rule.styles, catalogue): 1.0}, rule.strength, Protection.SOFT, enhance=True)
    cautions = [caution for caution in CAUTIONS if caution.fits(seen)]
    for caution in cautions:
        strength = min(look.strength, caution.strength)
        look = replace(look, strength=strength, protection=_stricter(look.protection, caution.protection))
    return Chosen(look, (rule.reason, *(caution.reason for caution in cautions)))


def _style_rules(category: str | None, seen: Traits) -> tuple[StyleRule, ...]:
    """People and text come before the category, the category before what the surface looks like."""
    if category not in CATEGORY_RULES:
        return STYLE_RULES
    style, reason = CATEGORY_RULES[category]
    of_category = StyleRule(lambda _: True, (style,), 1.0, reason)
    return (*STYLE_RULES[:2], of_category)


def _carried(styles: tuple[str, ...], catalogue: Mapping[str, str]) -> str:
    """The first of the styles that the catalogue carries, else one of the first one's family, else any."""
    same_family = [name for name, family in catalogue.items() if family == FAMILIES[styles[0]]]
    wanted = [name for name in styles if name in catalogue]
    return next(iter([*wanted, *same_family, *catalogue]))


def _stricter(first: Protection, second: Protection) -> Protection:
    return Protection.STRICT if Protection.STRICT in {first, second} else Protection.SOFT


def _sure(mask: Tensor) -> Tensor:
    return (mask > MASK_THRESHOLD).float()


def _skin(picture: Tensor) -> Tensor:
    """(1, 1, h, w) 1 where a colour is one that skin has by daylight (Kovač, Peer, Solina 2003)."""
    red, green, blue = (255 * channel for channel in picture.unbind(1))
    spread = (255 * picture).amax(1) - (255 * picture).amin(1)
    bright = (red > 95) & (green > 40) & (blue > 20) & (spread > 15)  # noqa: PLR2004
    return (bright & (red - green > 15) & (red > blue)).float().unsqueeze(1)  # noqa: PLR2004
