"""Opening sellers' files, with the package's refusals as PhotoRefused and its failures as Unavailable."""

from collections.abc import Iterator
from contextlib import contextmanager

from limner.errors import PhotoRefused, RefusalCode, Unavailable
from photo_files import bounded, intake
from photo_files.bounded import IdentifiedPicture, MadeVariants, OpenedPhoto
from photo_files.errors import DecoderUnavailable, FileRefused
from photo_files.headers.common import Header
from photo_files.intake import Limits

__all__ = ["Limits", "check_header", "check_size", "identify", "make_variants", "open_photo", "start_decoder"]

start_decoder = bounded.start


def check_size(nbytes: int, limits: Limits) -> None:
    """As `photo_files.intake.check_size`. Raises PhotoRefused."""
    with _translated_errors():
        intake.check_size(nbytes, limits)


def check_header(head: bytes, *, complete: bool, limits: Limits) -> Header | None:
    """As `photo_files.intake.check_header`. Raises PhotoRefused."""
    with _translated_errors():
        return intake.check_header(head, complete=complete, limits=limits)


def open_photo(data: bytes, limits: Limits) -> OpenedPhoto:
    """As `photo_files.bounded.open_photo`. Raises PhotoRefused, Unavailable."""
    with _translated_errors():
        return bounded.open_photo(data, limits)


def make_variants(data: bytes, limits: Limits) -> MadeVariants:
    """As `photo_files.bounded.make_variants`. Raises PhotoRefused, Unavailable."""
    with _translated_errors():
        return bounded.make_variants(data, limits)


def identify(data: bytes, limits: Limits, trusted: str) -> IdentifiedPicture:
    """As `photo_files.bounded.identify`. Raises PhotoRefused, Unavailable."""
    with _translated_errors():
        return bounded.identify(data, limits, trusted)


@contextmanager
def _translated_errors() -> Iterator[None]:
    try:
        yield
    except FileRefused as error:
        raise PhotoRefused(RefusalCode(error.code), error.message) from error
    except DecoderUnavailable as error:
        raise Unavailable(str(error)) from error
