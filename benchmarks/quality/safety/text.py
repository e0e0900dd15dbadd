"""Whether text in the photos is still legible in the styled pictures, by RapidOCR."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from io import BytesIO
from statistics import fmean
from typing import Any, Final

import numpy as np
from PIL import Image, ImageOps
from rich.progress import track

from .photos import PhotoScene, StyledPhoto

OCR_MIN_CONFIDENCE: Final = 0.8
LINE_MIN_LETTERS: Final = 4
LEGIBLE_MIN_SIMILARITY: Final = 0.9  # share of a line's letters that are read again, in order
ReadLines = Callable[[Image.Image], list[str]]


def measure_text(photos: Sequence[PhotoScene], styled_photos: Sequence[StyledPhoto]) -> dict[str, Any] | None:
    """Similarity of the lines read before and after; None without RapidOCR or without text in any photo.

    Only lines count that are also read in a JPEG and in a smaller copy of the photo; `any_line` counts all.
    """
    try:
        read_lines = load_reader()
    except ImportError:
        return None
    lines = {photo.name: read_lines(photo.image) for photo in track(photos, "reading text")}
    stable = {
        photo.name: select_stable_lines(read_lines, photo.image, lines[photo.name])
        for photo in track(photos, "reading text in copies")
    }
    with_text = [each for each in styled_photos if lines[each.photo.name]]
    after = {id(each): read_lines(each.styled.image) for each in track(with_text, "reading styled text")}

    def summarise(expected: Mapping[str, list[str]]) -> dict[str, float]:
        similarities = [
            line_similarity(expected[each.photo.name], after[id(each)])
            for each in with_text
            if expected[each.photo.name]
        ]
        if not similarities:
            return {}
        return {
            "photos": sum(bool(of_photo) for of_photo in expected.values()),
            "pictures": len(similarities),
            "likeness": fmean(similarities),
            "read_alike": fmean(similarity >= LEGIBLE_MIN_SIMILARITY for similarity in similarities),
        }

    return summarise(stable) | {"any_line": summarise(lines)} if any(lines.values()) else None


def select_stable_lines(read_lines: ReadLines, image: Image.Image, lines: list[str]) -> list[str]:
    """Of a photo's lines, those also read in a JPEG of quality 90 and in a copy of nine tenths its size."""
    if not lines:
        return []
    with BytesIO() as file:
        image.save(file, "JPEG", quality=90)
        compressed = Image.open(file).convert("RGB")
    copies = [read_lines(compressed), read_lines(ImageOps.scale(image, 0.9))]
    return [
        line
        for line in lines
        if all(line_similarity([line], copy) >= LEGIBLE_MIN_SIMILARITY for copy in copies)
    ]


@lru_cache(maxsize=1)
def load_reader() -> ReadLines:
    """A reader of the certain lines of a picture. Raises ImportError without RapidOCR."""
    from rapidocr_onnxruntime import RapidOCR  # noqa: PLC0415 - optional: without it text is not measured

    engine = RapidOCR(intra_op_num_threads=1)

    def read_lines(image: Image.Image) -> list[str]:
        lines, _ = engine(np.asarray(image)[:, :, ::-1])
        return [
            text
            for _, text, confidence in lines or []
            if float(confidence) >= OCR_MIN_CONFIDENCE and len(text) >= LINE_MIN_LETTERS
        ]

    return read_lines


def line_similarity(before: Iterable[str], after: Iterable[str]) -> float:
    """Mean over the lines before of the best letter match, 0..1, among the lines after; case is ignored."""
    candidates = list(after)
    return fmean(
        max((SequenceMatcher(None, line.lower(), other.lower()).ratio() for other in candidates), default=0.0)
        for line in before
    )
