"""Media of cut pieces: mosaic of square tesserae, and leaded stained glass."""

from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from ...imaging import windows
from ...imaging.filters import gaussian, luminance
from ...imaging.windows import COLUMNS, ROWS
from ..strokes.directions import gradients, wide_gaussian
from ..strokes.layers import cell_numbers
from .lines import contours
from .materials import value_noise
from .panes import Panes, cut_panes
from .shapes import boundary, kuwahara, with_lettering
from .subject import Subject, rgb, simplify
from .tesserae import arrange, detail

GROUT_SHARE: Final = 0.0026  # width of the grout
TILE_VARIATION: Final = 0.25  # of lightness from tessera to tessera, relative
TILE_TINT: Final = 0.045  # of each channel
BEVEL: Final = 0.60  # light and shade on the edges of tesserae
GLINT: Final = 0.14  # of their edges to the light, in dark ones, too
DARK_TONE: Final = 0.22  # of tesserae below which the mortar is lighter
LEAST_TEXT: Final = 0.1  # of the text mask anywhere, from which lettering is redrawn
PANE_PLACE_SHARE: Final = 0.005  # pieces have random numbers of the places of their centres, to this step
LEAD_SHARE: Final = 0.0125  # width of a lead between panes of different colours
THIN_LEAD: Final = 0.78  # width of a lead between panes of like colours, relative
LEAD_INSET: Final = 0.28  # of the lead along the silhouette, in leads
LEAD: Final = (0.045, 0.045, 0.052)
LEAD_SHINE: Final = 0.26  # on the side of a lead to the light
GLASS_VARIATION: Final = 0.26  # of lightness from pane to pane, relative
GLASS_TINT: Final = 0.12  # of each channel, relative
STREAKS: Final = 0.045  # std of the lightness within a pane, relative
GLOW_SHARE: Final = 0.030  # from a lead to the full light of a pane
DEPTH: Final = 0.30  # of the colour at the leads, as an exponent
HALATION: Final = 0.16  # light of bright panes spread over the leads
PAINTED_FROM: Final = 0.045  # detail that is too small for leads
PAINTED_RANGE: Final = 0.03
WHOLE_FACE: Final = 0.85  # how far painted faces are kept on one pane
FACE_SHARE: Final = 0.030  # sigma within which facial features make skin a face
FACE_GAIN: Final = 2.2
ENAMEL_FROM: Final = 0.11  # difference of a form from its pane, from which it has a colour of its own
ENAMEL_RANGE: Final = 0.07
PAINT: Final = (0.10, 0.06, 0.05)  # vitreous paint of the lines
MATT: Final = ((-0.26, 0.58), (-0.09, 0.66), (0.16, 1.15))  # tone from its place's, and the matt's factor


def mosaic(subject: Subject) -> Tensor:
    """Roman mosaic, opus vermiculatum: tesserae in rows along the contours, smaller in faces and lettering.

    Centroidal cells of square metric in the frame of the contours after Hausner (2001).
    """
    lettering = gaussian(subject.text, subject.px(0.004, 0.7))
    of_product = 0.6 + 0.4 * gaussian(subject.product, subject.px(0.004, 0.7))
    fine = torch.maximum(detail(subject) * of_product, 0.115 * lettering)
    # Narrow parts of the product, as handles, are of small tesserae, too.
    thin = (1.5 - 1.5 * thick_parts(subject, subject.px(0.012))).clamp(0, 1) * subject.product
    owner, side = arrange(subject, torch.maximum(fine, 0.08 * thin))
    faces = ((fine - 0.06) / 0.04).clamp(0, 1) * subject.skin
    return lay(subject, owner, side, torch.maximum(0.8 * lettering, 0.55 * faces).clamp(max=1))


def mean_colours(owner: Tensor, picture: Tensor, count: int) -> Tensor:
    """(N, C) mean of a picture (1, C, H, W) over each piece."""
    owned = owner.clamp(min=0).flatten()
    total = torch.zeros(count, picture.shape[1]).to(picture).index_add_(0, owned, picture[0].flatten(1).T)
    return total / owned.bincount(minlength=count).clamp(min=1)[:, None]


def piece_numbers(subject: Subject, owner: Tensor, count: int, seed: int) -> Tensor:
    """(N, 5) uniform numbers in 0..1 of each piece, from its place."""
    rows, columns = (torch.arange(side).to(subject.photo) for side in owner.shape)
    places = torch.stack(torch.meshgrid(rows, columns, indexing="ij"))[None]
    cells = (mean_colours(owner, places, count) / subject.px(PANE_PLACE_SHARE)).long().numpy()
    return torch.from_numpy(cell_numbers(cells[:, 0], cells[:, 1], seed)[:5].T.copy())


def lay(subject: Subject, owner: Tensor, side: Tensor, sharp: Tensor) -> Tensor:
    """Tesserae of one colour each, with bevels and grout; `sharp`: share of colours within tesserae."""
    colours = mean_colours(owner, subject.toned, len(side))
    random = piece_numbers(subject, owner, len(side), 5)
    varied = colours * (1 + TILE_VARIATION * (random[:, :1] - 0.5)) + TILE_TINT * (random[:, 1:4] - 0.5)
    owned = owner.clamp(min=0)
    stone = varied[owned].permute(2, 0, 1)[None]
    drawn = redrawn(subject, simplify(subject.toned, subject.px(0.002, 1), 0.05, 1))
    stone = torch.lerp(stone, drawn, sharp)
    grout_px = subject.px(GROUT_SHARE, 0.8)
    border = gaussian(borders(owner), grout_px / 2) * (1.25 * grout_px)
    # Between small tesserae the grout is narrower.
    size = (side / side.max()).sqrt()[owned][None, None]
    grout = torch.sigmoid(9 * (border - 1.15 + 0.30 * size)) * (0.45 + 0.75 * size).clamp(0, 1)
    grout = grout * (1 - 0.5 * sharp)
    right, down = gradients(gaussian(borders(owner), 1.3 * grout_px))
    light = ((right + down) * (1.3 * grout_px) * size).clamp(-0.5, 0.5)
    stone = stone * (1 + BEVEL * light) + GLINT * light.clamp(min=0)
    return torch.lerp(stone, mortar(subject), grout).clamp(0, 1)


def redrawn(subject: Subject, picture: Tensor) -> Tensor:
    """The picture with its lettering in two flat colours, if it has any."""
    return with_lettering(subject, picture) if float(subject.text.max()) > LEAST_TEXT else picture


def mortar(subject: Subject) -> Tensor:
    """Dark between light tesserae, and light between dark ones, so that the joints of both are visible."""
    near = wide_gaussian(subject.toned, subject.px(0.015))
    dark = torch.sigmoid(40 * (DARK_TONE - luminance(near)))
    return torch.lerp(0.42 * near + rgb(0.07, 0.06, 0.055), 0.55 * near + rgb(0.22, 0.21, 0.20), dark)


def borders(owner: Tensor) -> Tensor:
    """(1, 1, H, W) 1 on the first px of each piece along rows and columns."""
    border = torch.zeros(owner.shape, device=owner.device)
    border[:, 1:] += (owner[:, 1:] != owner[:, :-1]).to(border)
    border[1:] += (owner[1:] != owner[:-1]).to(border)
    return border.clamp_(max=1)[None, None]


def stained_glass(subject: Subject) -> Tensor:
    """Leaded glass: pot-metal panes between lead cames, faces and lettering painted on whole panes.

    Leads along the main contours, after Mould (2003), and plain parts divided by a lattice, as windows are.
    """
    painted = painted_area(subject)
    near = (FACE_GAIN * wide_gaussian(painted, subject.px(FACE_SHARE))).clamp(0, 1)
    faces = WHOLE_FACE * torch.maximum(near * subject.skin, 0.15 * painted)
    lead_px = subject.px(LEAD_SHARE, 2.0)
    panes = cut_panes(subject, torch.maximum(lettering_area(subject), faces), LEAD_INSET * lead_px)
    colours = mean_colours(panes.pane, subject.toned, panes.count)
    glass = glass_light(subject, panes, colours, painted)
    half_width = lead_px / 2 * thick_parts(subject, lead_px)
    margin = torch.minimum(panes.margin / half_width, panes.lattice / (THIN_LEAD * half_width))
    lead = (half_width * (1 - margin) + 0.5).clamp(0, 1)
    right, down = gradients(gaussian((1 - margin).clamp(0, 1), 0.7))
    towards = (0.5 * right + 0.86 * down).mul(half_width).clamp(0, 1)
    window = torch.lerp(glass, rgb(*LEAD) + LEAD_SHINE * towards, lead).clamp(0, 1)
    return 1 - (1 - window) * (1 - HALATION * wide_gaussian(window, subject.px(0.02)))


def thick_parts(subject: Subject, lead_px: float) -> Tensor:
    """(1, 1, H, W) 1, and less at thin parts of the product, which a whole lead on each side would fill."""
    share = windows.maximum(wide_gaussian(subject.product, lead_px), max(1, round(lead_px)))
    outside = 1 - windows.maximum(subject.product, max(1, round(lead_px)))
    return torch.maximum((share - 0.32) / 0.40, outside).clamp(0.32, 1)


def lettering_area(subject: Subject) -> Tensor:
    """(1, 1, H, W) lettering with a margin, 0..1."""
    return (3 * wide_gaussian(subject.text, subject.px(0.022))).clamp(0, 1)


def painted_area(subject: Subject) -> Tensor:
    """(1, 1, H, W) where forms are too small for leads: faces and lettering."""
    of_product = 0.5 + 0.5 * gaussian(subject.product, subject.px(0.004, 0.7))
    small = wide_gaussian(detail(subject) * of_product, subject.px(0.008))
    found = torch.maximum((small - PAINTED_FROM) / PAINTED_RANGE, lettering_area(subject)).clamp(0, 1)
    # Closing: a cheek between facial features belongs to the face.
    size = [max(2, side // 4) for side in found.shape[2:]]
    reduced = F.interpolate(found, size=size, mode="area")
    radius = max(1, round(subject.px(0.022) * size[0] / found.shape[2]))
    closed = -windows.maximum(-windows.maximum(reduced, radius), radius)
    return F.interpolate(gaussian(closed, 1.0), size=found.shape[2:], mode="bilinear")


def glass_light(subject: Subject, panes: Panes, colours: Tensor, painted: Tensor) -> Tensor:
    """The panes with light behind them: streaks and seeds in the glass, small forms painted on it."""
    random = piece_numbers(subject, panes.pane, panes.count, 11)
    tone = luminance(colours.T[None, :, None])[0, 0].T
    varied = colours * (1 + GLASS_VARIATION * (random[:, :1] - 0.5))
    varied = varied + GLASS_TINT * tone * (random[:, 1:4] - random[:, 1:4].mean(1, keepdim=True))
    flat = varied[panes.pane].permute(2, 0, 1)[None]
    upright = random[:, 4].round().bool()[panes.pane][None, None]
    streaks = torch.where(upright, glass_streaks(subject, ROWS), glass_streaks(subject, COLUMNS))
    height, width = subject.photo.shape[2:]
    streaks = streaks + 2.5 * (value_noise(height, width, subject.px(0.006, 2), 9) - 2.0).clamp(min=0)
    # Glass is deeper in colour towards the lead.
    glow = (torch.minimum(panes.margin, panes.lattice) / subject.px(GLOW_SHARE)).clamp(0, 1)
    glass = glass_paint(subject, flat, painted).clamp(min=0.001) ** (1 + DEPTH * (1 - glow))
    return redrawn(subject, glass * (1 + 0.08 * glow + STREAKS * streaks))


def glass_paint(subject: Subject, flat: Tensor, painted: Tensor) -> Tensor:
    """Forms too small for leads: even enamel colours, two tones of brown matt, and dark lines."""
    height, width = subject.photo.shape[2:]
    half = F.interpolate(subject.toned, size=(max(4, height // 2), max(4, width // 2)), mode="area")
    even = kuwahara(half, subject.px(0.010, 2) / 2 + 1)
    fine = kuwahara(half, subject.px(0.0035, 1) / 2 + 0.5)
    even, fine = (F.interpolate(plane, size=(height, width), mode="bilinear") for plane in (even, fine))
    # Shading alone has no colour of its own.
    other_tone = luminance(even) - luminance(flat)
    apart = (even - flat - other_tone).abs().mean(1, keepdim=True) + 0.5 * (-other_tone).clamp(min=0)
    enamel = ((apart - ENAMEL_FROM) / ENAMEL_RANGE).clamp(0, 1)
    # A highlight is a lighter part of the pane.
    even = torch.lerp(even, 1.25 * flat, (5 * other_tone - 0.5).clamp(0, 0.65))
    face = painted * subject.skin
    glass = torch.lerp(flat, even, torch.maximum(enamel, 0.7 * face))
    deviation = gaussian(luminance(fine), subject.px(0.0015, 0.7)) - luminance(glass)
    for level, factor in MATT:
        mask = boundary(deviation if level > 0 else -deviation, abs(level))
        glass = glass * (1 + (factor - 1) * mask * painted)
    angle, curvature = subject.directions
    tone = luminance(simplify(subject.toned, subject.px(0.002, 1), 0.05, 1))
    line = contours(tone, angle, curvature, subject.px(0.0042, 1.3), 100, 0.010)
    return torch.lerp(glass, rgb(*PAINT), line * (0.40 + 0.50 * painted))


def glass_streaks(subject: Subject, axis: int) -> Tensor:
    """(1, 1, H, W) streaks along one axis, as the glass was drawn; std about 1."""
    height, width = subject.photo.shape[2:]
    rows, columns = (max(2, height // 6), width) if axis == ROWS else (height, max(2, width // 6))
    planes = [
        F.interpolate(value_noise(rows, columns, subject.px(share, 2), axis + seed), size=(height, width))
        for seed, share in ((0, 0.035), (2, 0.012))
    ]
    return gaussian(0.8 * planes[0] + 0.5 * planes[1], subject.px(0.002, 0.8))
