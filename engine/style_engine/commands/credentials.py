"""Content Credentials of the pictures that the commands write, signed with a local key."""

from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Annotated, Final

import typer

from photo_files.bounded import OpenedPhoto
from photo_files.credentials.content_credentials import Action, History, LocalKey, sign_picture
from photo_files.credentials.picture_history import converted, enhanced, styled
from photo_files.variants import Encoded

from ..looks import ENHANCE, Look
from ..styled_picture import StyledPicture
from ..stylizer import Stylizer
from .terminal import console

LOCAL_KEY: Final = Path(__file__).parents[3] / ".signing"

SigningKeyOption = Annotated[
    Path | None,
    typer.Option(
        "--signing-key", help="folder of the key, by default .signing", exists=True, file_okay=False
    ),
]


def find_key(folder: Path | None) -> LocalKey | None:
    """The key in a folder, or else the local key that `make setup` makes; None, and a line that says so,
    without that one. Raises typer.BadParameter if a given folder has none."""
    try:
        return LocalKey.read(folder or LOCAL_KEY)
    except OSError as error:
        if folder:
            message = f"no key in {folder}: {error.strerror}"
            raise typer.BadParameter(message, param_hint="--signing-key") from None
    console.print("pictures are not signed: there is no local key (make setup makes one)", highlight=False)
    return None


def signing(
    key: LocalKey | None, photo: OpenedPhoto, actions: tuple[Action, ...]
) -> Callable[[Encoded], Encoded] | None:
    """What signs a picture that these actions made of a photo, or raises SigningFailed. None without key."""
    if key is None:
        return None

    def sign(picture: Encoded) -> Encoded:
        made_by = (*actions, *converted(picture, photo.image.width))
        return sign_picture(picture, History(_version(), made_by, photo.credentials), key)

    return sign


def actions_of(picture: StyledPicture, model: str, source_type: str) -> tuple[Action, ...]:
    """The enhancement, then the style or colour grade; for `auto` the look that it chose counts."""
    look, strength = picture.chosen.look if picture.chosen else picture.look, picture.verdict.strength
    actions = (*enhanced(picture.steps),)
    if strength == 0 or look.only == ENHANCE:
        return actions
    return (*actions, painting(look, strength, model, source_type))


def painting(look: Look, strength: float, model: str, source_type: str) -> Action:
    """Painted or colour graded at a strength, which the gates may have lowered."""
    return styled(
        look.styles,
        strength=strength,
        ordered_strength=look.strength,
        protection=str(look.protection),
        model=model,
        source_type=source_type,
    )


def model_version(stylizer: Stylizer) -> str:
    """As the actions name the model."""
    return f"{stylizer.model.name}@{stylizer.version}"


def _version() -> str:
    """Of the distribution that this package is part of."""
    try:
        return metadata.version("limner")
    except metadata.PackageNotFoundError:
        return "unknown"
