"""`styles` and `sheet` show the catalogue's styles; `export` writes them and their network."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from photo_files.on_disk import read_photo

from ..contact_sheet import contact_sheet
from ..export import export_model
from ..looks import Look
from ..network.model import load_model
from ..stylizer import Stylizer
from .credentials import SigningKeyOption, model_version
from .options import MODEL, DeviceOption, ModelOption, OutOption, PhotoArgument, StrengthOption
from .output_file import OutputFile
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


def sheet(  # noqa: PLR0917 - one parameter per option
    photo: PhotoArgument,
    out: OutOption = Path("sheet.png"),
    strength: StrengthOption = 1.0,
    signing_key: SigningKeyOption = None,
    device: DeviceOption = "cpu",
    model: ModelOption = MODEL,
) -> None:
    """Paint a photo in all styles on one contact sheet, which is signed if there is a key."""
    output, opened = OutputFile.of(out, signing_key), read_photo(photo)
    stylizer = Stylizer.load(model, device)
    look = Look(dict.fromkeys(stylizer.styles, 1.0), strength)
    output.save(contact_sheet(stylizer, opened.image, strength), opened, look, model_version(stylizer))


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
