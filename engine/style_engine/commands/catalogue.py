"""`styles` and `sheet` show the catalogue's styles; `export` writes them and their network."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from photo_files.on_disk import read_photo

from ..contact_sheet import contact_sheet
from ..export import export_model
from ..network.model import load_model
from ..stylizer import Stylizer
from .options import MODEL, DeviceOption, ModelOption, OutOption, PhotoArgument, StrengthOption
from .terminal import console


def styles(model: ModelOption = MODEL) -> None:
    """List the styles of the model."""
    stylizer = Stylizer.load(model)
    table = Table(
        "id", "name", "family", "words", "source", title=f"{stylizer.model.name} {stylizer.model.version}"
    )
    for style in stylizer.styles.values():
        words = " · ".join(style.words.values())
        table.add_row(style.id, style.name, style.family, words, style.source)
    console.print(table)


def sheet(
    photo: PhotoArgument,
    out: OutOption = Path("sheet.png"),
    strength: StrengthOption = 1.0,
    device: DeviceOption = "cpu",
    model: ModelOption = MODEL,
) -> None:
    """Paint a photo in all styles on one contact sheet."""
    contact_sheet(Stylizer.load(model, device), read_photo(photo).image, strength).save(out)
    console.print(f"wrote {out}")


def export(
    onnx: Annotated[Path, typer.Option(help="folder for the network (.onnx) and the style vectors (.npz)")],
    half: Annotated[bool, typer.Option(help="weights in fp16")] = False,
    model: ModelOption = MODEL,
) -> None:
    """Write the painting network for ONNX Runtime, checked against torch, and the vectors of its styles."""
    styles = Stylizer.load(model).styles.values()
    exported = export_model(load_model(model), styles, onnx, half=half)
    console.print(f"wrote {exported.network} and {exported.vectors}", soft_wrap=True)
    console.print(f"mean difference to torch: {255 * exported.mean_difference:.3f}/255", highlight=False)
