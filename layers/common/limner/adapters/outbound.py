"""HTTP requests to addresses that callers give.

A name is resolved once, all of its addresses are checked, and the connection is opened to a checked address:
a name that resolves differently a moment later (DNS rebinding) changes nothing. TLS and the field Host still
have the name. Neither proxies nor credentials come from the environment.
"""

import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from threading import Timer
from time import monotonic
from urllib.parse import urljoin

from limner.errors import AddressRefused, AddressUnreachable, AnswerTooLarge
from limner.outbound_addresses import LOCAL_HOST, Target, check_addresses, parse_target

TIMEOUT_SECONDS = 10.0
"""For all of one call: names, connections, redirects, the answer's last byte."""
MAX_REDIRECTS = 3
MAX_POST_ANSWER_BYTES = 64 * 1024
USER_AGENT = "Limner"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_READ_BYTES = 64 * 1024
_resolvers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="resolve")
"""`getaddrinfo` has no time limit of its own."""

Resolve = Callable[[str], Sequence[str]]
Dial = Callable[[tuple[str, int], float], socket.socket]


@dataclass(frozen=True)
class OutboundAnswer:
    """`url` is where it came from, after redirects; names of `headers` in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


def resolve(name: str) -> list[str]:
    """The addresses of a name, without repetition. Raises OSError."""
    found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def dial(address: tuple[str, int], timeout: float) -> socket.socket:
    """Raises OSError."""
    return socket.create_connection(address, timeout)


@dataclass(frozen=True, kw_only=True)
class OutboundClient:
    """`allow_local_http` is for local runs and tests alone: it also lets `http://127.0.0.1` through."""

    allow_local_http: bool = False
    resolve: Resolve = resolve
    dial: Dial = dial
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    def get(
        self,
        url: str,
        *,
        max_bytes: int,
        headers: Mapping[str, str] | None = None,
        seconds: float = TIMEOUT_SECONDS,
        redirects: int = MAX_REDIRECTS,
    ) -> OutboundAnswer:
        """The answer, after at most `redirects` redirects, each of which is checked like the first URL.

        Raises:
            AddressRefused: the URL, or one that it redirects to, is not a public HTTPS address.
            AddressUnreachable: there was no whole answer in time, or there were too many redirects.
            AnswerTooLarge: the body has more than `max_bytes`.
        """
        deadline = monotonic() + seconds
        for _ in range(redirects + 1):
            with self._request("GET", url, None, headers or {}, deadline) as response:
                location = response.headers.get("Location")
                if response.status not in _REDIRECTS or location is None:
                    return _answer(response, url, _read(response, max_bytes, deadline))
            url = _redirected(url, location)
        raise AddressUnreachable(f"more than {redirects} redirects")

    def post(
        self, url: str, body: bytes, headers: Mapping[str, str], *, seconds: float = TIMEOUT_SECONDS
    ) -> OutboundAnswer:
        """The answer, which may be a redirect: none is followed. Of a long body, only the beginning.

        Raises:
            AddressRefused: the URL is not a public HTTPS address.
            AddressUnreachable: there was no whole answer in time.
        """
        deadline = monotonic() + seconds
        with self._request("POST", url, body, headers, deadline) as response:
            beginning = _read(response, MAX_POST_ANSWER_BYTES, deadline, is_cut=True)
            return _answer(response, url, beginning)

    @contextmanager
    def _request(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], deadline: float
    ) -> Iterator[HTTPResponse]:
        target = parse_target(url, allow_local_http=self.allow_local_http)
        with ExitStack() as stack, _unreachable_errors(deadline):
            connection = self._connect(target, deadline, stack)
            fields = {"Host": target.host_field, "User-Agent": USER_AGENT, "Accept-Encoding": "identity"}
            connection.request(method, target.path, body=body, headers={**fields, **headers})
            yield connection.getresponse()

    def _connect(self, target: Target, deadline: float, stack: ExitStack) -> HTTPConnection:
        """A connection whose socket is open, so that it never resolves a name itself."""
        connection = HTTPConnection(target.host, target.port)
        stack.callback(connection.close)
        opened = stack.enter_context(self._open(self._addresses(target, deadline), target.port, deadline))
        _end_at(opened, deadline, stack)
        if target.scheme == "https":
            opened = stack.enter_context(
                self.tls.wrap_socket(opened, server_hostname=target.host, do_handshake_on_connect=False)
            )
            _end_at(opened, deadline, stack)
            opened.do_handshake()
        connection.sock = opened
        return connection

    def _addresses(self, target: Target, deadline: float) -> Sequence[str]:
        """Raises AddressRefused if one of them is forbidden."""
        if target.scheme == "http":
            return [LOCAL_HOST]
        addresses = _resolvers.submit(self.resolve, target.host).result(_remaining(deadline))
        if not addresses:
            raise AddressUnreachable("the host's name has no address")
        check_addresses(addresses)
        return addresses

    def _open(self, addresses: Sequence[str], port: int, deadline: float) -> socket.socket:
        """Connect to the first address that answers. Raises OSError."""
        for address in addresses[:-1]:
            try:
                return self.dial((address, port), _remaining(deadline) / 2)
            except OSError:
                continue
        return self.dial((addresses[-1], port), _remaining(deadline))


def _end_at(opened: socket.socket, deadline: float, stack: ExitStack) -> None:
    """Break the connection at the deadline. A time limit of the socket is for one read, and a server that
    sends a byte from time to time never reaches it."""
    opened.settimeout(_remaining(deadline))
    timer = Timer(_remaining(deadline), _break, [opened])
    timer.daemon = True
    timer.start()
    stack.callback(timer.cancel)


def _break(opened: socket.socket) -> None:
    try:
        socket.socket.shutdown(opened, socket.SHUT_RDWR)  # an SSLSocket's own would go on without TLS
    except OSError:
        return  # it is closed already


def _remaining(deadline: float) -> float:
    remaining = deadline - monotonic()
    if remaining <= 0:
        raise TimeoutError
    return remaining


@contextmanager
def _unreachable_errors(deadline: float) -> Iterator[None]:
    try:
        yield
    except (OSError, HTTPException, ValueError) as error:
        if monotonic() >= deadline or isinstance(error, TimeoutError):
            raise AddressUnreachable("the server did not answer in time") from error
        if isinstance(error, ssl.SSLCertVerificationError):
            raise AddressUnreachable("the server's certificate is not valid for its name") from error
        if isinstance(error, socket.gaierror):
            raise AddressUnreachable("the host's name could not be resolved") from error
        raise AddressUnreachable("the connection failed") from error


def _redirected(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        raise AddressRefused("a redirect leads to what is not a URL") from None


def _read(response: HTTPResponse, max_bytes: int, deadline: float, *, is_cut: bool = False) -> bytes:
    """At most `max_bytes`. Longer bodies are cut with `is_cut`, and refused without.

    Raises:
        AnswerTooLarge: it is longer.
        AddressUnreachable: it ended early.
    """
    if not is_cut and (response.length or 0) > max_bytes:
        raise AnswerTooLarge(f"the answer has more than {max_bytes} bytes")
    body = bytearray()
    while part := response.read1(_READ_BYTES):
        _remaining(deadline)
        body += part
        if len(body) > max_bytes:
            if is_cut:
                return bytes(body[:max_bytes])
            raise AnswerTooLarge(f"the answer has more than {max_bytes} bytes")
    _remaining(deadline)
    if response.length:
        raise AddressUnreachable("the answer ended early")
    return bytes(body)


def _answer(response: HTTPResponse, url: str, body: bytes) -> OutboundAnswer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return OutboundAnswer(response.status, headers, body, url)
