"""Every gate refuses a picture made to fail it, and nothing that fails is ever published."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor

from style_engine.imaging import tensors, windows
from style_engine.looks import Look, Protection
from style_engine.regions.background import plain_background
from style_engine.regions.finder import Regions
from style_engine.safety import metrics
from style_engine.safety.gates import (
    LOWER_LIMIT_GATES,
    MEASURES,
    MIN_STRENGTH,
    GateLimits,
    evaluate_gates,
    gate_with_backoff,
)
from style_engine.safety.scene import Scene, measure

PROTECTIONS = tuple(mode.value for mode in Protection)
LIMITS = GateLimits.load()


def asked(strength: float = 1.0, mode: str = "soft") -> Look:
    return Look({"oil": 1.0}, strength, Protection(mode))


@pytest.fixture(scope="module")
def scene_of(product) -> Scene:
    """The mug with its own mask, and its label's letters as text."""
    photo = tensors.to_tensor(product)
    background = plain_background(photo)
    text = torch.zeros_like(background)
    text[..., 120:145, 98:156] = 1
    return Scene(photo, background, Regions(1 - background, text, found=True, confidence=1.0))


def tinted(scene: Scene) -> Tensor:
    """A faultless look: the product a little warmer."""
    warm = torch.tensor([0.05, 0.0, -0.05]).view(1, 3, 1, 1)
    return (scene.photo + (scene.background == 0) * warm).clamp(0, 1)


def noise(scene: Scene, amount: float) -> Tensor:
    return amount * torch.randn(scene.photo.shape, generator=torch.Generator().manual_seed(1))


def with_hole(scene: Scene) -> Tensor:
    result = tinted(scene)
    result[0, 1, 70, 90] = float("nan")
    return result


def clipped(scene: Scene) -> Tensor:
    result = tinted(scene)
    result[..., 60:200, 76:180] = 1
    return result


def noisy_product(scene: Scene) -> Tensor:
    return (tinted(scene) + (1 - scene.background) * noise(scene, 0.15)).clamp(0, 1)


def redrawn(scene: Scene) -> Tensor:
    return torch.where(scene.background > 0.5, scene.photo, tinted(scene).roll((4, 4), (2, 3)))


def grained_ground(scene: Scene) -> Tensor:
    return (tinted(scene) - scene.background * noise(scene, 0.1).abs()).clamp(0, 1)


def ringed(scene: Scene) -> Tensor:
    body = (scene.background < 0.5).float()
    return tinted(scene) * (1 - 0.2 * (windows.maximum(body, 14) - body))


def stained(scene: Scene) -> Tensor:
    result = tinted(scene)
    result[0, 2, 8, 9] -= 5 / 255
    return result


def recoloured(scene: Scene) -> Tensor:
    return torch.where(scene.background > 0.5, scene.photo, scene.photo.roll(1, 1))


def smeared(scene: Scene) -> Tensor:
    soft = torch.nn.functional.avg_pool2d(scene.photo, 11, 1, 5, count_include_pad=False)
    return torch.lerp(tinted(scene), soft, scene.regions.text)


MADE_TO_FAIL = [
    ("finite", with_hole, PROTECTIONS),
    ("clipping", clipped, PROTECTIONS),
    ("style_gain", lambda scene: scene.photo, PROTECTIONS),
    ("product_ssim", noisy_product, ("soft", "strict", "background-only")),
    ("edge_keep", redrawn, ("soft", "strict", "background-only")),
    ("flat_noise", grained_ground, PROTECTIONS),
    ("halo", ringed, PROTECTIONS),
    ("white_background", stained, ("strict", "background-only", "product-only")),
    ("background", stained, ("product-only",)),
    ("delta_e", recoloured, ("soft", "strict", "background-only")),
    ("text", smeared, ("soft", "strict", "background-only")),
]
CASES = [(name, damage, mode) for name, damage, modes in MADE_TO_FAIL for mode in modes]


@pytest.mark.parametrize(("name", "damage", "mode"), CASES, ids=[f"{c[0]}-{c[2]}" for c in CASES])
def test_a_picture_made_to_fail_a_gate_is_refused_by_it(scene_of, name, damage, mode):
    view, verdict = gate_with_backoff(lambda _: damage(scene_of), asked(1.0, mode), scene_of, LIMITS)
    assert verdict.outcome == "fallback"
    assert name in verdict.refused_by
    assert view is scene_of.measured


def test_every_gate_of_every_protection_has_a_picture_made_to_fail_it():
    covered = {(name, mode) for name, _, mode in CASES}
    assert covered == {
        (name, mode) for mode in PROTECTIONS for name in ("finite", *LIMITS.by_protection[mode])
    }


@pytest.mark.parametrize("mode", ["off", "soft", "product-only"])
def test_a_faultless_look_passes_every_gate(scene_of, mode):
    view, verdict = gate_with_backoff(lambda _: tinted(scene_of), asked(1.0, mode), scene_of, LIMITS)
    assert (verdict.outcome, verdict.strength, verdict.refused_by) == ("passed", 1.0, ())
    assert torch.equal(view.picture, tinted(scene_of))


@pytest.mark.parametrize("mode", PROTECTIONS)
def test_strength_zero_is_the_photo_and_passes(scene_of, mode):
    _, verdict = gate_with_backoff(lambda _: scene_of.photo, asked(0.0, mode), scene_of, LIMITS)
    assert (verdict.outcome, verdict.strength) == ("passed", 0.0)


def fading(scene: Scene, damage: Callable[[Scene], Tensor], tried: list[float]) -> Callable[[float], Tensor]:
    """A look whose damage fades with its strength, and which notes the strengths it is asked for."""

    def render(strength: float) -> Tensor:
        tried.append(strength)
        return torch.lerp(scene.photo, damage(scene), strength)

    return render


def tanned(scene: Scene) -> Tensor:
    return torch.lerp(scene.photo, recoloured(scene), 0.4)


def test_a_look_that_is_too_strong_is_published_weaker(scene_of):
    tried: list[float] = []
    view, verdict = gate_with_backoff(fading(scene_of, tanned, tried), asked(), scene_of, LIMITS)
    assert verdict.outcome == "lowered"
    assert "delta_e" in verdict.refused_by
    assert MIN_STRENGTH <= verdict.strength < 1
    assert all(gate.passed for gate in verdict.gates)
    assert tried == sorted(tried, reverse=True)
    assert len(tried) <= 4
    assert torch.equal(view.picture, torch.lerp(scene_of.photo, tanned(scene_of), verdict.strength))


def test_a_look_weaker_than_every_rung_is_tried_once(scene_of):
    tried: list[float] = []
    _, verdict = gate_with_backoff(fading(scene_of, with_hole, tried), asked(0.1), scene_of, LIMITS)
    assert (verdict.outcome, tried) == ("fallback", [0.1])


def test_a_photo_without_plain_ground_has_no_halo_and_no_ground_to_keep(scene):
    photo = tensors.to_tensor(scene)
    everywhere = torch.ones_like(photo[:, :1])
    busy = Scene(photo, 0 * everywhere, Regions(everywhere, 0 * everywhere, found=False, confidence=0.0))
    gates = {
        gate.name: gate.value for gate in evaluate_gates(busy, 1 - photo, asked(1.0, "product-only"), LIMITS)
    }
    assert gates["halo"] == gates["flat_noise"] == gates["white_background"] == gates["background"] == 0


DAMAGES = (
    clipped,
    noisy_product,
    redrawn,
    grained_ground,
    ringed,
    stained,
    recoloured,
    smeared,
    with_hole,
    tinted,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    mode=st.sampled_from(PROTECTIONS),
    strength=st.floats(0, 1),
    damages=st.lists(st.tuples(st.sampled_from(DAMAGES), st.floats(-0.5, 2)), max_size=3),
    wild=st.booleans(),
)
def test_nothing_that_fails_is_published(scene_of, mode, strength, damages, wild):
    """Whatever a renderer gives at whatever strength: what comes out passes every gate, or is the photo."""

    def render(at: float) -> Tensor:
        result = scene_of.photo.clone()
        for damage, amount in damages:
            result += at * amount * (damage(scene_of) - scene_of.photo)
        return result if wild else result.clamp(0, 1)

    view, verdict = gate_with_backoff(render, asked(strength, mode), scene_of, LIMITS)
    if verdict.outcome == "fallback":
        assert view is scene_of.measured
        assert verdict.refused_by
        return
    picture = view.picture
    assert 0 <= picture.min() <= picture.max() <= 1
    for name, limit in LIMITS.by_protection[mode].items():
        value = MEASURES[name](scene_of, view)
        limit_highlights = limit * verdict.strength if name == "style_gain" else limit
        assert value >= limit_highlights if name in LOWER_LIMIT_GATES else value <= limit_highlights
    assert (verdict.outcome == "passed") == (verdict.strength == strength)


def test_limits_are_read_from_the_calibrated_file(tmp_path: Path):
    file = tmp_path / "gates.json"
    file.write_text('{"limits": {"off": {"halo": 2.5}}}', "utf-8")
    assert GateLimits.load(file).by_protection["off"] == {"halo": 2.5}


def test_grain_of_the_photo_itself_is_no_noise_of_a_look():
    grain = torch.randn((1, 3, 64, 64), generator=torch.Generator().manual_seed(2)) * 1.5 / 255
    photo, everywhere = 0.6 + grain, torch.ones(1, 1, 64, 64)
    scene = Scene(photo, everywhere, Regions(0 * everywhere, 0 * everywhere, found=True, confidence=1.0))
    assert metrics.flat_noise(photo, photo) > 0.5
    assert MEASURES["flat_noise"](scene, measure(photo)) == 0
    assert MEASURES["flat_noise"](scene, measure(photo + 3 * grain)) > 1


def test_only_what_is_rather_text_than_not_has_to_read_alike(scene_of):
    smeared = measure(scene_of.photo.mean((2, 3), keepdim=True).expand_as(scene_of.photo))
    reads = []
    for sure in (0.4, 0.6):
        regions = replace(scene_of.regions, text=sure * scene_of.regions.text)
        reads.append(MEASURES["text"](Scene(scene_of.photo, scene_of.background, regions), smeared))
    assert reads[0] == 1
    assert reads[1] < 0.5
