"""What a caller writes on an order, and finds again with the photo: its own id, metadata, tags, batch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from limner.looks import Look

MAX_TAGS = 16
MAX_METADATA_KEYS = 16
NAME_KEY = "name"
"""Of metadata: what the product is called. With a language behind a dot, such as `name.de`, in that one."""
BATCH_ID_PATTERN = r"[0-9a-f]{32}"

ExternalId = Annotated[
    str,
    StringConstraints(pattern=r"^[^\x00-\x1f\x7f-\x9f]{1,128}$"),
    Field(description="The caller's own id of the product or photo, such as its SKU; 1 to 128 characters."),
]
"""Not unique: of several photos with one, the newest comes first in lists."""
Label = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f,]{1,64}$")]
"""Without commas, which separate the tags in the metadata of an object in S3."""
MetadataKey = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,40}$")]
MetadataValue = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f-\x9f]*$", max_length=128)]
Metadata = Annotated[dict[MetadataKey, MetadataValue], Field(max_length=MAX_METADATA_KEYS)]
BatchId = Annotated[str, StringConstraints(pattern=rf"^{BATCH_ID_PATTERN}$")]


def _refuse_repeated(tags: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(tags)) != len(tags):
        raise PydanticCustomError("same_tag_twice", "the same tag is given twice")
    return tags


Tags = Annotated[tuple[Label, ...], Field(max_length=MAX_TAGS), AfterValidator(_refuse_repeated)]


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is ordered. Without looks, the tenant's default looks."""

    filename: str
    content_type: str = "application/octet-stream"
    looks: tuple[Look, ...] = ()
    external_id: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    batch_id: str | None = None
    import_url: str | None = None
