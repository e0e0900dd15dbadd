"""Model folders: checked against their SHA256SUMS, then read; pickles are refused, not opened."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from safetensors.torch import load_file
from torch import Tensor

from .errors import ModelRefused

SUMS: Final = "SHA256SUMS"
PICKLES: Final = frozenset({".bin", ".ckpt", ".pickle", ".pkl", ".pt", ".pth"})


@dataclass(frozen=True)
class Stored:
    """What a model folder of any kind holds: its settings and its tensors as fp32."""

    version: str
    config: Mapping[str, Any]
    tensors: Mapping[str, Tensor] = field(repr=False)


def read_folder(folder: Path, known_format: int) -> Stored:
    """Raises ModelRefused when a file is missing, altered, unlisted, or a pickle, or of another format."""
    sums = verified_sums(folder)
    config = json.loads((folder / "config.json").read_text("utf-8"))
    if config.get("format") != known_format:
        raise ModelRefused(f"model format {config.get('format')!r}; this engine reads {known_format}")
    tensors = {name: tensor.float() for name, tensor in load_file(folder / "model.safetensors").items()}
    return Stored(version_of(sums), config, tensors)


def verified_sums(folder: Path) -> dict[str, str]:
    """File name → SHA-256 of everything in the folder, each checked."""
    if not (folder / SUMS).is_file():
        raise ModelRefused(f"no {SUMS} in the model folder {folder.name!r}")
    lines = (folder / SUMS).read_text("utf-8").splitlines()
    sums = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    present = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    present.pop(SUMS)
    for name in present:
        _refuse_stranger(name, sums)
    for name, digest in sums.items():
        if name not in present:
            raise ModelRefused(f"{name} is listed in {SUMS} but missing")
        if sha256(present[name]) != digest:
            raise ModelRefused(f"{name} does not match its checksum")
    return sums


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def version_of(sums: Mapping[str, str]) -> str:
    """Twelve hex digits that change with any weight, style or setting, and with nothing else."""
    parts = [f"{name} {sums[name]}" for name in sorted(sums) if name.endswith((".json", ".safetensors"))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def _refuse_stranger(name: str, sums: Mapping[str, str]) -> None:
    if Path(name).suffix.lower() in PICKLES:
        raise ModelRefused(f"{name} may be a pickle; weights must be safetensors")
    if name not in sums:
        raise ModelRefused(f"{name} is not listed in {SUMS}")
