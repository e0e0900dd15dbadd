"""Whose a photo is, on which terms it may be used, and how it was made: of a seller's photo and of every
picture made of it.

Fields of the IPTC Photo Metadata Standard; terms of https://cv.iptc.org/newscodes/digitalsourcetype.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple
from urllib.parse import urlsplit

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
_SOURCE_TYPE_BY_TERM = {url.rpartition("/")[2].lower(): url for url in _CAPTURED | _NOT_CAPTURED}
_SOURCE_TYPE = re.compile(
    r"\s*(?:https?://cv\.iptc\.org/newscodes/digitalsourcetype/|digsrctype:)([a-z]+)/?\s*", re.IGNORECASE
)

_MAX_CREATORS, _MAX_LICENSORS, _MAX_CHARACTERS, _MAX_URL_CHARACTERS = 8, 3, 500, 500
_UNPRINTABLE_CATEGORIES = frozenset({"Cc", "Cs", "Cn", "Co"})
_NOT_IN_A_URL = re.compile(r"""[\s<>"'\\^`{|}]""")


def _clean(text: object) -> str:
    """One line of at most _MAX_CHARACTERS characters, without those that XML forbids."""
    allowed = (
        letter for letter in str(text)[: 2 * _MAX_CHARACTERS] if letter.isspace() or _is_printable(letter)
    )
    return " ".join("".join(allowed).split())[:_MAX_CHARACTERS].strip()


def _is_printable(letter: str) -> bool:
    return unicodedata.category(letter) not in _UNPRINTABLE_CATEGORIES


def _clean_url(text: object) -> str:
    """An http or https URL as it was given, or nothing: half a URL would lead elsewhere."""
    url = str(text).strip()
    if len(url) > _MAX_URL_CHARACTERS or _NOT_IN_A_URL.search(url) or not all(map(_is_printable, url)):
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.hostname else ""


def _source_type(text: str) -> str:
    """The term as IPTC spells it, from the http or the https spelling, in any case; empty if unknown."""
    match = _SOURCE_TYPE.fullmatch(text)
    return _SOURCE_TYPE_BY_TERM.get(match[1].lower(), "") if match else ""


class Licensor(NamedTuple):
    """Who sells licences, and where (PLUS). Google Images links to `url` from the Licensable badge."""

    name: str = ""
    url: str = ""


@dataclass(frozen=True)
class Provenance:
    """Input is cleaned: each text becomes one line of limited length, without characters that XML forbids; a
    URL that is not http or https becomes empty. `web_statement` is the URL of the licence, `usage_terms` are
    its words. `source` is a digital source type, empty if unknown."""

    creators: tuple[str, ...] = ()
    rights: str = ""
    credit: str = ""
    source: str = ""
    usage_terms: str = ""
    web_statement: str = ""
    licensors: tuple[Licensor, ...] = ()

    def __post_init__(self) -> None:
        creators = [_clean(creator) for creator in self.creators[:_MAX_CREATORS]]
        object.__setattr__(self, "creators", tuple(filter(None, creators)))
        for name in ("rights", "credit", "usage_terms"):
            object.__setattr__(self, name, _clean(getattr(self, name)))
        object.__setattr__(self, "web_statement", _clean_url(self.web_statement))
        object.__setattr__(self, "licensors", tuple(_clean_licensors(self.licensors)))
        object.__setattr__(self, "source", _source_type(self.source))

    @property
    def styled(self) -> "Provenance":
        """The provenance of a picture that a trained network has styled from this one."""
        return replace(self, source=TRAINED if self.source == TRAINED else STYLED)

    @property
    def enhanced(self) -> "Provenance":
        """The provenance of this picture once enhanced. A source type other than captured is kept."""
        return replace(self, source=self.source if self.source in _NOT_CAPTURED else ENHANCED)


def _clean_licensors(licensors: Iterable[Iterable[str]]) -> Iterable[Licensor]:
    for name, url in list(licensors)[:_MAX_LICENSORS]:
        licensor = Licensor(_clean(name), _clean_url(url))
        if any(licensor):
            yield licensor


UNKNOWN = Provenance()


def is_illustration(provenance: Provenance) -> bool:
    """Whether a picture's digital source type says that it was not captured: drawn, generated or styled."""
    return provenance.source in _NOT_CAPTURED


XML_NAMESPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
    "plus": "http://ns.useplus.org/ldf/xmp/1.0/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
}
IIM_BY_LINE, IIM_CREDIT, IIM_COPYRIGHT = (2, 80), (2, 110), (2, 116)
"""Record and data set numbers."""
