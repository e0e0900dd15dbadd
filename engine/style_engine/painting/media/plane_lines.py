"""Lines that turn plane by plane: each form has hatching across its own axis, as engravers lay it."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from .forms import find_forms
from .subject import Subject

BASE_ANGLE: Final = 14.0  # degrees, of lines on a form without an axis, and behind the product
COARSENESS: Final = 2.0  # of the copy on which planes are found, relative to that of panes
TURNS: Final = 8  # directions of lines in a half turn
LONG_FORM: Final = 1.4  # ratio of the axes of a form, from which lines cross its longer one

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


def _turns(labels: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    """Number of each form's direction: across its longer axis, 0 without one and behind the product."""
    flat = labels.ravel()
    rows, columns = (axis.ravel().astype(float) for axis in np.indices(labels.shape))
    count = np.bincount(flat)
    mean = [np.bincount(flat, axis) / count for axis in (rows, columns)]
    down, right = rows - mean[0][flat], columns - mean[1][flat]
    tall, wide, mixed = (np.bincount(flat, product) / count for product in (down**2, right**2, down * right))
    axis = 0.5 * np.arctan2(2 * mixed, wide - tall)
    spread = np.hypot(wide - tall, 2 * mixed)
    ratio = np.sqrt((wide + tall + spread) / np.maximum(wide + tall - spread, 1e-6))
    degrees = np.degrees(axis) + 90 - BASE_ANGLE
    turns = np.rint(degrees * TURNS / 180).astype(np.int64) % TURNS
    of_product = np.bincount(flat, kinds.ravel() > 0) > count / 2
    return np.where((ratio > LONG_FORM) & of_product, turns, 0)
