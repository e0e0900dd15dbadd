"""Options that several commands share."""

from pathlib import Path
from typing import Annotated, Final

import typer

MODEL: Final = Path(__file__).parents[2] / "models" / "fusenet-lite"

ModelOption = Annotated[Path, typer.Option("--model", help="model folder", exists=True, file_okay=False)]
StrengthOption = Annotated[float, typer.Option("--strength", help="0 (the photo) to 1", min=0, max=1)]
DeviceOption = Annotated[str, typer.Option("--device", help="cpu or cuda")]
OutOption = Annotated[Path, typer.Option("-o", "--out", help="folder or file to write")]
PhotoArgument = Annotated[Path, typer.Argument(exists=True, dir_okay=False)]
