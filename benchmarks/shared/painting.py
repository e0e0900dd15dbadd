"""Pictures by our network alone, and pictures from tensors."""

import torch
from PIL import Image

from style_engine.looks import Look
from style_engine.network.model import Model
from style_engine.network.styles import Style, style_target
from style_engine.painting.painter import paint_photo_unprotected


def paint(model: Model, style: Style, photo: Image.Image, strength: float) -> Image.Image:
    """The network's own picture: the plain background is kept, without product protection and gates."""
    target = style_target(Look.of(style.id, strength), {style.id: style})
    return paint_photo_unprotected(model, target, photo, strength)


def to_image(picture: torch.Tensor) -> Image.Image:
    """(1, 3, H, W) in [0, 1] → RGB."""
    return Image.fromarray((picture[0].permute(1, 2, 0).clamp(0, 1) * 255).round().byte().numpy())
