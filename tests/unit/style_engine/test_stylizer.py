"""The engine's guarantees to its callers."""

import time
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from style_engine import InvalidLook, Look, Stylizer, UnknownStyle, UnsupportedPicture
from style_engine.painting import network_pass


def mean_difference(before: Image.Image, after: Image.Image) -> float:
    a, b = (np.asarray(x.convert("RGB"), dtype=float) for x in (before, after))
    return float(np.abs(a - b).mean())


def test_catalogue_has_words_in_six_languages_and_sources(stylizer):
    assert {"oil", "watercolour", "cartoon"} <= set(stylizer.styles)
    assert len(stylizer.styles) >= 8
    for style in stylizer.styles.values():
        assert set(style.words) >= {"en", "zh", "es", "de", "fr", "ja"}
        assert style.source


def test_every_style_gives_a_different_picture(stylizer, scene):
    results = stylizer.stylize_all(scene, [Look({name: 1.0}) for name in stylizer.styles])
    assert all(result.metrics["mean_shift"] > 4 for result in results)
    assert len({result.image.tobytes() for result in results}) == len(results)


def test_strength_zero_gives_the_photos_bytes(stylizer, scene):
    assert stylizer.stylize(scene, "oil", strength=0).tobytes() == scene.tobytes()


@pytest.mark.parametrize("style", ["oil", "cartoon", "pencil"])
def test_change_increases_with_strength(stylizer, scene, style):
    looks = [Look({style: 1.0}, s) for s in (0, 0.2, 0.4, 0.6, 0.8, 1.0)]
    differences = [mean_difference(scene, result.image) for result in stylizer.stylize_all(scene, looks)]
    assert differences[0] == 0
    assert all(low < high for low, high in pairwise(differences)), differences


def test_a_mix_is_between_its_styles(stylizer, scene):
    oil, mix, ink = (
        stylizer.stylize(scene, style) for style in ("oil", {"oil": 0.5, "ink-wash": 0.5}, "ink-wash")
    )
    assert mean_difference(oil, mix) < mean_difference(oil, ink)
    assert mean_difference(ink, mix) < mean_difference(oil, ink)


def test_weights_are_normalised(stylizer, scene):
    assert Look({"oil": 7, "ukiyo-e": 3}).styles == pytest.approx({"oil": 0.7, "ukiyo-e": 0.3})
    small, large = (stylizer.stylize(scene, {"oil": k, "pencil": k}) for k in (0.5, 2.0))
    assert small.tobytes() == large.tobytes()


def test_looks_of_several_photos_may_be_painted_together(stylizer, scene):
    looks, other = [Look({"pencil": 1.0}), Look({"oil": 1.0}, 0.8, enhance=True)], scene.rotate(180)
    prepared = [stylizer.prepare(photo, looks) for photo in (scene, other)]
    painted = stylizer.paint_together([(photo, look) for photo in prepared for look in looks])
    together = [each.finish().compose() for each in painted]
    alone = stylizer.stylize_all(scene, looks) + stylizer.stylize_all(other, looks)
    for one, two in zip(together, alone, strict=True):
        assert one.image.tobytes() == two.image.tobytes()
        assert (one.look, one.metrics, one.verdict, one.steps) == (
            two.look,
            two.metrics,
            two.verdict,
            two.steps,
        )


def test_looks_are_painted_alone_after_their_batch_has_failed(stylizer, scene, monkeypatch):
    batches, run_together = [], network_pass.run_together

    def without_memory_for_batches(passes, modulation):
        batches.append(len(passes))
        if len(passes) > 1:
            raise MemoryError
        return run_together(passes, modulation)

    looks = [Look({"pencil": 1.0}), Look({"oil": 1.0}, 0.8), Look({"cartoon": 1.0})]
    expected = [each.image.tobytes() for each in stylizer.stylize_all(scene, looks)]
    monkeypatch.setattr(network_pass, "batch_size", lambda device: network_pass.GPU_BATCH_SIZE)
    monkeypatch.setattr(network_pass, "run_together", without_memory_for_batches)
    prepared = stylizer.prepare(scene, looks)
    requests = [(prepared, look) for look in looks]
    with pytest.raises(MemoryError):
        stylizer.paint_together(requests)
    assert max(batches) == len(looks)
    alone = [painted for request in requests for painted in stylizer.paint_together([request])]
    assert [each.finish().compose().image.tobytes() for each in alone] == expected


def test_a_look_gives_the_same_bytes_alone_and_among_other_looks(stylizer, scene):
    alone = stylizer.stylize(scene, "oil", 0.8)
    among_others = stylizer.stylize_all(scene, [Look({"pencil": 1}), Look({"oil": 1}, 0.8)])[1].image
    assert alone.tobytes() == among_others.tobytes()


@pytest.mark.parametrize("size", [(1, 1), (2, 7), (3, 200), (200, 3), (513, 377), (5000, 2)])
@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_result_has_the_photos_size(stylizer, scene, size, strength):
    photo = scene.resize(size)
    result = stylizer.stylize_all(photo, [Look({"oil": 1}, strength)])[0]
    assert (result.image.size, result.image.mode) == (size, "RGB")
    assert all(np.isfinite(value) for value in result.metrics.values())


def test_large_photo_is_painted_at_working_size(stylizer, scene):
    photo = scene.resize((4000, 3000))
    began = time.perf_counter()
    result = stylizer.stylize(photo, "oil")
    assert result.size == photo.size
    assert time.perf_counter() - began < 20  # at full size it would take minutes


def test_alpha_is_kept_exactly(stylizer, scene):
    photo = scene.copy()
    alpha = Image.linear_gradient("L").resize(photo.size)
    photo.putalpha(alpha)
    styled = stylizer.stylize(photo, "watercolour", 0.7)
    assert styled.mode == "RGBA"
    assert styled.getchannel("A").tobytes() == alpha.tobytes()


def test_white_background_stays_clean_while_the_product_is_painted(stylizer, product):
    photo = np.asarray(product)
    for result in stylizer.stylize_all(product, [Look({name: 1.0}) for name in stylizer.styles]):
        styled = np.asarray(result.image)
        assert styled[:40].min() >= 249, result.look
        assert styled[-30:].min() >= 249, result.look
        assert np.abs(styled.astype(int) - photo)[110:150, 90:160].mean() > 4, result.look


def test_metrics_of_an_unchanged_photo(stylizer, scene):
    metrics = stylizer.stylize_all(scene, [Look({"oil": 1}, 0)])[0].metrics
    assert metrics["ssim"] == pytest.approx(1)
    assert metrics["edge_keep"] == pytest.approx(1, abs=1e-3)
    assert metrics["mean_shift"] == 0


def test_unknown_style_error_lists_the_styles(stylizer, scene):
    with pytest.raises(UnknownStyle, match=r"'oyl'.*oil"):
        stylizer.stylize(scene, "oyl")


@pytest.mark.parametrize(
    ("styles", "strength"),
    [({}, 1), ({"oil": 0}, 1), ({"oil": -1}, 1), ({"oil": float("nan")}, 1), ({"oil": 1}, 1.01),
     ({"oil": 1}, -0.1), ({"oil": 1}, float("nan"))],
)  # fmt: skip
def test_invalid_look_is_refused(styles, strength):
    with pytest.raises(InvalidLook):
        Look(styles, strength)


def test_other_modes_are_refused(stylizer):
    with pytest.raises(UnsupportedPicture, match=r"'L'.*RGB"):
        stylizer.stylize(Image.new("L", (20, 20)), "oil")


def test_warm_up_runs_on_a_cpu(model_folder):
    Stylizer.load(model_folder).warm_up()
