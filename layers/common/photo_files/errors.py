"""The errors of this package: a file that is refused, and a decoder process that failed."""

from enum import StrEnum


class FileProblem(StrEnum):
    """Stable codes of the reasons for which a file is refused."""

    EMPTY_FILE = "empty_file"
    TOO_MANY_BYTES = "too_many_bytes"
    NOT_AN_IMAGE = "not_an_image"
    UNSUPPORTED_FORMAT = "unsupported_format"
    DAMAGED_IMAGE = "damaged_image"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_SMALL = "too_small"
    EXTREME_ASPECT = "extreme_aspect"
    SEVERAL_FRAMES = "several_frames"
    UNSUPPORTED_COLOUR = "unsupported_colour"


class FileRefused(Exception):
    """The file cannot be accepted; the message tells its sender what to do."""

    def __init__(self, code: FileProblem, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class DecoderUnavailable(Exception):
    """The process that decodes files failed; the file may be fine."""
