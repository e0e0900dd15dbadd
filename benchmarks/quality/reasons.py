"""Whether the reasons that `auto` gives are true, on photos with known traits.

`python -m benchmarks.quality.reasons --out F.json` takes the drawn and free pictures of
`samples/labelled_photos.py`; with `--photos DIR` also the labelled files that are in the folder.
`reason_labels.json` lists the traits that each picture has, as someone who looked at it named them.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from PIL import Image
from rich.table import Table

from samples.labelled_photos import LABELLED_PHOTOS
from style_engine import Stylizer, auto
from style_engine.imaging import tensors
from style_engine.regions.background import plain_background
from style_engine.safety.scene import Scene
from training.shared import cli
from training.shared.paths import MODEL

from ..shared.photos import read_upright
from ..shared.report import print_tables, write_json

LABELS: Final = Path(__file__).parent / "reason_labels.json"
NOT: Final = "not "


@dataclass(frozen=True)
class LabelledPhoto:
    """A photo and its traits: people, text, plain, dark, pale, grey, vivid, textured, smooth, product."""

    name: str
    image: Image.Image
    traits: frozenset[str]


@dataclass(frozen=True)
class CheckedReason:
    """A reason that was given for a photo, and whether it is true."""

    photo: str
    reason: str
    claims: tuple[str, ...]
    true: bool


def labelled_photos(folder: Path | None) -> Iterator[LabelledPhoto]:
    """The drawn and free pictures, then the labelled files below the folder."""
    labels: Mapping[str, Mapping[str, Sequence[str]]] = json.loads(LABELS.read_text("utf-8"))
    for name, traits in labels["samples"].items():
        yield LabelledPhoto(name, LABELLED_PHOTOS[name](), frozenset(traits))
    for name, traits in labels["photos"].items():
        if folder and (folder / name).exists():
            yield LabelledPhoto(name, read_upright(folder / name), frozenset(traits))


def check_reasons(stylizer: Stylizer, photo: LabelledPhoto) -> list[CheckedReason]:
    """Every reason that `auto` gives for the photo. One that claims nothing of the photo is true."""
    claims = {rule.reason: rule.claims for rule in (*auto.STYLE_RULES, *auto.CAUTIONS)}
    chosen = auto.choose(_scene(stylizer, photo.image), auto.FAMILIES)
    return [
        CheckedReason(
            photo.name, reason, claims[reason], all(_holds(claim, photo) for claim in claims[reason])
        )
        for reason in chosen.reasons
    ]


def measure_reasons(stylizer: Stylizer, folder: Path | None = None) -> dict[str, Any]:
    """For each reason how often it was given and true, and over all.

    `photos_true`: share of the photos for which every reason is true; `false`: the false reasons.
    """
    photos = list(labelled_photos(folder))
    checked = [check_reasons(stylizer, photo) for photo in photos]
    reasons = [reason for group in checked for reason in group]
    return {
        "photos": len(photos),
        "photos_true": sum(all(reason.true for reason in group) for group in checked) / len(photos),
        "reasons": {text: _counts([r for r in reasons if r.reason == text]) for text in _texts(reasons)},
        "all": _counts([reason for reason in reasons if reason.claims]),
        "false": [{"photo": r.photo, "reason": r.reason} for r in reasons if not r.true],
    }


def _scene(stylizer: Stylizer, image: Image.Image) -> Scene:
    working = tensors.to_working_size(image, *stylizer.model.working_pixels)
    photo = tensors.to_tensor(working)
    background = plain_background(photo)
    return Scene(photo, background, stylizer.loaded.finder(photo, background))


def _holds(claim: str, photo: LabelledPhoto) -> bool:
    if claim.startswith(NOT):
        return claim.removeprefix(NOT) not in photo.traits
    return claim in photo.traits


def _texts(reasons: Sequence[CheckedReason]) -> list[str]:
    return sorted({reason.reason for reason in reasons})


def _counts(reasons: Sequence[CheckedReason]) -> dict[str, float]:
    true = sum(reason.true for reason in reasons)
    return {"given": len(reasons), "true": true, "precision": true / len(reasons) if reasons else 1.0}


def tabulate(figures: Mapping[str, Any]) -> Table:
    table = Table("reason", "given", "true", "precision")
    for text, row in [*figures["reasons"].items(), ("all that claim a trait", figures["all"])]:
        table.add_row(text, str(row["given"]), str(row["true"]), f"{row['precision']:.2f}")
    table.add_row(
        "photos with true reasons alone", str(figures["photos"]), "", f"{figures['photos_true']:.2f}"
    )
    return table


def main(photos: Path | None = None, out: cli.ReportOption = None) -> None:
    torch.set_num_threads(1)
    figures = measure_reasons(Stylizer.load(MODEL), photos)
    print_tables(tabulate(figures))
    for row in figures["false"]:
        print(f"false: {row['photo']}: {row['reason']}")
    if out:
        write_json(out, figures)


if __name__ == "__main__":
    cli.run(main, __doc__)
