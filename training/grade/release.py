"""Write the averaged weights of a grade run as a model folder.

`python -m training.grade.release --run DIR --out engine/models/grade-lite`
The model card README.md in that folder stays.
"""

from pathlib import Path
from typing import Final

from style_engine.grade.lut import GRADE_FORMAT, TablePredictor

from ..shared import cli
from ..shared.release import write_model
from ..shared.run import read_averaged_weights

NAME: Final = "grade-lite"


def release(predictor: TablePredictor, out: Path) -> None:
    write_model(out, {"format": GRADE_FORMAT, "name": NAME}, predictor.state_dict())


def main(run: cli.RunOption, out: cli.ModelOutOption) -> None:
    predictor = TablePredictor()
    predictor.load_state_dict(read_averaged_weights(run))
    release(predictor, out)


if __name__ == "__main__":
    cli.run(main, __doc__)
