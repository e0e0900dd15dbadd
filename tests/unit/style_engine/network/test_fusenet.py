"""FuseNet: layout of a style vector, norms, injection, reflection padding, patterns."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from style_engine.network import fusenet, patterns
from style_engine.network.conditioning import conditioning_maps
from style_engine.network.modulation import StyleModulation

WIDTHS = (24, 48, 96)


def test_sizes_of_a_style_vector():
    assert fusenet.affine_size(WIDTHS) == 2064
    assert len(fusenet.norm_widths(WIDTHS)) == 16
    assert fusenet.vector_size(WIDTHS) == 2064 + 2 * 24 * 23


def test_norm_is_instance_norm_with_the_styles_scale_and_shift():
    torch.manual_seed(0)
    x, gamma, beta = torch.randn(2, 5, 9, 7), torch.rand(2, 5), torch.randn(2, 5)
    expected = F.instance_norm(x) * gamma[:, :, None, None] + beta[:, :, None, None]
    torch.testing.assert_close(
        StyleModulation(((gamma, beta),), torch.empty(0)).norm(0, x), expected, atol=1e-4, rtol=1e-4
    )


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("sides", [(2, 2), (7, 9), (8, 16)])
def test_reflect_convolution_equals_torchs_reflect_padding(stride, sides):
    torch.manual_seed(0)
    ours = fusenet.ReflectConv2d(5, 4, stride)
    padded = nn.Conv2d(5, 4, 3, stride, padding=1, padding_mode="reflect")
    padded.load_state_dict(ours.state_dict())
    x = torch.randn(2, 5, *sides)
    torch.testing.assert_close(ours(x), padded(x), atol=1e-5, rtol=1e-5)
    for conv in (ours, padded):
        conv(x).square().mean().backward()
    torch.testing.assert_close(ours.weight.grad, padded.weight.grad, atol=1e-5, rtol=1e-5)


def test_conditioning_maps_are_injected_by_the_styles_weights():
    torch.manual_seed(0)
    x, conditioning, injection = torch.randn(2, 4, 6, 8), torch.randn(2, 3, 6, 8), torch.randn(2, 2, 4, 3)
    expected = x + torch.einsum("bcg,bghw->bchw", injection[:, 1], conditioning)
    torch.testing.assert_close(
        StyleModulation((), injection).inject(1, x, conditioning), expected, atol=1e-5, rtol=1e-5
    )


def test_each_picture_of_a_batch_has_its_own_style():
    torch.manual_seed(0)
    net, photos = fusenet.FuseNet(WIDTHS).eval(), torch.rand(2, 3, 32, 48)
    vectors = torch.randn(2, fusenet.vector_size(WIDTHS))
    conditioning = conditioning_maps(photos, patterns.half_size_patterns(32, 48))
    with torch.inference_mode():
        batch = net(photos, vectors, conditioning)
        alone = net(photos[1:], vectors[1:], conditioning[1:])
    assert batch.shape == photos.shape
    torch.testing.assert_close(batch[1:], alone, atol=1e-5, rtol=1e-5)


def test_patterns_are_periodic_and_independent_of_the_size():
    whole = patterns.half_size_patterns(512, 768)
    torch.testing.assert_close(whole[:, :, :128, :128], whole[:, :, 128:256, 256:384])
    torch.testing.assert_close(whole[:, :, :20, :30], patterns.half_size_patterns(40, 60))
    assert whole.abs().max() <= 1


def test_a_window_of_the_patterns_equals_that_part_of_the_plane():
    plane = patterns.patterns_at(300, 300)
    torch.testing.assert_close(patterns.patterns_at(40, 50, top=210, left=230), plane[:, :, 210:250, 230:280])
