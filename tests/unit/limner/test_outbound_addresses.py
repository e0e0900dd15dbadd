"""Which addresses of callers may be opened: a table of forms that reach what is not public."""

import pytest

from limner.errors import AddressRefused
from limner.outbound_addresses import check_addresses, is_public, parse_target

FORBIDDEN_URLS = {
    "http": "http://cdn.example.com/mug.jpg",
    "ftp": "ftp://cdn.example.com/mug.jpg",
    "file": "file:///etc/passwd",
    "gopher": "gopher://cdn.example.com/_",
    "data": "data:image/png;base64,AAAA",
    "without a scheme": "//cdn.example.com/mug.jpg",
    "without a host": "https:///mug.jpg",
    "credentials": "https://user:secret@cdn.example.com/mug.jpg",
    "a name as user": "https://cdn.example.com@169.254.169.254/",
    "an empty user": "https://@cdn.example.com/",
    "a backslash": "https://cdn.example.com\\@169.254.169.254/",
    "a space": "https://cdn.example.com /mug.jpg",
    "a tab in the scheme": "ht\ttps://127.0.0.1/",
    "a line break": "https://cdn.example.com/mug.jpg\r\nHost: 169.254.169.254",
    "full-width digits": "https://１２７.0.0.1/",
    "an ideographic stop": "https://127。0。0。1/",
    "a name outside ASCII": "https://bücher.example/",
    "another port": "https://cdn.example.com:22/",
    "port 0": "https://cdn.example.com:0/",
    "port 80": "https://cdn.example.com:80/",
    "no port": "https://cdn.example.com:/",
    "a port that is none": "https://cdn.example.com:https/",
    "a port that is too large": "https://cdn.example.com:99999/",
    "a name of one label": "https://localhost/",
    "an internal suffix": "https://metadata.google.internal/computeMetadata/v1/",
    "a name under localhost": "https://cdn.localhost/",
    "multicast DNS": "https://printer.local/",
    "a trailing dot": "https://localhost./",
    "loopback": "https://127.0.0.1/",
    "another loopback": "https://127.255.255.254/",
    "unspecified": "https://0.0.0.0/",
    "private 10": "https://10.0.0.1/",
    "private 172": "https://172.16.0.1/",
    "private 192": "https://192.168.0.1/",
    "shared space": "https://100.64.0.1/",
    "metadata in shared space": "https://100.100.100.200/",
    "metadata": "https://169.254.169.254/latest/meta-data/",
    "credentials of a container": "https://169.254.170.2/v2/credentials",
    "the host's own service": "https://168.63.129.16/",
    "decimal": "https://2130706433/",
    "decimal metadata": "https://2852039166/",
    "octal": "https://0177.0.0.1/",
    "octal with zeros": "https://0000177.0.0.1/",
    "octal as one number": "https://017700000001/",
    "hexadecimal": "https://0x7f.0x0.0x0.0x1/",
    "hexadecimal as one number": "https://0x7f000001/",
    "mixed": "https://0xa9.254.0251.254/",
    "short of two": "https://127.1/",
    "short of three": "https://192.168.1/",
    "zero": "https://0/",
    "percent-encoded": "https://%31%32%37.0.0.1/",
    "IPv6 loopback": "https://[::1]/",
    "IPv6 unspecified": "https://[::]/",
    "IPv6 link-local": "https://[fe80::1]/",
    "IPv6 link-local with a zone": "https://[fe80::1%25eth0]/",
    "public IPv6 with a zone": "https://[2606:4700::1111%25eth0]/",
    "IPv6 site-local": "https://[fec0::1]/",
    "IPv6 unique local": "https://[fd00::1]/",
    "IPv6 metadata": "https://[fd00:ec2::254]/latest/meta-data/",
    "IPv6 multicast": "https://[ff02::1]/",
    "IPv6 documentation": "https://[2001:db8::1]/",
    "IPv6 discard": "https://[100::1]/",
    "mapped loopback": "https://[::ffff:127.0.0.1]/",
    "mapped metadata in hexadecimal": "https://[::ffff:a9fe:a9fe]/",
    "mapped public": "https://[::ffff:93.184.216.34]/",
    "compatible loopback": "https://[::127.0.0.1]/",
    "translated (SIIT)": "https://[::ffff:0:127.0.0.1]/",
    "NAT64 of metadata": "https://[64:ff9b::a9fe:a9fe]/",
    "NAT64, local prefix": "https://[64:ff9b:1::7f00:1]/",
    "6to4 of loopback": "https://[2002:7f00:1::]/",
    "6to4 of metadata": "https://[2002:a9fe:a9fe::1]/",
    "Teredo": "https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
    "an IPv6 address without its end": "https://[::1/",
    "longer than allowed": "https://cdn.example.com/" + "a" * 2048,
}


@pytest.mark.parametrize("url", FORBIDDEN_URLS.values(), ids=FORBIDDEN_URLS)
@pytest.mark.parametrize("allow_local_http", [False, True])
def test_a_forbidden_form_is_refused(url, allow_local_http):
    with pytest.raises(AddressRefused):
        parse_target(url, allow_local_http=allow_local_http)


FORBIDDEN_ANSWERS = [
    "0.0.0.0",
    "0.1.2.3",
    "10.1.2.3",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "168.63.129.16",
    "169.254.169.254",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:10.0.0.1",
    "::ffff:8.8.8.8",
    "::ffff:0:127.0.0.1",
    "64:ff9b::8.8.8.8",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:2::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:808:808::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "2606:4700::1111%eth0",
    "fec0::1",
    "ff02::1",
    "not-an-address",
    "127.1",
    "2130706433",
]


@pytest.mark.parametrize("address", FORBIDDEN_ANSWERS)
def test_a_name_with_a_forbidden_address_among_public_ones_is_refused(address):
    assert not is_public(address)
    with pytest.raises(AddressRefused):
        check_addresses(["93.184.216.34", address])


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "1.1.1.1", "172.32.0.1", "2606:4700::1111", "2a00:1450::"]
)
def test_public_addresses_are_allowed(address):
    assert is_public(address)


@pytest.mark.parametrize(
    ("url", "host", "port", "path", "host_field"),
    [
        ("https://cdn.example.com", "cdn.example.com", 443, "/", "cdn.example.com"),
        ("https://CDN.Example.com/a%20b?w=1#part", "cdn.example.com", 443, "/a%20b?w=1", "cdn.example.com"),
        ("https://cdn.example.com:8443/?q", "cdn.example.com", 8443, "/?q", "cdn.example.com:8443"),
        ("https://xn--bcher-kva.example/", "xn--bcher-kva.example", 443, "/", "xn--bcher-kva.example"),
        ("https://93.184.216.34/a", "93.184.216.34", 443, "/a", "93.184.216.34"),
        ("https://[2606:4700::1111]/a", "2606:4700::1111", 443, "/a", "[2606:4700::1111]"),
    ],
)
def test_a_public_https_address_is_allowed(url, host, port, path, host_field):
    target = parse_target(url)
    assert (target.host, target.port, target.path, target.host_field) == (host, port, path, host_field)


def test_http_to_this_machine_is_allowed_in_local_runs_alone():
    url = "http://127.0.0.1:8123/mug.jpg"
    assert parse_target(url, allow_local_http=True).host_field == "127.0.0.1:8123"
    with pytest.raises(AddressRefused):
        parse_target(url)
