"""Names of a pack's files, in folders and archives: safe in every file system, and each once."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import count

MAX_STEM_CHARACTERS = 80
_NOT_SAFE = re.compile(r"[^\w.-]+", re.ASCII)
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
"""Names of devices in Windows."""


def safe_stem(external_id: str | None, photo_id: str) -> str:
    """Of the shop's own id, in ASCII letters, digits, `_`, `-` and `.`; of the photo's id where nothing of it
    is left or the name is reserved."""
    plain = unicodedata.normalize("NFKD", external_id or "").encode("ascii", "ignore").decode()
    stem = _NOT_SAFE.sub("-", plain).strip("-._")[:MAX_STEM_CHARACTERS].rstrip("-._")
    return photo_id if not stem or _RESERVED.fullmatch(stem) else stem


def file_names(stems: Sequence[str], extension: str) -> Iterator[str]:
    """A name for each, in order; equal ones are numbered from the second on. Compared without case, as some
    file systems do."""
    used: set[str] = set()
    for stem in stems:
        name = next(name for name in _candidates(stem, extension) if name.lower() not in used)
        used.add(name.lower())
        yield name


def _candidates(stem: str, extension: str) -> Iterator[str]:
    yield f"{stem}.{extension}"
    yield from (f"{stem}-{number}.{extension}" for number in count(2))
