"""The message on the sweeper's queue: a part of a sweep."""

from typing import Literal

from pydantic import Field, ValidationError

from limner.errors import MalformedMessage
from limner.looks import FrozenModel


class SweepRequest(FrozenModel):
    """A part of a sweep: photos and orders whose ids begin with one of the digits `shards`, and whether
    uploads without a row are looked for."""

    request_version: Literal[1] = 1
    shards: str = Field(default="", pattern="^[0-9a-f]*$")
    orphans: bool = False


def parse_sweep_request(body: str) -> SweepRequest:
    """Raises MalformedMessage."""
    try:
        return SweepRequest.model_validate_json(body)
    except ValidationError as error:
        raise MalformedMessage(f"not a sweep request: {error}") from error
