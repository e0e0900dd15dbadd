"""Fixtures of the engine tests: the released model, loaded once, and drawn photos."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from style_engine import Stylizer

MODEL = Path(__file__).parents[1] / "engine" / "models" / "fusenet-lite"


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def model_folder() -> Path:
    return MODEL


@pytest.fixture(scope="session")
def stylizer(model_folder: Path) -> Stylizer:
    return Stylizer.load(model_folder)


@pytest.fixture(scope="session")
def scene() -> Image.Image:
    """A textured picture, 192 x 160, without a plain background."""
    rng = np.random.default_rng(7)
    y, x = np.mgrid[0:160, 0:192]
    waves = np.stack([np.sin(x / (7 + c) + y / 11) * 60 + 128 for c in range(3)], -1)
    return Image.fromarray(np.clip(waves + rng.normal(0, 12, waves.shape), 0, 255).astype(np.uint8))


@pytest.fixture(scope="session")
def product() -> Image.Image:
    """A red mug with a blue label on pure white, 256 x 256."""
    image = Image.new("RGB", (1024, 1024), "white")
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((300, 260, 700, 800), 60, fill=(196, 44, 40))
    draw.ellipse((300, 210, 700, 310), fill=(120, 20, 20))
    draw.arc((640, 380, 860, 680), -90, 90, fill=(196, 44, 40), width=50)
    draw.rectangle((380, 460, 620, 620), fill=(40, 70, 160))
    draw.text((400, 500), "LIMNER", fill="white", font_size=60)
    return image.resize((256, 256), Image.Resampling.LANCZOS)
