"""The languages of searches by words and of texts for `alt`."""

from typing import Final, Literal

Language = Literal["en", "de", "es", "fr", "ja", "zh"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "de", "es", "fr", "ja", "zh")
