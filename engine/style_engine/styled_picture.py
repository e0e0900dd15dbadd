"""StyledPicture: a picture that was made of a photo, and its report."""

from dataclasses import dataclass

from PIL import Image

from .auto import Chosen
from .enhance.enhance import Step
from .explain import Explanation
from .looks import Look
from .regions.finder import Regions
from .safety.gates import Verdict


@dataclass(frozen=True)
class RegionsFound:
    """Summary of the regions: shares of the photo's area. Without a product the whole photo is protected."""

    found: bool
    confidence: float
    product_share: float
    text_share: float

    @classmethod
    def of(cls, regions: Regions) -> "RegionsFound":
        product, text = (float(mask.mean()) for mask in (regions.product, regions.text))
        return cls(regions.found, regions.confidence, product, text)


@dataclass(frozen=True)
class StyledPicture:
    """A picture of the photo's size and mode, and its report.

    `look` is the requested one; `chosen` is what `auto` chose; metrics: ssim, edge_keep, flat_noise,
    mean_shift and delta_e from the upload, and the shares `background` of the photo and `frame` of the
    picture. Everything but `frame` is measured on the photo inside the frame. `explanation` is set if it was
    requested and a style was painted.
    """

    image: Image.Image
    look: Look
    metrics: dict[str, float]
    verdict: Verdict
    regions: RegionsFound
    steps: tuple[Step, ...]
    chosen: Chosen | None = None
    explanation: Explanation | None = None
