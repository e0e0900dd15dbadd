import asyncio
import os
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import botocore.session
import pytest

from local.signing import authority
from photo_files.credentials.content_credentials import LocalKey
from tests.bootstrap_caches import clear_caches

botocore.session.create_loader = cache(botocore.session.create_loader)
"""Each session would read the JSON models of AWS's services anew, most of the time that a client takes."""


@pytest.fixture(autouse=True)
def _no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests have no real AWS credentials."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture(scope="session")
def signing_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority and a local key, as `make setup` makes them."""
    folder = tmp_path_factory.mktemp("signing")
    authority.ensure(folder)
    return folder


@pytest.fixture(scope="session")
def signing_key(signing_folder: Path) -> LocalKey:
    return authority.local_key(signing_folder)


@pytest.fixture
def thread_loop() -> Iterator[None]:
    """Mangum uses the thread's event loop, or creates one without closing it, which would fail the test."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()


@pytest.fixture
def fresh_bootstrap() -> Iterator[None]:
    """Clears the caches of the composition root before and after the test."""
    clear_caches()
    yield
    clear_caches()


@pytest.fixture(scope="session")
def typescript() -> str:
    """Node's path, after `make typescript`. Without it the test is skipped, except in CI, where it fails."""
    folder = Path(__file__).parents[1] / "clients/typescript"
    node, is_built = shutil.which("node"), (folder / "dist/index.js").is_file()
    if not (node and is_built) and "CI" not in os.environ:
        pytest.skip("the TypeScript client is not built (make typescript)")
    assert node, "CI must have Node"
    assert is_built, "CI must have run make typescript"
    return node
