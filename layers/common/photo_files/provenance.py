"""Creator, rights, credit and digital source type of a seller's photo and of every picture made of it.

Fields of the IPTC Photo Metadata Standard; terms of https://cv.iptc.org/newscodes/digitalsourcetype.
"""

import unicodedata
from dataclasses import dataclass, replace

SOURCE_TYPE_URL = "http://cv.iptc.org/newscodes/digitalsourcetype/"
STYLED = SOURCE_TYPE_URL + "compositeWithTrainedAlgorithmicMedia"
ENHANCED = SOURCE_TYPE_URL + "algorithmicallyEnhanced"
TRAINED = SOURCE_TYPE_URL + "trainedAlgorithmicMedia"
_NOT_CAPTURED = frozenset(
    SOURCE_TYPE_URL + term
    for term in (
        "algorithmicMedia", "composite", "compositeSynthetic", "compositeWithTrainedAlgorithmicMedia",
        "dataDrivenMedia", "digitalArt", "digitalCreation", "screenCapture", "trainedAlgorithmicMedia",
        "virtualRecording",
    )
)  # fmt: skip
_CAPTURED = frozenset(
    SOURCE_TYPE_URL + term
    for term in (
        "algorithmicallyEnhanced", "compositeCapture", "computationalCapture", "digitalCapture", "humanEdits",
        "minorHumanEdits", "negativeFilm", "positiveFilm", "print",
    )
)  # fmt: skip

_MAX_CREATORS, _MAX_CHARACTERS = 8, 500
_UNPRINTABLE_CATEGORIES = frozenset({"Cc", "Cs", "Cn", "Co"})


def _clean(text: object) -> str:
    """One line of at most _MAX_CHARACTERS characters, without those that XML forbids."""
    allowed = (
        letter for letter in str(text)[: 2 * _MAX_CHARACTERS] if letter.isspace() or _is_printable(letter)
    )
    return " ".join("".join(allowed).split())[:_MAX_CHARACTERS].strip()


def _is_printable(letter: str) -> bool:
    return unicodedata.category(letter) not in _UNPRINTABLE_CATEGORIES


@dataclass(frozen=True)
class Provenance:
    """Input is cleaned: each text becomes one line of limited length, without characters that XML forbids.
    `source` is a digital source type, empty if unknown."""

    creators: tuple[str, ...] = ()
    rights: str = ""
    credit: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        creators = [_clean(creator) for creator in self.creators[:_MAX_CREATORS]]
        is_known_source = self.source in _CAPTURED | _NOT_CAPTURED
        object.__setattr__(self, "creators", tuple(filter(None, creators)))
        object.__setattr__(self, "rights", _clean(self.rights))
        object.__setattr__(self, "credit", _clean(self.credit))
        object.__setattr__(self, "source", self.source if is_known_source else "")

    @property
    def styled(self) -> "Provenance":
        """The provenance of a picture that a trained network has styled from this one."""
        return replace(self, source=TRAINED if self.source == TRAINED else STYLED)

    @property
    def enhanced(self) -> "Provenance":
        """The provenance of this picture once enhanced. A source type other than captured is kept."""
        return replace(self, source=self.source if self.source in _NOT_CAPTURED else ENHANCED)


UNKNOWN = Provenance()

XML_NAMESPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
}
IIM_BY_LINE, IIM_CREDIT, IIM_COPYRIGHT = (2, 80), (2, 110), (2, 116)
"""Record and data set numbers."""
