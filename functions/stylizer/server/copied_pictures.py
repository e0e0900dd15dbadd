"""The gate on copied pictures: what a style is not learned from, found by perceptual hashes."""

from collections.abc import Sequence
from itertools import combinations

from PIL.Image import Image

from limner.own_styles import StyleFailure, StyleProblem
from limner.ports import PictureHashes
from limner.provenance import COPY_MAX_BITS
from photo_files.perceptual_hash import distance, perceptual_hash

_WITHOUT_CONTRAST = 0
"""The hash of every picture of one tone: it says nothing of what the picture shows."""
REPEATED = StyleFailure(
    code=StyleProblem.REPEATED,
    message="Two of the pictures are the same; send each picture of a style once.",
)
PRODUCT_PHOTO = StyleFailure(
    code=StyleProblem.PRODUCT_PHOTO,
    message="A picture is a photo that you have sent to be styled, or was made of one. Its style would lay"
    " one product into others; please use pictures of an artwork or a material.",
)


def refused_copies(pictures: Sequence[Image], tenant: str, hashes: PictureHashes) -> StyleFailure | None:
    """None where no picture is another one of the order, or a published one of the tenant's. Other tenants'
    pictures are not looked up: a refusal would say that they have them."""
    found = [value for picture in pictures if (value := perceptual_hash(picture)) != _WITHOUT_CONTRAST]
    if any(distance(*pair) <= COPY_MAX_BITS for pair in combinations(found, 2)):
        return REPEATED
    if any(hashes.find(tenant, value, COPY_MAX_BITS) for value in found):
        return PRODUCT_PHOTO
    return None
