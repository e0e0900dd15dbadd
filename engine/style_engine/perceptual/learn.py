"""Learn a style from pictures: VGG-19 statistics through the model's style head, a second or two each."""

from collections.abc import Sequence

import torch
from PIL import Image
from torch import Tensor

from ..imaging import tensors
from ..network.light import highlight_colour
from ..network.model import Model
from ..network.styles import LEARNED_FAMILY, Style
from . import vgg

STYLE_PICTURE_MAX_PIXELS = 512 * 512  # larger pictures have strokes too fine for the network


@torch.inference_mode()
def learn_style(model: Model, images: Sequence[Image.Image], style_id: str, name: str) -> Style:
    """A new style from one or more pictures: the mean of their style vectors and of their lights, which is
    what a mix of the single styles in equal parts would be.

    Raises WeightsMissing if VGG-19 is not installed.
    """
    extractor = vgg.load(model.vgg_scales)
    learned = [_vector_and_light(model, extractor, image) for image in images]
    vector = torch.stack([vector for vector, _ in learned]).mean(0)
    light = torch.tensor([light for _, light in learned]).mean(0)
    sizes = ", ".join(f"{image.width} x {image.height}" for image in images)
    source = f"learned from {'a picture' if len(images) == 1 else 'pictures'} of {sizes} px"
    red, green, blue = light.tolist()
    return Style(style_id, name, LEARNED_FAMILY, {}, source, vector, light=(red, green, blue))


def _vector_and_light(
    model: Model, extractor: vgg.VggFeatures, image: Image.Image
) -> tuple[Tensor, tuple[float, ...]]:
    tensors.require_supported(image)
    working = tensors.to_working_size(tensors.over_white(image), STYLE_PICTURE_MAX_PIXELS)
    picture = tensors.padded(tensors.to_tensor(working))
    statistics = vgg.statistics(extractor(picture))
    vector = model.head(statistics.to(next(model.head.parameters()).device))[0].cpu()
    return vector, highlight_colour(picture)
