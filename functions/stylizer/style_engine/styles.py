"""Styles: one vector each, mixed by their weights."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from .errors import ModelRefused, UnknownStyle
from .looks import Look


@dataclass(frozen=True)
class Style:
    """A named style; `words` maps a language code to what people call it; `vector` is (vector_size,)."""

    id: str
    name: str
    family: str
    words: Mapping[str, str]
    source: str
    vector: Tensor = field(repr=False, compare=False)
    tags: tuple[str, ...] = ()


def mix(look: Look, styles: Mapping[str, Style]) -> Tensor:
    """(1, vector_size) the weighted mean of the look's style vectors; raises UnknownStyle."""
    unknown = [name for name in look.styles if name not in styles]
    if unknown:
        raise UnknownStyle(unknown[0], styles)
    parts = [weight * styles[name].vector for name, weight in look.styles.items()]
    return torch.stack(parts).sum(0).unsqueeze(0)


def load_catalogue(folder: Path) -> dict[str, Style]:
    """Every style that `styles.json` in the folder lists, in its order, vectors in fp32."""
    entries = json.loads((folder / "styles.json").read_text("utf-8"))
    return {entry["id"]: _load(folder, entry) for entry in entries}


def save_style(style: Style, path: Path) -> None:
    """One style as one safetensors file that carries its own name."""
    about = {"id": style.id, "name": style.name, "family": style.family, "source": style.source}
    save_file(
        {"vector": style.vector.half().contiguous()}, path, about | {"words": json.dumps(dict(style.words))}
    )


def load_style(path: Path) -> Style:
    """A style that `save_style` wrote; raises ModelRefused for anything else."""
    try:
        with safe_open(path, "pt") as file:
            about = dict(file.metadata() or {})
            vector = file.get_tensor("vector").float()
        words = json.loads(about["words"])
        return Style(about["id"], about["name"], about["family"], words, about["source"], vector)
    except (SafetensorError, KeyError, OSError) as error:
        raise ModelRefused(f"{path.name} is not a style file: {error}") from error


def _load(folder: Path, entry: dict[str, object]) -> Style:
    words = entry["words"]
    if not isinstance(words, dict):
        raise ModelRefused(f"styles.json: words of {entry['id']!r} must be a table of language to word")
    vector = load_file(folder / f"{entry['id']}.safetensors")["vector"].float()
    tags = entry.get("tags", [])
    if not isinstance(tags, list):
        raise ModelRefused(f"styles.json: tags of {entry['id']!r} must be a list")
    return Style(
        id=str(entry["id"]),
        name=str(entry["name"]),
        family=str(entry["family"]),
        words=words,
        source=str(entry["source"]),
        vector=vector,
        tags=tuple(tags),
    )
