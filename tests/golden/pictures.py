"""The golden pictures' photo and looks; `LIMNER_ACCEPT_GOLDEN=1 pytest tests/golden` updates the files."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageDraw

from style_engine import Look, Stylizer

GOLDEN_FOLDER: Final = Path(__file__).parent / "kept"
FAILED_FOLDER: Final = Path(__file__).parents[2] / "build" / "golden"
MODEL: Final = Path(__file__).parents[2] / "engine" / "models" / "fusenet-lite"


@dataclass(frozen=True)
class Golden:
    """One golden picture: the drawn photo in a look."""

    name: str
    look: Look


GOLDENS: Final = (
    Golden("oil", Look({"oil": 1})),
    Golden("cartoon", Look({"cartoon": 1})),
    Golden("pencil-half", Look({"pencil": 1}, 0.5)),
    Golden("oil-and-ukiyo-e", Look({"oil": 0.7, "ukiyo-e": 0.3}, 0.8)),
)


def still_life() -> Image.Image:
    """A green jar and two fruits before a shaded wall, 200 x 152: flat areas, edges and soft gradients."""
    y, x = np.mgrid[0:608, 0:800]
    wall = np.stack([205 - y / 8, 196 - y / 9 + x / 40, 178 - x / 16], -1)
    image = Image.fromarray(np.clip(wall, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 440, 800, 608), fill=(122, 88, 62))
    draw.rounded_rectangle((120, 170, 320, 500), 50, fill=(52, 110, 78))
    draw.rectangle((120, 280, 320, 390), fill=(236, 226, 200))
    for centre, colour in ((460, (206, 66, 40)), (600, (232, 164, 44))):
        for ring in range(70, 0, -2):
            light = tuple(min(255, round(c + (70 - ring) * 0.9)) for c in colour)
            box = (centre - ring - (70 - ring) * 0.3, 430 - ring - (70 - ring) * 0.3)
            draw.ellipse((*box, box[0] + 2 * ring, box[1] + 2 * ring), fill=light)
    return image.resize((200, 152), Image.Resampling.LANCZOS)


def paint(golden: Golden, stylizer: Stylizer) -> Image.Image:
    return stylizer.stylize_all(still_life(), [golden.look])[0].image
