"""`auto`: style, strength and protection chosen from the photo by rules, each with a reason.

Traits are measured on the scene. The first matching style rule chooses the style; every matching caution
limits the strength and raises the protection.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from torch import Tensor

from .imaging.colour import lab, lengths
from .imaging.filters import FLAT_WINDOW_MAX_STD_8BIT, FLAT_WINDOW_PX
from .imaging.tensors import MASK_THRESHOLD
from .looks import Look, Protection
from .regions.lettering import lettering_share
from .safety import metrics
from .safety.scene import Scene

TRAIT_STRIDE_PX: Final = 4  # between the sampled pixels
CERTAINLY_OUTSIDE_MAX: Final = 0.02  # mask value up to which a window is not of the product


@dataclass(frozen=True)
class Traits:
    """Measurements for the rules; shares are 0..1.

    `background` (plain), `product`, `skin` of the picture; `letters` (text with the evidence of letters) and
    `text` (all that may be text) of the product. `chroma` (Lab), `lightness` (L*, 0..100) and `texture`
    (luminance std of 9×9 px windows, 1/255): quantiles over the product without skin. `surroundings`:
    quantiles of texture outside the product; `flat_surroundings`: the share there without texture.
    """

    background: float
    found: bool
    product: float
    skin: float
    letters: float
    text: float
    chroma: "Quantiles"
    lightness: "Quantiles"
    texture: "Quantiles"
    surroundings: "Quantiles"
    flat_surroundings: float

    @property
    def dark(self) -> bool:
        median, upper = self.lightness.median, self.lightness.upper
        return median < DARK_MAX_LIGHTNESS and upper < DARK_UPPER_MAX_LIGHTNESS

    @property
    def smooth(self) -> bool:
        """Whether half of the surface, and nearly all of it, vary little."""
        return self.texture.median < SMOOTH_MAX_STD_8BIT and self.texture.upper < SMOOTH_UPPER_MAX_STD_8BIT

    @property
    def rough(self) -> bool:
        """Whether the whole surface varies much and about alike, unlike print or a few edges."""
        even = self.texture.lower > EVEN_TEXTURE_MIN_RATIO * self.texture.upper
        return even and self.texture.lower > ROUGH_MIN_STD_8BIT and self.text < PRINT_MAX_SHARE

    @property
    def in_a_scene(self) -> bool:
        """Whether what surrounds a found product is neither flat nor one texture."""
        varied = (
            self.surroundings.upper > SCENE_MIN_STD_8BIT and self.flat_surroundings < SCENE_MAX_FLAT_SHARE
        )
        return self.found and self.background == 0 and self.product < LARGE_PRODUCT_SHARE and varied


@dataclass(frozen=True)
class Quantiles:
    """Of a measurement: the quantiles at LOWER, 0.5 and UPPER."""

    lower: float
    median: float
    upper: float


@dataclass(frozen=True)
class StyleRule:
    """If `matches`: the first of `styles` that the catalogue has, at `strength`.

    `claims`: what the reason says of the photo, in the words of `benchmarks/quality/reason_labels.json`.
    """

    matches: Callable[[Traits], bool]
    styles: tuple[str, ...]
    strength: float
    reason: str
    claims: tuple[str, ...] = ()


@dataclass(frozen=True)
class Caution:
    """If `matches`: strength at most `strength`, protection at least `protection`.

    The reason is empty where the evidence is enough for caution and too weak to be stated; `claims` as of
    `StyleRule`, "not " before what the photo has not.
    """

    matches: Callable[[Traits], bool]
    strength: float
    protection: Protection
    reason: str = ""
    claims: tuple[str, ...] = ()


@dataclass(frozen=True)
class Chosen:
    """The look that `auto` chose, and a sentence for each rule that matched and has a reason."""

    look: Look
    reasons: tuple[str, ...]


LOWER, UPPER = 0.25, 0.75  # quantiles of texture
LOWEST, HIGHEST = 0.1, 0.9  # quantiles of colours and of the surroundings
LETTERS_MIN_SHARE: Final = 0.03  # of the product
CAUTIOUS_TEXT_SHARE: Final = 0.03  # of the product, of all that may be text
PRINT_MAX_SHARE: Final = 0.03  # of the product that may be text where a surface is called rough
CERTAIN_SKIN: Final = 0.97  # mask value from which skin counts
PEOPLE_MIN_SKIN_SHARE: Final = 0.02  # of the picture
GREY_MAX_CHROMA, GREY_UPPER_MAX_CHROMA = 6.0, 7.0
PALE_UPPER_MAX_CHROMA, VIVID_MIN_CHROMA = 12.0, 50.0
DARK_MAX_LIGHTNESS, DARK_UPPER_MAX_LIGHTNESS, PALE_MIN_LIGHTNESS = 25.0, 60.0, 75.0  # L*
SMOOTH_MAX_STD_8BIT, SMOOTH_UPPER_MAX_STD_8BIT, ROUGH_MIN_STD_8BIT = 4.0, 8.0, 9.0  # of luminance
EVEN_TEXTURE_MIN_RATIO: Final = 0.55  # of the lower to the upper quantile
LARGE_PRODUCT_SHARE: Final = 0.6  # of the picture
PLAIN_MIN_SHARE: Final = 0.25  # of the picture
SCENE_MIN_STD_8BIT, SCENE_MAX_FLAT_SHARE = 14.0, 0.5

STYLE_RULES: Final = (
    StyleRule(lambda t: t.skin > PEOPLE_MIN_SKIN_SHARE, ("watercolour", "pastel"), 0.8,
              "The photo shows people's skin, and watercolour suits faces and hands.", ("people",)),
    StyleRule(lambda t: t.letters > LETTERS_MIN_SHARE, ("ukiyo-e", "cartoon"), 0.9,
              "The product carries letters, and a woodblock print keeps outlines and letters crisp.",
              ("text",)),
    StyleRule(lambda t: t.chroma.upper < PALE_UPPER_MAX_CHROMA and t.lightness.median > PALE_MIN_LIGHTNESS,
              ("pencil", "ink-wash"), 0.9,
              "Most of the product is pale, so a drawing shows its form best.", ("pale",)),
    StyleRule(lambda t: t.chroma.median < GREY_MAX_CHROMA and t.chroma.upper < GREY_UPPER_MAX_CHROMA,
              ("ink-wash", "pencil"), 0.9,
              "The product is nearly without colour, so an ink wash suits its tones.", ("grey",)),
    StyleRule(lambda t: t.chroma.median > VIVID_MIN_CHROMA and t.smooth, ("cartoon", "pop-art"), 1.0,
              "Vivid colours on smooth surfaces suit a cartoon's flat tones and outlines.",
              ("vivid", "smooth")),
    StyleRule(lambda t: t.rough, ("impressionist", "oil"), 1.0,
              "The whole surface has a strong texture, which suits short strokes of broken colour.",
              ("textured",)),
    StyleRule(lambda t: t.dark,
              ("oil", "impressionist"), 1.0,
              "Most of the product is dark, and oil keeps detail in dark tones.", ("dark",)),
    StyleRule(lambda t: t.smooth, ("watercolour", "gouache"), 1.0,
              "Most of the surface is smooth, which suits the washes of watercolour.", ("smooth",)),
    StyleRule(lambda _: True, ("oil",), 1.0,
              "Neither skin, letters, colours nor texture decide for a style; oil suits most products."),
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
    Caution(lambda t: t.letters > LETTERS_MIN_SHARE, 0.8, Protection.STRICT,
            "The letters must stay readable, so the product is protected strictly.", ("text",)),
    Caution(lambda t: t.text > CAUTIOUS_TEXT_SHARE, 0.8, Protection.STRICT),
    Caution(lambda t: not t.found, 0.7, Protection.SOFT,
            "No product could be separated from its background, so the style is weaker everywhere.",
            ("not product",)),
    Caution(lambda t: t.in_a_scene, 1.0, Protection.SOFT,
            "The product has varied surroundings, so they are painted fully and the product gently.",
            ("not plain",)),
    Caution(lambda t: t.found and t.background > PLAIN_MIN_SHARE, 1.0, Protection.SOFT,
            "The background is plain, so it stays clean and only the product is painted.", ("plain",)),
)  # fmt: skip

FAMILIES: Final = {
    "oil": "painting", "impressionist": "painting", "watercolour": "painting", "pastel": "painting",
    "gouache": "painting", "ink-wash": "drawing", "pencil": "drawing", "engraving": "print",
    "ukiyo-e": "print", "cartoon": "graphic", "pop-art": "graphic",
}  # fmt: skip


def traits(scene: Scene) -> Traits:
    """Measure the traits of a scene, mostly on every fourth pixel."""
    measured, regions = scene.measured, scene.regions
    surface = regions.product if regions.skin is None else regions.product * (1 - regions.skin)
    colours = lab(metrics.subsample(scene.photo, TRAIT_STRIDE_PX))
    coloured = metrics.subsample(surface, TRAIT_STRIDE_PX)
    surface_windows, product_windows = (
        metrics.at_window_centres(mask, FLAT_WINDOW_PX, measured.stride)
        for mask in (surface, regions.product)
    )
    outside = CERTAINLY_OUTSIDE_MAX - product_windows
    return Traits(
        background=float(scene.background.mean()),
        found=regions.found,
        product=float(regions.product.mean()),
        skin=0.0 if regions.skin is None else float((regions.skin > CERTAIN_SKIN).float().mean()),
        letters=lettering_share(scene.photo, regions.text, regions.product),
        text=metrics.weighted_mean(_binary(regions.text), regions.product),
        chroma=_quantiles(lengths(colours[:, 1:]), coloured > MASK_THRESHOLD, LOWEST, HIGHEST),
        lightness=_quantiles(colours[:, :1], coloured > MASK_THRESHOLD, LOWEST, HIGHEST),
        texture=_quantiles(measured.local_std, surface_windows > MASK_THRESHOLD, LOWER, UPPER),
        surroundings=_quantiles(measured.local_std, outside > 0, LOWEST, HIGHEST),
        flat_surroundings=metrics.weighted_mean(
            (measured.local_std < FLAT_WINDOW_MAX_STD_8BIT).float(), (outside > 0).float()
        ),
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
    return Chosen(look, (rule.reason, *(caution.reason for caution in cautions if caution.reason)))


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


def _quantiles(values: Tensor, inside: Tensor, lower: float, upper: float) -> Quantiles:
    """Of the values inside; of all where there are none inside."""
    chosen = values[inside] if inside.any() else values.flatten()
    return Quantiles(*(float(chosen.quantile(share)) for share in (lower, 0.5, upper)))


def _binary(mask: Tensor) -> Tensor:
    return (mask > MASK_THRESHOLD).float()
