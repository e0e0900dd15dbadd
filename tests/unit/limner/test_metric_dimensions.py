"""A metric costs money for each combination of its dimensions: none has a dimension that grows with tenants."""

import ast
import json
from collections.abc import Iterator

import pytest

from limner.adapters import metrics
from limner.queues import record_handler
from limner.use_cases.outcomes import Outcome
from tests.integration.test_functions import Context
from tests.template_reader import ROOT

DIMENSIONS = {"service", "gate"}
SETTERS = {"add_dimension", "add_dimensions", "set_default_dimensions"}
SOURCES = [
    file for folder in ("layers/common/limner", "functions") for file in sorted((ROOT / folder).rglob("*.py"))
]


def dimensions_set_in(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in SETTERS:
            names = [keyword.value for keyword in node.keywords if keyword.arg == "name"]
            yield from [name.value if isinstance(name, ast.Constant) else "?" for name in names] or ["?"]


def test_the_source_sets_no_other_dimension():
    found = {name for file in SOURCES for name in dimensions_set_in(file.read_text())}
    assert found == DIMENSIONS
    assert list(dimensions_set_in("metrics.add_dimension(name=tenant, value=1)")) == ["?"]


@pytest.fixture
def emitted(monkeypatch, capsys):
    monkeypatch.setenv("POWERTOOLS_METRICS_DISABLED", "false")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "limner-recorder")

    def read() -> set[tuple[tuple[str, str], ...]]:
        """The combinations of dimensions and their values in what was written."""
        blobs = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
        return {
            tuple((name, blob[name]) for name in sorted(names))
            for blob in blobs
            for metric in blob["_aws"]["CloudWatchMetrics"]
            for names in metric["Dimensions"]
        }

    return read


def test_messages_of_many_tenants_make_as_many_combinations_as_those_of_one(emitted):
    def handle(record):
        metrics.count_refusal("text")
        return [Outcome.STYLED, Outcome.STYLIZATION_RETRIED, Outcome.QUOTA_EXCEEDED]

    handler = record_handler(handle)
    combinations = []
    for tenants in (1, 50):
        records = [
            {
                "messageId": str(n),
                "body": "{}",
                "attributes": {"MessageGroupId": f"shop-{n}"},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:queue",
            }
            for n in range(tenants)
        ]
        handler({"Records": records}, Context())
        combinations.append(emitted())
    assert combinations[0] == combinations[1]
    assert {name for each in combinations[0] for name, _ in each} == DIMENSIONS
