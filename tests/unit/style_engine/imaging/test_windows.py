"""Sliding windows agree with torch's pooling, whatever the size."""

import pytest
import torch
from torch.nn import functional as F

from style_engine.imaging import windows


@pytest.mark.parametrize("size", [(1, 1), (2, 9), (12, 7)])
@pytest.mark.parametrize("reach", [1, 3])
def test_highest_and_mean_are_those_of_a_pool(size, reach):
    torch.manual_seed(0)
    x, side = torch.randn(2, 3, *size), 2 * reach + 1
    torch.testing.assert_close(windows.maximum(x, reach), F.max_pool2d(x, side, 1, reach))
    expected = F.avg_pool2d(x, side, 1, reach, count_include_pad=False)
    torch.testing.assert_close(windows.mean(x, reach), expected, atol=1e-5, rtol=1e-5)
