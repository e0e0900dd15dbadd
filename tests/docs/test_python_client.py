"""The generated half of the Python client is that of docs/openapi.json."""

import pytest

from tools.python_client import PACKAGE, generated

FILES = generated()


@pytest.mark.parametrize("name", FILES)
def test_the_committed_file_is_the_generated_one(name):
    assert (PACKAGE / name).read_text("utf-8") == FILES[name], "run make clients"
