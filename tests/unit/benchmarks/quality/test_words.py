"""The queries of the search by words, and what is promised for them."""

import hashlib

import pytest

from benchmarks.quality.words.__main__ import PROMISED, SETS, figures, queries
from limner.catalogue import catalogue
from limner.languages import LANGUAGES

STYLES = {style.id for style in catalogue().offered}


@pytest.mark.parametrize("name", SETS)
def test_every_set_has_twenty_queries_in_each_language_answered_by_styles_of_the_catalogue(name):
    found = queries(name)
    assert set(found) == set(LANGUAGES)
    for by_language in found.values():
        assert len(by_language) == 20
        assert all(styles and set(styles) <= STYLES for styles in by_language.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_query_is_in_two_sets(language):
    everything = [query for name in SETS for query in queries(name)[language]]
    assert len(everything) == len(set(everything))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_held_out_half_is_the_second_half_by_hash(language):
    tuning, held_out = queries("tuning")[language], queries("held_out")[language]
    by_hash = sorted([*tuning, *held_out], key=lambda query: hashlib.sha256(query.encode()).hexdigest())
    assert (set(by_hash[:20]), set(by_hash[20:])) == (set(tuning), set(held_out))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_held_out_half_is_answered_as_promised(language):
    measured = figures(queries("held_out")[language])
    assert measured.top1 >= PROMISED["top1"]
    assert measured.top3 >= PROMISED["top3"]
