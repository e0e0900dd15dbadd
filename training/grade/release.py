"""Turn a grade run's averaged weights into the model folder.

`python -m training.grade.train.release --run DIR --out engine/models/grade-lite`
The card README.md in that folder stays.
"""

import argparse
import json
from pathlib import Path
from typing import Final

import torch

from style_engine.grade.lut import GRADE_FORMAT, TablePredictor

from ..fusenet.release import write_sums, write_weights

NAME: Final = "grade-lite"


def release(predictor: TablePredictor, out: Path) -> None:
    """Config, weights as fp16 safetensors, then the checksums."""
    (out / "config.json").write_text(
        json.dumps({"format": GRADE_FORMAT, "name": NAME}, indent=2) + "\n", "utf-8"
    )
    write_weights(predictor.state_dict(), NAME, out)
    write_sums(out)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    predictor = TablePredictor()
    predictor.load_state_dict(torch.load(options.run / "checkpoint.pt", weights_only=True)["average"])
    release(predictor, options.out)


if __name__ == "__main__":
    main()
