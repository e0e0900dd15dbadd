"""Styles and looks: a style is one vector; a look is a weighted mix of styles at a strength."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from .errors import InvalidLook, ModelRefused, UnknownStyle


@dataclass(frozen=True)
class Style:
    """A named style; `words` maps a language code to what people call it; `vector` is (vector_size,)."""

    id: str
    name: str
    family: str
    words: Mapping[str, str]
    source: str
    vector: Tensor = field(repr=False, compare=False)


@dataclass(frozen=True)
class Look:
    """What to do to a photo: weights above zero by style id, and a strength in 0..1 (0: the photo)."""

    styles: Mapping[str, float]
    strength: float = 1.0

    def __post_init__(self) -> None:
        if not self.styles:
            raise InvalidLook("a look needs at least one style")
        for name, weight in self.styles.items():
            if not (math.isfinite(weight) and weight > 0):
                raise InvalidLook(f"weight of {name!r} is {weight}; allowed: above 0")
        if not 0 <= self.strength <= 1:
            raise InvalidLook(f"strength is {self.strength}; allowed: 0 to 1")
        total = sum(self.styles.values())
        object.__setattr__(self, "styles", {name: w / total for name, w in self.styles.items()})

    @classmethod
    def of(cls, style: str | Mapping[str, float], strength: float = 1.0) -> "Look":
        """A look of one style by its id, or of a mix."""
        return cls({style: 1.0} if isinstance(style, str) else style, strength)


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
    return Style(
        id=str(entry["id"]),
        name=str(entry["name"]),
        family=str(entry["family"]),
        words=words,
        source=str(entry["source"]),
        vector=vector,
    )
