"""The storefront's Lambda handler in this process: its AWS is moto's, built from template.yaml.

Events are those of API Gateway (payload format 2.0), with the authorizer's answer in them. The figures have
everything but the network: moto answers in this process, and its time is in them.
"""

import contextlib
import importlib.util
import io
import json
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
from moto import mock_aws

from limner import bootstrap
from limner.identity import Identity, Scope
from limner.views.problems import MAX_TEXT_LENGTH
from tests import makers
from tests.template_reader import ROOT, environment, resources, template

from .authorizer import Context

REGION = "eu-central-1"
PHOTOS = 50
PICTURES_OF_A_PHOTO = 3
WARM_UP_CALLS = 2
LEAST_CALLS = 5
MOST_MILLISECONDS = 4_000.0
"""Of one route; a slow one is called less often."""
TABLE_PROPERTIES = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
KEY_ID = "0123456789abcdef"


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    milliseconds: float
    processor_milliseconds: float


class Storefront:
    """The deployed handler, called with events."""

    def __init__(self, handler: Any) -> None:
        self._handler = handler
        self._caller = Identity(makers.TENANT, KEY_ID, frozenset(Scope), livemode=False).context()

    def call(self, method: str, path: str, query: str = "", body: Any = None) -> Answer:
        event = self._event(method, path, query, body)
        with contextlib.redirect_stdout(io.StringIO()):
            at, processor_at = time.perf_counter(), time.process_time()
            answer = self._handler(event, Context())
            seconds, processor = time.perf_counter() - at, time.process_time() - processor_at
        content = answer.get("body") or ""
        return Answer(answer["statusCode"], content.encode(), seconds * 1000, processor * 1000)

    def _event(self, method: str, path: str, query: str, body: Any) -> dict[str, Any]:
        return {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": query,
            "headers": {"content-type": "application/json", "host": "api.example"},
            "requestContext": {
                "http": {"method": method, "path": path, "sourceIp": "192.0.2.1", "protocol": "HTTP/1.1"},
                "stage": "$default",
                "authorizer": {"lambda": self._caller},
            },
            "body": None if body is None else json.dumps(body),
            "isBase64Encoded": False,
        }


@contextlib.contextmanager
def storefront() -> Iterator[Storefront]:
    """With PHOTOS photos that are READY, each with PICTURES_OF_A_PHOTO pictures."""
    os.environ |= {
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "POWERTOOLS_METRICS_DISABLED": "true",
    }
    with mock_aws():
        names = _created()
        os.environ |= {name: _resolved(value, names) for name, value in _variables().items()}
        _add_photos()
        yield Storefront(_handler())


def _variables() -> dict[str, Any]:
    return environment("StorefrontFunction")


def _created() -> dict[str, str]:
    """Makes tables, buckets, queues and secrets; what a reference to each resource becomes."""
    names = {name: f"limner-{name.lower()}" for name in resources()}
    for name, table in resources("AWS::DynamoDB::Table").items():
        declared = {key: table["Properties"][key] for key in TABLE_PROPERTIES if key in table["Properties"]}
        boto3.client("dynamodb").create_table(TableName=names[name], **declared)
    for name in resources("AWS::S3::Bucket"):
        place = {"LocationConstraint": REGION}
        boto3.client("s3").create_bucket(Bucket=names[name], CreateBucketConfiguration=place)
    for name in resources("AWS::SQS::Queue"):
        names[name] = boto3.client("sqs").create_queue(QueueName=names[name])["QueueUrl"]
    for name in resources("AWS::SecretsManager::Secret"):
        boto3.client("secretsmanager").create_secret(Name=names[name], SecretString="k" * 64)
    return names


def _resolved(value: Any, names: dict[str, str]) -> str:
    """Conditions are false; a parameter is its default."""
    parameters = {name: str(each.get("Default", "")) for name, each in template()["Parameters"].items()}
    known = {**parameters, **names, "AWS::Region": REGION, "AWS::StackName": "limner"}
    match value:
        case {"Ref": name}:
            return known.get(name, "")
        case {"Fn::GetAtt": [name, "Arn"]}:
            return f"arn:aws:iam::123456789012:role/{names[name]}"
        case {"Fn::GetAtt": [name, *_]}:
            return names[name]
        case {"Fn::If": [_, _, otherwise]}:
            return _resolved(otherwise, names)
        case {"Fn::Sub": text}:
            return re.sub(r"\$\{([\w:]+)\}", lambda found: known.get(found[1], ""), str(text))
        case _:
            return str(value)


def _add_photos() -> None:
    photos = bootstrap.photos(os.environ["PHOTOS_TABLE"])
    pictures = (makers.full_picture(),) * PICTURES_OF_A_PHOTO
    for number in range(PHOTOS):
        photo = makers.photo(photo_id=f"{number:032x}", source=makers.source(), replaceable="")
        photos.record_upload(photo)
        photos.record_results(photo.key, makers.results(pictures=pictures))
        photos.record_variants(photo.key, makers.variants(renditions=(makers.rendition(),) * 12))


def _handler() -> Any:
    spec = importlib.util.spec_from_file_location("storefront_app", ROOT / "functions/storefront/app.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.handler


def time_route(api: Storefront, method: str, path: str, body: Any, calls: int) -> tuple[list[float], str]:
    """Milliseconds of each call; none, and why, for a route that does not answer the example with success."""
    first = api.call(method, path, body=body)
    if not 200 <= first.status < 300:
        return [], f"{first.status} {first.body[:MAX_TEXT_LENGTH].decode()}"
    for _ in range(WARM_UP_CALLS):
        api.call(method, path, body=body)
    milliseconds: list[float] = []
    while len(milliseconds) < LEAST_CALLS or (
        len(milliseconds) < calls and sum(milliseconds) < MOST_MILLISECONDS
    ):
        milliseconds.append(api.call(method, path, body=body).milliseconds)
    return milliseconds, ""
