"""Mosaic of square tesserae."""

from typing import Final

import torch
from torch import Tensor

from ...imaging import windows
from ...imaging.filters import gaussian, luminance
from ..strokes.directions import gradients, wide_gaussian
from ..strokes.layers import cell_numbers
from .focus import face_area
from .line_art import folds
from .shapes import with_lettering
from .subject import Subject, rgb, simplify
from .swelling_lines import holes, solid
from .tesserae import arrange, detail

GROUT_SHARE: Final = 0.0026  # width of the grout
TILE_VARIATION: Final = 0.22  # of lightness from tessera to tessera, relative
TILE_TINT: Final = 0.045  # of each channel
TILE_SKIN_CALM: Final = 0.5  # share of both that skin does not have
TEXT_CALM: Final = 0.8  # nor lettering
MORTAR_COLOUR: Final = (0.50, 0.47, 0.43)
OWN_MORTAR: Final = 0.65  # share of the colour of its place in the mortar
BEVEL: Final = 0.60  # light and shade on the edges of tesserae
GLINT: Final = 0.14  # of their edges to the light, in dark ones, too
MORTAR: Final = 0.46  # of the colour of its place between the largest tesserae
SMALL_MORTAR: Final = 0.42  # more between ones of no size
SKIN_MORTAR: Final = 0.18  # more on skin
OWN_COLOUR: Final = 0.35  # share of the photo's own colours
OPENED: Final = 0.05  # tone of black stone
FOLD_RELIEF: Final = 0.8  # of folds in dark parts
DARK_VARIATION: Final = 0.06  # of lightness from tessera to tessera in black
DARK_TONE: Final = 0.22  # of tesserae below which the mortar is lighter
DRAWN_TEXT: Final = 0.85  # share of drawn lettering within its tesserae
DRAWN_FACES: Final = 0.45  # and of the features of a face
SMALLEST_FROM: Final = 0.2  # detail at which tesserae are as small as there are any
SMALL_FROM: Final = 0.15  # and at which they are twice as large
LEAST_TEXT: Final = 0.1  # of the text mask anywhere, from which lettering is redrawn
PIECE_PLACE_SHARE: Final = 0.005  # pieces have random numbers of the places of their centres, to this step


def mosaic(subject: Subject) -> Tensor:
    """Roman mosaic, opus vermiculatum: tesserae in rows along the contours, smaller in faces and lettering.

    Centroidal cells of square metric in the frame of the contours after Hausner (2001).
    """
    gaps = holes(subject)
    subject = stony(solid(subject))
    lettering, faces = subject.text, face_area(subject)
    of_product = 0.6 + 0.4 * gaussian(subject.product, subject.px(0.004, 0.7))
    fine = torch.maximum(
        detail(subject) * of_product, torch.maximum(SMALLEST_FROM * lettering, SMALL_FROM * faces)
    )
    # Narrow parts of the product, as handles, and skin are of small tesserae, too.
    thin = (1.5 - 1.5 * thick_parts(subject, subject.px(0.012))).clamp(0, 1) * subject.product
    fine = torch.maximum(fine, 0.08 * torch.maximum(thin, subject.skin))
    owner, side = arrange(subject, fine)
    laid = lay(subject, owner, side, torch.maximum(DRAWN_TEXT * lettering, DRAWN_FACES * faces))
    return torch.lerp(laid, subject.photo, gaps)


def stony(subject: Subject) -> Subject:
    """The subject in the photo's own hues in part, its darks open and with the folds that they hide."""
    toned = torch.lerp(subject.toned, subject.photo, OWN_COLOUR)
    tone = luminance(toned)
    opened = toned + OPENED * (1 - tone) ** 6 + FOLD_RELIEF * folds(tone, subject)
    return subject.with_tones(opened.clamp(0, 1))


def mean_colours(owner: Tensor, picture: Tensor, count: int) -> Tensor:
    """(N, C) mean of a picture (1, C, H, W) over each piece."""
    owned = owner.clamp(min=0).flatten()
    total = torch.zeros(count, picture.shape[1]).to(picture).index_add_(0, owned, picture[0].flatten(1).T)
    return total / owned.bincount(minlength=count).clamp(min=1)[:, None]


def piece_numbers(subject: Subject, owner: Tensor, count: int, seed: int) -> Tensor:
    """(N, 5) uniform numbers in 0..1 of each piece, from its place."""
    rows, columns = (torch.arange(side).to(subject.photo) for side in owner.shape)
    places = torch.stack(torch.meshgrid(rows, columns, indexing="ij"))[None]
    cells = (mean_colours(owner, places, count) / subject.px(PIECE_PLACE_SHARE)).long().numpy()
    return torch.from_numpy(cell_numbers(cells[:, 0], cells[:, 1], seed)[:5].T.copy())


def lay(subject: Subject, owner: Tensor, side: Tensor, sharp: Tensor) -> Tensor:
    """Tesserae of one colour each, with bevels and grout; `sharp`: share of colours within tesserae."""
    colours = mean_colours(owner, subject.toned, len(side))
    random = piece_numbers(subject, owner, len(side), 5)
    still = torch.maximum(TILE_SKIN_CALM * subject.skin, TEXT_CALM * subject.text)
    calm = 1 - mean_colours(owner, still, len(side))
    varied = colours * (1 + calm * TILE_VARIATION * (random[:, :1] - 0.5))
    varied = varied + calm * TILE_TINT * (random[:, 1:4] - 0.5)
    dark = (1 - colours.mean(1, keepdim=True)).clamp(0, 1) ** 5
    varied = varied + DARK_VARIATION * dark * (random[:, 4:5] - 0.5)
    owned = owner.clamp(min=0)
    stone = varied[owned].permute(2, 0, 1)[None]
    drawn = redrawn(subject, simplify(subject.toned, subject.px(0.002, 1), 0.05, 1))
    stone = torch.lerp(stone, drawn, sharp)
    grout_px = subject.px(GROUT_SHARE, 0.8)
    border = gaussian(borders(owner), grout_px / 2) * (1.25 * grout_px)
    # Between small tesserae the grout is narrower.
    size = (side / side.max()).sqrt()[owned][None, None]
    grout = torch.sigmoid(9 * (border - 1.15 + 0.30 * size)) * (0.45 + 0.75 * size).clamp(0, 1)
    grout = grout * (1 - sharp)
    right, down = gradients(gaussian(borders(owner), 1.3 * grout_px))
    light = ((right + down) * (1.3 * grout_px) * size).clamp(-0.5, 0.5)
    stone = stone * (1 + BEVEL * light) + GLINT * light.clamp(min=0)
    return torch.lerp(stone, mortar(subject, size), grout).clamp(0, 1)


def redrawn(subject: Subject, picture: Tensor) -> Tensor:
    """The picture with its lettering in two flat colours, if it has any."""
    return with_lettering(subject, picture) if float(subject.text.max()) > LEAST_TEXT else picture


def mortar(subject: Subject, size: Tensor) -> Tensor:
    """Dark between light tesserae, and light between dark ones, so that the joints of both are visible.

    Fainter where tesserae are small, by their `size` (1 for the largest), and on skin, so that no net lies
    over print and faces.
    """
    near = wide_gaussian(subject.toned, subject.px(0.015))
    dark = torch.sigmoid(40 * (DARK_TONE - luminance(near)))
    shade = MORTAR + SMALL_MORTAR * (1 - size) + SKIN_MORTAR * subject.skin
    between_light = torch.lerp(
        rgb(*MORTAR_COLOUR).to(near), shade * near + 0.045, OWN_MORTAR + (1 - OWN_MORTAR) * (1 - size)
    )
    return torch.lerp(between_light, 0.55 * near + rgb(0.22, 0.21, 0.20), dark)


def borders(owner: Tensor) -> Tensor:
    """(1, 1, H, W) 1 on the first px of each piece along rows and columns."""
    border = torch.zeros(owner.shape, device=owner.device)
    border[:, 1:] += (owner[:, 1:] != owner[:, :-1]).to(border)
    border[1:] += (owner[1:] != owner[:-1]).to(border)
    return border.clamp_(max=1)[None, None]


def thick_parts(subject: Subject, lead_px: float) -> Tensor:
    """(1, 1, H, W) 1, and less at thin parts of the product, which a whole lead on each side would fill."""
    share = windows.maximum(wide_gaussian(subject.product, lead_px), max(1, round(lead_px)))
    outside = 1 - windows.maximum(subject.product, max(1, round(lead_px)))
    return torch.maximum((share - 0.32) / 0.40, outside).clamp(0.32, 1)
