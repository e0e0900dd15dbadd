"""A run's state in one safetensors file, replaced atomically: an interrupted save leaves the previous one."""

from dataclasses import dataclass, field
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from ..errors import CheckpointRefused


@dataclass(frozen=True)
class Checkpoint:
    """`run` identifies photo, styles, extractor and settings; `steps` were done at scale index `scale`."""

    run: str
    scale: int
    steps: int
    tensors: dict[str, Tensor] = field(repr=False)


def save(checkpoint: Checkpoint, path: Path) -> None:
    metadata = {"run": checkpoint.run, "scale": str(checkpoint.scale), "steps": str(checkpoint.steps)}
    temporary = path.with_name(f".{path.name}.tmp")
    save_file({name: tensor.contiguous() for name, tensor in checkpoint.tensors.items()}, temporary, metadata)
    temporary.replace(path)


def load(path: Path, run: str) -> Checkpoint | None:
    """The saved checkpoint, None if there is no file; raises CheckpointRefused for another run's file."""
    if not path.exists():
        return None
    try:
        with safe_open(path, "pt") as file:
            metadata = dict(file.metadata() or {})
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no iterator
        checkpoint = Checkpoint(metadata["run"], int(metadata["scale"]), int(metadata["steps"]), tensors)
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise CheckpointRefused(f"{path.name} is not a checkpoint: {error}") from error
    if checkpoint.run != run:
        raise CheckpointRefused(f"{path.name} belongs to another photo, style or setting; name another file")
    return checkpoint
