"""Signing pictures with Content Credentials, with the package's failures as Unavailable."""

from collections.abc import Callable
from dataclasses import dataclass

from limner import __version__
from limner.errors import Unavailable
from photo_files.credentials import content_credentials
from photo_files.credentials.content_credentials import Action, History, SigningFailed, SigningKey
from photo_files.credentials.upload_credentials import UploadCredentials
from photo_files.variants import Encoded

__all__ = ["FindSigningKey", "Signer", "SigningKey", "sign_picture"]

FindSigningKey = Callable[[], SigningKey | None]
"""The key with its certificates, or None where pictures may be published unsigned. Raises Unavailable."""


@dataclass(frozen=True)
class Signer:
    """This stack's certificate by its serial number (decimal), and the certificates in its chain of those who
    certified it (PEM). Empty where the stack has no certificate, or its chain nothing besides."""

    serial: str = ""
    authorities: str = ""


def sign_picture(
    picture: Encoded, actions: tuple[Action, ...], upload: UploadCredentials | None, key: SigningKey | None
) -> Encoded:
    """The picture signed, or as it is without a key. Raises Unavailable: the work is retried, and no picture
    is published without the signature that it should have."""
    if key is None:
        return picture
    try:
        return content_credentials.sign_picture(picture, History(__version__, actions, upload), key)
    except SigningFailed as error:
        raise Unavailable(f"signing {error}") from error
