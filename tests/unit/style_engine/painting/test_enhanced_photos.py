"""Enhancement counts towards what a protection promises about the product."""

import numpy as np
import pytest
import torch
from PIL import Image
from skimage import color

from style_engine import Look, Protection, StyledPicture, Stylizer
from style_engine.enhance.enhance import Step
from style_engine.painting import enhanced_photos
from style_engine.painting.enhanced_photos import EnhancedPhotos
from style_engine.painting.photo_context import PhotoContext
from style_engine.regions.finder import Regions
from style_engine.safety.scene import measure

LIMITS = {"off": {}, "soft": {"product_ssim": 0.85, "delta_e": 7.0}, "strict": {"delta_e": 2.0}}


@pytest.fixture
def brightened(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enhancement that brightens every photo by a fifth, whatever it shows."""

    def brighten(image: Image.Image) -> tuple[Image.Image, tuple[Step, ...]]:
        return image.point(lambda level: min(255, round(1.2 * level))), (Step("exposure", 0.3, "brightened"),)

    monkeypatch.setattr(enhanced_photos, "enhance", brighten)


def contexts_of(image: Image.Image, stylizer: Stylizer) -> tuple[EnhancedPhotos, list[torch.Size]]:
    calls: list[torch.Size] = []

    def counting(photo: torch.Tensor, background: torch.Tensor) -> Regions:
        calls.append(photo.shape)
        return Regions(1 - background, 0 * background, found=True, confidence=0.9)

    return EnhancedPhotos(PhotoContext(image, stylizer.model, counting, torch.device("cpu"))), calls


def median_delta_e(upload: Image.Image, picture: Image.Image, inside: np.ndarray) -> float:
    first, second = (color.rgb2lab(np.asarray(image)[inside] / 255.0) for image in (upload, picture))
    return float(np.median(color.deltaE_ciede2000(first, second)))


def test_without_corrections_the_upload_itself_is_painted(stylizer, product, monkeypatch):
    monkeypatch.setattr(enhanced_photos, "enhance", lambda image: (image.copy(), ()))
    photos, _ = contexts_of(product, stylizer)
    assert photos.context("strict", LIMITS["strict"]) is photos.upload


@pytest.mark.usefixtures("brightened")
def test_stricter_limits_leave_less_of_the_enhancement(stylizer, product):
    photos, calls = contexts_of(product, stylizer)
    off, soft, strict = (photos.context(mode, limits) for mode, limits in LIMITS.items())
    inside = np.asarray(product).min(-1) < 200
    moved = [median_delta_e(product, each.image, inside) for each in (off, soft, strict)]
    assert moved[0] > moved[1] > moved[2]
    assert moved[1] <= LIMITS["soft"]["delta_e"] / 2
    assert moved[2] <= LIMITS["strict"]["delta_e"] / 2
    assert len({id(each.scene.regions) for each in (off, soft, strict)}) == len(calls) == 1


@pytest.mark.usefixtures("brightened")
def test_the_share_is_measured_once_for_all_looks_with_the_same_limits(stylizer, product, monkeypatch):
    photos, _ = contexts_of(product, stylizer)
    measured = []
    monkeypatch.setattr(enhanced_photos, "measure", lambda picture: measured.append(1) or measure(picture))
    first = photos.context("strict", LIMITS["strict"])
    needed = len(measured)
    assert needed > 0
    assert photos.context("strict", dict(LIMITS["strict"])) is first
    assert len(measured) == needed


@pytest.mark.usefixtures("brightened")
def test_a_reduction_is_a_step_that_names_the_limit(stylizer, product):
    photos, _ = contexts_of(product, stylizer)
    notes = [step.note for step in photos.context("strict", LIMITS["strict"]).steps]
    assert "strict allows the product's colours to move by ΔE 2 at most" in notes[0]
    assert [step.note for step in photos.context("off", {}).steps] == ["brightened"]


def enhanced_look(
    stylizer: Stylizer, photo: Image.Image, mode: str, style: str = "watercolour"
) -> StyledPicture:
    return stylizer.stylize_all(photo, [Look({style: 1.0}, protection=Protection(mode), enhance=True)])[0]


@pytest.mark.usefixtures("brightened")
@pytest.mark.parametrize(("mode", "limit"), [("soft", 7.0), ("strict", 2.0), ("background-only", 0.5)])
def test_an_enhanced_and_painted_product_stays_within_the_promise(stylizer, product, mode, limit):
    styled = enhanced_look(stylizer, product, mode)
    pixels = np.asarray(product).astype(int)
    for part in ((196, 44, 40), (40, 70, 160)):
        inside = np.abs(pixels - part).max(-1) <= 3
        assert median_delta_e(product, styled.image, inside) <= limit
    assert styled.metrics["delta_e"] <= limit


@pytest.mark.usefixtures("brightened")
def test_enhancement_without_a_promise_reports_how_far_the_product_moved(stylizer, product):
    styled = enhanced_look(stylizer, product, "off", "enhance")
    assert styled.metrics["delta_e"] > 4
    assert styled.verdict.gates == ()


@pytest.mark.usefixtures("brightened")
def test_an_enhanced_look_at_strength_zero_keeps_the_promise_too(stylizer, product):
    look = Look({"oil": 1.0}, 0.0, Protection.STRICT, enhance=True)
    assert stylizer.stylize_all(product, [look])[0].metrics["delta_e"] <= 2
