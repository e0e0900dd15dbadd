"""The authorizer in this process: milliseconds of one call, and seconds of its import.

    python -m benchmarks.service.authorizer [--calls 500] [--out build/bench/authorizer.json]

A call is the deployed handler with one event, warm: AWS SDK, hash or signature, answer and log line. The
table is moto's, in this process, so that a key's figure has all but the network; the issuer's keys are served
on the loopback interface and kept after the first token. Import times are those of fresh processes.
"""

import contextlib
import io
import json
import os
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median, quantiles
from typing import Annotated, Any

import boto3
import jwt
import typer
from cryptography.hazmat.primitives.asymmetric import rsa
from moto import mock_aws
from rich.table import Table

from limner.adapters.api_keys import DynamoDbApiKeys
from limner.api_keys import new_key
from limner.identity import Scope
from local.aws.running import ROOT

from ..shared.machine import machine
from ..shared.report import print_tables, write_json
from .chain import import_seconds
from .functions import Context, Handler, load_function

WARM_UP_CALLS = 20
TABLE_NAME = "limner-api-keys"
ISSUER, AUDIENCE, KEY_ID = "https://issuer.example/sellers", "limner", "benchmark"
TENANT_CLAIM = "custom:tenant"
TARGETS = {"p50_ms": 15.0, "import_seconds": 0.5}
"""Upper bounds."""


class Issuer:
    """A private key, the tokens that it signs, and its JWKS on the loopback interface."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def token(self) -> str:
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "seller-1",
            "exp": int(time.time()) + 3600,
            TENANT_CLAIM: "main",
            "scope": "photos:read photos:write",
        }
        return jwt.encode(claims, self._key, "RS256", headers={"kid": KEY_ID})

    @contextlib.contextmanager
    def served(self) -> Iterator[str]:
        """The address of the JWKS."""
        algorithm: Any = jwt.algorithms.RSAAlgorithm
        key = json.loads(algorithm.to_jwk(self._key.public_key()))
        body = json.dumps({"keys": [key | {"kid": KEY_ID, "use": "sig", "alg": "RS256"}]}).encode()

        class Jwks(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Jwks) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield f"http://127.0.0.1:{server.server_port}/jwks.json"
            server.shutdown()


def load_handler(jwks_uri: str) -> Handler:
    os.environ |= {
        "PHOTOS_TABLE": "limner-photos",
        "USAGE_TABLE": "limner-usage",
        "API_KEYS_TABLE": TABLE_NAME,
        "JWT_ISSUER": ISSUER,
        "JWT_AUDIENCE": AUDIENCE,
        "JWKS_URI": jwks_uri,
        "TENANT_CLAIM": TENANT_CLAIM,
        "SCOPE_CLAIM": "scope",
        "FIRST_ADMIN_KEY_HASH": "",
        "POWERTOOLS_SERVICE_NAME": "authorizer",
    }
    return load_function("authorizer")


def stored_key() -> str:
    """The text of a key in a new table."""
    table = boto3.resource("dynamodb").create_table(
        TableName=TABLE_NAME,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "key_id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "key_id", "KeyType": "HASH"}],
    )
    made = new_key("main", [Scope.PHOTOS_READ, Scope.PHOTOS_WRITE], datetime.now(UTC))
    DynamoDbApiKeys(table).add(made.stored)
    return made.text


def time_calls(handler: Handler, credentials: str, calls: int) -> list[float]:
    """Milliseconds of each call. The log goes nowhere, as its writing is the terminal's time."""
    asked = json.loads((ROOT / "events/authorizer-api-key.json").read_text("utf-8"))
    asked["headers"]["authorization"] = f"Bearer {credentials}"
    timings = []
    with contextlib.redirect_stdout(io.StringIO()):
        for _ in range(WARM_UP_CALLS + calls):
            started_at = time.perf_counter()
            answer = handler(asked, Context("authorizer"))
            timings.append((time.perf_counter() - started_at) * 1000)
            if answer["context"]["refusal"]:
                raise SystemExit(f"refused: {answer['context']['refusal']}")
    return timings[WARM_UP_CALLS:]


def measure(calls: int) -> dict[str, list[float]]:
    os.environ |= {
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    issuer = Issuer()
    with mock_aws(), issuer.served() as jwks_uri:
        key, handler = stored_key(), load_handler(jwks_uri)
        return {
            "API key": time_calls(handler, key, calls),
            "token (RS256)": time_calls(handler, issuer.token(), calls),
        }


def summarise(timings: dict[str, list[float]], imported: float) -> dict[str, Any]:
    return {
        "machine": machine(),
        "calls": len(next(iter(timings.values()))),
        "import_seconds": imported,
        "calls_ms": {
            name: {"p50_ms": median(each), "p95_ms": quantiles(each, n=20)[-1]}
            for name, each in timings.items()
        },
    }


def figures_table(result: dict[str, Any]) -> Table:
    table = Table(title=f"The authorizer on {result['machine']['cpu']}, {result['machine']['cores']} cores")
    for column in ("figure", "measured", "target"):
        table.add_column(column, justify="left" if column == "figure" else "right")
    for name, figures in result["calls_ms"].items():
        table.add_row(f"{name}, p50 in ms", f"{figures['p50_ms']:.2f}", f"≤ {TARGETS['p50_ms']:g}")
        table.add_row(f"{name}, p95 in ms", f"{figures['p95_ms']:.2f}", "")
    table.add_row("import in s", f"{result['import_seconds']:.3f}", f"≤ {TARGETS['import_seconds']:g}")
    return table


def main(
    calls: Annotated[int, typer.Option(min=20, help="Calls with each kind of credentials.")] = 500,
    out: Annotated[Path, typer.Option(help="JSON file to write.")] = ROOT / "build/bench/authorizer.json",
) -> None:
    """Measure the authorizer's calls and its import."""
    result = summarise(measure(calls), import_seconds("authorizer"))
    write_json(out, result)
    print_tables(figures_table(result))


if __name__ == "__main__":
    typer.run(main)
