"""The whole unmodified template on this machine, once for all tests of this folder."""

from collections.abc import Iterator

import pytest

from local.emulator import Emulator
from local.processes import is_alive
from local.running import Running, running
from local.shop import Shop
from local.stack import Stack


@pytest.fixture(scope="session")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Emulator and stack with the real model server; on leaving, none of its processes may be left."""
    with running(logs=tmp_path_factory.mktemp("logs")) as up:
        yield up
        family = up.emulator.processes()
    assert family
    assert not [process for process in family if is_alive(process)]


@pytest.fixture(scope="session")
def stack(everything: Running) -> Stack:
    """Outputs and physical ids; `stack.api_url` is the page and the API."""
    return everything.stack


@pytest.fixture(scope="session")
def emulator(everything: Running) -> Emulator:
    """`emulator.client("s3")` is a boto3 client of the account's owner."""
    return everything.emulator


@pytest.fixture
def shop(stack: Stack) -> Iterator[Shop]:
    with Shop(stack.api_url) as client:
        yield client
