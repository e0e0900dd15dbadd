"""Stained glass: leaded panes along the forms of a picture, with faces and lettering painted on them."""

from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from ...imaging import windows
from ...imaging.filters import gaussian, luminance
from ...imaging.windows import COLUMNS, ROWS
from ..strokes.directions import gradients, wide_gaussian
from .line_art import narrow_darks
from .lines import contours
from .materials import value_noise
from .panes import Panes, cut_panes
from .shapes import kuwahara, rise, soft_steps
from .subject import Subject, rgb, simplify
from .swelling_lines import holes, solid
from .tesserae import detail
from .tiles import mean_colours, piece_numbers, thick_parts

LEAD_SHARE: Final = 0.0130  # width of a lead between forms and along the silhouette
INNER_LEAD: Final = 0.66  # width of a lead within a form, relative
LEAD_INSET: Final = 0.55  # of the lead along the silhouette, in leads
LEAD: Final = (0.045, 0.045, 0.052)
LEAD_SHINE: Final = 0.26  # on the side of a lead to the light
GLASS_VARIATION: Final = 0.28  # of lightness from pane to pane, relative
GLASS_TINT: Final = 0.24  # of each channel, relative to the colourfulness of the pane
GLASS_CHROMA: Final = 1.40
BACKGROUND_CHROMA: Final = 1.9
PRODUCT_CALM: Final = 0.45  # share of the tints of grey glass that the product lacks
PALE_TINTS: Final = (
    (-0.06, 0.00, 0.08),
    (0.06, 0.01, -0.10),
    (-0.06, 0.03, 0.00),
    (0.04, -0.03, 0.05),
)  # of grey glass: blue, amber, green, violet
DARKEST_GLASS: Final = 0.14  # tone of black glass with light behind it
GLASS_GAMMA: Final = 0.78
TONED_SHARE: Final = 0.15  # of the style's tones, in which neutral darks are blue
STREAKS: Final = 0.035  # std of the lightness within a pane, relative
GLOW_SHARE: Final = 0.030  # from a lead to the full light of a pane
DEPTH: Final = 0.45  # of the colour at the leads, as an exponent
HALATION: Final = 0.18  # light of bright panes spread over the leads
SHADING: Final = 0.45  # of the photo's broad light and shade within a pane
PAINTED_FROM: Final = 0.045  # detail that is too small for leads
PAINTED_RANGE: Final = 0.03
WORD_MARGIN_SHARE: Final = 0.009  # sigma of the margin round lettering that is on one pane with it
SPARED: Final = 0.8  # share of its cost that a lead has near lettering
WHOLE_FACE: Final = 0.95  # how far painted faces are kept on one pane
WHOLE_PARTS: Final = 0.32  # and other small parts
FACE_SHARE: Final = 0.045  # sigma within which facial features make skin a face
FACE_GAIN: Final = 2.2
ENAMEL_FROM: Final = 0.11  # difference of a form from its pane, from which it has a colour of its own
ENAMEL_RANGE: Final = 0.07
FACE_ENAMEL: Final = 0.75  # share of a face's own tones, under the matt
PAINT: Final = (0.10, 0.06, 0.05)  # vitreous paint of the lines
MATT_LEVELS: Final = (0.46, 0.70, 0.90, 1.10)  # tone relative to the pane's, between washes of matt
MATT: Final = (0.20, 0.50, 0.80, 1.0, 1.16)  # light that they leave


def stained_glass(subject: Subject) -> Tensor:
    """Leaded glass: pot-metal panes between lead cames, faces and lettering painted on whole panes.

    Leads along the main contours, after Mould (2003), and between the light and shadow of large forms.
    """
    gaps, subject = holes(subject), solid(subject)
    painted = painted_area(subject)
    near = (FACE_GAIN * wide_gaussian(painted, subject.px(FACE_SHARE))).clamp(0, 1)
    faces = WHOLE_FACE * torch.maximum(near * subject.skin, WHOLE_PARTS * painted)
    lead_px = subject.px(LEAD_SHARE, 2.0)
    letters = torch.maximum(SPARED * lettering_area(subject), single_words(subject))
    panes = cut_panes(subject, torch.maximum(letters, faces), LEAD_INSET * lead_px)
    glass = glass_light(subject, panes, painted)
    thin = wide_gaussian(panes.inner, lead_px)
    half_width = lead_px / 2 * thick_parts(subject, lead_px) * (1 - (1 - INNER_LEAD) * thin)
    lead = (half_width - panes.margin + 0.5).clamp(0, 1)
    right, down = gradients(gaussian((1 - panes.margin / half_width).clamp(0, 1), 0.7))
    towards = (0.5 * right + 0.86 * down).mul(half_width).clamp(0, 1)
    window = torch.lerp(glass, rgb(*LEAD) + LEAD_SHINE * towards, lead).clamp(0, 1)
    shining = 1 - (1 - window) * (1 - HALATION * wide_gaussian(window, subject.px(0.02)))
    return torch.lerp(shining, subject.photo, gaps)


def lettering_area(subject: Subject) -> Tensor:
    """(1, 1, H, W) lettering with a margin, 0..1."""
    return (3 * wide_gaussian(subject.text, subject.px(0.022))).clamp(0, 1)


def single_words(subject: Subject) -> Tensor:
    """(1, 1, H, W) small lettering with a narrow margin, 0..1: lines that are apart stay apart."""
    small = rise(subject.text, 0.75, 0.95)
    return (2.5 * wide_gaussian(small, subject.px(WORD_MARGIN_SHARE))).clamp(0, 1)


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


def glass_light(subject: Subject, panes: Panes, painted: Tensor) -> Tensor:
    """The panes with light behind them: streaks and seeds in the glass, small forms painted on it."""
    random = piece_numbers(subject, panes.pane, panes.count, 11)
    flat = pane_colours(subject, panes, random)[panes.pane].permute(2, 0, 1)[None]
    upright = random[:, 4].round().bool()[panes.pane][None, None]
    streaks = torch.where(upright, glass_streaks(subject, ROWS), glass_streaks(subject, COLUMNS))
    height, width = subject.photo.shape[2:]
    streaks = streaks + 2.5 * (value_noise(height, width, subject.px(0.006, 2), 9) - 2.0).clamp(min=0)
    # Glass is deeper in colour towards the lead.
    glow = (panes.margin / subject.px(GLOW_SHARE)).clamp(0, 1)
    glass = glass_paint(subject, flat, painted).clamp(min=0.001) ** (1 + DEPTH * (1 - glow))
    lit = glass * (1 + 0.16 * glow + STREAKS * streaks)
    letters = lit_glass(subject)
    letters = (letters + 1.2 * (letters - gaussian(letters, subject.px(0.0018, 0.8)))).clamp(0, 1)
    return torch.lerp(lit, letters, rise(subject.text * (1 - subject.skin), 0.05, 0.4))


def pane_colours(subject: Subject, panes: Panes, random: Tensor) -> Tensor:
    """(N, 3) colours of the panes: the product's hue, clear, a little different from pane to pane.

    Greys, which would be dull glass, get one of a few pale tints; what is behind the product is deeper in
    colour.
    """
    means = mean_colours(panes.pane, torch.cat([lit_glass(subject), subject.product], 1), panes.count)
    colours, product = means.split((3, 1), 1)
    grey = luminance(colours.T[None, :, None])[0, 0].T
    chroma = colours - grey
    loud = chroma.abs().amax(1, keepdim=True)
    gain = torch.lerp(
        torch.full_like(product, BACKGROUND_CHROMA), torch.full_like(product, GLASS_CHROMA), product
    )
    vivid = grey + chroma * (1 + (gain - 1) * (loud / 0.10).clamp(max=1))
    tint = random[:, 1:4] - random[:, 1:4].mean(1, keepdim=True)
    lighter = GLASS_VARIATION * (random[:, :1] - 0.5 - 0.5 * rise(grey, 0.6, 0.9))
    varied = vivid * (1 + lighter) + GLASS_TINT * loud * tint
    pale = torch.tensor(PALE_TINTS)[(random[:, 1] * len(PALE_TINTS)).long().clamp(max=len(PALE_TINTS) - 1)]
    neutral = rise(loud, 0.10, 0.02) * (0.05 + 0.95 * grey) * (1 - PRODUCT_CALM * product)
    tinted: Tensor = (varied + neutral * pale).clamp(0, 1)
    return tinted


def lit_glass(subject: Subject) -> Tensor:
    """(1, 3, H, W) the photo with light behind it, in its own hues, its darks open; the toned one in part."""
    tone = luminance(subject.photo)
    bright = DARKEST_GLASS + (1 - DARKEST_GLASS) * tone.clamp(min=1e-3) ** GLASS_GAMMA
    own = bright + (subject.photo - tone) * (0.5 + 0.5 * bright / tone.clamp(min=0.10))
    return torch.lerp(own.clamp(0, 1), subject.toned, TONED_SHARE)


def glass_paint(subject: Subject, flat: Tensor, painted: Tensor) -> Tensor:
    """Forms too small for leads: even enamel colours, washes of brown matt, and dark lines."""
    height, width = subject.photo.shape[2:]
    half = F.interpolate(lit_glass(subject), size=(max(4, height // 2), max(4, width // 2)), mode="area")
    even = kuwahara(half, subject.px(0.010, 2) / 2 + 1)
    fine = kuwahara(half, subject.px(0.0030, 1) / 2 + 0.5)
    even, fine = (F.interpolate(plane, size=(height, width), mode="bilinear") for plane in (even, fine))
    # Shading alone has no colour of its own.
    other_tone = luminance(even) - luminance(flat)
    apart = (even - flat - other_tone).abs().mean(1, keepdim=True) + 0.5 * (-other_tone).clamp(min=0)
    enamel = ((apart - ENAMEL_FROM) / ENAMEL_RANGE).clamp(0, 1)
    # A highlight is a lighter part of the pane.
    even = torch.lerp(even, 1.25 * flat, (5 * other_tone - 0.5).clamp(0, 0.65))
    glass = torch.lerp(flat, even, torch.maximum(enamel, 0.7 * painted * subject.skin))
    tone = luminance(glass).clamp(min=0.05)
    shade = wide_gaussian(luminance(even) / tone, subject.px(0.012, 1.5)).clamp(0.4, 1.35)
    glass = glass * (1 + SHADING * (shade - 1) * (1 - painted))
    enamelled = kuwahara(lit_glass(subject), subject.px(0.0022, 1.0))
    enamelled = enamelled + 0.8 * (enamelled - gaussian(enamelled, subject.px(0.002, 0.8)))
    small = painted * (1 - subject.skin)
    face = painted * subject.skin
    glass = torch.lerp(glass, enamelled.clamp(0, 1), 0.8 * small + FACE_ENAMEL * face)
    ratio = gaussian(luminance(fine), subject.px(0.0012, 0.6)) / luminance(glass).clamp(min=0.05)
    matt = soft_steps(ratio, MATT_LEVELS, MATT, 0.12)
    glass = glass * (1 + (matt - 1) * (1 - FACE_ENAMEL) * face)
    angle, curvature = subject.directions
    tone = luminance(simplify(subject.toned, subject.px(0.002, 1), 0.05, 1))
    line = contours(tone, angle, curvature, subject.px(0.0042, 1.3), 100, 0.010)
    line = torch.maximum(line * (0.45 - 0.10 * face + 0.10 * small), 0.60 * face * narrow_darks(subject))
    return torch.lerp(glass, rgb(*PAINT), line)


def glass_streaks(subject: Subject, axis: int) -> Tensor:
    """(1, 1, H, W) streaks along one axis, as the glass was drawn; std about 1."""
    height, width = subject.photo.shape[2:]
    rows, columns = (max(2, height // 6), width) if axis == ROWS else (height, max(2, width // 6))
    planes = [
        F.interpolate(value_noise(rows, columns, subject.px(share, 2), axis + seed), size=(height, width))
        for seed, share in ((0, 0.035), (2, 0.012))
    ]
    return gaussian(0.8 * planes[0] + 0.5 * planes[1], subject.px(0.002, 0.8))
