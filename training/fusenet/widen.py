"""Widen a start: a broader net that paints, before its first step, what the narrow one painted.

After Net2WiderNet (Chen, Goodfellow and Shlens, ICLR 2016): some channels are there twice, and what reads
them shares its weight out between the copies. The shares are uneven, so that copies part ways in training.
"""

from dataclasses import replace
from typing import Final

import torch
from torch import Tensor

from style_engine.network.fusenet import INJECTIONS, affine_size, norm_widths

from .warm_start import Start

HALF, QUARTER, EIGHTH = range(3)
CONVOLUTIONS: Final[dict[str, tuple[int | None, int | None]]] = {
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
"""From which level to which each convolution leads; None: the picture."""
Widths = tuple[int, int, int]


def widths_of(nets: dict[str, Tensor]) -> Widths:
    """Of the net among the tensors of a start or of a run."""
    half, quarter, eighth = (len(nets[f"net.{name}.weight"]) for name in ("s1", "s2", "s3"))
    return half, quarter, eighth


def widened(start: Start, widths: Widths, seed: int = 0) -> Start:
    """Raises ValueError where a level would become narrower."""
    narrow = widths_of(start.nets)
    if any(new < old for new, old in zip(widths, narrow, strict=True)):
        raise ValueError(f"widths {narrow} can only grow, not become {widths}")
    random = torch.Generator().manual_seed(seed)
    copies = [_copies(old, new, random) for old, new in zip(narrow, widths, strict=True)]
    nets = dict(start.nets)
    for name, (before, after) in CONVOLUTIONS.items():
        weight, bias = nets[f"net.{name}.weight"], nets[f"net.{name}.bias"]
        if before is not None:
            weight = weight[:, copies[before]] * _shares(copies[before], random).view(1, -1, 1, 1)
        if after is not None:
            weight, bias = weight[copies[after]], bias[copies[after]]
        nets |= {f"net.{name}.weight": weight, f"net.{name}.bias": bias}
    affine, injection = (
        _affine_places(narrow, copies),
        _injection_places(narrow, copies, nets["head.injection"]),
    )
    for name, places in {
        "head.expand.weight": affine, "head.expand.bias": affine,
        "head.injection": injection, "encoder.injection": injection,
    }.items():  # fmt: skip
        nets[name] = nets[name][places]
    whole = torch.cat([affine, affine_size(narrow) + injection])
    return replace(start, nets=nets, styles={name: vector[whole] for name, vector in start.styles.items()})


def _copies(old: int, new: int, random: torch.Generator) -> Tensor:
    """(new,) which old channel each new one is."""
    return torch.cat([torch.arange(old), torch.randperm(old, generator=random).repeat(new)[: new - old]])


def _shares(copies: Tensor, random: torch.Generator) -> Tensor:
    """(new,) what each copy gives; those of one channel add up to 1."""
    parts = 0.5 + torch.rand(len(copies), generator=random)
    totals = torch.zeros(int(copies.max()) + 1).index_add_(0, copies, parts)
    return parts / totals[copies]


def _affine_places(narrow: Widths, copies: list[Tensor]) -> Tensor:
    """Where in the narrow vector each gamma and beta of the wide one stands."""
    level = [narrow.index(width) for width in norm_widths(narrow)]
    places, start = [], 0
    for each in level:
        for _ in range(2):  # gammas, betas
            places.append(start + copies[each])
            start += narrow[each]
    return torch.cat(places)


def _injection_places(narrow: Widths, copies: list[Tensor], injection: Tensor) -> Tensor:
    conditioning_maps = len(injection) // (INJECTIONS * narrow[HALF])
    places = torch.arange(len(injection)).view(INJECTIONS, narrow[HALF], conditioning_maps)
    return places[:, copies[HALF]].flatten()
