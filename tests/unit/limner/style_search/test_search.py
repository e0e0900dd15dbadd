"""Queries become ranked styles, and looks that can be ordered."""

from time import thread_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from limner.looks import Levels, Look, OrderedLooks, Protection
from limner.style_search.ranking import MOST_RANKED, search

OWN = {"own-0123456789ab": "Herbst Plakat", "own-0123456789ac": "Süße Träume", "own-0123456789ad": "夏祭り"}


def first(query, **arguments):
    styles = search(query, **arguments).styles
    return styles[0].style_id if styles else None


@pytest.mark.parametrize(
    ("query", "style"),
    [
        ("warm vintage poster", "art-deco"),
        ("像水彩一样清新", "watercolour"),
        ("Retroplakat", "risograph"),
        ("WATERCOLOURS", "watercolour"),
        ("watercoler", "watercolour"),
        ("impressionst", "impressionist"),
        ("Mosaik aus kleinen Steinchen", "mosaic"),
        ("Oelgemaelde", "oil"),
        ("ölgemälde", "oil"),
        ("すいさいではなく油絵", "oil"),
        ("ステンドグラス", "stained-glass"),
        ("水墨畫", "ink-wash"),
        ("comme Van Gogh", "post-impressionist"),
        ("Plakat in watercolour", "watercolour"),
        ("cyanotype", "cyanotype"),
        ("grade-noir", "grade-noir"),
    ],
)
def test_the_first_style_is_the_one_that_is_meant(query, style):
    assert first(query) == style


@pytest.mark.parametrize(
    ("query", "styles", "strength", "levels"),
    [
        ("more oil, less colour", {"oil": 1}, 1, {"colour": 0.5}),
        ("etwas Öl, wenig Farbe", {"oil": 1}, 0.5, {"colour": 0.3}),
        ("油絵強め、色控えめ", {"oil": 1}, 1, {"colour": 0.5}),
        ("油画多一点颜色少一点", {"oil": 1}, 1, {"colour": 0.5}),
        ("aquarelle sans couleur", {"watercolour": 1}, 1, {"colour": 0}),
        ("half watercolour half pencil", {"watercolour": 0.5, "pencil": 0.5}, 1, {}),
        ("halb Aquarell, halb Bleistift", {"watercolour": 0.5, "pencil": 0.5}, 1, {}),
        ("mitad óleo mitad acuarela", {"oil": 0.5, "watercolour": 0.5}, 1, {}),
        ("moitié aquarelle, moitié crayon", {"watercolour": 0.5, "pencil": 0.5}, 1, {}),
        ("水彩と鉛筆", {"watercolour": 0.5, "pencil": 0.5}, 1, {}),
        ("水彩七割、鉛筆三割", {"watercolour": 0.7, "pencil": 0.3}, 1, {}),
        ("油画和铅笔各一半", {"oil": 0.5, "pencil": 0.5}, 1, {}),
        ("70% oil 30 % watercolour", {"oil": 0.7, "watercolour": 0.3}, 1, {}),
        ("1/4 pencil and watercolour", {"watercolour": 0.75, "pencil": 0.25}, 1, {}),
        ("mostly watercolour with some pencil", {"watercolour": 0.8, "pencil": 0.2}, 1, {}),
        ("1/9999 pencil and watercolour", {"watercolour": 0.99, "pencil": 0.01}, 1, {}),
        ("0% pencil, watercolour", {"watercolour": 1}, 1, {}),
        ("watercolour without pencil", {"watercolour": 1}, 1, {}),
        ("watercolour, just a little", {"watercolour": 1}, 0.4, {}),
        ("Aquarell, dezent", {"watercolour": 1}, 0.4, {}),
        ("warm light watercolour and pencil", {"watercolour": 0.5, "pencil": 0.5}, 1, {}),
        ("less colour", {"grade-matte": 1}, 1, {}),
        ("no colour", {"grade-noir": 1}, 1, {}),
    ],
)
def test_a_query_becomes_a_look(query, styles, strength, levels):
    look = search(query).suggestion
    assert look == Look(styles=styles, strength=strength, levels=Levels(**levels))


@pytest.mark.parametrize(
    ("query", "protection"),
    [
        ("watercolour, background only", Protection.BACKGROUND_ONLY),
        ("Aquarell, nur den Hintergrund", Protection.BACKGROUND_ONLY),
        ("acuarela, solo el producto", Protection.PRODUCT_ONLY),
        ("aquarelle, fidèle au produit", Protection.STRICT),
        ("水彩、背景だけ", Protection.BACKGROUND_ONLY),
        ("水彩,保护产品", Protection.STRICT),
        ("watercolour", Protection.SOFT),
    ],
)
def test_words_set_the_protection(query, protection):
    look = search(query).suggestion
    assert look is not None
    assert look.protection == protection


@pytest.mark.parametrize(
    ("query", "given", "language"),
    [
        ("gemütliches Kerzenlicht", None, "de"),
        ("luz cálida", None, "es"),
        ("lumière froide", None, "fr"),
        ("やさしい", None, "ja"),
        ("油画质感", None, "zh"),
        ("pastel", "fr-CA", "fr"),
        ("Ölbild", "sv", "de"),
        ("xyzzy", None, None),
    ],
)
def test_the_language_is_given_or_detected(query, given, language):
    assert search(query, given).language == language


@pytest.mark.parametrize("query", ["Plakat für mein Auto", "cartel para mi auto", "affiche pour mon auto"])
def test_a_car_is_not_the_automatic_style(query):
    assert "auto" not in {style.style_id for style in search(query).styles}


def test_a_word_of_two_languages_means_what_it_means_in_the_given_one():
    """`mi` is half in French and my in Spanish."""
    half = search("mi aquarelle", "fr").suggestion
    assert half is not None
    assert half.strength == 0.5
    whole = search("mi acuarela", "es").suggestion
    assert whole is not None
    assert whole.strength == 1


@pytest.mark.parametrize("query", ["", "   ", "xyzzy", "🦀", "no pencil", "%", "1/0", "\x00", "½", ",,,"])
def test_nothing_found_is_an_empty_answer(query):
    found = search(query)
    assert (found.styles, found.suggestion) == ((), None)


def test_own_styles_are_found_by_their_names_whole_or_in_part():
    assert first("herbst plakat", own=OWN) == "own-0123456789ab"
    assert first("HERBSTPLAKAT", own=OWN) == "own-0123456789ab"
    assert first("susse traume", own=OWN) == "own-0123456789ac"
    assert first("夏祭り", own=OWN) == "own-0123456789ad"
    assert "own-0123456789ab" in {style.style_id for style in search("Plakat", own=OWN).styles}
    assert not {style.style_id for style in search("oil", own=OWN).styles} & set(OWN)
    short = {"own-0123456789ab": "Art"}
    assert first("art", own=short) == "own-0123456789ab"
    assert not {style.style_id for style in search("party shirt with a chart", own=short).styles} & set(short)


def test_own_styles_are_mixed_by_their_names():
    look = search("halb Herbst Plakat, halb Aquarell", own=OWN).suggestion
    assert look is not None
    assert look.styles == {"own-0123456789ab": 0.5, "watercolour": 0.5}


def test_scores_fall_from_the_first_style_on():
    styles = search("dark dramatic moody still life drawing of flowers and waves in blue").styles
    scores = [style.score for style in styles]
    assert scores == sorted(scores, reverse=True)
    assert 0 < scores[-1] <= scores[0] < 1
    assert len(styles) <= MOST_RANKED


WORDS = [
    "oil",
    "half",
    "30%",
    "less",
    "colour",
    "und",
    "水彩",
    "鉛筆",
    "少し",
    "ohne",
    "grade-warm",
    "auto",
    ",",
    "more",
]


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=200), st.lists(st.sampled_from(WORDS), max_size=20).map(" ".join)))
def test_any_query_has_an_answer_that_can_be_ordered(query):
    found = search(query, own=OWN)
    assert bool(found.styles) == (found.suggestion is not None)
    if found.suggestion:
        TypeAdapter(OrderedLooks).validate_python([found.suggestion])
        assert {style.style_id for style in found.styles} >= set(found.suggestion.styles)


def test_a_long_query_of_unknown_words_takes_milliseconds():
    query = " ".join(["retropla", "katposter", "watercolonization"] * 8)[:200]
    search(query)
    started = thread_time()
    search(query)
    assert thread_time() - started < 0.1
