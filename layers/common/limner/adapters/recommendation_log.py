"""The log of recommendations, read for offline estimates by whoever operates the stack."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from limner.adapters.recommendation_items import full_subject, log_subject
from limner.adapters.sdk import all_items
from limner.recommendation.offline import LoggedVisit
from limner.recommendation.visitor_events import REWARDS
from limner.recommendation.visits import Group

LOG_DIGITS = "0123456789abcdef"


class DynamoDbRecommendationLog:
    """`table` is a boto3 Table resource."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def visits(self, tenant: str, days: Sequence[date]) -> Iterator[LoggedVisit]:
        """Those that were not of the control group, whose looks are not chosen by chance."""
        for day in days:
            for digit in LOG_DIGITS:
                for item in self._items(full_subject(tenant, log_subject(day, digit))):
                    if item["group"] == Group.RECOMMENDED:
                        yield _logged_visit(item)

    def _items(self, subject: str) -> Iterator[Mapping[str, Any]]:
        request = {
            "KeyConditionExpression": "subject = :subject",
            "ExpressionAttributeValues": {":subject": subject},
        }
        return all_items(self._table.query, request, "reading the log of recommendations")


def _logged_visit(item: Mapping[str, Any]) -> LoggedVisit:
    offered = tuple(item["offered"])
    return LoggedVisit(
        offered=offered,
        expected=tuple(float(each) for each in item["expected"]),
        shown=offered.index(item["arm"]),
        propensity=float(item["propensity"]),
        reward=sum(reward for each, reward in REWARDS.items() if each in item),
    )
