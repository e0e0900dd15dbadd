"""What every operation has beyond FastAPI's part: summary, tag, response headers, a command that calls it."""

import json
import re
from http import HTTPStatus
from typing import Final

from limner.api.description.examples import example_of_body
from limner.api.description.schemas import COMPONENT, Json, is_success, nodes, operations

TEXT_BY_TAG: Final = {
    "batches": "Orders of many photos in one call.",
    "campaigns": "Looks for a collection, run and published for a time.",
    "collections": "Photos by a filter or by a list of the shop's own ids.",
    "marketplaces": "The marketplaces that packs can be made for, with the sources of their rules.",
    "packs": "Photos on the canvases of marketplaces, with the verdict by rule.",
    "photos": "Photos: orders, uploads, status, pictures, explanations, erasure.",
    "provenance": "Whether a picture is one of ours, and how it was made.",
    "published": "Which pictures to show in a placement now.",
    "events": "What visitors of the shop did with recommended pictures.",
    "recommendations": "Which look of a photo to show to a visitor.",
    "visitors": "Erasure of a visitor's history.",
    "reviews": "Pictures that wait for a person's decision, and the decisions.",
    "settings": "The tenant's settings, by version.",
    "sign-in": "How people sign in to the page.",
    "styles": "The styles that can be ordered.",
    "uploads": "Orders of a picture, and the form to upload the photo with.",
    "usage": "What was ordered and what it cost.",
    "webhooks": "Endpoints that receive events.",
}
HEADERS: Final[dict[str, Json]] = {
    "RequestId": {
        "description": "Id of this request, for reports of errors; `request_id` of a problem is the same.",
        "schema": {"type": "string"},
        "example": "5a2cfa9c-5a1d-4d5f-9a76-3a5c4b1f0e9d",
    },
    "RetryAfter": {
        "description": "Seconds to wait before the same request is sent again; 1 or more.",
        "schema": {"type": "integer", "minimum": 1},
        "example": 5,
    },
    "Location": {
        "description": "Address of what was made, relative to this request's address or absolute.",
        "schema": {"type": "string"},
        "example": "/v1/photos/0123456789abcdef0123456789abcdef",
    },
    "Challenge": {
        "description": "The scheme to authenticate with, and why the credentials were refused (RFC 6750).",
        "schema": {"type": "string"},
        "example": 'Bearer error="invalid_token"',
    },
    "EntityTag": {
        "description": "Version of what is answered, for `If-Match` and `If-None-Match` (RFC 9110).",
        "schema": {"type": "string"},
        "example": '"3"',
    },
    "Allow": {
        "description": "The methods that this path has.",
        "schema": {"type": "string"},
        "example": "GET, HEAD",
    },
    "Deprecation": {
        "description": "Since when the operation is deprecated: `@` and Unix seconds (RFC 9745).",
        "schema": {"type": "string"},
        "example": "@1795824000",
    },
    "Sunset": {
        "description": "From when on the operation may be gone (RFC 8594).",
        "schema": {"type": "string"},
        "example": "Thu, 27 May 2027 00:00:00 GMT",
    },
}
_TEXT_BY_LINKED_OPERATION: Final = {
    "get_photo": "Poll it until `status` is `READY` or `FAILED`.",
    "request_form": "A new form, where the first has expired or another file is to replace it.",
    "get_explanation": "Why each picture looks as it does.",
    "list_versions": "What was made for the photo before.",
    "order_looks": "More looks of the same file.",
    "retry_order": "Another attempt at a failed order.",
    "cancel_order": "No further work for the photo.",
    "restore_version": "The pictures of an earlier version again.",
    "delete_photo": "Erases the photo and everything made of it.",
}
_LINKS: Final[dict[str, Json]] = {
    operation_id: {
        "operationId": operation_id,
        "parameters": {"photo_id": "$response.body#/photo_id"},
        "description": text,
    }
    for operation_id, text in _TEXT_BY_LINKED_OPERATION.items()
}
_HEADER: Final = "#/components/headers/"
_WAITS: Final = {"429", "503"}
_CHALLENGED: Final = {"401", "403"}
UPLOAD_COMMAND: Final = """\

# Then send the form of the answer: each of upload.fields, and the file last, as "file".
curl -sS "$(jq -r .upload.url order.json)" \\
  $(jq -r '.upload.fields | to_entries[] | "--form-string \\(.key)=\\(.value)"' order.json) \\
  -F file=@mug.jpg"""


def complete_operations(document: Json) -> None:
    """Complete every operation in place, and list the tags in use."""
    tags = set()
    for path, method, operation in operations(document):
        operation["tags"] = [_tag(path)]
        tags.add(_tag(path))
        operation["summary"] = operation["operationId"].replace("_", " ").capitalize()
        tagged = _has_versions(document["paths"][path])
        _complete_answers(document, operation, tagged=tagged)
        operation["x-codeSamples"] = [
            {"lang": "Shell", "label": "curl", "source": _curl(document, path, method)}
        ]
    used = {
        node["$ref"].removeprefix(_HEADER)
        for node in nodes([document["paths"], document["components"]["responses"]])
        if str(node.get("$ref", "")).startswith(_HEADER)
    }
    document["components"]["headers"] = {name: HEADERS[name] for name in HEADERS if name in used}
    document["tags"] = [{"name": name, "description": TEXT_BY_TAG.get(name, "")} for name in sorted(tags)]


def _has_versions(methods: Json) -> bool:
    """Whether some operation of a path takes the ETag of another's answer."""
    names = {each["name"].lower() for method in methods.values() for each in method.get("parameters", ())}
    return bool(names & {"if-match", "if-none-match"})


def _complete_answers(document: Json, operation: Json, *, tagged: bool) -> None:
    """Headers for all, links for new photos, and one shared answer for each status of an error."""
    shared = document["components"].setdefault("responses", {})
    answers = operation["responses"]
    for status, answer in sorted(answers.items()):
        phrase = HTTPStatus(int(status)).phrase
        names = _headers_of(status, operation) | (
            {"ETag": "EntityTag"} if tagged and is_success(status) else {}
        )
        references = {header: {"$ref": f"{_HEADER}{name}"} for header, name in names.items()}
        answer["headers"] = {**references, **answer.get("headers", {})}
        if is_success(status):
            answer["description"] = phrase
            if "photo_id" in _properties_of(document, answer):
                answer["links"] = _LINKS
        else:
            name = phrase.replace(" ", "").replace("-", "")
            shared[name] = answer
            answers[status] = {"$ref": f"#/components/responses/{name}"}
    operation["responses"] = dict(sorted(answers.items()))


def _tag(path: str) -> str:
    """The resource: the first part of the path below the version."""
    found = re.match(r"/v\d+/([a-z-]+)", path)
    return found[1] if found else "page"


def _headers_of(status: str, operation: Json) -> dict[str, str]:
    """Header → name of its component."""
    names = {"X-Request-Id": "RequestId"}
    if status in _WAITS:
        names["Retry-After"] = "RetryAfter"
    if status in _CHALLENGED:
        names["WWW-Authenticate"] = "Challenge"
    if status == str(HTTPStatus.CREATED.value):
        names["Location"] = "Location"
    if status == str(HTTPStatus.METHOD_NOT_ALLOWED.value):
        names["Allow"] = "Allow"
    if operation.get("deprecated") and is_success(status):
        names |= {"Deprecation": "Deprecation", "Sunset": "Sunset"}
    return names


def _curl(document: Json, path: str, method: str) -> str:
    """A shell command that sends the example; with the upload, where the answer has a form."""
    operation = document["paths"][path][method]
    command = f'curl -sS "$LIMNER_URL{re.sub("{([a-z_]+)}", _variable, path)}"'
    if method != "get":
        command += f" -X {method.upper()}"
    if operation.get("security"):
        command += ' \\\n  -H "Authorization: Bearer $LIMNER_KEY"'
    body = example_of_body(document, operation)
    if body is not None:
        command += f" \\\n  -H 'Content-Type: application/json' -d '{json.dumps(body)}'"
    return f"{command} > order.json{UPLOAD_COMMAND}" if _answers_form(document, operation) else command


def _variable(found: re.Match[str]) -> str:
    return f"${found[1].upper()}"


def _answers_form(document: Json, operation: Json) -> bool:
    return "upload" in _properties_of(document, operation["responses"].get("201", {}))


def _properties_of(document: Json, answer: Json) -> Json:
    """Properties of the object that is answered; empty for another kind of answer."""
    schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
    name = str(schema.get("$ref", "")).removeprefix(COMPONENT)
    properties: Json = document["components"]["schemas"].get(name, {}).get("properties", {})
    return properties
