"""LIMNER_ACCEPT_GOLDEN=1 replaces the golden pictures with the engine's current ones."""

import os

import pytest


@pytest.fixture(scope="session")
def accept_golden() -> bool:
    return os.environ.get("LIMNER_ACCEPT_GOLDEN") == "1"
