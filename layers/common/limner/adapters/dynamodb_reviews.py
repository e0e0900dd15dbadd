"""Reviews of pictures: in the rows of their photos, and the records of decisions in the table of campaigns.

Of a photo that persons were asked about, the row has

reviews          what is known of each picture's review, as one JSON text
reviews_version  a number that every write of it raises, and compares
review_key       partition of the index Reviews: `{tenant}#waiting`, or `{tenant}#decided`
review_at        its sort key: when the oldest waiting picture began to wait, or when the last decision was
                 made; and the photo's id

A decision is a row of the table of campaigns:

campaign_key     `{tenant}#decisions#{date}`
record           time and review id
decision         who, when, what and why; `expires_at` beside it
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from pydantic import ValidationError

from limner.adapters.dynamodb_campaign_items import item_key, partition, partition_items
from limner.adapters.dynamodb_conditions import NAMES, is_newest, reviews_value, same_parts, same_reviews
from limner.adapters.dynamodb_items import change_attributes, review_attributes, review_key, to_map
from limner.adapters.dynamodb_lists import query_pool, read_photos
from limner.adapters.dynamodb_writes import write_row
from limner.adapters.sdk import sdk_errors
from limner.errors import MalformedMessage
from limner.photos import Photo
from limner.reviews.decisions import DECISION_LIFETIME, Decision, ReviewPage, decision_position
from limner.tenancy import KEY_SEPARATOR, PhotoKey

REVIEWS_INDEX = "Reviews"


class DynamoDbReviews:
    """`photos` and `campaigns` are boto3 Table resources."""

    def __init__(self, photos: Any, campaigns: Any) -> None:
        self._photos = photos
        self._campaigns = campaigns

    def page(self, tenant: str, *, are_waiting: bool, cursor: str | None, limit: int) -> ReviewPage:
        with sdk_errors("listing reviews"):
            answer = self._photos.query(
                IndexName=REVIEWS_INDEX,
                KeyConditionExpression="review_key = :key AND review_at > :after",
                ExpressionAttributeValues={
                    ":key": review_key(tenant, are_waiting=are_waiting),
                    ":after": cursor or "0",
                },
                Limit=limit,
            )
        entries = answer["Items"]
        keys = [PhotoKey(*entry["photo_key"].split(KEY_SEPARATOR)) for entry in entries]
        photos = read_photos(self._photos, keys, whole=True, consistent=True)
        has_more = "LastEvaluatedKey" in answer
        return ReviewPage(tuple(photos), entries[-1]["review_at"] if has_more else None)

    def decide(self, before: Photo, after: Photo, decision: Decision) -> None:
        assert before.source, "a picture's photo is uploaded"  # noqa: S101 - a caller's bug
        assert before.results, "a picture is in the results"  # noqa: S101 - a caller's bug
        attributes = {
            **review_attributes(after),
            **change_attributes(before.key, decision.at, after.status),
        }
        written = {
            "UpdateExpression": "SET " + ", ".join(f"{name} = :{name}" for name in attributes),
            "ConditionExpression": f"{is_newest(before.revision)} AND {same_parts(before)}"
            f" AND results.finished_at = :finished_at AND {same_reviews(before)}",
            "ExpressionAttributeNames": NAMES,
            "ExpressionAttributeValues": {
                ":sequencer": before.source.sequencer,
                ":revision": before.revision,
                ":finished_at": to_map(before.results)["finished_at"],
                **reviews_value(before),
                **{f":{name}": value for name, value in attributes.items()},
            },
        }
        put = {"Put": {"TableName": self._campaigns.name, "Item": _decision_item(before.tenant, decision)}}
        write_row(self._photos, before.key, written, [put], "recording a decision")

    def decision(self, tenant: str, at: datetime, review_id: str) -> Decision | None:
        key = item_key(_decisions_key(tenant, _day(at)), decision_position(at, review_id))
        with sdk_errors("reading a decision"):
            answer = self._campaigns.get_item(Key=key, ConsistentRead=True)
        return _to_decision(answer["Item"]) if "Item" in answer else None

    def decisions(self, tenant: str, day: date, *, after: str | None, limit: int) -> Sequence[Decision]:
        with sdk_errors("reading decisions"):
            answer = self._campaigns.query(
                KeyConditionExpression="campaign_key = :campaign_key AND #record > :after",
                ExpressionAttributeNames={"#record": "record"},
                ExpressionAttributeValues={
                    ":campaign_key": _decisions_key(tenant, day),
                    ":after": after or "0",
                },
                Limit=limit,
                ConsistentRead=True,
            )
        return [_to_decision(item) for item in answer["Items"]]

    def decisions_of(self, tenant: str, days: Sequence[date]) -> Iterator[Decision]:
        def of_day(day: date) -> list[Decision]:
            key = _decisions_key(tenant, day)
            return [_to_decision(item) for item in partition_items(self._campaigns, key)]

        for found in query_pool.map(of_day, days):
            yield from found


def _decisions_key(tenant: str, day: date) -> str:
    return partition(tenant, "decisions", day.isoformat())


def _day(at: datetime) -> date:
    return at.astimezone(UTC).date()


def _decision_item(tenant: str, decision: Decision) -> dict[str, Any]:
    return {
        **item_key(_decisions_key(tenant, _day(decision.at)), decision.position),
        "decision": to_map(decision),
        "expires_at": int((decision.at + DECISION_LIFETIME).timestamp()),
    }


def _to_decision(item: Mapping[str, Any]) -> Decision:
    """Raises MalformedMessage."""
    try:
        return Decision.model_validate(item["decision"], extra="ignore")
    except (KeyError, ValidationError) as error:
        raise MalformedMessage(f"the decision {item['record']} is invalid: {error!r}") from error
