"""Model folders: verified against their SHA256SUMS, then read; pickles are refused without being opened."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from safetensors.torch import load_file
from torch import Tensor

from .errors import ModelRefused

CHECKSUM_FILE: Final = "SHA256SUMS"
PICKLE_SUFFIXES: Final = frozenset({".bin", ".ckpt", ".pickle", ".pkl", ".pt", ".pth"})


@dataclass(frozen=True)
class StoredModel:
    """The contents of a model folder: its settings and its tensors in fp32."""

    version: str
    config: Mapping[str, Any]
    tensors: Mapping[str, Tensor] = field(repr=False)


def read_folder(folder: Path, known_format: int) -> StoredModel:
    """Raises ModelRefused when a file is missing, altered, unlisted or a pickle, or the format is unknown."""
    sums = verify_checksums(folder)
    config = json.loads((folder / "config.json").read_text("utf-8"))
    if config.get("format") != known_format:
        raise ModelRefused(f"model format {config.get('format')!r}; this engine reads {known_format}")
    tensors = {name: tensor.float() for name, tensor in load_file(folder / "model.safetensors").items()}
    return StoredModel(version_of(sums), config, tensors)


def verify_checksums(folder: Path) -> dict[str, str]:
    """File name → SHA-256 of every file in the folder, each verified."""
    if not (folder / CHECKSUM_FILE).is_file():
        raise ModelRefused(f"no {CHECKSUM_FILE} in the model folder {folder.name!r}")
    lines = (folder / CHECKSUM_FILE).read_text("utf-8").splitlines()
    sums = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    present = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    present.pop(CHECKSUM_FILE)
    for name in present:
        _require_listed(name, sums)
    for name, digest in sums.items():
        if name not in present:
            raise ModelRefused(f"{name} is listed in {CHECKSUM_FILE} but missing")
        if sha256(present[name]) != digest:
            raise ModelRefused(f"{name} does not match its checksum")
    return sums


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def version_of(sums: Mapping[str, str]) -> str:
    """Twelve hex digits of a hash over all weights, styles and settings, but no other file."""
    parts = [f"{name} {sums[name]}" for name in sorted(sums) if name.endswith((".json", ".safetensors"))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def _require_listed(name: str, sums: Mapping[str, str]) -> None:
    if Path(name).suffix.lower() in PICKLE_SUFFIXES:
        raise ModelRefused(f"{name} may be a pickle; weights must be safetensors")
    if name not in sums:
        raise ModelRefused(f"{name} is not listed in {CHECKSUM_FILE}")
