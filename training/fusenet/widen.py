"""Widen start weights: a network with more channels that computes the same function.

After Net2WiderNet (Chen, Goodfellow and Shlens, ICLR 2016): some channels are duplicated, and the layers that
read them divide their weights between the copies. Uneven shares make the copies' gradients differ.
"""

from dataclasses import replace
from typing import Final

import torch
from torch import Tensor

from style_engine.network.fusenet import INJECTIONS, affine_size, norm_widths

from .warm_start import StartWeights

HALF, QUARTER, EIGHTH = range(3)
LEVELS_OF_CONVOLUTIONS: Final[dict[str, tuple[int | None, int | None]]] = {
    "s1": (None, HALF),
    "s2": (HALF, QUARTER),
    **{f"e4.{n}": (QUARTER, QUARTER) for n in range(2)},
    "s3": (QUARTER, EIGHTH),
    **{f"r8.{n}": (EIGHTH, EIGHTH) for n in range(6)},
    "p8": (EIGHTH, QUARTER),
    **{f"d4.{n}": (QUARTER, QUARTER) for n in range(2)},
    "p4": (QUARTER, HALF),
    "d2": (HALF, HALF),
    "out": (HALF, None),
}
"""Resolution levels of input and output of each convolution; None: the picture."""
Widths = tuple[int, int, int]


def widths_of(nets: dict[str, Tensor]) -> Widths:
    """Channels at half, quarter and eighth resolution, of weights with names such as `net.s1.weight`."""
    half, quarter, eighth = (len(nets[f"net.{name}.weight"]) for name in ("s1", "s2", "s3"))
    return half, quarter, eighth


def widen(start: StartWeights, widths: Widths, seed: int = 0) -> StartWeights:
    """Raises ValueError where a level would become narrower."""
    narrow = widths_of(start.nets)
    if any(new < old for new, old in zip(widths, narrow, strict=True)):
        raise ValueError(f"widths {narrow} can only grow, not become {widths}")
    random = torch.Generator().manual_seed(seed)
    sources = [_channel_sources(old, new, random) for old, new in zip(narrow, widths, strict=True)]
    nets = dict(start.nets)
    for name, (before, after) in LEVELS_OF_CONVOLUTIONS.items():
        weight, bias = nets[f"net.{name}.weight"], nets[f"net.{name}.bias"]
        if before is not None:
            weight = weight[:, sources[before]] * _weight_shares(sources[before], random).view(1, -1, 1, 1)
        if after is not None:
            weight, bias = weight[sources[after]], bias[sources[after]]
        nets |= {f"net.{name}.weight": weight, f"net.{name}.bias": bias}
    affine = _affine_sources(narrow, sources)
    injection = _injection_sources(narrow, sources, nets["head.injection"])
    for name, indices in {
        "head.expand.weight": affine, "head.expand.bias": affine,
        "head.injection": injection, "encoder.injection": injection,
    }.items():  # fmt: skip
        nets[name] = nets[name][indices]
    vector = torch.cat([affine, affine_size(narrow) + injection])
    return replace(start, nets=nets, styles={name: style[vector] for name, style in start.styles.items()})


def _channel_sources(old: int, new: int, random: torch.Generator) -> Tensor:
    """(new,) index of the old channel that each new one copies."""
    return torch.cat([torch.arange(old), torch.randperm(old, generator=random).repeat(new)[: new - old]])


def _weight_shares(sources: Tensor, random: torch.Generator) -> Tensor:
    """(new,) share of the weight that each copy gets; shares of one old channel add up to 1."""
    parts = 0.5 + torch.rand(len(sources), generator=random)
    totals = torch.zeros(int(sources.max()) + 1).index_add_(0, sources, parts)
    return parts / totals[sources]


def _affine_sources(narrow: Widths, sources: list[Tensor]) -> Tensor:
    """(wide affine_size,) index in the narrow vector of each gamma and beta of the wide one."""
    levels = [narrow.index(width) for width in norm_widths(narrow)]
    indices, start = [], 0
    for level in levels:
        for _ in range(2):  # gammas, betas
            indices.append(start + sources[level])
            start += narrow[level]
    return torch.cat(indices)


def _injection_sources(narrow: Widths, sources: list[Tensor], injection: Tensor) -> Tensor:
    """(wide injection_size,) index in the narrow weights (injection_size,) of each wide injection weight."""
    conditioning_maps = len(injection) // (INJECTIONS * narrow[HALF])
    indices = torch.arange(len(injection)).view(INJECTIONS, narrow[HALF], conditioning_maps)
    return indices[:, sources[HALF]].flatten()
