"""Client configuration, and the translation of SDK errors into limner's."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from limner.errors import Unavailable

CONFIG = Config(connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3})
"""Three attempts per call; after that, the queue delivers the message again."""


def error_code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


PAID_CONFIG = CONFIG.merge(Config(retries={"mode": "standard", "total_max_attempts": 1}))
"""For calls that cost money each time: no retry, since a call whose response was lost has been paid for."""


@contextmanager
def sdk_errors(action: str) -> Iterator[None]:
    """Raise Unavailable for SDK errors that the block does not handle; `action` begins the message."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise Unavailable(f"{action}: {error}") from error
