from decimal import Decimal

import pytest
from boto3.dynamodb.types import TypeSerializer

from limner.adapters.dynamodb_items import to_map
from limner.photos import Results
from tests import makers


@pytest.mark.parametrize("seconds", [1e-131, 1e-200, 5e-324, -1e-150])
def test_numbers_that_dynamodb_refuses_are_stored_as_zero(seconds):
    results = Results(**makers.results().model_dump() | {"timings": {"total": seconds}})
    stored = to_map(results)
    assert stored["timings"] == {"total": Decimal(0)}
    TypeSerializer().serialize(stored)


def test_other_numbers_are_stored_unchanged():
    results = Results(**makers.results().model_dump() | {"timings": {"total": 1e-99, "paint": 0.1 + 0.2}})
    assert to_map(results)["timings"] == {"total": Decimal("1e-99"), "paint": Decimal("0.30000000000000004")}
