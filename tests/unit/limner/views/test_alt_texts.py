"""Texts for the attribute `alt`, as a person who writes the language would have them."""

import json
from importlib.resources import files

import pytest

from limner.catalogue import built_in, catalogue
from limner.colour_names import name_of_colour
from limner.languages import LANGUAGES
from limner.looks import AUTO, ENHANCE, Look, Protection
from limner.ports import Address
from limner.report import Choice, StyledPicture, Verdict
from limner.views.alt_texts import _samples, alt_of_photo, alt_of_picture
from limner.views.photos import photo_card, photo_view
from tests import makers

CONTENT = json.loads(files("limner").joinpath("alt_texts.json").read_text("utf-8"))


def photo(**changes):
    return makers.photo(**({"external_id": "MUG-0042", "metadata": {}} | changes))


def picture(styles, *, colour="#8b5a2b", verdict=None, chosen=None, **look):
    return StyledPicture(
        look=Look(styles=styles, **look),
        renditions=[makers.rendition()],
        metrics={},
        dominant_colour=colour,
        verdict=verdict,
        chosen=chosen,
    )


def alts(styles, **changes):
    return alt_of_picture(photo(), picture(styles, **changes), LANGUAGES)


def test_a_picture_in_one_style():
    assert alts({"oil": 1}) == {
        "en": "MUG-0042 as an oil painting, mainly brown",
        "de": "MUG-0042 als Ölgemälde, überwiegend braun",
        "es": "MUG-0042 como pintura al óleo; predomina el marrón",
        "fr": "MUG-0042 en peinture à l’huile, couleur dominante\u00a0: brun",
        "ja": "油絵風のMUG-0042、主な色は茶色",
        "zh": "油画风格的MUG-0042，以棕色为主",
    }


def test_a_picture_in_a_mix_has_the_largest_part_first():
    assert alts({"pencil": 0.2, "watercolour": 0.5, "flat": 0.3}, colour="#add8e6") == {
        "en": "MUG-0042 in a mix of styles: a watercolour, a flat illustration and a pencil drawing, mainly light blue",
        "de": "MUG-0042 in einer Stilmischung: Aquarell, flache Illustration und Bleistiftzeichnung, überwiegend hellblau",
        "es": "MUG-0042 en una mezcla de estilos: acuarela, ilustración plana y dibujo a lápiz; predomina el azul claro",
        "fr": "MUG-0042 dans un mélange de styles\u00a0: aquarelle, illustration en aplats et dessin au crayon, couleur dominante\u00a0: bleu clair",
        "ja": "水彩画、フラットイラストと鉛筆画のスタイルを合わせたMUG-0042、主な色は水色",
        "zh": "融合水彩画、扁平插画和铅笔画风格的MUG-0042，以浅蓝色为主",
    }


def test_spanish_has_e_before_the_sound_i():
    assert "acuarela e ilustración plana" in alts({"watercolour": 0.6, "flat": 0.4})["es"]


def test_a_corrected_photo_is_no_painting():
    assert alts({"grade-noir": 1}, colour="#808080") == {
        "en": "MUG-0042 in black and white, mainly grey",
        "de": "MUG-0042 in Schwarz-Weiß, überwiegend grau",
        "es": "MUG-0042 en blanco y negro; predomina el gris",
        "fr": "MUG-0042 en noir et blanc, couleur dominante\u00a0: gris",
        "ja": "白黒のMUG-0042、主な色は灰色",
        "zh": "黑白的MUG-0042，以灰色为主",
    }
    assert alts({ENHANCE: 1}, colour=None)["de"] == "MUG-0042"


def test_a_style_of_the_background_is_said_of_the_background():
    assert alts({"watercolour": 1}, protection=Protection.BACKGROUND_ONLY, colour=None) == {
        "en": "MUG-0042 with the background as a watercolour",
        "de": "MUG-0042, Hintergrund als Aquarell",
        "es": "MUG-0042, con el fondo como acuarela",
        "fr": "MUG-0042, avec le fond en aquarelle",
        "ja": "MUG-0042、背景は水彩画風",
        "zh": "MUG-0042，背景为水彩画风格",
    }


def test_an_own_style_is_one_of_the_shops():
    assert alts({makers.STYLE_ID: 1}, colour=None)["de"] == "MUG-0042 in einem eigenen Stil des Shops"
    mixed = alts({makers.STYLE_ID: 0.4, "oil": 0.6}, colour=None)
    assert mixed["en"] == "MUG-0042 in a mix of styles: an oil painting and a style of the shop’s own"


@pytest.mark.parametrize(
    "changes",
    [
        {"verdict": Verdict(outcome="fallback", strength=0)},
        {"strength": 0},
        {"chosen": Choice(look=Look(styles={ENHANCE: 1}), reasons=())},
    ],
)
def test_a_picture_without_its_style_is_the_photo(changes):
    assert alts({"oil": 1}, **changes)["en"] == "MUG-0042, mainly brown"


def test_what_auto_chose_is_said():
    chosen = Choice(look=Look(styles={"linocut": 1}), reasons=())
    assert alts({AUTO: 1}, chosen=chosen)["fr"].startswith("MUG-0042 en linogravure")


def test_the_product_is_called_by_its_name_in_the_language_its_name_its_id_or_product_photo():
    named = photo(metadata={"name": "Blue mug", "name.de": "Blaue Tasse"})
    assert alt_of_photo(named, None, ("en", "de")) == {"en": "Blue mug", "de": "Blaue Tasse"}
    assert alt_of_photo(photo(), "#ffffff", ("en",)) == {"en": "MUG-0042, mainly white"}
    unnamed = photo(external_id=None, metadata={"name": " "})
    assert alt_of_picture(unnamed, picture({"oil": 1}), LANGUAGES) == {
        "en": "Product photo as an oil painting, mainly brown",
        "de": "Produktfoto als Ölgemälde, überwiegend braun",
        "es": "Foto de producto como pintura al óleo; predomina el marrón",
        "fr": "Photo de produit en peinture à l’huile, couleur dominante\u00a0: brun",
        "ja": "油絵風の商品写真、主な色は茶色",
        "zh": "油画风格的产品照片，以棕色为主",
    }


def test_a_name_with_braces_stays_as_it_is():
    name = "{style} & <b>mug</b>"
    assert alt_of_picture(photo(external_id=name), picture({"oil": 1}), ("en",))["en"].startswith(
        name + " as an oil"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_style_and_colour_has_a_text_in_every_language(language):
    texts = CONTENT["languages"][language]
    assert set(texts["styles"]) == {style.id for style in catalogue().styles}
    assert set(texts["grades"]) == {style.id for style in built_in()} - {AUTO, ENHANCE, "grade-clean"}
    for style in catalogue().styles:
        text = alt_of_picture(photo(), picture({style.id: 1}), (language,))[language]
        assert texts["styles"][style.id] in text
    names = [colour["names"][language] for colour in CONTENT["colours"].values()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("colour", "name"),
    [
        ("#ffffff", "white"),
        ("#f0f0ee", "white"),
        ("#d3d3d3", "light-grey"),
        ("#808080", "grey"),
        ("#333333", "dark-grey"),
        ("#0a0a0a", "black"),
        ("#dc143c", "red"),
        ("#8b0000", "dark-red"),
        ("#ff8c00", "orange"),
        ("#8b4513", "brown"),
        ("#f5f5dc", "beige"),
        ("#ffd700", "yellow"),
        ("#228b22", "green"),
        ("#006400", "dark-green"),
        ("#20b2aa", "turquoise"),
        ("#add8e6", "light-blue"),
        ("#4169e1", "blue"),
        ("#191970", "dark-blue"),
        ("#663399", "purple"),
        ("#ffc0cb", "pink"),
    ],
)
def test_colours_of_css_have_their_names(colour, name):
    assert name_of_colour(colour, _samples()).partition(" ")[0] == name


def link(key):
    return Address(f"https://pictures.example/{key}", expires_at=None)


def test_a_card_has_the_text_of_its_thumbnail_and_a_photo_those_of_all_pictures():
    results = makers.results(pictures=(picture({"oil": 1}), picture({"pencil": 1}, colour=None)))
    ready = photo(source=makers.source(), variants=makers.variants(), results=results, due_at=None)
    assert photo_card(ready, link, ("en",)).alt == {"en": "MUG-0042 as an oil painting, mainly brown"}
    view = photo_view(ready, link, languages=("de",))
    assert view.alt == {"de": "MUG-0042"}
    assert [each.alt["de"] for each in view.results] == [
        "MUG-0042 als Ölgemälde, überwiegend braun",
        "MUG-0042 als Bleistiftzeichnung",
    ]
    assert set(photo_view(ready, link).alt) == set(LANGUAGES)
    assert photo_card(photo(), link, ("en",)).alt == {"en": "MUG-0042"}
