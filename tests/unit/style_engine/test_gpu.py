"""What a GPU asks of the engine, shown without one: every tensor where it belongs, fp16, batches."""

from collections.abc import Iterator
from dataclasses import replace
from operator import attrgetter
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from skimage import data

from style_engine import Look, Protection, Stylizer
from style_engine.errors import DeviceRefused
from style_engine.looks import Levels
from style_engine.network.styles import LEARNED_FAMILY
from style_engine.painting import painter
from tests.fake_gpu import CARD, Card, Mixed

ON_AVERAGE, AT_MOST = 0.1, 16  # of 255: what fp16 may change, in the mean and in any pixel


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    return Image.fromarray(data.chelsea()).resize((180, 120))


@pytest.fixture(scope="module")
def loaded(model_folder: Path) -> Stylizer:
    # Views of a parameter cannot be wrapped in inference mode unless the parameter was made in it.
    with torch.inference_mode(), Card():
        return Stylizer.load(model_folder, device=str(CARD))


@pytest.fixture
def on_card(loaded: Stylizer) -> Iterator[Stylizer]:
    with torch.inference_mode(), Card():
        yield loaded


def differs(one: Image.Image, other: Image.Image) -> np.ndarray:
    return np.abs(np.asarray(one, int) - np.asarray(other, int))


def looks() -> list[Look]:
    oil = Look.of("oil")
    return [
        *(replace(oil, protection=each) for each in Protection),
        Look({"ink-wash": 0.4, "pop-art": 0.6}, 0.7),
        replace(Look.of("engraving"), enhance=True),
        *map(Look.of, ("auto", "enhance", "grade-clean")),
    ]


def test_tensors_of_the_card_and_of_the_cpu_cannot_be_mixed() -> None:
    with Card():
        there = torch.ones(2, device=CARD)
        assert float((2 * there).sum()) == 4
        assert (there.cpu() + torch.ones(2)).tolist() == [2, 2]
        with pytest.raises(Mixed):
            there + torch.ones(2)


@pytest.mark.parametrize("look", looks(), ids=lambda look: f"{'+'.join(look.styles)} {look.protection}")
def test_a_look_is_the_same_on_a_card(
    stylizer: Stylizer, on_card: Stylizer, photo: Image.Image, look: Look
) -> None:
    here, there = (each.stylize_all(photo, [look], explained=True)[0] for each in (stylizer, on_card))
    off = differs(here.image, there.image)
    assert off.mean() <= ON_AVERAGE
    assert off.max() <= AT_MOST
    for part in ("outcome", "strength", "refused_by"):
        assert getattr(here.verdict, part) == getattr(there.verdict, part)
    if here.explanation:
        for part in ("levels", "styles", "difference"):
            assert getattr(there.explanation, part) == pytest.approx(
                getattr(here.explanation, part), abs=0.02
            )


def test_a_learned_style_and_tiles_are_the_same_on_a_card(
    stylizer: Stylizer, on_card: Stylizer, photo: Image.Image
) -> None:
    photo_style = replace(stylizer.styles["fauvist"], id="mine", family=LEARNED_FAMILY)
    here, there = (
        each.with_style(photo_style).stylize_tiled(photo, Look.of("mine", 0.8))
        for each in (stylizer, on_card)
    )
    assert differs(here, there).mean() <= ON_AVERAGE


def test_the_net_runs_in_half_precision_on_a_card(on_card: Stylizer) -> None:
    assert on_card.model.net.out.weight.dtype == torch.float16
    assert on_card.model.head.expand.weight.dtype == torch.float32


def test_looks_of_one_photo_go_through_the_net_together_on_a_card(
    on_card: Stylizer, photo: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = []
    run = painter.Painter.run

    def counted(self: painter.Painter, by: object, count: int = 1) -> torch.Tensor:
        sizes.append(count)
        return run(self, by, count)

    monkeypatch.setattr(painter.Painter, "run", counted)
    several = [
        replace(Look.of("oil"), protection=Protection.STRICT),
        Look({"pencil": 0.4, "cartoon": 0.6}, 0.7, levels=Levels(stroke=0.5)),
        replace(Look.of("linocut"), protection=Protection.BACKGROUND_ONLY),
    ]
    together = on_card.stylize_all(photo, several)
    assert sizes[0] == 3
    alone = [on_card.stylize_all(photo, [look])[0] for look in several]
    for one, other in zip(together, alone, strict=True):
        assert differs(one.image, other.image).max() <= AT_MOST
        assert differs(one.image, other.image).mean() <= ON_AVERAGE


@pytest.mark.parametrize(
    "broken", ["model.net.s2.weight", "model.encoder.code.0.weight", "finder.net.out.weight"]
)
def test_a_card_that_computes_something_else_is_refused(on_card: Stylizer, broken: str) -> None:
    on_card.warm_up()
    weight = attrgetter(broken)(on_card.networks)
    kept = weight.clone()
    weight.zero_()
    with pytest.raises(DeviceRefused):
        on_card.warm_up()
    weight.copy_(kept)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_without_cuda_a_gpu_is_refused(model_folder: Path) -> None:
    with pytest.raises(DeviceRefused, match="no CUDA here"):
        Stylizer.load(model_folder, "cuda")
