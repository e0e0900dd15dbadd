"""Styles: one vector each, mixed by their weights."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from ..errors import ModelRefused, UnknownStyle
from ..looks import Look
from .light import PAPER, WHITE

OWN = "own"  # family of the styles that were learned from a picture


@dataclass(frozen=True)
class Style:
    """A named style; `words` maps a language code to what people call it; `vector` is (vector_size,).

    `light` is the red, green, blue that its highlights have, 0..1.
    """

    id: str
    name: str
    family: str
    words: Mapping[str, str]
    source: str
    vector: Tensor = field(repr=False, compare=False)
    tags: tuple[str, ...] = ()
    light: tuple[float, float, float] = WHITE


@dataclass(frozen=True, eq=False)
class StyleTarget:
    """Where a look leads: the style vector (1, vector_size); the light (1, 3, 1, 1) of its highlights; the
    share of it, 0..1, that was learned from pictures."""

    vector: Tensor
    light: Tensor = PAPER
    learned: float = 0.0

    def to(self, device: torch.device) -> "StyleTarget":
        return replace(self, vector=self.vector.to(device), light=self.light.to(device))


def style_target(look: Look, styles: Mapping[str, Style]) -> StyleTarget:
    """The weighted mean of the look's styles; its light is white at strength 0. Raises UnknownStyle."""
    unknown = [name for name in look.styles if name not in styles]
    if unknown:
        raise UnknownStyle(unknown[0], styles)
    parts = [(styles[name], weight) for name, weight in look.styles.items()]
    vector = torch.stack([weight * style.vector for style, weight in parts]).sum(0)
    light = torch.stack([weight * torch.tensor(style.light) for style, weight in parts]).sum(0)
    return StyleTarget(
        vector=vector.unsqueeze(0),
        light=torch.lerp(torch.ones(3), light, look.strength).view(1, 3, 1, 1),
        learned=sum(weight for style, weight in parts if style.family == OWN),
    )


def load_catalogue(folder: Path) -> dict[str, Style]:
    """Every style that `styles.json` in the folder lists, in its order, vectors in fp32."""
    entries = json.loads((folder / "styles.json").read_text("utf-8"))
    return {entry["id"]: _load(folder, entry) for entry in entries}


def save_style(style: Style, path: Path) -> None:
    """One style as one safetensors file that carries its own name."""
    about = {"id": style.id, "name": style.name, "family": style.family, "source": style.source}
    about |= {"words": json.dumps(dict(style.words)), "light": json.dumps(style.light)}
    save_file({"vector": style.vector.half().contiguous()}, path, about)


def load_style(path: Path) -> Style:
    """A style that `save_style` wrote; raises ModelRefused for anything else."""
    try:
        with safe_open(path, "pt") as file:
            about = dict(file.metadata() or {})
            vector = file.get_tensor("vector").float()
        words, light = json.loads(about["words"]), tuple(json.loads(about.get("light", "null")) or WHITE)
        return Style(about["id"], about["name"], about["family"], words, about["source"], vector, light=light)
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
