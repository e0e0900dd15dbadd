"""The case files and the check of each: small drawn pictures that photo tools are known to get wrong.

A file of the list is checked wherever a folder has it; `tests/data` has copies.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from rich.progress import track

from ...shared.photos import image_files
from .checks import (
    Check,
    all_of,
    command_line_has_colour,
    equals_completed_jpeg,
    has_colours,
    is_decided_quickly,
    is_left_as_it_is,
    is_not_enhanced,
    is_refused,
    keeps_each_shade,
    keeps_fine_contrast,
    keeps_product_colour,
    keeps_red_strokes,
    keeps_texts,
    keeps_whole_photo,
)

RED, NEARLY_WHITE = (200, 60, 40), (250, 250, 250)
PURPLE_MUG: Final = keeps_product_colour((90, 60, 140), "cartoon")
XMP_AFTER_PIXELS: Final = ("Ana Example", "Example Studio", "digitalsourcetype/trainedAlgorithmicMedia")
LICENCE: Final = ("https://example.com/licence", "https://example.com/buy")

CHECKS: Final[Mapping[str, Check]] = {
    "avif10_pq.avif": has_colours(RED, NEARLY_WHITE, max_delta_e=3.0),
    "cli_grey16.png": command_line_has_colour((100, 100, 100)),
    "cli_p3.jpg": command_line_has_colour(RED, max_delta_e=2.0),
    "denim.png": keeps_fine_contrast(0.8),
    "fabric_blue.jpg": all_of(is_not_enhanced(1.0), keeps_whole_photo("watercolour")),
    "frame_black20.png": PURPLE_MUG,
    "frame_none.png": PURPLE_MUG,
    "frame_pillarbox.png": PURPLE_MUG,
    "jpeg_cut1.jpg": equals_completed_jpeg,
    "jpg_licensor.jpg": keeps_texts(*LICENCE),
    "leather.png": keeps_fine_contrast(0.8),
    "lipsticks.png": keeps_each_shade("cartoon"),
    "png_cicp_p3.png": has_colours(RED),
    "png_gama_10.png": has_colours(RED, NEARLY_WHITE),
    "png_iccp_1300k.png": has_colours(RED, NEARLY_WHITE),
    "png_xmp_after_idat.png": keeps_texts(*XMP_AFTER_PIXELS),
    "png_ztxt_over_1MiB.png": has_colours(RED, NEARLY_WHITE),
    "red_on_blue_text.png": keeps_red_strokes(min_red=205, max_blue=45),
    "same_as_ground.png": is_left_as_it_is,
    "slow_avif_256k.avif": is_decided_quickly,
    "solid_red.png": is_left_as_it_is,
    "two_ihdr_81MP.png": is_refused("damaged_image"),
}


def check_cases(folder: Path) -> dict[str, Any]:
    """For each listed file of a folder: whether its values are right, and the values; right, and all.

    `unlisted`: the folder's picture files that have no check here.
    """
    present = [name for name in CHECKS if (folder / name).is_file()]
    outcomes = {name: CHECKS[name](folder / name) for name in track(present, "checking cases")}
    rows = {name: {"right": outcome.right, "found": outcome.found} for name, outcome in outcomes.items()}
    unlisted = [path.name for path in image_files(folder) if path.name not in CHECKS]
    right = sum(outcome.right for outcome in outcomes.values())
    return {"right": right, "all": len(rows), "files": rows, "unlisted": unlisted}
