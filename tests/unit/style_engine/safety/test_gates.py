"""Every gate refuses a picture made to fail it, and no failing picture is published."""

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
    BACKOFF_MIN_STRENGTH,
    LOWER_LIMIT_GATES,
    MEASURES,
    GateLimits,
    evaluate_gates,
    gate_with_backoff,
    used_shares_of_limits,
)
from style_engine.safety.scene import Scene, measure

PROTECTIONS = tuple(mode.value for mode in Protection)
LIMITS = GateLimits.load()


def look_of(strength: float = 1.0, mode: str = "soft") -> Look:
    return Look({"oil": 1.0}, strength, Protection(mode))


@pytest.fixture(scope="module")
def mug_scene(product) -> Scene:
    """The mug with its own mask; the letters of its label are the text."""
    photo = tensors.to_tensor(product)
    background = plain_background(photo)
    text = torch.zeros_like(background)
    text[..., 120:145, 98:156] = 1
    skin = torch.zeros_like(background)
    skin[..., 20:40, 30:60] = 1  # a hand beside the mug
    return Scene(photo, background, Regions(1 - background, text, found=True, confidence=1.0, skin=skin))


def tinted(scene: Scene) -> Tensor:
    """An acceptable look: the product a little warmer."""
    warm = torch.tensor([0.05, 0.0, -0.05]).view(1, 3, 1, 1)
    return (scene.photo + (scene.background == 0) * warm).clamp(0, 1)


def noise(scene: Scene, amount: float) -> Tensor:
    return amount * torch.randn(scene.photo.shape, generator=torch.Generator().manual_seed(1))


def with_nan(scene: Scene) -> Tensor:
    result = tinted(scene)
    result[0, 1, 70, 90] = float("nan")
    return result


def clipped(scene: Scene) -> Tensor:
    result = tinted(scene)
    result[..., 60:200, 76:180] = 1
    return result


def noisy_product(scene: Scene) -> Tensor:
    return (tinted(scene) + (1 - scene.background) * noise(scene, 0.15)).clamp(0, 1)


def shifted(scene: Scene) -> Tensor:
    return torch.where(scene.background > 0.5, scene.photo, tinted(scene).roll((4, 4), (2, 3)))


def noisy_background(scene: Scene) -> Tensor:
    return (tinted(scene) - scene.background * noise(scene, 0.1).abs()).clamp(0, 1)


def with_halo(scene: Scene) -> Tensor:
    product = (scene.background < 0.5).float()
    return tinted(scene) * (1 - 0.2 * (windows.maximum(product, 14) - product))


def with_stained_pixel(scene: Scene) -> Tensor:
    result = tinted(scene)
    result[0, 2, 8, 9] -= 5 / 255
    return result


def recoloured(scene: Scene) -> Tensor:
    return torch.where(scene.background > 0.5, scene.photo, scene.photo.roll(1, 1))


def with_stained_hand(scene: Scene) -> Tensor:
    result = tinted(scene)
    result[..., 28:34, 40:46] = torch.tensor([0.9, 0.6, 0.3]).view(1, 3, 1, 1)
    return result


def blurred_text(scene: Scene) -> Tensor:
    blurred = torch.nn.functional.avg_pool2d(scene.photo, 11, 1, 5, count_include_pad=False)
    return torch.lerp(tinted(scene), blurred, scene.regions.text)


MADE_TO_FAIL = [
    ("finite", with_nan, PROTECTIONS),
    ("clipping", clipped, PROTECTIONS),
    ("style_gain", lambda scene: scene.photo, PROTECTIONS),
    ("product_ssim", noisy_product, ("soft", "strict", "background-only")),
    ("edge_keep", shifted, ("soft", "strict", "background-only")),
    ("flat_noise", noisy_background, PROTECTIONS),
    ("halo", with_halo, PROTECTIONS),
    ("white_background", with_stained_pixel, ("strict", "background-only", "product-only")),
    ("background", with_stained_pixel, ("product-only",)),
    ("delta_e", recoloured, ("soft", "strict", "background-only")),
    ("text", blurred_text, ("soft", "strict", "background-only")),
    ("skin", with_stained_hand, ("soft", "strict", "background-only", "product-only")),
]
CASES = [(name, damage, mode) for name, damage, modes in MADE_TO_FAIL for mode in modes]


@pytest.mark.parametrize(("name", "damage", "mode"), CASES, ids=[f"{c[0]}-{c[2]}" for c in CASES])
def test_a_picture_made_to_fail_a_gate_is_refused_by_it(mug_scene, name, damage, mode):
    published, verdict = gate_with_backoff(lambda _: damage(mug_scene), look_of(1.0, mode), mug_scene, LIMITS)
    assert verdict.outcome == "fallback"
    assert name in verdict.refused_by
    assert published is mug_scene.measured


def test_every_gate_of_every_protection_has_a_picture_made_to_fail_it():
    covered = {(name, mode) for name, _, mode in CASES}
    assert covered == {
        (name, mode) for mode in PROTECTIONS for name in ("finite", *LIMITS.by_protection[mode])
    }


@pytest.mark.parametrize("mode", ["off", "soft", "product-only"])
def test_an_acceptable_look_passes_every_gate(mug_scene, mode):
    published, verdict = gate_with_backoff(lambda _: tinted(mug_scene), look_of(1.0, mode), mug_scene, LIMITS)
    assert (verdict.outcome, verdict.strength, verdict.refused_by) == ("passed", 1.0, ())
    assert torch.equal(published.picture, tinted(mug_scene))


@pytest.mark.parametrize("mode", PROTECTIONS)
def test_strength_zero_is_the_photo_and_passes(mug_scene, mode):
    _, verdict = gate_with_backoff(lambda _: mug_scene.photo, look_of(0.0, mode), mug_scene, LIMITS)
    assert (verdict.outcome, verdict.strength) == ("passed", 0.0)


def recording_renderer(
    scene: Scene, damage: Callable[[Scene], Tensor], tried: list[float]
) -> Callable[[float], Tensor]:
    """A renderer whose damage is proportional to strength; it records the requested strengths."""

    def render(strength: float) -> Tensor:
        tried.append(strength)
        return torch.lerp(scene.photo, damage(scene), strength)

    return render


def slightly_recoloured(scene: Scene) -> Tensor:
    return torch.lerp(scene.photo, recoloured(scene), 0.4)


def test_a_look_that_is_too_strong_is_published_at_a_lower_strength(mug_scene):
    tried: list[float] = []
    published, verdict = gate_with_backoff(
        recording_renderer(mug_scene, slightly_recoloured, tried), look_of(), mug_scene, LIMITS
    )
    assert verdict.outcome == "lowered"
    assert "delta_e" in verdict.refused_by
    assert BACKOFF_MIN_STRENGTH <= verdict.strength < 1
    assert all(gate.passed for gate in verdict.gates)
    assert tried == sorted(tried, reverse=True)
    assert len(tried) <= 4
    assert torch.equal(
        published.picture, torch.lerp(mug_scene.photo, slightly_recoloured(mug_scene), verdict.strength)
    )


def test_a_look_below_every_backoff_step_is_tried_once(mug_scene):
    tried: list[float] = []
    _, verdict = gate_with_backoff(
        recording_renderer(mug_scene, with_nan, tried), look_of(0.1), mug_scene, LIMITS
    )
    assert (verdict.outcome, tried) == ("fallback", [0.1])


def test_a_photo_without_plain_background_has_zero_halo_and_background_change(scene):
    photo = tensors.to_tensor(scene)
    everywhere = torch.ones_like(photo[:, :1])
    textured = Scene(photo, 0 * everywhere, Regions(everywhere, 0 * everywhere, found=False, confidence=0.0))
    gates = {
        gate.name: gate.value
        for gate in evaluate_gates(textured, 1 - photo, look_of(1.0, "product-only"), LIMITS)
    }
    assert gates["halo"] == gates["flat_noise"] == gates["white_background"] == gates["background"] == 0


DAMAGES = (
    clipped,
    noisy_product,
    shifted,
    noisy_background,
    with_halo,
    with_stained_pixel,
    recoloured,
    blurred_text,
    with_nan,
    tinted,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    mode=st.sampled_from(PROTECTIONS),
    strength=st.floats(0, 1),
    damages=st.lists(st.tuples(st.sampled_from(DAMAGES), st.floats(-0.5, 2)), max_size=3),
    unclamped=st.booleans(),
)
def test_no_failing_picture_is_published(mug_scene, mode, strength, damages, unclamped):
    """For any renderer and strength the published picture passes every gate or is the photo."""

    def render(at: float) -> Tensor:
        result = mug_scene.photo.clone()
        for damage, amount in damages:
            result += at * amount * (damage(mug_scene) - mug_scene.photo)
        return result if unclamped else result.clamp(0, 1)

    published, verdict = gate_with_backoff(render, look_of(strength, mode), mug_scene, LIMITS)
    if verdict.outcome == "fallback":
        assert published is mug_scene.measured
        assert verdict.refused_by
        return
    picture = published.picture
    assert 0 <= picture.min() <= picture.max() <= 1
    for name, limit in LIMITS.by_protection[mode].items():
        value = MEASURES[name](mug_scene, published)
        scaled_limit = limit * verdict.strength if name == "style_gain" else limit
        assert value >= scaled_limit if name in LOWER_LIMIT_GATES else value <= scaled_limit
    assert (verdict.outcome == "passed") == (verdict.strength == strength)


def test_limits_are_read_from_the_file(tmp_path: Path):
    file = tmp_path / "gates.json"
    file.write_text('{"limits": {"off": {"halo": 2.5}}}', "utf-8")
    assert GateLimits.load(file).by_protection["off"] == {"halo": 2.5}


def test_noise_of_the_photo_itself_is_not_counted():
    grain = torch.randn((1, 3, 64, 64), generator=torch.Generator().manual_seed(2)) * 1.5 / 255
    photo, everywhere = 0.6 + grain, torch.ones(1, 1, 64, 64)
    scene = Scene(photo, everywhere, Regions(0 * everywhere, 0 * everywhere, found=True, confidence=1.0))
    assert metrics.flat_noise(photo, photo) > 0.5
    assert MEASURES["flat_noise"](scene, measure(photo)) == 0
    assert MEASURES["flat_noise"](scene, measure(photo + 3 * grain)) > 1


def test_only_confident_text_must_stay_readable(mug_scene):
    blurred = measure(mug_scene.photo.mean((2, 3), keepdim=True).expand_as(mug_scene.photo))
    values = []
    for probability in (0.4, 0.6):
        regions = replace(mug_scene.regions, text=probability * mug_scene.regions.text)
        scene = Scene(mug_scene.photo, mug_scene.background, regions)
        values.append(MEASURES["text"](scene, blurred))
    assert values[0] == 1
    assert values[1] < 0.5


def test_the_photo_itself_is_measured_once_for_all_shares_that_are_tried(mug_scene, monkeypatch):
    scene, measured = replace(mug_scene), []

    def count(scene: Scene, result: metrics.MeasuredImage) -> float:
        measured.append(result)
        return 0.0 if result is scene.measured else 1.0

    monkeypatch.setitem(MEASURES, "delta_e", count)
    for _share in range(3):
        shares = used_shares_of_limits(scene, measure(scene.photo.clone()), {"delta_e": 2.0})
        assert shares == {"delta_e": 0.5}
    assert sum(result is scene.measured for result in measured) == 1


@pytest.fixture(scope="module")
def busy_scene(product) -> Scene:
    """The mug in front of dark and light stripes, without a plain background."""
    photo = tensors.to_tensor(product)
    inside = 1 - plain_background(photo)
    y = torch.arange(photo.shape[2]).view(1, 1, -1, 1)
    stripes = (0.4 + 0.2 * (y // 6 % 2)).expand_as(photo)
    nothing = torch.zeros_like(inside)
    regions = Regions((inside > 0.5).float(), nothing, found=True, confidence=1.0)
    return Scene(torch.where(inside > 0.5, photo, stripes), nothing, regions)


@pytest.mark.parametrize("mode", ["soft", "strict", "background-only"])
@pytest.mark.parametrize("gate", ["product_ssim", "edge_keep"])
def test_a_background_painted_up_to_the_outline_does_not_count_as_the_product(busy_scene, gate, mode):
    inside = busy_scene.regions.product
    hatched = busy_scene.photo.transpose(2, 3).flip(1) * 1.5
    result = torch.where(inside > 0, busy_scene.photo, hatched[..., : inside.shape[2], : inside.shape[3]])
    value = MEASURES[gate](busy_scene, measure(result.clamp(0, 1)))
    assert value == pytest.approx(1, abs=1e-3)
    assert value >= LIMITS.by_protection[mode][gate]


@pytest.mark.parametrize("gate", ["product_ssim", "edge_keep"])
def test_damage_to_the_product_in_front_of_a_busy_background_is_refused(busy_scene, gate):
    inside = busy_scene.regions.product
    ghost = torch.lerp(busy_scene.photo, busy_scene.photo.roll((6, 6), (2, 3)), 0.5)
    result = measure(torch.where(inside > 0, ghost, busy_scene.photo))
    assert MEASURES[gate](busy_scene, result) < LIMITS.by_protection["soft"][gate]


def test_a_double_image_in_one_place_is_refused(mug_scene):
    result = mug_scene.photo.clone()
    place = (slice(None), slice(None), slice(95, 150), slice(95, 160))
    result[place] = torch.lerp(result, result.roll((4, 4), (2, 3)), 0.5)[place]
    _, verdict = gate_with_backoff(lambda _: result, look_of(), mug_scene, LIMITS)
    assert {"product_ssim", "edge_keep"} <= set(verdict.refused_by)
