"""Learn a style from one picture: VGG-19 statistics through the model's style head, in a second or two."""

import torch
from PIL import Image

from ..imaging import tensors
from ..network.light import light_of
from ..network.model import Model
from ..network.styles import OWN, Style
from . import vgg

STYLE_PIXELS = 512 * 512  # larger pictures only make strokes too fine for the net


@torch.inference_mode()
def learn_style(model: Model, image: Image.Image, style_id: str, name: str) -> Style:
    """A style of its own from a picture; raises WeightsMissing where VGG-19 is not installed."""
    tensors.require_supported(image)
    working = tensors.to_working_size(tensors.over_white(image), STYLE_PIXELS)
    extractor = vgg.load(model.vgg_scales)
    seen = tensors.padded(tensors.to_tensor(working))
    statistics = vgg.statistics(extractor(seen))
    vector = model.head(statistics.to(next(model.head.parameters()).device))[0].cpu()
    source = f"learned from a picture of {image.width} x {image.height} px"
    return Style(style_id, name, OWN, {}, source, vector, light=light_of(seen))
