"""Addresses that callers give: which of them a function may open.

A function can reach what the internet cannot: its own loopback, the metadata service, a private network. So
only HTTPS to public addresses is allowed, and an address is checked in the form in which it is connected to.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from limner.errors import AddressRefused

MAX_URL_LENGTH = 2048
ALLOWED_PORTS = (443, 8443)
LOCAL_HOST = "127.0.0.1"
"""`http://` to it is allowed, at any port, with `allow_local_http`: in local runs and tests alone."""

_PRINTABLE_ASCII = re.compile(r"[\x21-\x5b\x5d-\x7e]+")
"""Without spaces and control characters, and without the backslash, which some parsers read as a slash."""
_NAME = re.compile(r"(?=.{4,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])")
"""A host name of at least two labels. The last one begins with a letter, so that no decimal, octal,
hexadecimal or shortened form of an IPv4 address is a name."""
_INTERNAL_DOMAINS = (
    "arpa",
    "internal",
    "invalid",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "onion",
    "test",
)
"""Never public (RFC 6761, RFC 6762, RFC 7686, RFC 9476 and ICANN's `.internal`)."""

FORBIDDEN_NETWORKS = (
    # IANA's registries of special-purpose addresses (RFC 6890), whatever `is_global` of this Python says
    IPv4Network("0.0.0.0/8"),
    IPv4Network("10.0.0.0/8"),
    IPv4Network("100.64.0.0/10"),  # shared address space; the metadata service of a cloud
    IPv4Network("127.0.0.0/8"),
    IPv4Network("168.63.129.16/32"),  # a public address that is the host's own service in a cloud
    IPv4Network("169.254.0.0/16"),  # link-local: the metadata service
    IPv4Network("172.16.0.0/12"),
    IPv4Network("192.0.0.0/24"),
    IPv4Network("192.0.2.0/24"),
    IPv4Network("192.88.99.0/24"),  # relays of 6to4
    IPv4Network("192.168.0.0/16"),
    IPv4Network("198.18.0.0/15"),
    IPv4Network("198.51.100.0/24"),
    IPv4Network("203.0.113.0/24"),
    IPv4Network("224.0.0.0/3"),  # multicast, reserved, broadcast
    IPv6Network("2001::/23"),  # Teredo, benchmarking, ORCHID
    IPv6Network("2001:db8::/32"),
    IPv6Network("2002::/16"),  # 6to4, which has an IPv4 address in it
    IPv6Network("3fff::/20"),
)
_GLOBAL_UNICAST = IPv6Network("2000::/3")
"""Outside it are loopback, mapped and translated IPv4 (NAT64), unique local, link-local, multicast."""


@dataclass(frozen=True)
class Target:
    """Where a URL leads: `host` is a name in lower case, or an address without brackets."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def host_field(self) -> str:
        """The field `Host` of a request (RFC 9110, 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


_DEFAULT_PORTS = {"https": 443, "http": 80}


def parse_target(url: str, *, allow_local_http: bool = False) -> Target:
    """Check what can be checked without resolving the name. Raises AddressRefused."""
    if len(url) > MAX_URL_LENGTH or not _PRINTABLE_ASCII.fullmatch(url):
        raise AddressRefused(f"a URL has at most {MAX_URL_LENGTH} printable ASCII characters, and no spaces")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise AddressRefused("this is not a URL") from None
    if "@" in parts.netloc:
        raise AddressRefused("a URL must not have credentials in it")
    if parts.netloc.endswith(":"):
        raise AddressRefused("this is not a URL")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if parts.scheme == "http" and host == LOCAL_HOST and allow_local_http:
        return Target("http", host, _DEFAULT_PORTS["http"] if port is None else port, path)
    if parts.scheme != "https":
        raise AddressRefused("a URL must begin with https://")
    if port is not None and port not in ALLOWED_PORTS:
        raise AddressRefused(f"the port must be one of {', '.join(map(str, ALLOWED_PORTS))}")
    _check_host(host)
    return Target("https", host, _DEFAULT_PORTS["https"] if port is None else port, path)


def _check_host(host: str) -> None:
    try:
        address = ip_address(host)
    except ValueError:
        if not _NAME.fullmatch(host):
            raise AddressRefused("the host must be a public name, such as cdn.example.com") from None
        if host.rpartition(".")[2] in _INTERNAL_DOMAINS:
            raise AddressRefused("the host must be a public name") from None
    else:
        check_addresses([str(address)])


def check_addresses(addresses: Sequence[str]) -> None:
    """All addresses of one name: it is refused if one of them is forbidden. Raises AddressRefused."""
    if not all(map(is_public, addresses)):
        raise AddressRefused("the host has an address that is not public")


def is_public(address: str) -> bool:
    """Whether this IPv4 or IPv6 address is a host's on the internet. False for what is no address, and for
    IPv6 addresses that stand for an IPv4 address: they are public only in the IPv4 form."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return parsed.is_global and not parsed.is_multicast and _is_outside_special_networks(parsed)


def _is_outside_special_networks(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address) and (address.scope_id or address not in _GLOBAL_UNICAST):
        return False
    return not any(address in network for network in FORBIDDEN_NETWORKS if network.version == address.version)
