"""Lines that turn plane by plane: each form has hatching across its own axis, as engravers lay it."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ...imaging.filters import gaussian
from .forms import find_forms
from .subject import Subject

BASE_ANGLE: Final = 14.0  # degrees, of lines on a form without an axis, and behind the product
COARSENESS: Final = 2.0  # of the copy on which planes are found, relative to that of panes
TURNS: Final = 8  # directions of lines in a half turn
LONG_FORM: Final = 1.4  # ratio of the axes of a form, from which lines cross its longer one
SLENDER_FORM: Final = (1.6, 2.6)  # and from which hatching begins to turn round it, and does wholly
SKIN_KIND: Final = 2  # of `Forms.kinds`
SKIN_TURN: Final = 2  # by which lines on skin are turned, in directions
TURN_SIGMA_PX: Final = 1.0  # on the copy, by which borders between directions are softened

Window = tuple[slice, slice]


def planes_by_angle(subject: Subject) -> Iterator[tuple[float, Window, Tensor]]:
    """Each direction of lines in degrees, the window in which it occurs, and its mask (1, 1, h, w) there."""
    height, width = subject.photo.shape[2:]
    forms = find_forms(subject, subject.text, COARSENESS)
    turn = torch.from_numpy(_turns(forms.labels, forms.kinds)[forms.labels])
    used = turn.unique().tolist()
    member = torch.stack([(turn == number).float() for number in used])[None]
    # The winner of smooth shares has smooth borders.
    share = F.interpolate(member, size=(height, width), mode="bicubic")
    winner = share.argmax(1, keepdim=True)
    for index, number in enumerate(used):
        mask = winner == index
        rows, columns = mask[0, 0].any(1).nonzero(), mask[0, 0].any(0).nonzero()
        if len(rows):
            window = tuple(slice(int(axis[0]), int(axis[-1]) + 1) for axis in (rows, columns))
            yield BASE_ANGLE + number * 180 / TURNS, (window[0], window[1]), mask[:, :, *window].float()


def across_long_forms(subject: Subject, turn: float) -> Tensor:
    """(1, 2, H, W) cosine and sine of twice the direction that is turned from each form's longer axis.

    Their length is 1 on a long form of the product, 0 on a round one and behind the product.
    """
    height, width = subject.photo.shape[2:]
    forms = find_forms(subject, subject.text, COARSENESS)
    axis, ratio, of_product = _axes(forms.labels, forms.kinds)
    least, most = SLENDER_FORM
    weight = np.clip((ratio - least) / (most - least), 0, 1) * of_product
    doubled = weight * np.stack([np.cos(2 * (axis + turn)), np.sin(2 * (axis + turn))])
    planes = torch.from_numpy(doubled[:, forms.labels].astype(np.float32))[None]
    return F.interpolate(gaussian(planes, TURN_SIGMA_PX), size=(height, width), mode="bilinear")


def _turns(labels: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    """Number of each form's direction: across its longer axis, 0 without one and behind the product.

    Skin is turned from what it is beside, so that both can be distinguished.
    """
    axis, ratio, of_product = _axes(labels, kinds)
    degrees = np.degrees(axis) + 90 - BASE_ANGLE
    turns = np.rint(degrees * TURNS / 180).astype(np.int64) % TURNS
    turns = np.where((ratio > LONG_FORM) & of_product, turns, 0)
    flat = labels.ravel()
    flesh = np.bincount(flat, kinds.ravel() == SKIN_KIND) > np.bincount(flat) / 2
    return np.where(flesh, (turns + SKIN_TURN) % TURNS, turns)


def _axes(labels: np.ndarray, kinds: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each form: radians of its longer axis, ratio of its axes, whether it is of the product."""
    flat = labels.ravel()
    rows, columns = (axis.ravel().astype(float) for axis in np.indices(labels.shape))
    count = np.bincount(flat)
    mean = [np.bincount(flat, axis) / count for axis in (rows, columns)]
    down, right = rows - mean[0][flat], columns - mean[1][flat]
    tall, wide, mixed = (np.bincount(flat, product) / count for product in (down**2, right**2, down * right))
    axis = 0.5 * np.arctan2(2 * mixed, wide - tall)
    spread = np.hypot(wide - tall, 2 * mixed)
    ratio = np.sqrt((wide + tall + spread) / np.maximum(wide + tall - spread, 1e-6))
    return axis, ratio, np.bincount(flat, kinds.ravel() > 0) > count / 2
