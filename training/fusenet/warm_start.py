"""Initial weights of a run: from a file of start weights, or from a released model and its styles."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from safetensors.torch import load_file
from torch import Tensor

from style_engine.imaging.filters import REC_601
from style_engine.network.conditioning import CONDITIONING_NAMES
from style_engine.network.fusenet import CONDITIONING_MAPS, INJECTIONS, FuseNet
from style_engine.network.model import current_key
from style_engine.network.styles import load_catalogue
from style_engine.perceptual.vgg import VggFeatures, statistics

from ..styles.recipes import RECIPES, Recipe
from ..styles.tones import TONES
from .networks import StyleNetworks

VGG_SCALE_PREFIX: Final = "vgg_scale."
CHROMA_TO_LOGITS_SLOPE: Final = 3.5


@dataclass(frozen=True)
class StartWeights:
    """Networks' weights by name (`net.*`, `head.*`, `encoder.*`), VGG filter scales, style vectors by id."""

    nets: dict[str, Tensor]
    scales: dict[str, Tensor]
    styles: dict[str, Tensor]


def read_start(path: Path) -> StartWeights:
    """A released model folder, or a file of start weights (`net.*`, `hy.*`, `vgg_scale.*`) without styles."""
    tensors = {
        _current_key(name): tensor.float()
        for name, tensor in load_file(path / "model.safetensors" if path.is_dir() else path).items()
    }
    scales = {
        name.removeprefix(VGG_SCALE_PREFIX): tensor
        for name, tensor in tensors.items()
        if name.startswith(VGG_SCALE_PREFIX)
    }
    nets = {name: tensor for name, tensor in tensors.items() if not name.startswith(VGG_SCALE_PREFIX)}
    styles = load_catalogue(path / "styles") if path.is_dir() else {}
    return StartWeights(nets, scales, {name: style.vector for name, style in styles.items()})


def _current_key(name: str) -> str:
    return current_key(name.replace("hy.f.", "head.squeeze.").replace("hy.o.", "head.expand."))


def warm_start(networks: StyleNetworks, start: StartWeights, extractor: VggFeatures, photo: Tensor) -> None:
    """Load the networks; set each catalogue vector to its own, that of a similar style, or the head's."""
    networks.load_state_dict(networks.state_dict() | start.nets)
    start_vectors = [_start_vector(recipe, start) for recipe in RECIPES]
    if all(vector is not None for vector in start_vectors):
        networks.set_vectors(torch.stack([vector for vector in start_vectors if vector is not None]))
        return
    head_vectors = predict_vectors(networks, extractor, photo)
    if not start.styles:
        head_vectors = add_colour_injection(networks, head_vectors)
    vectors = [head_vectors[row] if vector is None else vector for row, vector in enumerate(start_vectors)]
    networks.set_vectors(torch.stack(vectors))


def _start_vector(recipe: Recipe, start: StartWeights) -> Tensor | None:
    return start.styles.get(recipe.id, start.styles.get(recipe.similar_to))


def predict_vectors(networks: StyleNetworks, extractor: VggFeatures, photo: Tensor) -> Tensor:
    """(styles, vector_size) the style head's vectors for the tones of a photo (1, 3, S, S)."""
    toned = [TONES[recipe.id](photo).clamp(0, 1) for recipe in RECIPES]
    with torch.no_grad():
        return torch.cat([networks.head(statistics(extractor(picture))) for picture in toned])


def colour_injection(net: FuseNet, slope: float) -> Tensor:
    """(injection_size,) injection weights that add the photo's chroma, times `slope`, to the output's logits.

    Instance norms remove colour. A style that keeps the product's colours would take long to learn this path.
    """
    # (3, half): what each channel before the last convolution adds to red, green and blue, over all taps
    to_rgb = net.out.weight.detach().sum((2, 3)).view(3, 4, -1).mean(1)
    chroma = torch.eye(3) - torch.tensor(REC_601).expand(3, 3)
    injection = torch.zeros(INJECTIONS, net.widths[0], CONDITIONING_MAPS)
    red = CONDITIONING_NAMES.index("red")
    injection[1, :, red : red + 3] = slope * torch.linalg.pinv(to_rgb) @ chroma
    return injection.flatten()


def add_colour_injection(
    networks: StyleNetworks, vectors: Tensor, slope: float = CHROMA_TO_LOGITS_SLOPE
) -> Tensor:
    """Vectors with these weights added where the style keeps colours; they are added to the encoder's too."""
    injection = colour_injection(networks.net, slope)
    networks.encoder.injection.data += injection
    keeps_colours = torch.tensor([[float(recipe.keeps_colours)] for recipe in RECIPES])
    affine = vectors.shape[1] - len(injection)
    return torch.cat([vectors[:, :affine], vectors[:, affine:] + keeps_colours * injection], 1)
