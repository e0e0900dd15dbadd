from collections.abc import Iterator

import pytest
from pytest_socket import disable_socket, enable_socket


@pytest.fixture(autouse=True)
def _no_network() -> Iterator[None]:
    """A unit test touches no network; sockets inside the process (asyncio's self-pipe) are allowed."""
    disable_socket(allow_unix_socket=True)
    yield
    enable_socket()
