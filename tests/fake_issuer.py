"""An OpenID Connect issuer in this process: keys, their JWKS, and tokens signed with them."""

import io
import json
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch
from urllib.error import URLError

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

ISSUER = "https://issuer.example/sellers"
AUDIENCE = "limner"
JWKS_URI = "https://keys.example/jwks"
ALGORITHM_CLASS: dict[str, Any] = {"RS256": jwt.algorithms.RSAAlgorithm, "ES256": jwt.algorithms.ECAlgorithm}


def new_private_key(algorithm: str) -> Any:
    if algorithm == "ES256":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class FakeIssuer:
    """`requests` lists the addresses that were asked for; `is_down` refuses connections."""

    def __init__(self, *algorithms: str) -> None:
        self.keys: dict[str, tuple[str, Any]] = {}
        for algorithm in algorithms or ("RS256",):
            self.add_key(algorithm.lower(), algorithm)
        self.requests: list[str] = []
        self.is_down = False

    def add_key(self, key_id: str, algorithm: str = "RS256") -> None:
        self.keys[key_id] = (algorithm, new_private_key(algorithm))

    def token(self, key_id: str = "rs256", header: dict[str, Any] | None = None, **claims: Any) -> str:
        """Claims that are None are left out."""
        algorithm, private_key = self.keys[key_id]
        given = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "seller-1",
            "exp": int(time.time()) + 600,
            "custom:tenant": "acme",
            "scope": "photos:read openid",
        } | claims
        present = {name: value for name, value in given.items() if value is not None}
        return jwt.encode(present, private_key, algorithm, headers={"kid": key_id} | (header or {}))

    def jwks(self) -> dict[str, Any]:
        return {
            "keys": [
                {**_public(algorithm, private_key), "kid": key_id, "use": "sig", "alg": algorithm}
                for key_id, (algorithm, private_key) in self.keys.items()
            ]
        }

    def answer(self, url: str) -> Any:
        self.requests.append(url)
        if self.is_down:
            raise URLError("refused")
        if url == JWKS_URI:
            return self.jwks()
        assert url == f"{ISSUER}/.well-known/openid-configuration", url
        return {"issuer": ISSUER, "jwks_uri": JWKS_URI}

    @contextmanager
    def served(self) -> Iterator[None]:
        """In the place of the network that urllib would use."""

        def open_(_: Any, request: Any, *__: Any, **___: Any) -> io.BytesIO:
            url = request if isinstance(request, str) else request.full_url
            return io.BytesIO(json.dumps(self.answer(url)).encode())

        with patch.object(urllib.request.OpenerDirector, "open", open_):
            yield


def _public(algorithm: str, private_key: Any) -> dict[str, Any]:
    described: dict[str, Any] = json.loads(ALGORITHM_CLASS[algorithm].to_jwk(private_key.public_key()))
    return described
