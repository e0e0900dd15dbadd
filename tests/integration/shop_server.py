"""A shop's web server with TLS on 127.0.0.1, and a client whose connections to public addresses end there."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from limner.adapters.outbound import OutboundClient, dial

PUBLIC = "93.184.216.34"
NAME = "cdn.example.com"


@dataclass
class Shop:
    """`answers` are by path; `requests` and `dialled` are what came."""

    port: int
    certificate: Path
    answers: dict[str, Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=dict)
    requests: list[tuple[str, str, str, bytes]] = field(default_factory=list)
    resolved: list[str] = field(default_factory=list)
    dialled: list[tuple[str, int]] = field(default_factory=list)
    addresses: dict[str, list[list[str]]] = field(default_factory=dict)
    """The answers of the resolver for a name, one after the other; the last one is repeated."""

    def client(self, **changes: Any) -> OutboundClient:
        tls = ssl.create_default_context(cafile=str(self.certificate))
        return OutboundClient(**{"resolve": self._resolve, "dial": self._dial, "tls": tls, **changes})

    def _resolve(self, name: str) -> list[str]:
        self.resolved.append(name)
        answers = self.addresses.get(name, [[PUBLIC]])
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def _dial(self, address: tuple[str, int], timeout: float) -> Any:
        self.dialled.append(address)
        return dial(("127.0.0.1", self.port), timeout)

    def says(self, path: str, status: int, body: bytes = b"", **headers: str) -> None:
        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                handler.send_header(name, value)
            handler.end_headers()
            handler.wfile.write(body)

        self.answers[path] = answer

    def sends(self, path: str, parts: Iterator[bytes]) -> None:
        """The raw bytes of an answer, part by part, until the caller hangs up."""

        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.close_connection = True
            try:
                for part in parts:
                    handler.wfile.write(part)
            except OSError:
                return

        self.answers[path] = answer


@contextmanager
def open_shop(folder: Path) -> Iterator[Shop]:
    certificate = _write_certificate(folder)
    shop = Shop(0, certificate)

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            shop.requests.append((self.command, self.path, self.headers["Host"], body))
            shop.answers[self.path](self)

        do_GET = do_POST = handle_any  # noqa: N815 - the base class's names

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            pass  # a caller that hangs up is what some tests are about

    server = Server(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    shop.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield shop
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _write_certificate(folder: Path) -> Path:
    """A certificate of NAME with its key, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "shop.pem"
    path.write_bytes(certificate.public_bytes(pem) + private)
    return path
