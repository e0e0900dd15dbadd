"""The OpenAPI description: what FastAPI derives from the routes, completed so that clients can be generated.

FastAPI knows paths, parameters, bodies and limits. Added here, for every route alike, are: names for an SDK,
descriptions with units, examples, response headers, the shared Problem, and response schemas that are open to
what later releases add (docs/api-versioning.md). A new route needs nothing of its own but a description of
properties that have a new name (words.py).
"""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.routing import APIRoute

from limner.api.description.examples import add_examples
from limner.api.description.operations import complete_operations
from limner.api.description.properties import describe_properties
from limner.api.description.schemas import open_responses, share_problem

ABOUT: Final = """\
Styles product photos without misrepresenting the product. Order pictures of a photo, upload the file with the
form of the answer, poll until the photo is `READY` or `FAILED`, and fetch the pictures.

**Times** are UTC in RFC 3339. **Shares** are from 0 to 1. **Ids** are opaque. A caller is one tenant: no
path, query or body names it.

**What may be added within v1**: operations, optional parameters and properties of requests, properties of
responses, values of texts that list their known ones in `x-extensible-enum`, codes of problems and failures.
A client ignores properties that it does not know, and treats an unknown status as one that is not final."""
SERVERS: Final[list[dict[str, Any]]] = [
    {
        "url": "https://{host}",
        "description": "A deployed stack: the host of its output ApiUrl, or its own domain.",
        "variables": {
            "host": {"default": "api.limner.example", "description": "Host name of the stack's API."}
        },
    },
    {
        "url": "http://127.0.0.1:{port}",
        "description": "The whole system on one machine: `make up` prints the address.",
        "variables": {"port": {"default": "8080", "description": "Port that `make up` prints."}},
    },
]


def name_of_route(route: APIRoute) -> str:
    """The operation's id: the name of the route's function, a verb and what it is about (`list_photos`)."""
    return route.name


class DescribedApi(FastAPI):
    """FastAPI, whose description is completed once for each state of the routes."""

    _completed: dict[str, Any] | None = None

    def openapi(self) -> dict[str, Any]:
        derived = super().openapi()
        if derived is not self._completed:
            complete(derived)
            self._completed = derived
        return derived


def complete(document: dict[str, Any]) -> None:
    """Complete FastAPI's description in place."""
    document["info"] |= {
        "description": ABOUT,
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    }
    document["servers"] = SERVERS
    share_problem(document)
    open_responses(document)
    describe_properties(document)
    complete_operations(document)
    add_examples(document)
