"""Connections that send no whole request, with a real uvicorn on a loopback port."""

import asyncio
from contextlib import asynccontextmanager, suppress

import pytest
import uvicorn
from pytest_socket import enable_socket

from server import app as server
from server import connections
from server.connections import BoundedConnection
from server.health import Health

PING = b"GET /ping HTTP/1.1\r\nHost: container\r\n\r\n"
HALF = b"POST /invocations HTTP/1.1\r\nHost: cont"
SLOW_BODY = b"POST /invocations HTTP/1.1\r\nHost: container\r\nContent-Length: 9\r\n\r\n{"
UNTIL_TEST_FAILS_SECONDS = 20


@pytest.fixture(autouse=True)
def _sockets():
    enable_socket()


@asynccontextmanager
async def serving():
    """Gives the port."""
    app = server.make_app(lambda ticket: None, Health(lambda: None, lambda: None))
    config = uvicorn.Config(app, port=0, http=BoundedConnection, log_level="error", lifespan="off")
    running = uvicorn.Server(config)
    task = asyncio.create_task(running.serve())
    while not running.started:
        await asyncio.sleep(0.01)
    yield running.servers[0].sockets[0].getsockname()[1]
    running.should_exit = running.force_exit = True
    await task


class Client:
    """Opens connections and closes them all at the end."""

    def __init__(self, port):
        self._port = port
        self._writers = []

    async def send(self, sent):
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._writers.append(writer)
        writer.write(sent)
        await writer.drain()
        return reader, writer

    async def ping(self):
        reader, _ = await self.send(PING)
        return await status(reader)

    async def close(self):
        for writer in self._writers:
            writer.close()
        for writer in self._writers:
            with suppress(ConnectionError):
                await writer.wait_closed()


async def status(reader):
    return int((await reader.readline()).split()[1])


def run(scenario):
    async def with_client():
        async with serving() as port:
            client = Client(port)
            try:
                return await scenario(client)
            finally:
                await client.close()

    return asyncio.run(asyncio.wait_for(with_client(), UNTIL_TEST_FAILS_SECONDS))


@pytest.mark.parametrize("sent", [b"", HALF, SLOW_BODY], ids=["silent", "half a header", "half a body"])
def test_ping_stays_200_with_300_connections_that_send_no_whole_request(sent):
    async def scenario(client):
        held = [await client.send(sent) for _ in range(300)]
        assert len(held) == 300
        return [await client.ping() for _ in range(5)]

    assert run(scenario) == [200] * 5


async def is_ended(reader):
    try:
        return await reader.read() == b""
    except ConnectionResetError:
        return True


def test_a_connection_that_does_not_finish_its_headers_is_ended(monkeypatch):
    monkeypatch.setattr(connections, "HEADERS_TIMEOUT_SECONDS", 0.1)

    async def scenario(client):
        first, _ = await client.send(HALF)
        later, writer = await client.send(PING)
        await later.readuntil(b"\r\n\r\n")
        writer.write(HALF)  # the second request of a connection that is kept open
        return [await is_ended(first), await is_ended(later)]

    assert run(scenario) == [True, True]


def test_the_oldest_half_open_connection_is_ended_for_a_new_one(monkeypatch):
    monkeypatch.setattr(connections, "MAX_HALF_OPEN_CONNECTIONS", 2)

    async def scenario(client):
        held = [await client.send(HALF) for _ in range(3)]
        ended = await is_ended(held[0][0])
        held[2][1].write(b"ainer\r\nContent-Length: 1\r\n\r\n{")
        return ended, await status(held[2][0])

    assert run(scenario) == (True, 400)


def test_tickets_beyond_those_being_read_are_503(monkeypatch):
    monkeypatch.setattr(server, "MAX_TICKETS_BEING_READ", 2)

    async def scenario(client):
        held = [await client.send(SLOW_BODY) for _ in range(3)]
        answers = [asyncio.create_task(status(reader)) for reader, _ in held]
        done, waiting = await asyncio.wait(answers, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
        return [task.result() for task in done]

    assert run(scenario) == [503]


def test_the_container_is_served_with_these_limits(monkeypatch):
    used = {}
    monkeypatch.setenv("STYLIZER_DEVICE", "cpu")
    monkeypatch.setenv("MAX_UPLOAD_BYTES", "1000")
    monkeypatch.setenv("MAX_MEGAPIXELS", "1")
    monkeypatch.setenv("TENANTS_TABLE", "limner-tenants")
    monkeypatch.setenv("HASHES_TABLE", "limner-hashes")
    monkeypatch.setenv("UPLOADS_BUCKET", "uploads")
    monkeypatch.setenv("RESULTS_BUCKET", "results")
    monkeypatch.setenv("SIGNING_KEY", "made by no test")
    monkeypatch.setenv("SIGNING_CERTIFICATES", "/limner/signing-certificates")
    monkeypatch.setenv("CONTENT_CREDENTIALS", "optional")
    monkeypatch.setattr(server, "build", lambda settings: None)
    monkeypatch.setattr(server.uvicorn, "run", lambda app, **options: used.update(options))
    server.main()
    assert used["http"] is BoundedConnection
    assert "limit_concurrency" not in used
