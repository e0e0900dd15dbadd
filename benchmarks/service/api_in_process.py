"""Each route of the storefront's handler in this process, on the deployed local stack.

What a route works on is made first: a webhook and a style through the API, a photo that the stack has made
ready, and rows of photos that failed, wait or are deleted, one for each call.
"""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice, repeat
from statistics import median, quantiles
from typing import Any

import boto3

from local.aws.running import Running

from .functions import Handler
from .stored_photos import failed_photo, photo_in_work, ready_photo, store
from .storefront import Answer, call, event, load_handler

Json = dict[str, Any]
WARM_UP_CALLS = 2
LEAST_CALLS = 5
"""Some routes have a limit: a shop has so many webhooks and styles."""
LIST_LENGTH = 50
LIST_CALLS = 20
RETRIABLE_CODE = "stylizer_failed"
MOST_RESTORES = 12
"""A photo has at most 20 versions, of which this restores the first again and again."""
WAIT_SECONDS = 120
POLL_SECONDS = 0.5
PROVENANCE = "look_up_provenance"
"""Takes a picture and runs in a function of its own."""


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


def deployed_handler(system: Running) -> Handler:
    function = system.stack.resources["StorefrontFunction"]
    described = system.emulator.client("lambda").get_function_configuration(FunctionName=function)
    return load_handler(described["Environment"]["Variables"] | {"AWS_ENDPOINT_URL": system.emulator.url})


def in_process(system: Running, document: Json, photo_id: str, calls: int) -> Json:
    """Milliseconds of each route, bytes of a poll and of a list of 50, and the list's processor time."""
    handler = deployed_handler(system)
    paths = Paths(system, handler, photo_id, calls)
    routes = {each.name: _figures(handler, paths, each, calls) for each in operations(document)}
    poll = call(handler, event(f"/v1/photos/{photo_id}"))
    lists = [
        call(handler, event("/v1/photos", {"limit": LIST_LENGTH})) for _ in range(WARM_UP_CALLS + LIST_CALLS)
    ]
    return {
        "routes": routes,
        "poll_bytes": len(poll.body),
        "list_bytes": len(lists[-1].body),
        "list_processor_ms": median(each.processor_milliseconds for each in lists[WARM_UP_CALLS:]),
    }


class Paths:
    """The paths of an operation's calls, with ids of what is there: one each where a call ends its state."""

    def __init__(self, system: Running, handler: Handler, photo_id: str, calls: int) -> None:
        self._handler = handler
        self._ids = {"{photo_id}": photo_id}
        count = WARM_UP_CALLS + calls
        self._rows = {
            "order_looks": [ready_photo(number) for number in range(count)],
            "retry_order": [failed_photo(number, RETRIABLE_CODE) for number in range(count, 2 * count)],
            "cancel_order": [photo_in_work(number) for number in range(2 * count, 3 * count)],
            "delete_photo": [ready_photo(number) for number in range(3 * count, 4 * count)],
        }
        table = boto3.resource("dynamodb").Table(system.stack.photos_table)
        for photos in self._rows.values():
            store(table, photos)

    def of(self, operation: Operation) -> Iterator[str]:
        match operation.name:
            case name if name in self._rows:
                yield from (self._filled(operation.path, photo.photo_id) for photo in self._rows[name])
            case "restore_version":
                self._make_a_second_version()
                yield from repeat(self._filled(operation.path), MOST_RESTORES)
            case "remove_webhook":
                listed = self._get("/v1/webhooks")["webhooks"]
                yield from (operation.path.replace("{webhook_id}", each["id"]) for each in listed)
            case "delete_own_style":
                listed = self._get("/v1/styles/own")["styles"]
                yield from (operation.path.replace("{style_id}", each["id"]) for each in listed)
            case _:
                yield from repeat(self._filled(operation.path))

    def missing(self, operation: Operation) -> str:
        """What stands for an id that no order has given; empty if there is none."""
        has_rows = operation.name in self._rows
        names = [] if has_rows else re.findall(r"{\w+}", operation.path)
        return next((name for name in names if name not in {*self._ids, "{delivery_id}"}), "")

    def headers(self, operation: Operation) -> dict[str, str]:
        """What a change of the settings must name: the version that it changes."""
        if operation.name != "put_settings":
            return {}
        return {"if-match": call(self._handler, event(operation.path)).headers["etag"]}

    def record(self, operation: Operation, answer: Answer) -> None:
        """Keeps the ids of what an order has made."""
        match operation.name, answer.json():
            case "add_webhook", made:
                self._ids["{webhook_id}"] = made["id"]
            case "order_style", made:
                self._ids["{style_id}"] = made["style"]["id"]
            case "order_batch", made:
                self._ids["{batch_id}"] = made["batch_id"]

    def _filled(self, path: str, photo_id: str = "") -> str:
        if "{delivery_id}" in path:
            self._ids["{delivery_id}"] = self._a_delivery()
        for placeholder, found in (self._ids | ({"{photo_id}": photo_id} if photo_id else {})).items():
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


def _figures(handler: Handler, paths: Paths, operation: Operation, calls: int) -> Json:
    """Of the calls that were answered with success; where the first are not, what they were answered."""
    if operation.name == PROVENANCE:
        return {"not_measured": "a function of its own"}
    if missing := paths.missing(operation):
        return {"not_measured": f"there is no {missing}"}
    answers: list[Answer] = []
    for path in islice(paths.of(operation), WARM_UP_CALLS + calls):
        headers = paths.headers(operation)
        answer = call(handler, event(path, method=operation.method, body=operation.body, headers=headers))
        if not 200 <= answer.status < 300:
            if len(answers) < WARM_UP_CALLS + LEAST_CALLS:
                return {"not_measured": f"{answer.status} {answer.json().get('code')}"}
            break
        if operation.method == "POST":
            paths.record(operation, answer)
        answers.append(answer)
    return percentiles(answers[WARM_UP_CALLS:])


def percentiles(answers: list[Answer]) -> Json:
    """`processor`: the function's own time. `p50_ms`, `p99_ms`: with the emulator's answers."""
    wall = [answer.milliseconds for answer in answers]
    processor = [answer.processor_milliseconds for answer in answers]
    return {
        "p50_ms": median(wall),
        "p99_ms": quantiles(wall, n=100)[-1],
        "processor_p50_ms": median(processor),
        "processor_p99_ms": quantiles(processor, n=100)[-1],
    }
