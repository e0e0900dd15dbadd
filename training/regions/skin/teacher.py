"""Masks of skin in photos of people, by detectors of faces, hands and bodies and the colours that these show.

`python -m training.regions.skin.teacher --data DIR --out DIR`

The detectors are those of PyPI `mediapipe` 0.10.14 (Apache-2.0), which needs an environment of its own; it is
run once. A face's or a palm's pixels give the colours of the person's skin; what has them inside the person's
outline is skin. Every mask was looked at; `labels.tsv` lists the ones that were right. The masks of the
released model were made by an earlier form of this script, with OpenCV's filters and one detector more. Hands
that hold packs are found by no detector: with `--grow DIR`, earlier predictions (NPY files of probabilities)
take the place of the palm.
"""

import importlib
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import typer
from numpy.typing import NDArray
from PIL import Image
from rich.progress import track
from skimage import color, draw, filters, measure, morphology

from ...shared import cli
from ..photos import PHOTO_FOLDERS, read_rgb
from .labels import UNKNOWN_8BIT

FACE_OVAL: Final = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
PALM: Final = (0, 5, 9, 13, 17)  # landmarks of a hand
PERSON_MIN_PROBABILITY: Final = 0.5
CORE_EROSION_SHARE: Final = 0.08  # of the face's width: hair and background are left out
MIN_CORE_PX: Final = 40
COLOUR_MIN_STD: Final = np.array([9.0, 3.2, 3.8])  # of L*, a*, b* around the median of a person's skin
SHADE_FREEDOM: Final = 2.0  # L* may differ so many times as far: skin has lights and shadows
SKIN_MIN_LIKELIHOOD, NOT_SKIN_MAX_LIKELIHOOD = 0.32, 0.14
GROWN_FROM_QUANTILE: Final = 0.97  # of the earlier probabilities
UNKNOWN: Final = UNKNOWN_8BIT[len(UNKNOWN_8BIT) // 2]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Detectors:
    """The face mesh, hand landmarks and body outline of mediapipe."""

    def __init__(self) -> None:
        solutions: Any = importlib.import_module("mediapipe").solutions
        self._faces: Any = solutions.face_mesh.FaceMesh(static_image_mode=True, max_num_faces=8)
        self._hands: Any = solutions.hands.Hands(static_image_mode=True, max_num_hands=4)
        self._body: Any = solutions.pose.Pose(static_image_mode=True, enable_segmentation=True)

    def polygons(self, pixels: NDArray[np.uint8]) -> tuple[list[Floats], list[Floats]]:
        """Outlines (N, 2), row and column, of faces and of palms."""
        faces = self._faces.process(pixels).multi_face_landmarks or []
        hands = self._hands.process(pixels).multi_hand_landmarks or []
        return (
            [_points(face.landmark, FACE_OVAL, pixels.shape) for face in faces],
            [_points(hand.landmark, PALM, pixels.shape) for hand in hands],
        )

    def person(self, pixels: NDArray[np.uint8]) -> Bools:
        """(H, W) inside the outline of the person in front."""
        outline = self._body.process(pixels).segmentation_mask
        return np.zeros(pixels.shape[:2], bool) if outline is None else outline > PERSON_MIN_PROBABILITY


def skin_mask(image: Image.Image, detectors: Detectors) -> Image.Image | None:
    """L, 255 skin, 0 none, 128 not known; None where no face and no palm is found."""
    pixels = np.asarray(image)
    faces, palms = detectors.polygons(pixels)
    areas = [_fill(polygon, pixels.shape) for polygon in (*faces, *palms)]
    core = np.zeros(pixels.shape[:2], bool)
    for area in areas:
        core |= _erode(area)
    if core.sum() < MIN_CORE_PX:
        return None
    likelihood = colour_likelihood(pixels, core)
    inside = detectors.person(pixels) | np.any(areas, 0)
    return _label(
        likelihood * inside, certain=np.any([_fill(face, pixels.shape) for face in faces] or [core], 0)
    )


def grown_mask(image: Image.Image, probabilities: Floats) -> Image.Image:
    """As `skin_mask`: the area in the colours of the most probable skin that is connected to it."""
    pixels = np.asarray(image)
    core = probabilities > np.quantile(probabilities, GROWN_FROM_QUANTILE)
    likelihood = colour_likelihood(pixels, core)
    areas = measure.label(likelihood > SKIN_MIN_LIKELIHOOD)
    connected = np.isin(areas, np.unique(areas[core & (areas > 0)]))
    return _label(np.where(connected, likelihood, np.minimum(likelihood, SKIN_MIN_LIKELIHOOD)), None)


def colour_likelihood(pixels: NDArray[np.uint8], core: Bools) -> Floats:
    """(H, W) 0..1: likeness to the colours of the core, in any light."""
    lab = filters.gaussian(color.rgb2lab(pixels), 1, channel_axis=-1)
    middle = np.median(lab[core], 0)
    std = np.maximum(np.abs(lab[core] - middle).mean(0) * 1.25, COLOUR_MIN_STD)
    std[0] *= SHADE_FREEDOM
    likelihood: Floats = np.exp(-0.25 * np.square((lab - middle) / std).sum(-1))
    return likelihood


def _label(likelihood: Floats, certain: Bools | None) -> Image.Image:
    skin = morphology.opening(likelihood > SKIN_MIN_LIKELIHOOD, morphology.disk(1))
    skin = skin | certain if certain is not None else skin
    edge = morphology.dilation(skin, morphology.disk(1)) & ~morphology.erosion(skin, morphology.disk(1))
    unknown = edge | ((likelihood > NOT_SKIN_MAX_LIKELIHOOD) & ~skin)
    return Image.fromarray(np.where(unknown, UNKNOWN, np.where(skin, 255, 0)).astype(np.uint8))


def _points(landmarks: Any, indices: tuple[int, ...], shape: tuple[int, ...]) -> Floats:
    return np.array([[landmarks[i].y * shape[0], landmarks[i].x * shape[1]] for i in indices])


def _fill(polygon: Floats, shape: tuple[int, ...]) -> Bools:
    mask: Bools = draw.polygon2mask(shape[:2], polygon)
    return mask


def _erode(area: Bools) -> Bools:
    width = area.any(0).sum()
    eroded: Bools = morphology.erosion(area, morphology.disk(max(1, round(CORE_EROSION_SHARE * width))))
    return eroded


def main(
    data: cli.DataOption,
    out: Annotated[Path, typer.Option(help="a PNG file for each photo with skin")],
    grow: Annotated[Path | None, typer.Option(help="earlier predictions, NPY files named as photos")] = None,
) -> None:
    out.mkdir(parents=True, exist_ok=True)
    detectors = Detectors()
    files = [path for folder in PHOTO_FOLDERS for path in sorted((data / folder).iterdir())]
    for path in track(files, "photos"):
        image, earlier = read_rgb(path), grow / f"{path.stem}.npy" if grow else None
        if earlier and earlier.exists():
            mask: Image.Image | None = grown_mask(image, np.load(earlier).astype(float))
        else:
            mask = skin_mask(image, detectors)
        if mask:
            mask.save(out / f"{path.stem}.png")


if __name__ == "__main__":
    cli.run(main, __doc__)
