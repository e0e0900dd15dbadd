"""SDK errors become ours here."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from limner.errors import Unavailable

CONFIG = Config(connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3})
"""Three tries inside a call; beyond that the queue redelivers."""


def code_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


PAID_CONFIG = CONFIG.merge(Config(retries={"mode": "standard", "total_max_attempts": 1}))
"""For calls that cost money each time: an answer that was lost on the way must not be asked for again."""


@contextmanager
def sdk_errors(what: str) -> Iterator[None]:
    """Raise Unavailable for whatever the SDK raises that no one nearer has handled."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise Unavailable(f"{what}: {error}") from error
