"""`auto` chooses a look by the photo's traits, with reasons."""

import pytest
import torch
from PIL import Image, ImageDraw

from style_engine.auto import CATEGORY_RULES, FAMILIES, STYLE_RULES, choose, traits
from style_engine.imaging import tensors
from style_engine.looks import Protection
from style_engine.regions.background import plain_background
from style_engine.regions.finder import Regions
from style_engine.safety.scene import Scene

CATALOGUE = FAMILIES | {"gouache": "painting"}


def scene_of(image: Image.Image, *, found: bool = True, text: float = 0.0, skin: bool = False) -> Scene:
    """The picture; all but its plain background is product, of which the top share `text` is text."""
    photo = tensors.to_tensor(image)
    background = plain_background(photo)
    mask = torch.zeros_like(background)
    mask[:, :, : round(text * mask.shape[2])] = 1
    return Scene(
        photo,
        background,
        Regions(1 - background, mask, found, confidence=0.9, skin=1 - background if skin else None),
    )


def label() -> Image.Image:
    """A magenta square with three lines of letters in its upper half."""
    image = square((240, 40, 200))
    draw = ImageDraw.Draw(image)
    for line in range(3):
        draw.text((34, 30 + 16 * line), "HIMHIMHIM", fill="white", font_size=18)
    return image


def square(colour: tuple[int, int, int]) -> Image.Image:
    """A square of one colour on white."""
    image = Image.new("RGB", (160, 160), "white")
    image.paste(colour, (30, 30, 130, 130))
    return image


def style(scene: Scene, **hints: str) -> str:
    return next(iter(choose(scene, CATALOGUE, **hints).look.styles))


@pytest.mark.parametrize(
    ("colour", "expected"),
    [
        ((240, 40, 200), "cartoon"),
        ((214, 214, 220), "pencil"),
        ((70, 72, 70), "ink-wash"),
        ((52, 30, 60), "oil"),
        ((120, 150, 140), "watercolour"),
    ],
)
def test_colour_and_lightness_choose_the_style(colour, expected):
    assert style(scene_of(square(colour))) == expected


def test_texture_chooses_impressionism():
    noise = torch.rand(160, 160, generator=torch.Generator().manual_seed(6))
    picture = torch.stack([0.3 * noise, 0.3 + 0.5 * noise, 0.3 * noise], -1)
    assert style(scene_of(Image.fromarray((255 * picture).byte().numpy()))) == "impressionist"


def test_people_are_painted_in_watercolour():
    brown = square((190, 130, 100))
    assert style(scene_of(brown, skin=True)) == "watercolour"
    assert not any("people" in reason for reason in choose(scene_of(brown), CATALOGUE).reasons)


def test_product_with_text_is_protected_strictly():
    chosen = choose(scene_of(label(), text=0.5), CATALOGUE)
    assert chosen.look.protection is Protection.STRICT
    assert chosen.look.styles == {"ukiyo-e": 1}
    assert sum("letters" in reason for reason in chosen.reasons) == 2


def test_what_may_be_text_is_protected_strictly_and_not_called_text():
    chosen = choose(scene_of(square((240, 40, 200)), text=0.5), CATALOGUE)
    assert chosen.look.protection is Protection.STRICT
    assert chosen.look.styles == {"cartoon": 1}
    assert not any("letters" in reason for reason in chosen.reasons)


def test_without_a_product_the_strength_is_lower():
    with_product, without_product = (
        choose(scene_of(square((52, 30, 60)), found=found), CATALOGUE) for found in (True, False)
    )
    assert without_product.look.strength < with_product.look.strength
    assert "No product" in " ".join(without_product.reasons)


@pytest.mark.parametrize("category", CATEGORY_RULES)
def test_a_category_has_its_style(category):
    expected, reason = CATEGORY_RULES[category]
    chosen = choose(scene_of(square((120, 150, 140))), CATALOGUE, category)
    assert chosen.look.styles == {expected: 1}
    assert chosen.reasons[0] == reason


def test_an_unknown_category_changes_nothing():
    scene = scene_of(square((120, 150, 140)))
    assert choose(scene, CATALOGUE, "spaceships") == choose(scene, CATALOGUE)


def test_an_unavailable_style_is_replaced_by_one_of_its_family():
    scene = scene_of(square((240, 40, 200)))
    assert choose(scene, {"oil": "painting", "mosaic": "graphic"}).look.styles == {"mosaic": 1}
    assert choose(scene, {"oil": "painting"}).look.styles == {"oil": 1}


def test_every_style_that_a_rule_names_has_a_family():
    named = {name for rule in STYLE_RULES for name in rule.styles} | {
        style for style, _ in CATEGORY_RULES.values()
    }
    assert named <= set(FAMILIES)


def test_choice_is_deterministic_and_reasons_are_sentences(scene):
    chosen = choose(scene_of(scene), CATALOGUE)
    assert chosen == choose(scene_of(scene), CATALOGUE)
    assert all(reason.endswith(".") and len(reason) < 200 for reason in chosen.reasons)


def test_traits_are_in_their_ranges(product):
    measured = traits(scene_of(product, text=0.4))
    assert measured.background == pytest.approx(0.8, abs=0.1)
    assert measured.product == pytest.approx(1 - measured.background, abs=1e-3)
    assert 0 < measured.text < 1
    assert 0 < measured.lightness.lower < measured.lightness.upper < 100
