"""PreparedPhoto: a photo whose looks can be painted."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .painting.enhanced_photos import EnhancedPhotos
from .painting.framed_photo import FramedPhoto

if TYPE_CHECKING:
    from .stylizer import Stylizer


@dataclass(frozen=True, eq=False)
class PreparedPhoto:
    """A photo inside its frame, enhanced if a look asks for that; `stylizer` has the looks' styles."""

    stylizer: "Stylizer"
    framed: FramedPhoto
    photos: EnhancedPhotos
