"""What ministack's policy evaluator lacks of IAM: policy variables, and condition keys of DynamoDB, S3, KMS.

* `${aws:PrincipalTag/tenant}` and other variables in resources and condition values;
* `dynamodb:LeadingKeys`, the partition keys that a request names;
* `dynamodb:Attributes` of items and of all expressions, where ministack has those of projections alone;
* `dynamodb:ReturnValues`;
* `s3:if-none-match`, the header of a conditional write;
* `kms:EncryptionContext:…`, the encryption context of a request.

Without them a policy that allows one tenant's items would deny all items, or allow all.
"""

import dataclasses
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ministack.core import iam_actions, iam_evaluator
from ministack.core.iam_evaluator import EvalContext, ParsedStatement

LEADING_KEYS = "dynamodb:LeadingKeys"
ATTRIBUTES = "dynamodb:Attributes"
RETURN_VALUES = "dynamodb:ReturnValues"
IF_NONE_MATCH = "s3:if-none-match"
_VARIABLE = re.compile(r"\$\{([A-Za-z0-9-]+:[^},]+)\}")
_EQUALITY = re.compile(r"(#?[\w.-]+)\s*=\s*(:\w+)")
_ITEM_MEMBERS = ("Key", "Item")
_EXPRESSIONS = (
    "UpdateExpression",
    "ConditionExpression",
    "KeyConditionExpression",
    "FilterExpression",
    "ProjectionExpression",
)
_NAME = re.compile(r"(?<![\w:.#])(#?[A-Za-z_]\w*)(?!\w*\s*\()")
"""In an expression: the first part of a path, and no value or function."""
_KEYWORDS = frozenset({"SET", "REMOVE", "ADD", "DELETE", "AND", "OR", "NOT", "BETWEEN", "IN"})

KeyName = Callable[[str, str | None], str | None]
"""Table and index → name of the partition key; None for an unknown one."""


def install() -> None:
    """Make ministack's evaluator of this process know them."""
    first_match = iam_evaluator._first_match
    dynamodb_context = iam_actions.dynamodb_service_context
    s3_context = iam_actions.s3_service_context
    tag_context = iam_actions.request_tag_context

    def first_match_with_variables(
        ctx: EvalContext, statements: list[ParsedStatement], effect: str
    ) -> ParsedStatement | None:
        found = (with_variables(statement, ctx) for statement in statements)
        return first_match(ctx, [statement for statement in found if statement], effect)

    def dynamodb_context_with_keys(body: bytes) -> dict[str, Any]:
        named = {LEADING_KEYS: leading_keys(body, _partition_key), **named_in(body)}
        return {**dynamodb_context(body), **{key: value for key, value in named.items() if value}}

    def s3_context_with_header(
        action: str, query: dict[str, Any] | None, path: str = "", headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        header = (headers or {}).get("if-none-match") if action == "s3:PutObject" else None
        return {**s3_context(action, query, path, headers), **({IF_NONE_MATCH: header} if header else {})}

    def tag_context_with_encryption(
        service: str, iam_action: str, body: bytes, params: dict[str, Any]
    ) -> dict[str, Any]:
        """Of all services' contexts, the one that also KMS's requests have."""
        encryption = encryption_context(body) if service == "kms" else {}
        return {**tag_context(service, iam_action, body, params), **encryption}

    iam_evaluator._first_match = first_match_with_variables
    iam_actions.dynamodb_service_context = dynamodb_context_with_keys
    iam_actions.s3_service_context = s3_context_with_header
    iam_actions.request_tag_context = tag_context_with_encryption


def with_variables(statement: ParsedStatement, ctx: EvalContext) -> ParsedStatement | None:
    """The statement with the values of its variables; None if one has no value, since it matches nothing then
    (IAM user guide, "IAM policy elements: Variables and tags")."""
    if "${" not in json.dumps([statement.resources, statement.not_resources, statement.conditions]):
        return statement
    try:
        return dataclasses.replace(
            statement,
            resources=_substituted(statement.resources, ctx),
            not_resources=_substituted(statement.not_resources, ctx),
            conditions=_substituted(statement.conditions, ctx),
        )
    except _NoValue:
        return None


class _NoValue(Exception):
    """A variable of a statement is not in the request's context."""


def _substituted(node: Any, ctx: EvalContext) -> Any:
    match node:
        case str():
            return _VARIABLE.sub(lambda variable: _value(variable[1], ctx), node)
        case list():
            return [_substituted(each, ctx) for each in node]
        case dict():
            return {key: _substituted(value, ctx) for key, value in node.items()}
        case _:
            return node


def _value(key: str, ctx: EvalContext) -> str:
    value = iam_evaluator._resolve_condition_key(key, ctx)
    if not isinstance(value, str):
        raise _NoValue(key)
    return value


def encryption_context(body: bytes) -> dict[str, str]:
    """`kms:EncryptionContext:…` by name; none for a request without one, or that is not understood."""
    try:
        context = json.loads(body or b"{}").get("EncryptionContext", {})
        return {f"kms:EncryptionContext:{name}": str(value) for name, value in context.items()}
    except (ValueError, TypeError, AttributeError):
        return {}


def leading_keys(body: bytes, key_name: KeyName) -> list[str]:
    """The partition keys that a DynamoDB request names; none for a Scan or a request that is not understood.

    Of a transaction or batch these are the keys of all its items, where AWS takes each item's: a statement
    about one table then also judges the keys of the others.
    """
    try:
        request = json.loads(body or b"{}")
        return sorted({*_item_keys(request, key_name), *_queried_keys(request, key_name)})
    except (ValueError, TypeError, AttributeError, KeyError):
        return []


def named_in(body: bytes) -> dict[str, Any]:
    """`dynamodb:Attributes`, by the first part of each path, and `dynamodb:ReturnValues`; empty or None if
    the request names none."""
    try:
        request = json.loads(body or b"{}")
        return {
            ATTRIBUTES: sorted({*_item_attributes(request), *_expression_attributes(request)}),
            RETURN_VALUES: request.get("ReturnValues"),
        }
    except (ValueError, TypeError, AttributeError, KeyError):
        return {}


def _item_attributes(request: Mapping[str, Any]) -> Iterator[str]:
    for _, item in _items(request):
        yield from item


def _expression_attributes(request: Mapping[str, Any]) -> Iterator[str]:
    for holder in _holders(request):
        names = holder.get("ExpressionAttributeNames", {})
        for expression in _EXPRESSIONS:
            for name in _NAME.findall(holder.get(expression, "")):
                if name.upper() not in _KEYWORDS:
                    yield names.get(name, name)


def _holders(request: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The parts of a request that may have expressions."""
    yield request
    yield from (each for each in request.get("RequestItems", {}).values() if isinstance(each, dict))
    for transaction_item in request.get("TransactItems", []):
        yield from transaction_item.values()


def _item_keys(request: Mapping[str, Any], key_name: KeyName) -> Iterator[str]:
    for table, item in _items(request):
        yield _text(item[key_name(table, None)])


def _items(request: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[Any, Any]]]:
    """Each item or key with its table."""
    yield from _members(request.get("TableName", ""), request)
    for table, requested in request.get("RequestItems", {}).items():
        writes = requested if isinstance(requested, list) else []
        reads = [] if isinstance(requested, list) else requested["Keys"]
        yield from ((table, key) for key in reads)
        for write in writes:
            for member in write.values():
                yield from _members(table, member)
    for transaction_item in request.get("TransactItems", []):
        for member in transaction_item.values():
            yield from _members(member["TableName"], member)


def _members(table: str, holder: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[Any, Any]]]:
    yield from ((table, holder[name]) for name in _ITEM_MEMBERS if name in holder)


def _queried_keys(request: Mapping[str, Any], key_name: KeyName) -> Iterator[str]:
    """The partition key of a Query: of its index, where it has one."""
    condition = request.get("KeyConditionExpression")
    if condition is None:
        return
    names = request.get("ExpressionAttributeNames", {})
    partition_key = key_name(request["TableName"], request.get("IndexName"))
    for name, value in _EQUALITY.findall(condition):
        if names.get(name, name) == partition_key:
            yield _text(request["ExpressionAttributeValues"][value])


def _text(attribute: Mapping[str, str]) -> str:
    """A key is a string, a number or bytes: `{"S": "…"}`, `{"N": "…"}`, `{"B": "…"}`."""
    (value,) = attribute.values()
    return value


def _partition_key(table: str, index: str | None) -> str | None:
    # Imported here, as ministack does: services are loaded when they are first called.
    from ministack.services import dynamodb  # noqa: PLC0415

    described = dynamodb._tables.get(table.rpartition("/")[2]) or {}
    schemas = {each["IndexName"]: each for each in described.get("GlobalSecondaryIndexes") or []}
    schema = (schemas.get(index, {}) if index else described).get("KeySchema", [])
    return next((key["AttributeName"] for key in schema if key["KeyType"] == "HASH"), None)
