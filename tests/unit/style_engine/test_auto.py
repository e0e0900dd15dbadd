"""`auto` chooses by what is in the photo, and says why."""

import pytest
import torch
from PIL import Image
from skimage.data import astronaut

from style_engine.auto import CATEGORY_RULES, FAMILIES, STYLE_RULES, choose, traits
from style_engine.imaging import tensors
from style_engine.looks import Protection
from style_engine.regions.background import plain_background
from style_engine.regions.finder import Regions
from style_engine.safety.scene import Scene

CATALOGUE = FAMILIES | {"gouache": "painting"}


def scene_of(image: Image.Image, *, found: bool = True, text: float = 0.0) -> Scene:
    """The picture with all but its plain ground as product, of which a share from the top is text."""
    photo = tensors.to_tensor(image)
    background = plain_background(photo)
    mask = torch.zeros_like(background)
    mask[:, :, : round(text * mask.shape[2])] = 1
    return Scene(photo, background, Regions(1 - background, mask, found, confidence=0.9))


def even(colour: tuple[int, int, int]) -> Image.Image:
    """A round thing of one colour on white."""
    image = Image.new("RGB", (160, 160), "white")
    image.paste(colour, (30, 30, 130, 130))
    return image


def style(scene: Scene, **hints: str) -> str:
    return next(iter(choose(scene, CATALOGUE, **hints).look.styles))


@pytest.mark.parametrize(
    ("colour", "wanted"),
    [
        ((240, 40, 200), "cartoon"),
        ((214, 214, 220), "pencil"),
        ((70, 72, 70), "ink-wash"),
        ((52, 30, 60), "oil"),
        ((120, 150, 140), "watercolour"),
    ],
)
def test_colour_and_light_choose_the_style(colour, wanted):
    assert style(scene_of(even(colour))) == wanted


def test_texture_chooses_broken_touches():
    leaves = torch.rand(160, 160, generator=torch.Generator().manual_seed(6))
    picture = torch.stack([0.3 * leaves, 0.3 + 0.5 * leaves, 0.3 * leaves], -1)
    assert style(scene_of(Image.fromarray((255 * picture).byte().numpy()))) == "impressionist"


def test_people_are_painted_in_watercolour():
    assert style(scene_of(Image.fromarray(astronaut()).resize((256, 256)))) == "watercolour"


def test_text_is_kept_crisp_and_protected_strictly():
    chosen = choose(scene_of(even((240, 40, 200)), text=0.5), CATALOGUE)
    assert chosen.look.protection is Protection.STRICT
    assert chosen.look.styles == {"ukiyo-e": 1}
    assert any("text" in reason.lower() for reason in chosen.reasons)


def test_an_unknown_product_is_painted_less():
    known, unknown = (choose(scene_of(even((52, 30, 60)), found=found), CATALOGUE) for found in (True, False))
    assert unknown.look.strength < known.look.strength
    assert "No product" in " ".join(unknown.reasons)


@pytest.mark.parametrize("category", CATEGORY_RULES)
def test_a_category_has_its_style(category):
    wanted, reason = CATEGORY_RULES[category]
    chosen = choose(scene_of(even((120, 150, 140))), CATALOGUE, category)
    assert chosen.look.styles == {wanted: 1}
    assert chosen.reasons[0] == reason


def test_an_unknown_category_changes_nothing():
    scene = scene_of(even((120, 150, 140)))
    assert choose(scene, CATALOGUE, "spaceships") == choose(scene, CATALOGUE)


def test_a_style_that_is_not_offered_gives_way_to_its_family():
    scene = scene_of(even((240, 40, 200)))
    assert choose(scene, {"oil": "painting", "mosaic": "graphic"}).look.styles == {"mosaic": 1}
    assert choose(scene, {"oil": "painting"}).look.styles == {"oil": 1}


def test_every_style_that_a_rule_names_has_a_family():
    named = {name for rule in STYLE_RULES for name in rule.styles} | {
        each[0] for each in CATEGORY_RULES.values()
    }
    assert named <= set(FAMILIES)


def test_the_same_photo_gives_the_same_choice_with_reasons_in_sentences(scene):
    chosen = choose(scene_of(scene), CATALOGUE)
    assert chosen == choose(scene_of(scene), CATALOGUE)
    assert all(reason.endswith(".") and len(reason) < 200 for reason in chosen.reasons)


def test_traits_are_shares_and_magnitudes_in_their_ranges(product):
    seen = traits(scene_of(product, text=0.4))
    assert seen.background == pytest.approx(0.8, abs=0.1)
    assert seen.product == pytest.approx(1 - seen.background, abs=1e-3)
    assert 0 < seen.text < 1
    assert 0 < seen.brightness < 100
