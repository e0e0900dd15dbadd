"""LIMNER_ACCEPT_GOLDEN=1 replaces the kept pictures by what the engine makes now."""

import os

import pytest


@pytest.fixture(scope="session")
def accept_golden() -> bool:
    return os.environ.get("LIMNER_ACCEPT_GOLDEN") == "1"
