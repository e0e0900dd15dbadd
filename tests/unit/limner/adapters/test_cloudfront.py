from unittest.mock import Mock

import pytest
from botocore.exceptions import ClientError

from limner.adapters.cloudfront import CloudFrontEdge
from limner.errors import DependencyRefused

PREFIX = "public/main/0123456789abcdef0123456789abcdef/"


def refusing(code):
    error = ClientError({"Error": {"Code": code}}, "CreateInvalidation")
    return Mock(create_invalidation=Mock(side_effect=error))


def test_one_path_is_invalidated_for_all_that_is_under_a_prefix():
    client = Mock()
    assert CloudFrontEdge(client, "E1").invalidate(PREFIX)
    (call,) = client.create_invalidation.call_args_list
    assert call.kwargs["DistributionId"] == "E1"
    assert call.kwargs["InvalidationBatch"]["Paths"] == {"Quantity": 1, "Items": [f"/{PREFIX}*"]}


def test_each_request_has_a_reference_of_its_own():
    client = Mock()
    edge = CloudFrontEdge(client, "E1")
    edge.invalidate(PREFIX)
    edge.invalidate(PREFIX)
    batches = [call.kwargs["InvalidationBatch"] for call in client.create_invalidation.call_args_list]
    assert len({batch["CallerReference"] for batch in batches}) == 2


def test_too_many_at_once_are_asked_for_again_later():
    assert not CloudFrontEdge(refusing("TooManyInvalidationsInProgress"), "E1").invalidate(PREFIX)


def test_other_errors_are_raised():
    with pytest.raises(DependencyRefused):
        CloudFrontEdge(refusing("AccessDenied"), "E1").invalidate(PREFIX)


def test_without_a_distribution_nothing_is_called():
    client = Mock()
    assert CloudFrontEdge(client, "").invalidate(PREFIX)
    assert client.mock_calls == []
