"""The calls of each operation that `api_in_process` measures, and what they work on."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import boto3

from limner.adapters.dynamodb_campaigns import DynamoDbCampaigns
from limner.adapters.dynamodb_collections import DynamoDbCollections
from limner.campaigns.campaign import Campaign, CampaignStatus, Counts, Member, MemberOutcome, Run
from limner.campaigns.photo_collections import PhotoFilter
from local.aws.running import Running
from tests import campaign_makers, makers

from .functions import Event, Handler
from .stored_photos import failed_photo, photo_in_work, ready_photo, store
from .storefront import TENANT, Answer, call, event

Json = dict[str, Any]
WARM_UP_CALLS = 2
RETRIABLE_CODE = "stylizer_failed"
MOST_RESTORES = 12
"""A photo has at most 20 versions, of which this restores the first again and again."""
CAMPAIGNS_OF_AN_ACTION = 20
"""A shop has at most 500 that are not over."""
VISITOR = "0f" * 32
PLACEMENT = "home"
WAIT_SECONDS = 120
POLL_SECONDS = 0.5


@dataclass(frozen=True)
class Operation:
    """Of the description; `body` is its first example."""

    name: str
    method: str
    path: str
    body: Any


def operations(document: Json) -> Iterator[Operation]:
    """What erases comes last."""
    found = [
        Operation(each["operationId"], method.upper(), path, _example(each))
        for path, methods in document["paths"].items()
        for method, each in methods.items()
    ]
    yield from sorted(found, key=lambda each: each.method == "DELETE")


def _example(operation: Json) -> Any:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    named = [each["value"] for each in content.get("examples", {}).values()]
    return content.get("example", named[0] if named else None)


class Calls:
    """The calls of an operation, with ids of what is there: one each where a call ends its state."""

    def __init__(self, system: Running, handler: Handler, photo_id: str, calls: int) -> None:
        self._handler = handler
        self._ids = {"{photo_id}": photo_id, "{visitor}": VISITOR}
        self._recommendation = ""
        count = WARM_UP_CALLS + calls
        photos = {
            "order_looks": [ready_photo(number) for number in range(count)],
            "retry_order": [failed_photo(number, RETRIABLE_CODE) for number in range(count, 2 * count)],
            "cancel_order": [photo_in_work(number) for number in range(2 * count, 3 * count)],
            "delete_photo": [ready_photo(number) for number in range(3 * count, 4 * count)],
        }
        table = boto3.resource("dynamodb").Table(system.stack.photos_table)
        for rows in photos.values():
            store(table, rows)
        self._photos = {name: [photo.photo_id for photo in rows] for name, rows in photos.items()}
        campaigns = boto3.resource("dynamodb").Table(system.stack.resources["CampaignsTable"])
        collection = campaign_makers.collection(tenant=TENANT, filter=PhotoFilter(tag="mugs"))
        DynamoDbCollections(campaigns).add(collection)
        self._campaigns = _store_campaigns(DynamoDbCampaigns(campaigns), photo_id)

    def of(self, operation: Operation) -> Iterator[Event]:
        for path in self._paths(operation):
            yield event(
                path,
                self._query(operation),
                method=operation.method,
                body=self._body(operation),
                headers=self._headers(operation),
            )

    def missing(self, operation: Operation) -> str:
        """What stands for an id that no order has given; empty if there is none."""
        has_rows = operation.name in self._photos
        names = [] if has_rows else re.findall(r"{\w+}", operation.path)
        given = {*self._ids, "{delivery_id}", "{campaign_id}"}
        return next((name for name in names if name not in given), "")

    def record(self, operation: Operation, answer: Answer) -> None:
        """Keeps the ids of what a call has made or found."""
        match operation.name, answer.json() if answer.body else {}:
            case "add_webhook", made:
                self._ids["{webhook_id}"] = made["id"]
            case "order_style", made:
                self._ids["{style_id}"] = made["style"]["id"]
            case "order_batch", made:
                self._ids["{batch_id}"] = made["batch_id"]
            case "create_collection", made:
                self._ids["{collection_id}"] = made["collection_id"]
            case "recommend_look", made:
                self._recommendation = made["recommendation"]

    def _paths(self, operation: Operation) -> Iterator[str]:
        match operation.name:
            case name if name in self._photos:
                for photo_id in self._photos[name]:
                    yield operation.path.replace("{photo_id}", photo_id)
            case name if name in self._campaigns:
                for campaign_id in self._campaigns[name]:
                    yield self._filled(operation.path.replace("{campaign_id}", campaign_id))
            case "restore_version":
                self._make_a_second_version()
                yield from repeat(self._filled(operation.path), MOST_RESTORES)
            case "remove_webhook":
                listed = self._get("/v1/webhooks")["webhooks"]
                yield from (operation.path.replace("{webhook_id}", each["id"]) for each in listed)
            case "delete_own_style":
                listed = self._get("/v1/styles/own")["styles"]
                yield from (operation.path.replace("{style_id}", each["id"]) for each in listed)
            case "delete_collection":
                listed = self._get("/v1/collections")["collections"]
                ids = [each["collection_id"] for each in listed]
                yield from (operation.path.replace("{collection_id}", each) for each in ids)
            case _:
                yield from repeat(self._filled(operation.path))

    def _query(self, operation: Operation) -> Json:
        """What an operation's query must have."""
        photo_id = self._ids["{photo_id}"]
        queries = {
            "list_published": {"placement": PLACEMENT, "ids": photo_id},
            "recommend_look": {"photo": photo_id, "visitor": VISITOR, "consent": "true"},
        }
        return queries.get(operation.name, {})

    def _body(self, operation: Operation) -> Any:
        """The example, with ids of what is there."""
        match operation.name:
            case "create_collection":
                return {"name": "Mugs", "external_ids": ["SKU-00001"]}
            case "create_campaign":
                return operation.body | {"collection_id": self._ids["{collection_id}"]}
            case "count_visitor_events":
                (first, *_) = operation.body["events"]
                facts = {"recommendation": self._recommendation, "visitor": VISITOR}
                return {"events": [first | facts]}
            case _:
                return operation.body

    def _headers(self, operation: Operation) -> dict[str, str]:
        """What a change of the settings must name: the version that it changes."""
        if operation.name != "put_settings":
            return {}
        return {"if-match": call(self._handler, event(operation.path)).headers["etag"]}

    def _filled(self, path: str) -> str:
        if "{delivery_id}" in path:
            self._ids["{delivery_id}"] = self._a_delivery()
        for placeholder, found in (self._ids | {"{campaign_id}": self._campaigns[""][0]}).items():
            path = path.replace(placeholder, found)
        return path

    def _a_delivery(self) -> str:
        path = f"/v1/webhooks/{self._ids['{webhook_id}']}/deliveries"
        return str(self._until(lambda: self._get(path)["deliveries"])[0]["id"])

    def _make_a_second_version(self) -> None:
        path = f"/v1/photos/{self._ids['{photo_id}']}"
        body = {"looks": [{"styles": {"pencil": 1.0}}]}
        call(self._handler, event(f"{path}/looks", method="POST", body=body))
        self._until(lambda: self._get(path)["status"] == "READY")

    def _get(self, path: str) -> Any:
        return call(self._handler, event(path)).json()

    def _until(self, read: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + WAIT_SECONDS
        while not (found := read()):
            if time.monotonic() > deadline:
                raise TimeoutError("the local stack did not do what the measured routes need")
            time.sleep(POLL_SECONDS)
        return found


def _store_campaigns(repository: DynamoDbCampaigns, photo_id: str) -> dict[str, list[str]]:
    """Campaigns in the status that each action needs: ids by the operation's name. Under the empty name, one
    that is published, with the photo."""
    finished = Run(
        started_at=makers.NOON, expected=1, is_read=True, counts=Counts(ready=1), finished_at=makers.NOON
    )
    running = finished.model_copy(update={"is_read": False, "finished_at": None})
    of_actions: dict[str, tuple[CampaignStatus, Run | None]] = {
        "run_campaign": (CampaignStatus.DRAFT, None),
        "pause_campaign": (CampaignStatus.RUNNING, running),
        "resume_campaign": (CampaignStatus.PAUSED, running),
        "cancel_campaign": (CampaignStatus.RUNNING, running),
        "publish_campaign": (CampaignStatus.FINISHED, finished),
        "unpublish_campaign": (CampaignStatus.PUBLISHED, finished),
    }
    published = _campaign(0, CampaignStatus.FINISHED, finished, PLACEMENT)
    repository.add(published)
    repository.replace(published, published.model_copy(update={"status": CampaignStatus.PUBLISHED}))
    member = Member(photo_id=photo_id, outcome=MemberOutcome.READY, at=makers.NOON, run=1)
    repository.put_member(published.key, member)
    ids = {"": [published.campaign_id]}
    for place, (name, (status, run)) in enumerate(of_actions.items(), start=1):
        made = [
            _campaign(place * CAMPAIGNS_OF_AN_ACTION + number, status, run, f"{PLACEMENT}-{number}")
            for number in range(CAMPAIGNS_OF_AN_ACTION)
        ]
        for each in made:
            repository.add(each)
        ids[name] = [each.campaign_id for each in made]
    return ids


def _campaign(number: int, status: CampaignStatus, run: Run | None, placement: str) -> Campaign:
    return campaign_makers.campaign(
        campaign_id=f"{number:032x}", tenant=TENANT, status=status, run=run, placement=placement
    )
