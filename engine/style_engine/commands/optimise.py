"""`optimise`: the slow reference engine."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from photo_files.on_disk import read_photo

from ..looks import Look
from ..optimise import ARCHITECTURES, Extractor, Progress, Settings, fast_dtype, optimise
from .credentials import SigningKeyOption
from .options import OutOption, PhotoArgument, StrengthOption
from .output_file import OutputFile
from .terminal import console


def optimise_photo(  # noqa: PLR0917
    photo: PhotoArgument,
    style_image: Annotated[
        list[Path],
        typer.Option(help="picture in the style; several have equal weight", exists=True, dir_okay=False),
    ],
    out: OutOption = Path("optimised.png"),
    extractor: Annotated[str, typer.Option(help=f"network: {', '.join(ARCHITECTURES)}")] = "vgg19",
    weights: Annotated[Path | None, typer.Option(help="its state dict (safetensors)", exists=True)] = None,
    style_layers: Annotated[str, typer.Option(help="such as relu1_1,relu2_1")] = "",
    content_layers: Annotated[str, typer.Option(help="such as relu4_1")] = "",
    size: Annotated[int, typer.Option(help="longest side during optimisation, px")] = Settings.size,
    steps: Annotated[int, typer.Option(help="steps at the smallest scale; later fewer")] = Settings.steps,
    strength: StrengthOption = 1.0,
    content_weight: Annotated[
        float, typer.Option(help="weight of the photo's structure", min=0)
    ] = Settings.content_weight,
    style_scale: Annotated[float, typer.Option(help="size of strokes")] = Settings.style_scale,
    checkpoint: Annotated[Path | None, typer.Option(help="file to save the run in and resume from")] = None,
    signing_key: SigningKeyOption = None,
) -> None:
    """Paint a photo like a picture by optimisation: the slow reference engine (Gatys et al. 2016).

    The picture is signed if there is a key.
    """
    output, opened = OutputFile.of(out, signing_key), read_photo(photo)
    settings = Settings(
        size=size, steps=steps, strength=strength, content_weight=content_weight, style_scale=style_scale
    )
    network = Extractor.load(extractor, weights, _names(style_layers), _names(content_layers)).to(
        fast_dtype()
    )
    styles = [(read_photo(path).image, 1.0) for path in style_image]
    with Bar(TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(), console=console) as bar:
        task = bar.add_task("optimising", total=1.0)

        def show(progress: Progress) -> None:
            description = f"{progress.side} px, loss {progress.loss:.3f}"
            bar.update(task, completed=progress.share, description=description)

        result = optimise(opened.image, styles, network, settings, checkpoint=checkpoint, on_step=show)
    look = Look({path.stem: 1 / len(style_image) for path in style_image}, strength)
    output.save(result, opened, look, f"optimise@{extractor}")


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]
