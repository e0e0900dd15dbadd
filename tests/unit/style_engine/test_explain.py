"""Explanations: shares, kinds of difference, strip of strengths, text and pictures."""

import pytest
import torch
from torch import Tensor

from style_engine.explain import STRIP_STRENGTHS, Explanation, difference_maps, explain, style_shares
from style_engine.imaging import tensors
from style_engine.looks import Levels, Look
from style_engine.regions.background import plain_background
from style_engine.regions.finder import Regions
from style_engine.safety.gates import GateLimits
from style_engine.safety.scene import Scene

NAMES = {"oil": "Oil", "pencil": "Pencil", "pop-art": "Pop art"}
LOOSE = GateLimits({"off": {"clipping": 0.5}})
TIGHT = GateLimits({"off": {"halo": 1.0}})


@pytest.fixture(scope="module")
def mug(product) -> Scene:
    photo = tensors.to_tensor(product.resize((128, 128)))
    background = plain_background(photo)
    return Scene(photo, background, Regions(1 - background, 0 * background, found=True, confidence=1.0))


def renderer(scene: Scene):
    """A renderer whose colour level adds red, whose stroke level adds noise and whose motif level does nothing."""
    grain = torch.randn(scene.photo.shape, generator=torch.Generator().manual_seed(5))
    parts = {"oil": (0.2, 0.0), "pencil": (0.0, 0.1), "pop-art": (0.1, 0.1)}

    def render(look: Look) -> Tensor:
        result = scene.photo.clone()
        for name, weight in look.styles.items():
            red, noise = parts[name]
            result[:, :1] += look.strength * weight * look.levels.colour * red
            result += look.strength * weight * look.levels.stroke * noise * grain
        return result.clamp(0, 1)

    return render


def explained(scene: Scene, look: Look, limits: GateLimits = LOOSE) -> Explanation:
    return explain(look, scene, renderer(scene), limits, NAMES)


def test_every_table_sums_to_one(mug):
    explanation = explained(mug, Look({"oil": 0.5, "pencil": 0.3, "pop-art": 0.2}))
    for table in (explanation.levels, explanation.styles, explanation.difference):
        assert sum(table.values()) == pytest.approx(1)


def test_a_levels_share_is_the_change_without_it(mug):
    explanation = explained(mug, Look({"oil": 1.0}))
    assert explanation.levels == pytest.approx({"colour": 1, "stroke": 0, "motif": 0})
    assert explained(mug, Look({"pop-art": 1.0})).levels["stroke"] > 0.2


def test_a_level_at_0_has_share_0(mug):
    explanation = explained(mug, Look({"pop-art": 1.0}, levels=Levels(colour=0)))
    assert explanation.levels == pytest.approx({"colour": 0, "stroke": 1, "motif": 0})


def test_a_single_style_has_share_1(mug):
    assert explained(mug, Look({"oil": 0.7})).styles == {"oil": 1}


def test_a_style_of_negligible_weight_has_share_0(mug):
    look, render = Look({"oil": 1.0, "pencil": 1e-7}), renderer(mug)
    shares = style_shares(look, render(look), render)
    assert shares["pencil"] == pytest.approx(0, abs=1e-3)
    assert shares["oil"] == pytest.approx(1, abs=1e-3)


def test_kinds_of_difference_are_distinguished(mug):
    photo = mug.photo
    grain = 0.1 * torch.randn(photo.shape, generator=torch.Generator().manual_seed(5))
    grey = grain.mean(1, keepdim=True)
    warm = torch.tensor([0.1, 0.0, -0.1]).view(1, 3, 1, 1)
    for change, kind in ((warm, "colour"), (grey, "texture"), (-0.2 * photo, "structure")):
        sums = {name: float(plane.sum()) for name, plane in difference_maps(photo, photo + change).items()}
        assert max(sums, key=sums.__getitem__) == kind


def test_the_strip_shows_from_which_strength_a_gate_fails(mug):
    def darken_background(look: Look) -> Tensor:
        return mug.photo - 0.1 * look.strength * mug.background

    explanation = explain(Look({"oil": 1.0}), mug, darken_background, TIGHT, NAMES)
    assert [trial.strength for trial in explanation.strip] == list(STRIP_STRENGTHS)
    assert [trial.passed for trial in explanation.strip] == [True, False, False, False, False]
    assert "not above it" in explanation.words
    halos = [trial.gates["halo"] for trial in explanation.strip]
    assert halos == sorted(halos)


def test_the_unchanged_photo_is_described_as_such(mug):
    explanation = explained(mug, Look({"oil": 1.0}, strength=0.0))
    assert set(explanation.difference.values()) == {0}
    assert explanation.words == "The picture is the photo itself: no style was applied."


def test_text_names_styles_shares_and_checks(mug):
    explanation = explained(mug, Look({"oil": 0.5, "pencil": 0.5}, strength=0.75))
    assert explanation.words.startswith("The photo was painted as oil and pencil at 75 % of full strength.")
    assert "Every check holds" in explanation.words


def test_pictures_are_three_heat_maps_and_a_strip(mug):
    pictures = explained(mug, Look({"oil": 1.0})).pictures
    assert {name: image.size for name, image in pictures.items()} == {
        "difference-structure": (128, 128),
        "difference-colour": (128, 128),
        "difference-texture": (128, 128),
        "strip": (640, 128),
    }
    spread = [max(high - low for low, high in image.getextrema()) for image in pictures.values()]
    assert min(spread) > 50
