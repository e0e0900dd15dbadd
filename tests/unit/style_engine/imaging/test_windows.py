"""Sliding windows agree with torch's pooling at any size."""

import pytest
import torch
from torch.nn import functional as F

from style_engine.imaging import windows


@pytest.mark.parametrize("size", [(1, 1), (2, 9), (12, 7)])
@pytest.mark.parametrize("radius", [1, 3])
def test_maximum_and_mean_equal_pooling(size, radius):
    torch.manual_seed(0)
    x, side = torch.randn(2, 3, *size), 2 * radius + 1
    torch.testing.assert_close(windows.maximum(x, radius), F.max_pool2d(x, side, 1, radius))
    expected = F.avg_pool2d(x, side, 1, radius, count_include_pad=False)
    torch.testing.assert_close(windows.mean(x, radius), expected, atol=1e-5, rtol=1e-5)
