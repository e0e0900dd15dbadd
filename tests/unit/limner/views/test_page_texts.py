"""The page's texts: each language has the same ones, and one for each code that the API can send."""

import json
import re
from pathlib import Path

import pytest

from limner import errors
from limner.api.problems import CODE_BY_STATUS, STATUS_BY_ERROR, TEXT_BY_REFUSAL
from limner.campaigns.campaign import CampaignStatus, MemberOutcome
from limner.campaigns.errors import CampaignProblem
from limner.catalogue import catalogue
from limner.errors import LimnerError, OrderProblem, RefusalCode
from limner.quotas import Cap
from limner.reviews.review import ReviewState
from limner.views.campaigns import CALLERS_ACTIONS
from limner.views.verdicts import _REASON_BY_GATE
from style_engine.auto import CATEGORY_RULES, CAUTIONS, STYLE_RULES

PAGES = Path(__file__).parents[4] / "functions/storefront/pages"
TABLES = {path.stem: json.loads(path.read_text("utf-8")) for path in (PAGES / "languages").glob("*.json")}
PLURAL_FORMS = {
    "en": {"one", "other"},
    "de": {"one", "other"},
    "es": {"one", "many", "other"},
    "fr": {"one", "many", "other"},
    "ja": {"other"},
    "zh": {"other"},
    "ar": {"zero", "one", "two", "few", "many", "other"},
}
"""Those of the cardinal numbers in the Unicode CLDR, version 44."""
STYLE = "style."
languages = pytest.mark.parametrize("language", PLURAL_FORMS)


def forms(entry: str | dict[str, str]) -> list[str]:
    return [entry] if isinstance(entry, str) else list(entry.values())


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def problem_codes() -> set[str]:
    """Of all errors that the API turns into a status, and of what the framework refuses by itself."""
    of_errors = {error.code for error in STATUS_BY_ERROR} - {LimnerError.code}
    several = {*OrderProblem, *CampaignProblem, *TEXT_BY_REFUSAL, *CODE_BY_STATUS.values()}
    return {*of_errors, *map(str, several), "not_found", "method_not_allowed"}


def test_there_is_a_table_for_each_language_of_the_page() -> None:
    assert set(TABLES) == set(PLURAL_FORMS)


@languages
def test_a_language_has_the_texts_of_all(language: str) -> None:
    own = {key for key in TABLES[language] if not key.startswith(STYLE)}
    assert own == set(TABLES["en"])


@languages
def test_texts_have_the_values_of_the_english_ones(language: str) -> None:
    """A form of a number may say the number in words: "two photos"."""
    for key, english in TABLES["en"].items():
        expected = placeholders(forms(english)[-1])
        entry = TABLES[language][key]
        assert placeholders(forms(entry)[-1]) == expected, key
        assert all(placeholders(form) <= expected for form in forms(entry)), key


@languages
def test_numbers_have_the_plural_forms_of_the_language(language: str) -> None:
    for key, entry in TABLES[language].items():
        assert key.startswith("count.") == isinstance(entry, dict), key
        assert isinstance(entry, str) or set(entry) == PLURAL_FORMS[language], key


@languages
def test_no_text_is_left_in_english(language: str) -> None:
    """But for names and symbols, which are words of few letters or the same in both."""
    if language == "en":
        return
    equal = {key for key, text in TABLES[language].items() if text == TABLES["en"].get(key)}
    sentences = {
        key
        for key in equal
        if len(re.findall(r"[a-z]{3,}", re.sub(r"\{\w+\}", "", str(TABLES["en"][key])))) > 2
    }
    assert not sentences


@languages
@pytest.mark.parametrize(
    ("group", "codes"),
    [
        ("problem", problem_codes()),
        ("failure", set(map(str, RefusalCode))),
        ("reason", set(_REASON_BY_GATE)),
        ("gate", set(_REASON_BY_GATE)),
        ("verdict", {"passed", "lowered", "fallback"}),
        ("review", set(map(str, ReviewState))),
        ("status", set(map(str, CampaignStatus))),
        ("action", set(map(str, CALLERS_ACTIONS))),
        ("outcome", set(map(str, MemberOutcome))),
        ("cap", set(map(str, Cap))),
    ],
)
def test_each_code_of_the_api_has_a_text(language: str, group: str, codes: set[str]) -> None:
    assert not {code for code in codes if f"{group}.{code}" not in TABLES[language]}


def test_all_errors_with_a_status_are_looked_at() -> None:
    assert errors.PhotoNotFound.code in problem_codes()
    assert len(problem_codes()) > 40


@languages
def test_each_style_has_a_name(language: str) -> None:
    without = {
        style.id
        for style in catalogue().offered
        if language not in style.words and f"{STYLE}{style.id}" not in TABLES[language]
    }
    assert not without


def test_each_reason_of_auto_has_a_text() -> None:
    """They have no codes: the page finds the English sentence in its English table."""
    reasons = [rule.reason for rule in (*STYLE_RULES, *CAUTIONS)]
    reasons += [reason for _, reason in CATEGORY_RULES.values()]
    texts = {text for key, text in TABLES["en"].items() if key.startswith("auto.")}
    assert {reason for reason in reasons if reason} == texts


def test_the_page_asks_for_texts_that_there_are() -> None:
    sources = [*PAGES.glob("*.js"), PAGES / "index.html"]
    used = {
        key
        for source in sources
        for key in re.findall(r"""["'](?:[a-z_]+)\.[A-Za-z_-]+["']""", source.read_text("utf-8"))
    }
    groups = {key.partition(".")[0] for key in TABLES["en"]}
    keys = {key.strip("\"'") for key in used}
    assert not {key for key in keys if key.partition(".")[0] in groups} - set(TABLES["en"])
