"""Requests to addresses of callers, to a real server with TLS on 127.0.0.1; names are resolved by the test."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import repeat
from time import monotonic, sleep

import pytest

from limner.adapters.outbound import OutboundClient
from limner.errors import AddressRefused, AddressUnreachable, AnswerTooLarge
from tests.integration.shop_server import NAME, PUBLIC, open_shop
from tests.unit.limner.test_outbound_addresses import FORBIDDEN_ANSWERS, FORBIDDEN_URLS

URL = f"https://{NAME}/mug.jpg"
METADATA = "169.254.169.254"
PATIENCE_SECONDS = 0.4


class PlainHandler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"jpeg")

    def log_message(self, *_):
        pass


@pytest.fixture
def shop(tmp_path):
    with open_shop(tmp_path) as shop:
        yield shop


def get(shop, url=URL, *, max_bytes=1000, **options):
    return shop.client().get(url, max_bytes=max_bytes, **options)


def test_an_answer_comes_from_a_checked_address_and_under_the_urls_name(shop):
    shop.says("/mug.jpg?w=1", 200, b"jpeg", **{"Content-Type": "image/jpeg"})
    answer = get(shop, f"{URL}?w=1")
    assert (answer.status, answer.body, answer.headers["content-type"]) == (200, b"jpeg", "image/jpeg")
    assert shop.dialled == [(PUBLIC, 443)]
    assert shop.requests == [("GET", "/mug.jpg?w=1", NAME, b"")]


def test_a_name_is_resolved_once_so_that_another_answer_a_moment_later_changes_nothing(shop):
    shop.says("/mug.jpg", 200, b"jpeg")
    shop.addresses[NAME] = [[PUBLIC], [METADATA]]
    assert get(shop).body == b"jpeg"
    assert (shop.resolved, shop.dialled) == ([NAME], [(PUBLIC, 443)])


def test_a_redirect_resolves_its_name_again_and_is_refused_where_it_differs(shop):
    shop.says("/mug.jpg", 302, Location="/again.jpg")
    shop.addresses[NAME] = [[PUBLIC], [METADATA]]
    with pytest.raises(AddressRefused):
        get(shop)
    assert shop.dialled == [(PUBLIC, 443)]


@pytest.mark.parametrize("address", FORBIDDEN_ANSWERS)
def test_nothing_is_connected_to_if_one_of_several_addresses_is_forbidden(shop, address):
    for addresses in ([address], [PUBLIC, address], [address, PUBLIC]):
        shop.addresses[NAME] = [addresses]
        with pytest.raises(AddressRefused):
            get(shop)
    assert shop.dialled == []


@pytest.mark.parametrize("url", FORBIDDEN_URLS.values(), ids=FORBIDDEN_URLS)
def test_a_forbidden_form_is_not_opened(shop, url):
    with pytest.raises(AddressRefused):
        get(shop, url)
    assert shop.dialled == []


SAME_SERVER = {"without a scheme", "without a host", "a line break"}
"""As a redirect, these are relative to the URL that redirects, or cut at the end of their line."""


@pytest.mark.parametrize("form", sorted(FORBIDDEN_URLS.keys() - SAME_SERVER))
def test_a_redirect_to_a_forbidden_form_is_not_followed(shop, form):
    url = FORBIDDEN_URLS[form].encode()
    shop.sends("/mug.jpg", iter([b"HTTP/1.1 302 Found\r\nLocation: " + url + b"\r\n\r\n"]))
    with pytest.raises(AddressRefused):
        get(shop)
    assert shop.dialled == [(PUBLIC, 443)]


def test_a_redirect_to_plain_http_is_refused(shop):
    shop.says("/mug.jpg", 301, Location=f"http://{NAME}/mug.jpg")
    with pytest.raises(AddressRefused):
        get(shop)


def test_three_redirects_are_followed_and_not_four(shop):
    for number in range(4):
        shop.says(f"/{number}", 307, Location=f"/{number + 1}")
    shop.says("/4", 200, b"jpeg")
    assert get(shop, f"https://{NAME}/1").body == b"jpeg"
    with pytest.raises(AddressUnreachable, match="more than 3 redirects"):
        get(shop, f"https://{NAME}/0")


def test_a_redirect_without_a_location_is_the_answer(shop):
    shop.says("/mug.jpg", 302)
    assert get(shop).status == 302


def test_a_certificate_of_another_name_is_refused(shop):
    with pytest.raises(AddressUnreachable, match="certificate"):
        get(shop, "https://www.example.com/mug.jpg")
    with pytest.raises(AddressUnreachable, match="certificate"):
        get(shop, f"https://{PUBLIC}/mug.jpg")


def test_a_certificate_that_nobody_vouches_for_is_refused(shop):
    client = OutboundClient(resolve=shop.client().resolve, dial=shop.client().dial)
    with pytest.raises(AddressUnreachable, match="certificate"):
        client.get(URL, max_bytes=10)


def test_no_proxy_is_taken_from_the_environment(shop, monkeypatch):
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    shop.says("/mug.jpg", 200, b"jpeg")
    assert get(shop).body == b"jpeg"


def test_the_size_limit_holds_with_and_without_a_stated_length(shop):
    shop.says("/mug.jpg", 200, b"x" * 1000)
    assert len(get(shop).body) == 1000
    shop.says("/mug.jpg", 200, b"x" * 1001)
    with pytest.raises(AnswerTooLarge):
        get(shop)
    shop.sends("/mug.jpg", iter([b"HTTP/1.1 200 OK\r\n\r\n", *repeat(b"x" * 100, 11)]))
    with pytest.raises(AnswerTooLarge):
        get(shop)


def test_an_endless_body_ends_at_the_size_limit(shop):
    chunk = b"64\r\n" + b"x" * 100 + b"\r\n"
    parts = iter([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", *repeat(chunk, 100_000)])
    shop.sends("/mug.jpg", parts)
    with pytest.raises(AnswerTooLarge):
        get(shop)


def slowly(beginning, byte=b"x"):
    """A server that never stops and never pauses for long."""
    yield beginning
    while True:
        sleep(PATIENCE_SECONDS / 8)
        yield byte


@pytest.mark.parametrize(
    "beginning",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n384\r\n",
        b"HTTP/1.1 200 OK\r\nX-Long: ",
        b"HTTP",
    ],
    ids=["body", "body without a length", "chunk", "header", "status line"],
)
def test_a_server_that_sends_a_byte_now_and_then_is_left_at_the_deadline(shop, beginning):
    shop.sends("/mug.jpg", slowly(beginning))
    begun = monotonic()
    with pytest.raises(AddressUnreachable, match="in time"):
        get(shop, seconds=PATIENCE_SECONDS)
    assert monotonic() - begun < 10 * PATIENCE_SECONDS


def test_a_server_that_never_begins_tls_is_left_at_the_deadline(shop):
    silent = socket.create_server(("127.0.0.1", 0))
    client = shop.client(dial=lambda _, timeout: socket.create_connection(silent.getsockname(), timeout))
    with silent, pytest.raises(AddressUnreachable, match="in time"):
        client.get(URL, max_bytes=10, seconds=PATIENCE_SECONDS)


def test_a_resolver_that_does_not_answer_is_left_at_the_deadline(shop):
    def hang(name):
        sleep(3 * PATIENCE_SECONDS)
        return [PUBLIC]

    with pytest.raises(AddressUnreachable, match="in time"):
        shop.client(resolve=hang).get(URL, max_bytes=10, seconds=PATIENCE_SECONDS)


def fails(error):
    def fail(*_):
        raise error

    return fail


def test_a_name_without_an_address_and_a_refused_connection_are_unreachable(shop):
    with pytest.raises(AddressUnreachable, match="resolved"):
        shop.client(resolve=fails(socket.gaierror())).get(URL, max_bytes=10)
    with pytest.raises(AddressUnreachable, match="no address"):
        shop.client(resolve=lambda name: []).get(URL, max_bytes=10)
    with pytest.raises(AddressUnreachable, match="connection"):
        shop.client(dial=fails(ConnectionRefusedError())).get(URL, max_bytes=10)


def test_the_next_address_is_tried_where_one_does_not_answer(shop):
    shop.says("/mug.jpg", 200, b"jpeg")
    shop.addresses[NAME] = [["2606:4700::1111", PUBLIC]]
    dial = shop.client().dial

    def fail_on_ipv6(address, timeout):
        if ":" in address[0]:
            raise OSError("no route")
        return dial(address, timeout)

    assert shop.client(dial=fail_on_ipv6).get(URL, max_bytes=10).body == b"jpeg"


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nshort",
        b"",
        b"no HTTP at all\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
    ],
    ids=["body", "chunk", "nothing", "another protocol", "too many fields"],
)
def test_half_an_answer_is_none(shop, raw):
    shop.sends("/mug.jpg", iter([raw]))
    with pytest.raises(AddressUnreachable):
        get(shop)


def test_a_post_sends_its_body_and_follows_no_redirect(shop):
    shop.says("/hook", 302, Location=f"https://{METADATA}/")
    answer = shop.client().post(f"https://{NAME}/hook", b"{}", {"Content-Type": "application/json"})
    assert answer.status == 302
    assert shop.requests == [("POST", "/hook", NAME, b"{}")]


def test_only_the_beginning_of_a_posts_answer_is_read(shop):
    shop.says("/hook", 200, b"x" * 200_000)
    assert len(shop.client().post(f"https://{NAME}/hook", b"{}", {}).body) == 64 * 1024


def test_only_in_a_local_run_a_server_without_tls_on_this_machine_is_reached():
    server = ThreadingHTTPServer(("127.0.0.1", 0), PlainHandler)
    url = f"http://127.0.0.1:{server.server_address[1]}/mug.jpg"
    thread = threading.Thread(target=server.handle_request, daemon=True)
    thread.start()
    with server:
        with pytest.raises(AddressRefused):
            OutboundClient().get(url, max_bytes=10)
        assert OutboundClient(allow_local_http=True).get(url, max_bytes=10).body == b"jpeg"
    thread.join()
