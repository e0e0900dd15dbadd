"""Deprecated routes say so in every answer and in the description."""

from datetime import date

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from limner.api.deprecation import deprecated
from limner.api.description import DescribedApi, name_of_route
from limner.api.problems import problem_responses

SINCE, SUNSET = date(2026, 12, 1), date(2027, 7, 1)


def app_with_former_route(kind: type[FastAPI] = FastAPI) -> FastAPI:
    app = kind(generate_unique_id_function=name_of_route, responses=problem_responses(404))

    @app.get("/v1/former", **deprecated(since=SINCE, sunset=SUNSET, successor="/v1/photos"))
    def get_former() -> str:
        """As before."""
        return "as before"

    return app


def test_answers_have_the_dates_and_the_successor():
    answer = TestClient(app_with_former_route()).get("/v1/former")
    assert answer.json() == "as before"
    assert answer.headers["deprecation"] == "@1796083200"
    assert answer.headers["sunset"] == "Thu, 01 Jul 2027 00:00:00 GMT"
    assert answer.headers["link"] == '</v1/photos>; rel="successor-version"'


def test_the_description_says_so_too():
    operation = app_with_former_route(DescribedApi).openapi()["paths"]["/v1/former"]["get"]
    assert operation["deprecated"] is True
    assert {"Deprecation", "Sunset"} <= set(operation["responses"]["200"]["headers"])


def test_a_short_notice_is_refused():
    with pytest.raises(ValueError, match="180 days"):
        deprecated(since=SINCE, sunset=date(2027, 1, 1), successor="/v1/photos")
