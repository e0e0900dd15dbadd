"""Learn a style from one picture: VGG-19 statistics through the model's style head, in a second or two."""

import torch
from PIL import Image

from ..imaging import tensors
from ..network.light import highlight_colour
from ..network.model import Model
from ..network.styles import LEARNED_FAMILY, Style
from . import vgg

STYLE_PICTURE_MAX_PIXELS = 512 * 512  # larger pictures have strokes too fine for the network


@torch.inference_mode()
def learn_style(model: Model, image: Image.Image, style_id: str, name: str) -> Style:
    """A new style from a picture; raises WeightsMissing if VGG-19 is not installed."""
    tensors.require_supported(image)
    working = tensors.to_working_size(tensors.over_white(image), STYLE_PICTURE_MAX_PIXELS)
    extractor = vgg.load(model.vgg_scales)
    picture = tensors.padded(tensors.to_tensor(working))
    statistics = vgg.statistics(extractor(picture))
    vector = model.head(statistics.to(next(model.head.parameters()).device))[0].cpu()
    source = f"learned from a picture of {image.width} x {image.height} px"
    return Style(style_id, name, LEARNED_FAMILY, {}, source, vector, light=highlight_colour(picture))
