"""Model folders as they are released: config.json, fp16 safetensors, SHA256SUMS."""

import json
from collections.abc import Mapping
from pathlib import Path

from safetensors.torch import save_file
from torch import Tensor

from style_engine.artifacts import CHECKSUM_FILE, sha256


def write_model(folder: Path, config: Mapping[str, object], tensors: Mapping[str, Tensor]) -> None:
    """`config` holds the model's `format` and `name`. Other files of the folder get checksums too."""
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "config.json", config)
    write_weights(folder, str(config["name"]), tensors)
    write_sums(folder)


def write_weights(folder: Path, name: str, tensors: Mapping[str, Tensor]) -> None:
    """model.safetensors in fp16, with the model's name in its header."""
    path = folder / "model.safetensors"
    save_file({key: tensor.half().contiguous() for key, tensor in tensors.items()}, path, {"model": name})
    path.chmod(0o644)  # safetensors makes it readable for its owner alone


def write_sums(folder: Path) -> None:
    """SHA256SUMS of every other file, in the form of `sha256sum --check`."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != CHECKSUM_FILE)
    lines = [f"{sha256(path)}  {path.relative_to(folder).as_posix()}" for path in files]
    (folder / CHECKSUM_FILE).write_text("\n".join(lines) + "\n", "utf-8")


def write_json(path: Path, value: object, indent: int = 2) -> None:
    path.write_text(json.dumps(value, indent=indent, ensure_ascii=False) + "\n", "utf-8")
