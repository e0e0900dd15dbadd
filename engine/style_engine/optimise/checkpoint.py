"""A run's state in one safetensors file, replaced whole: an interrupted save leaves the one before."""

from dataclasses import dataclass, field
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from ..errors import CheckpointRefused


@dataclass(frozen=True)
class Checkpoint:
    """`run` names photo, styles, extractor and settings; `steps` were taken at scale number `scale`."""

    run: str
    scale: int
    steps: int
    tensors: dict[str, Tensor] = field(repr=False)


def save(checkpoint: Checkpoint, path: Path) -> None:
    about = {"run": checkpoint.run, "scale": str(checkpoint.scale), "steps": str(checkpoint.steps)}
    draft = path.with_name(f".{path.name}.draft")
    save_file({name: tensor.contiguous() for name, tensor in checkpoint.tensors.items()}, draft, about)
    draft.replace(path)


def load(path: Path, run: str) -> Checkpoint | None:
    """What `save` wrote, None where there is nothing; raises CheckpointRefused for another run's file."""
    if not path.exists():
        return None
    try:
        with safe_open(path, "pt") as file:
            about = dict(file.metadata() or {})
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no iterator
        found = Checkpoint(about["run"], int(about["scale"]), int(about["steps"]), tensors)
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise CheckpointRefused(f"{path.name} is not a checkpoint: {error}") from error
    if found.run != run:
        raise CheckpointRefused(f"{path.name} belongs to another photo, style or setting; name another file")
    return found
