"""Styles: one style vector each; a mix is the weighted mean of vectors."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import NamedTemporaryFile

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from torch import Tensor

from ..errors import ModelRefused, UnknownStyle
from ..looks import Look
from .light import WHITE_PIXEL, WHITE_RGB

LEARNED_FAMILY = "own"  # of styles that were learned from a picture


@dataclass(frozen=True)
class Style:
    """A named style; `words` maps a language code to its name there; `vector` is (vector_size,).

    `light`: red, green, blue of its highlights, 0..1; `medium`: the marks that are painted over the network's
    tones, none for a learned style.
    """

    id: str
    name: str
    family: str
    words: Mapping[str, str]
    source: str
    vector: Tensor = field(repr=False, compare=False)
    tags: tuple[str, ...] = ()
    light: tuple[float, float, float] = WHITE_RGB
    medium: str = ""


@dataclass(frozen=True, eq=False)
class StyleTarget:
    """The target of a look: style vector (1, vector_size), light (1, 3, 1, 1), the share, 0..1, of its styles
    that were learned from pictures, and the shares of the media of the others."""

    vector: Tensor
    light: Tensor = WHITE_PIXEL
    learned: float = 0.0
    media: tuple[tuple[str, float], ...] = ()

    def to(self, device: torch.device) -> "StyleTarget":
        return replace(self, vector=self.vector.to(device), light=self.light.to(device))


def style_target(look: Look, styles: Mapping[str, Style]) -> StyleTarget:
    """The weighted mean of the look's styles; the light goes to white as strength goes to 0.

    Raises UnknownStyle.
    """
    unknown = [name for name in look.styles if name not in styles]
    if unknown:
        raise UnknownStyle(unknown[0], styles)
    parts = [(styles[name], weight) for name, weight in look.styles.items()]
    vector = torch.stack([weight * style.vector for style, weight in parts]).sum(0)
    light = torch.stack([weight * torch.tensor(style.light) for style, weight in parts]).sum(0)
    return StyleTarget(
        vector=vector.unsqueeze(0),
        light=torch.lerp(torch.ones(3), light, look.strength).view(1, 3, 1, 1),
        learned=sum(weight for style, weight in parts if style.family == LEARNED_FAMILY),
        media=tuple((style.medium, weight) for style, weight in parts if style.medium),
    )


def load_catalogue(folder: Path) -> dict[str, Style]:
    """Every style that the folder's `styles.json` lists, in its order, vectors in fp32."""
    entries = json.loads((folder / "styles.json").read_text("utf-8"))
    return {entry["id"]: _load(folder, entry) for entry in entries}


def save_style(style: Style, path: Path) -> None:
    """Write a style as a safetensors file, its name and family in the metadata."""
    path.write_bytes(style_bytes(style))


def style_bytes(style: Style) -> bytes:
    """The contents of a style's file."""
    metadata = {"id": style.id, "name": style.name, "family": style.family, "source": style.source}
    metadata |= {"words": json.dumps(dict(style.words)), "light": json.dumps(style.light)}
    return save({"vector": style.vector.half().contiguous()}, metadata)


def style_from_bytes(data: bytes) -> Style:
    """A style from the contents of its file; raises ModelRefused for any others."""
    with NamedTemporaryFile(suffix=".safetensors") as file:  # only files are opened with their metadata
        file.write(data)
        file.flush()
        return load_style(Path(file.name))


def load_style(path: Path) -> Style:
    """A style written by `save_style`; raises ModelRefused for any other file."""
    try:
        with safe_open(path, "pt") as file:
            metadata = dict(file.metadata() or {})
            vector = file.get_tensor("vector").float()
        return Style(
            id=metadata["id"],
            name=metadata["name"],
            family=metadata["family"],
            words=json.loads(metadata["words"]),
            source=metadata["source"],
            vector=vector,
            light=tuple(json.loads(metadata.get("light", "null")) or WHITE_RGB),
        )
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
        medium=str(entry.get("medium", "")),
    )
