"""GPU support, tested on a fake GPU: device placement, fp16, batches, comparison with the CPU."""

from collections.abc import Iterator
from dataclasses import replace
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from skimage import data

from style_engine import Look, Protection, Stylizer
from style_engine.errors import DeviceRefused
from style_engine.looks import Levels
from style_engine.network.modulation import Modulation
from style_engine.network.styles import LEARNED_FAMILY
from style_engine.painting import network_pass
from tests import fake_gpu
from tests.fake_gpu import GPU_DEVICE, FakeGpu, MixedDevices

FP16_MEAN_DIFFERENCE_8BIT, FP16_MAX_DIFFERENCE_8BIT = 0.2, 16
"""Most looks differ by a hundredth of this. Protection finds the share of a change that it leaves by bisection
(safety.structure): where 16-bit tones turn its last step, the whole change differs by 1/32."""


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    return Image.fromarray(data.chelsea()).resize((180, 120))


@pytest.fixture(scope="module")
def gpu_stylizer_loaded(model_folder: Path) -> Stylizer:
    # Views of a parameter can be wrapped in inference mode only if the parameter was created in it.
    with torch.inference_mode(), FakeGpu():
        return Stylizer.load(model_folder, device=str(GPU_DEVICE))


@pytest.fixture
def gpu_stylizer(gpu_stylizer_loaded: Stylizer) -> Iterator[Stylizer]:
    with torch.inference_mode(), FakeGpu():
        yield gpu_stylizer_loaded


def difference(first: Image.Image, second: Image.Image) -> np.ndarray:
    return np.abs(np.asarray(first, int) - np.asarray(second, int))


def looks() -> list[Look]:
    oil = Look.of("oil")
    return [
        *(replace(oil, protection=protection) for protection in Protection),
        Look({"ink-wash": 0.4, "pop-art": 0.6}, 0.7),
        replace(Look.of("engraving"), enhance=True),
        *map(Look.of, ("auto", "enhance", "grade-clean")),
    ]


def test_fake_gpu_tensors_cannot_be_mixed_with_cpu_tensors() -> None:
    with FakeGpu():
        on_gpu = torch.ones(2, device=GPU_DEVICE)
        assert float((2 * on_gpu).sum()) == 4
        assert (on_gpu.cpu() + torch.ones(2)).tolist() == [2, 2]
        with pytest.raises(MixedDevices):
            on_gpu + torch.ones(2)


@pytest.mark.parametrize("look", looks(), ids=lambda look: f"{'+'.join(look.styles)} {look.protection}")
def test_a_look_gives_the_same_picture_on_a_gpu(
    stylizer: Stylizer, gpu_stylizer: Stylizer, photo: Image.Image, look: Look
) -> None:
    cpu, gpu = (engine.stylize_all(photo, [look], explained=True)[0] for engine in (stylizer, gpu_stylizer))
    off = difference(cpu.image, gpu.image)
    assert off.mean() <= FP16_MEAN_DIFFERENCE_8BIT
    assert off.max() <= FP16_MAX_DIFFERENCE_8BIT
    for part in ("outcome", "strength", "refused_by"):
        assert getattr(cpu.verdict, part) == getattr(gpu.verdict, part)
    if cpu.explanation:
        for part in ("levels", "styles", "difference"):
            assert getattr(gpu.explanation, part) == pytest.approx(getattr(cpu.explanation, part), abs=0.02)


def test_tiled_painting_with_a_learned_style_gives_the_same_picture_on_a_gpu(
    stylizer: Stylizer, gpu_stylizer: Stylizer, photo: Image.Image
) -> None:
    learned = replace(stylizer.styles["fauvist"], id="mine", family=LEARNED_FAMILY, medium="")
    cpu, gpu = (
        engine.with_style(learned).stylize_tiled(photo, Look.of("mine", 0.8))
        for engine in (stylizer, gpu_stylizer)
    )
    assert difference(cpu, gpu).mean() <= FP16_MEAN_DIFFERENCE_8BIT


def test_the_painting_network_is_fp16_on_a_gpu(gpu_stylizer: Stylizer) -> None:
    assert gpu_stylizer.model.net.out.weight.dtype == torch.float16
    assert gpu_stylizer.model.head.expand.weight.dtype == torch.float32


def counts_batches(batch_sizes: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    run_together = network_pass.run_together

    def counted(passes: list[network_pass.NetworkPass], modulation: Modulation) -> torch.Tensor:
        batch_sizes.append(len(passes))
        return run_together(passes, modulation)

    monkeypatch.setattr(network_pass, "run_together", counted)


def test_looks_of_photos_of_one_size_are_painted_as_one_batch_on_a_gpu(
    gpu_stylizer: Stylizer, photo: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch_sizes: list[int] = []
    counts_batches(batch_sizes, monkeypatch)
    photos = [photo, photo.rotate(180), photo.resize((120, 180))]
    looks = [Look.of("oil"), replace(Look.of("pencil", 0.7), protection=Protection.STRICT)]
    requests = [(gpu_stylizer.prepare(each, looks), look) for each in photos for look in looks]
    together = [toned.finish().compose().image for toned in gpu_stylizer.paint_together(requests)]
    assert sorted(batch_sizes, reverse=True)[:2] == [4, 2]
    alone = [picture.image for each in photos for picture in gpu_stylizer.stylize_each(each, looks)]
    for in_batch, single in zip(together, alone, strict=True):
        assert difference(in_batch, single).max() <= FP16_MAX_DIFFERENCE_8BIT
        assert difference(in_batch, single).mean() <= FP16_MEAN_DIFFERENCE_8BIT


def test_marks_gates_and_compositing_need_no_gpu(
    gpu_stylizer: Stylizer, photo: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(func: Any, *_: Any) -> None:
        raise AssertionError(f"{func} on the GPU")

    large = photo.resize((2 * photo.width, 2 * photo.height))
    large.paste("white", (0, 0, large.width, 60))
    prepared = gpu_stylizer.prepare(large, looks())
    toned = gpu_stylizer.paint_together([(prepared, look) for look in looks()])
    monkeypatch.setattr(fake_gpu, "_run", refused)
    pictures = [each.finish(explained=True).compose() for each in toned]
    assert {each.image.size for each in pictures} == {large.size}


def test_looks_of_one_photo_are_painted_as_one_batch_on_a_gpu(
    gpu_stylizer: Stylizer, photo: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch_sizes: list[int] = []
    counts_batches(batch_sizes, monkeypatch)
    looks = [
        replace(Look.of("oil"), protection=Protection.STRICT),
        Look({"pencil": 0.4, "cartoon": 0.6}, 0.7, levels=Levels(stroke=0.5)),
        replace(Look.of("linocut"), protection=Protection.BACKGROUND_ONLY),
    ]
    batch = gpu_stylizer.stylize_all(photo, looks)
    assert batch_sizes[0] == 3
    single = [gpu_stylizer.stylize_all(photo, [look])[0] for look in looks]
    for in_batch, alone in zip(batch, single, strict=True):
        assert difference(in_batch.image, alone.image).max() <= FP16_MAX_DIFFERENCE_8BIT
        assert difference(in_batch.image, alone.image).mean() <= FP16_MEAN_DIFFERENCE_8BIT


@pytest.mark.parametrize(
    "broken", ["model.net.s2.weight", "model.encoder.code.0.weight", "finder.net.out.weight"]
)
def test_a_gpu_whose_outputs_differ_is_refused(gpu_stylizer: Stylizer, broken: str) -> None:
    gpu_stylizer.warm_up()
    weight = attrgetter(broken)(gpu_stylizer.loaded)
    original = weight.clone()
    weight.zero_()
    with pytest.raises(DeviceRefused):
        gpu_stylizer.warm_up()
    weight.copy_(original)


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_loading_on_cuda_without_a_gpu_is_refused(model_folder: Path) -> None:
    with pytest.raises(DeviceRefused, match="CUDA is not available"):
        Stylizer.load(model_folder, "cuda")
