"""Hashes of the engine's pictures, to show that a change of the code has not changed them.

    python -m benchmarks.quality.fingerprints --photos DIR --out F.json [--against G.json]

Every photo is painted in looks that cover the styles, protections, levels, presets, `auto`, enhancement and
tiles, on one thread. With `--against` the hashes are compared with those of an earlier run; exit 1 if any
differ. Hashes depend on the processor: compare runs on one machine only.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

import torch
import typer
from PIL import Image
from rich.console import Console
from rich.progress import track

from photo_files.on_disk import read_photo
from style_engine import Levels, Look, Protection, Stylizer
from style_engine.commands.options import MODEL

from ..shared.photos import image_files
from ..shared.report import write_json

LOOKS: Final = {
    "oil": Look({"oil": 1}),
    "watercolour, soft": Look({"watercolour": 1}, 1.0, Protection.SOFT),
    "cartoon, strict": Look({"cartoon": 1}, 1.0, Protection.STRICT),
    "pencil and ukiyo-e, background-only": Look(
        {"pencil": 0.6, "ukiyo-e": 0.4}, 0.6, Protection.BACKGROUND_ONLY
    ),
    "mosaic, product-only, levels": Look({"mosaic": 1}, 0.9, Protection.PRODUCT_ONLY, Levels(0.5, 1, 0.3)),
    "engraving": Look({"engraving": 1}),
    "risograph, soft, enhanced": Look({"risograph": 1}, 0.8, Protection.SOFT, enhance=True),
    "auto": Look({"auto": 1}, enhance=True),
    "grade-warm": Look({"grade-warm": 1}, 0.7),
    "enhance": Look({"enhance": 1}),
    "strength 0": Look({"oil": 1}, 0),
}
NETWORK_STYLE: Final = "network-alone"  # a style without a medium, as a learned one
TILED_LOOK: Final = Look({NETWORK_STYLE: 1}, 0.9)


def fingerprints(stylizer: Stylizer, photos: list[Path]) -> dict[str, str]:
    """`photo: look` → SHA-256 of the pixels, outcome and published strength."""
    without_medium = replace(stylizer.styles["oil"], id=NETWORK_STYLE, medium="")
    stylizer = stylizer.with_style(without_medium)
    return dict(pair for path in track(photos, "painting") for pair in _fingerprints(stylizer, path))


def _fingerprints(stylizer: Stylizer, path: Path) -> Iterator[tuple[str, str]]:
    photo = read_photo(path).image
    for name, styled in zip(LOOKS, stylizer.stylize_all(photo, [*LOOKS.values()]), strict=True):
        verdict = styled.verdict
        yield f"{path.name}: {name}", f"{_hash(styled.image)} {verdict.outcome} {verdict.strength:.6f}"
    yield f"{path.name}: tiled", _hash(stylizer.stylize_tiled(photo, TILED_LOOK))


def _hash(image: Image.Image) -> str:
    return hashlib.sha256(image.tobytes()).hexdigest()


def differences(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """Names of the pictures that differ or are in one of the runs only."""
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def main(
    photos: Annotated[Path, typer.Option(help="Folder of photos.", exists=True, file_okay=False)],
    out: Annotated[Path, typer.Option(help="JSON file to write.")],
    against: Annotated[Path | None, typer.Option(help="JSON file of an earlier run.", exists=True)] = None,
    model: Annotated[Path, typer.Option(help="Model folder.")] = MODEL,
) -> None:
    torch.set_num_threads(1)
    found = fingerprints(Stylizer.load(model), image_files(photos))
    write_json(out, found)
    if against is None:
        return
    different = differences(json.loads(against.read_text("utf-8")), found)
    Console().print("\n".join([*different, f"{len(different)} of {len(found)} pictures differ"]))
    raise typer.Exit(bool(different))


if __name__ == "__main__":
    typer.run(main)
