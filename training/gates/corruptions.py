"""Corruptions: for each gate a change of a good result that a shopper would notice, and the gate must refuse.

Scenes hold masks (1, 1, H, W); results are (1, 3, H, W) in [0, 1].
"""

from collections.abc import Callable, Mapping
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from style_engine.safety.metrics import MeasuredImage
from style_engine.safety.scene import Scene
from style_engine.safety.skin import skin_cover

CONTRAST_FACTOR: Final = 1.6
REMAINING_STYLE_SHARE: Final = 0.1
PRODUCT_NOISE_STD: Final = 14 / 255
BACKGROUND_NOISE_STD: Final = 5 / 255
GHOST_OFFSET_PX: Final = 4
GHOST_SHARE: Final = 0.4
GHOST_PLACE_SHARE: Final = 0.1  # of the product
GHOST_PLACE_MIN_PX, GHOST_PLACE_STEP_PX = 32, 8
HALO_WINDOW_PX: Final = 25
HALO_SHARE: Final = 0.3
DARKENING: Final = 4 / 255
NEXT_CHANNEL_SHARE: Final = 1 / 6
TEXT_BLUR_WINDOW_PX: Final = 5


def increase_contrast(scene: Scene, result: Tensor) -> Tensor:
    """So much that lights and darks clip."""
    return ((result - 0.5) * CONTRAST_FACTOR + 0.5).clamp(0, 1)


def remove_most_style(scene: Scene, result: Tensor) -> Tensor:
    """A tenth of the change is left."""
    return torch.lerp(scene.photo, result, REMAINING_STYLE_SHARE)


def add_product_noise(scene: Scene, result: Tensor) -> Tensor:
    return (result + scene.regions.product * _noise(result, PRODUCT_NOISE_STD)).clamp(0, 1)


def add_ghost(scene: Scene, result: Tensor) -> Tensor:
    """A faint second image of the product, 4 px off."""
    shifted = result.roll((GHOST_OFFSET_PX, GHOST_OFFSET_PX), (2, 3))
    return torch.lerp(result, torch.lerp(result, shifted, GHOST_SHARE), scene.regions.product)


def add_ghost_in_place(scene: Scene, result: Tensor) -> Tensor:
    """As `add_ghost`, in the one place where the product has most edges: a square of a tenth of its area."""
    height, width = scene.photo.shape[2:]
    product = scene.regions.product
    side = min(height, width, max(GHOST_PLACE_MIN_PX, int((GHOST_PLACE_SHARE * float(product.sum())) ** 0.5)))
    edges = F.pad(MeasuredImage(scene.photo).gradient_magnitude, (1, 1, 1, 1)) * product
    in_place = F.avg_pool2d(edges, side, GHOST_PLACE_STEP_PX)
    row, column = (GHOST_PLACE_STEP_PX * i for i in divmod(int(in_place.argmax()), in_place.shape[3]))
    square = (..., slice(row, row + side), slice(column, column + side))
    corrupted = result.clone()
    corrupted[square] = add_ghost(scene, result)[square]
    return corrupted


def add_background_noise(scene: Scene, result: Tensor) -> Tensor:
    """Dark noise outside the product."""
    return (result - scene.clean_area * _noise(result, BACKGROUND_NOISE_STD).abs()).clamp(0, 1)


def add_halo(scene: Scene, result: Tensor) -> Tensor:
    """The product's colours, blurred over its edge."""
    return torch.lerp(result, _box_blur(result, HALO_WINDOW_PX), HALO_SHARE * scene.clean_area)


def darken_background(scene: Scene, result: Tensor) -> Tensor:
    """By four 8-bit steps."""
    return result - scene.clean_area * DARKENING


def shift_hue(scene: Scene, result: Tensor) -> Tensor:
    """Each channel of the product gets a sixth of the previous channel."""
    shifted = torch.lerp(result, result.roll(1, 1), NEXT_CHANNEL_SHARE)
    return torch.lerp(result, shifted, scene.regions.product)


def blur_text(scene: Scene, result: Tensor) -> Tensor:
    return torch.lerp(result, _box_blur(result, TEXT_BLUR_WINDOW_PX), scene.regions.text)


def shift_skin_hue(scene: Scene, result: Tensor) -> Tensor:
    """Each channel of skin gets a sixth of the previous channel, as in `shift_hue`."""
    return torch.lerp(result, torch.lerp(result, result.roll(1, 1), NEXT_CHANNEL_SHARE), skin_cover(scene))


def _box_blur(picture: Tensor, window: int) -> Tensor:
    return F.avg_pool2d(picture, window, 1, window // 2, count_include_pad=False)


def _noise(like: Tensor, std: float) -> Tensor:
    return std * torch.randn(like.shape, generator=torch.Generator().manual_seed(1))


CORRUPTIONS: Final[Mapping[str, Callable[[Scene, Tensor], Tensor]]] = {
    "clipping": increase_contrast,
    "style_gain": remove_most_style,
    "product_ssim": add_product_noise,
    "edge_keep": add_ghost_in_place,
    "flat_noise": add_background_noise,
    "halo": add_halo,
    "white_background": darken_background,
    "background": darken_background,
    "delta_e": shift_hue,
    "text": blur_text,
    "skin": shift_skin_hue,
}
"""By gate."""
