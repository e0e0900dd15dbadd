"""What all generated models are: immutable, and open to properties that later releases add."""

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """Properties that this release does not know are kept in `model_extra`."""

    model_config = ConfigDict(extra="allow", frozen=True)
