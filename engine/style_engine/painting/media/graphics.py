"""Graphics: cartoon, comic ink, pop art, flat illustration, Art Deco poster: flat areas, then a line."""

from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from .cutouts import Cutouts, cut
from .inking import DOT_PITCH_SHARE, benday, form_shadow, hatched, spotted, stripes
from .lettering import flat_lettering
from .outlines import flow_lines, soft_skin, swelling
from .posters import GOLD, NIGHT, banded, sunburst
from .shapes import Shapes, at_tone, boundary, lettering, rise
from .spot_inks import GRAPHIC_INK, separated
from .subject import Subject, rgb

__all__ = [
    "art_deco",
    "benday",
    "cartoon",
    "comic_ink",
    "flat",
    "flow_lines",
    "pop_art",
    "shaded",
    "soft_skin",
    "stripes",
    "swelling",
]

CEL_SHADOW: Final = 0.16  # of the colour that a shadow takes
CEL_SKIN_SOFTNESS: Final = 1.0  # share of continuous tone in skin: a face is too small for steps alone
HAZE: Final = (0.93, 0.90, 0.92)
BACKGROUND_HAZE: Final = 0.15  # share of it in the colours behind the product of a flat illustration
PALE_TONES: Final = (0.62, 0.82)  # tone from which a product needs a line before white
SEAM: Final = 0.62  # of the colour of its place, in that line
REGISTER: Final = (-0.003, 0.004)  # of colours against the line, down and right, in shares of the size
SMALL_AREA_PX: Final = (8.0, 12.0)  # mean width on the copy, below which an area has no room for dots
GOLD_LINE_SHARES: Final = (0.0130, 0.0062)  # width of the gold line round a product and of the dark one on it


def cartoon(subject: Subject) -> Tensor:
    """Animation cel: flat paint in light, base and shadow, and an ink line of varied weight.

    Areas after Mumford and Shah (Koepfler et al. 1994), for the abstraction of Winnemöller et al. (2006); one
    line on each clear boundary, broader round the product and on the side of its shadow.
    """
    cutouts = cut(subject, 0.25, 0.012)
    painted = cutouts.areas.painted(cutouts.colours) * (1 - CEL_SHADOW * form_shadow(cutouts))
    painted = cutouts.with_features(painted)
    line = cutouts.contour(0.0048, 0.0085, (0.03, 0.09))
    inked = torch.lerp(painted, 0.12 * painted + rgb(*GRAPHIC_INK), line)
    return flat_lettering(subject, inked, cutouts.off_skin)


def comic_ink(subject: Subject) -> Tensor:
    """Brush and Indian ink on white: spotted blacks, feathering in middle tones, a line of swelling weight.

    Areas are black or white as a whole, as in two-tone abstraction (Winnemöller 2011, Mould and Grant 2008);
    lines are black between white areas and left out between black ones.
    """
    cutouts = cut(subject, 0.20, 0.010)
    areas = cutouts.areas
    black = spotted(cutouts)
    blacks = areas.painted(black[:, None])
    lines = cutouts.contour(0.0050, 0.0085, (0.022, 0.07)) * (1 - blacks)
    ink = torch.stack([blacks, hatched(cutouts, black), lines, boundary(cutouts.features, 0.9)]).amax(0)
    one, two = areas.borders[0].T
    left_out = cutouts.contour(0.0042, 0.0042, (0.016, 0.04), black[one] * black[two])
    white = boundary(torch.maximum(1 - ink, left_out), 0.5)
    share, weight = lettering(subject)
    weight = rise(weight * cutouts.off_skin, 0.3, 0.6)
    white = torch.lerp(white, rise(share, 0.35, 0.65), weight)
    return torch.lerp(rgb(*GRAPHIC_INK), rgb(1.0, 1.0, 1.0), white)


def pop_art(subject: Subject) -> Tensor:
    """Comic print of the 1960s after Lichtenstein: spot inks, Ben-Day dots by tone, a bold black line.

    Each area is one paper colour and one dot screen; colours are slightly out of register with the line.
    """
    cutouts = cut(subject, 0.28, 0.014)
    areas = cutouts.areas
    plates = areas.painted(torch.cat(separated(cutouts), 1))
    plates = shifted(plates, *(round(share * subject.size_px) for share in REGISTER))
    paper, ink, cover = plates.split((3, 3, 1), 1)
    dots = benday(cover, subject.px(DOT_PITCH_SHARE, 5.0)) * rise(cover, 0.02, 0.06)
    # Small areas have no room for dots, and get an even tint; lettering stands on plain paper.
    least, most = SMALL_AREA_PX
    small = areas.painted(((most - cutouts.widths) / (most - least)).clip(0, 1)[:, None])
    dots = torch.lerp(dots, cover, small) * cutouts.unlettered
    painted = cutouts.with_features(torch.lerp(paper, ink, dots))
    painted = torch.lerp(painted, rgb(*GRAPHIC_INK), cutouts.contour(0.0060, 0.0105, (0.03, 0.08)))
    return flat_lettering(subject, painted, cutouts.off_skin)


def shifted(planes: Tensor, down: int, right: int) -> Tensor:
    """Planes moved by whole pixels; edges are replicated."""
    reach = max(abs(down), abs(right), 1)
    height, width = planes.shape[2:]
    padded = F.pad(planes, (reach,) * 4, "replicate")
    return padded[:, :, reach - down : reach - down + height, reach - right : reach - right + width]


def flat(subject: Subject) -> Tensor:
    """Flat vector illustration: few clean shapes of one colour each, without lines.

    Areas after Mumford and Shah (Koepfler et al. 1994) with boundaries rounded by threshold dynamics.
    """
    cutouts = cut(subject, 0.25, 0.012)
    painted = cutouts.with_features(cutouts.areas.painted(cutouts.colours))
    painted = torch.lerp(painted, rgb(*HAZE), BACKGROUND_HAZE * (1 - cutouts.inside))
    painted = painted * (1 - (1 - SEAM) * pale_silhouette(cutouts))
    return flat_lettering(subject, painted, cutouts.off_skin)


def pale_silhouette(cutouts: Cutouts) -> Tensor:
    """(1, 1, H, W) a line round those parts of a product that would not stand out from a white background."""
    one, two = cutouts.areas.borders[0].T
    tones = cutouts.tones[np.where(cutouts.is_product[one], one, two)]
    pale = ((tones - PALE_TONES[0]) / (PALE_TONES[1] - PALE_TONES[0])).clip(0, 1)
    return cutouts.contour(0.0, 0.006, (0.0, 0.05), pale) * rise(cutouts.plain, 0.3, 0.8)


def art_deco(subject: Subject) -> Tensor:
    """Poster of about 1930 after Cassandre: hard bands of airbrushed light, night blue, cream and gold."""
    cutouts = cut(subject, 0.32, 0.014)
    painted = banded(cutouts, cutouts.areas.painted(cutouts.colours))
    painted = sunburst(cutouts, cutouts.with_features(painted))
    painted = torch.lerp(painted, rgb(*NIGHT), cutouts.contour(0.0042, 0.0, (0.03, 0.09)))
    # Before white, night blue round the product and gold within it; before a scene gold alone.
    wide, narrow = (cutouts.contour(0.0, share, (0.0, 0.05)) for share in GOLD_LINE_SHARES)
    white = rise(cutouts.plain, 0.2, 0.6)
    painted = torch.lerp(painted, rgb(*GOLD), torch.maximum(cutouts.inside, 1 - white) * wide)
    painted = torch.lerp(painted, rgb(*NIGHT), narrow * white)
    return flat_lettering(subject, painted, cutouts.off_skin).clamp(0, 1)


def shaded(shapes: Shapes, stepped: Tensor, skin_softness: float = CEL_SKIN_SOFTNESS) -> Tensor:
    """The shapes' colours in stepped tones, in softer ones where there is skin."""
    tone = torch.lerp(stepped, shapes.tone, skin_softness * soft_skin(shapes))
    return at_tone(shapes.colours, shapes.tone, tone)
