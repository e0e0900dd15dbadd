"""The words of the search name styles, moods and options that there are, in all six languages."""

import json
from importlib.resources import files

import pytest

from limner.catalogue import catalogue
from limner.languages import LANGUAGES
from limner.looks import Levels, Protection
from limner.style_search.normal_form import BREAK, normalised, tokens_of
from limner.style_search.reading import AMOUNTS

FOLDER = files("limner").joinpath("style_search", "words")
STYLES = {style.id for style in catalogue().offered}
OF_RANKING = {"black-white", "vivid"}
"""Moods that the ranking takes for an amount of colour; they need no words of their own."""


def words_of(name):
    return json.loads(FOLDER.joinpath(f"{name}.json").read_text("utf-8"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_style_and_mood_has_words_in_every_language(language):
    words = words_of(language)
    assert set(words["styles"]) == STYLES
    assert set(words_of("moods")) - OF_RANKING <= set(words["moods"]) <= set(words_of("moods"))
    assert set(words["levels"]) == set(Levels.model_fields)
    assert set(words["amounts"]) == set(AMOUNTS)
    assert set(words["protections"]) == {str(each) for each in Protection} - {Protection.SOFT}
    assert all(0 < float(strength) <= 1 for strength in words["strengths"])


def test_moods_and_artists_name_styles_of_the_catalogue():
    for styles in words_of("moods").values():
        assert set(styles) <= STYLES
        assert all(0 < suits <= 1 for suits in styles.values())
    assert set(words_of("artists")) <= STYLES


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_phrase_is_written_twice_under_one_name(language):
    for part, names in words_of(language).items():
        for name, phrases in names.items() if isinstance(names, dict) else [(part, names)]:
            assert len(phrases) == len(set(phrases)), (part, name)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("ÓLEO", "oleo"),
        ("Straße", "strasse"),
        ("œuvre", "oeuvre"),
        ("ｗａｔｅｒ", "water"),
        ("アール・デコ", "あーるでこ"),
        ("水墨畫風", "水墨画风"),
        ("が", "が"),
    ],
)
def test_forms_of_a_text_become_equal(text, same):
    assert normalised(text) == same


def test_a_text_becomes_words_characters_and_breaks():
    assert tokens_of("Öl, 30% 水彩zine") == ["ol", BREAK, "30", "%", "水", "彩", "zine"]
