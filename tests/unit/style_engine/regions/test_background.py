"""Plain backgrounds are found; products and textured photos are not background."""

import numpy as np
import pytest
import torch
from PIL import Image

from style_engine.imaging import tensors
from style_engine.regions.background import plain_background


def on_background(colour: tuple[int, int, int], size: int = 160) -> torch.Tensor:
    photo = np.full((size, size, 3), colour, np.uint8)
    photo[50:110, 40:120] = (30, 120, 60)
    return tensors.to_tensor(Image.fromarray(photo))


@pytest.mark.parametrize("colour", [(255, 255, 255), (244, 240, 232), (20, 22, 30)])
def test_uniform_background_is_found_and_product_is_not(colour):
    background = plain_background(on_background(colour))
    assert background[0, 0, :45].min() == 1
    assert background[0, 0, 54:106, 44:116].max() == 0


def test_product_at_the_border_is_not_background():
    photo = on_background((255, 255, 255))
    photo[:, :, 110:] = photo[:, :, 60:61, 60:61]
    background = plain_background(photo)
    assert background[0, 0, 112:].max() == 0
    assert background[0, 0, :40].min() == 1


def test_hole_of_background_colour_inside_the_product_is_not_background():
    photo = on_background((255, 255, 255))
    photo[:, :, 70:90, 70:90] = 1
    assert plain_background(photo)[0, 0, 72:88, 72:88].max() == 0


def test_mask_fades_smoothly_where_the_background_shades_off():
    photo = on_background((255, 255, 255), 192)
    shade = torch.linspace(0, 40 / 255, 192).view(1, 1, 192, 1)
    graded = torch.where(photo == 1, photo - shade, photo)
    background = plain_background(graded)[0, 0]
    assert background[0].min() == 1
    assert background[-1].max() == 0
    assert background[:, 5].diff().abs().max() < 0.15
    assert background[54:106, 44:116].max() == 0


def test_textured_photo_has_no_background(scene):
    assert not plain_background(tensors.to_tensor(scene)).any()


def test_mask_has_background_and_product_where_the_photo_is_blurred():
    photo = torch.nn.functional.avg_pool2d(on_background((255, 255, 255), 640), 4)
    assert set(plain_background(photo).unique().tolist()) >= {0.0, 1.0}
