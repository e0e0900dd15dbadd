"""Each route of the storefront's handler in this process, on the deployed local stack.

What a route works on is made first (`api_calls`): a webhook, a style and a collection through the API, a
photo that the stack has made ready, and rows of photos and campaigns in the state that each call needs.
"""

import gc
from itertools import islice
from statistics import median, quantiles

from local.aws.running import Running

from .api_calls import WARM_UP_CALLS, Calls, Json, Operation, operations
from .functions import Handler
from .storefront import Answer, call, event, load_handler

LEAST_CALLS = 5
"""Some routes have a limit: a shop has so many webhooks and styles."""
LIST_LENGTH = 50
LIST_CALLS = 20
PROVENANCE = "look_up_provenance"
"""Takes a picture and runs in a function of its own."""


def deployed_handler(system: Running) -> Handler:
    function = system.stack.resources["StorefrontFunction"]
    described = system.emulator.client("lambda").get_function_configuration(FunctionName=function)
    return load_handler(described["Environment"]["Variables"] | {"AWS_ENDPOINT_URL": system.emulator.url})


def in_process(system: Running, document: Json, photo_id: str, calls: int) -> Json:
    """Milliseconds of each route; bytes of a poll and of a list of 50 READY photos, not compressed; the
    processor time of that list."""
    handler = deployed_handler(system)
    of_operations = Calls(system, handler, photo_id, calls)
    gc.collect()
    gc.freeze()  # a collection within a measured call looks at the function's objects, not at these rows
    plain = {"accept-encoding": "identity"}
    ready = event("/v1/photos", {"limit": LIST_LENGTH, "status": "READY"}, headers=plain)
    lists = [call(handler, ready) for _ in range(WARM_UP_CALLS + LIST_CALLS)]
    routes = {each.name: _figures(handler, of_operations, each, calls) for each in operations(document)}
    poll = call(handler, event(f"/v1/photos/{photo_id}", headers=plain))
    return {
        "routes": routes,
        "poll_bytes": len(poll.body),
        "list_bytes": len(lists[-1].body),
        "list_processor_ms": median(each.processor_milliseconds for each in lists[WARM_UP_CALLS:]),
    }


def _figures(handler: Handler, of_operations: Calls, operation: Operation, calls: int) -> Json:
    """Of the calls that were answered with success; where the first are not, what they were answered."""
    if operation.name == PROVENANCE:
        return {"not_measured": "a function of its own"}
    if missing := of_operations.missing(operation):
        return {"not_measured": f"there is no {missing}"}
    answers: list[Answer] = []
    for asked in islice(of_operations.of(operation), WARM_UP_CALLS + calls):
        answer = call(handler, asked)
        if not 200 <= answer.status < 300:
            if len(answers) < WARM_UP_CALLS + LEAST_CALLS:
                return {"not_measured": f"{answer.status} {answer.json().get('code')}"}
            break
        of_operations.record(operation, answer)
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
