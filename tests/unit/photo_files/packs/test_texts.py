"""Reasons of verdicts: every text in six languages, with equal placeholders, in the language's notation."""

import ast
import string
from pathlib import Path

import pytest

from limner.languages import LANGUAGES
from limner.packs import refusal_texts as of_packs
from photo_files.packs import rules
from photo_files.packs.texts import reason_in, texts

ALL_TEXTS = {**texts(), **of_packs.texts()}
CHINESE_AND_JAPANESE = ("ja", "zh")


def placeholders(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("name", ALL_TEXTS)
def test_every_text_is_in_all_languages_with_the_same_values(name):
    translated = ALL_TEXTS[name]
    assert tuple(translated) == LANGUAGES
    assert len({frozenset(placeholders(text)) for text in translated.values()}) == 1
    assert len(set(translated.values())) == len(LANGUAGES), "one is not translated"


@pytest.mark.parametrize("language", CHINESE_AND_JAPANESE)
def test_sentences_end_as_the_language_ends_them(language):
    assert all(text[language].endswith("。") for text in ALL_TEXTS.values())


def test_every_text_that_a_rule_names_is_there():
    """The names are the literals that `_passed`, `_failed` and `_not_checked` are called with."""
    tree = ast.parse(Path(rules.__file__).read_text("utf-8"))
    literals = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert set(texts()) <= literals


@pytest.mark.parametrize(
    ("language", "reason"),
    [
        ("en", "The product spans 88% of the picture; the least is 90%."),
        ("de", "Das Produkt füllt 88\u00a0% des Bildes; mindestens 90\u00a0% sind nötig."),
        ("ja", "商品は画像の88%を占めています。90%以上が必要です。"),
    ],
)
def test_shares_are_written_as_in_the_language(language, reason):
    assert reason_in(language, "product_too_small", {"fill": 0.88, "least_fill": 0.9}) == reason


@pytest.mark.parametrize(
    ("language", "reason"),
    [
        ("en", "The file has 3.5 MB; the most is 1.0 MB."),
        ("fr", "Le fichier fait 3,5 Mo ; le maximum est de 1,0 Mo."),
    ],
)
def test_bytes_are_written_in_megabytes(language, reason):
    values = {"size": 3.5 * 2**20, "most_size": 2**20}
    assert reason_in(language, "too_many_bytes", values) == reason


def test_lists_have_the_languages_comma():
    values = {"format": "GIF", "accepted": ("JPEG", "PNG")}
    assert reason_in("zh", "format_not_accepted", values) == "文件格式为GIF；可用格式：JPEG、PNG。"
    assert reason_in("es", "format_not_accepted", values).endswith("se aceptan: JPEG, PNG.")
