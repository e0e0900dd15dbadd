"""What a program writes on a photo that it puts into a bucket: metadata of the object, `x-amz-meta-…`.

tags                    labels with commas between; rules compare them, and lists are filtered by them
category                rules compare it
limner-external-id      the program's own id of the product or photo
limner-metadata-{key}   a key of the photo's metadata; S3 makes its letters small

S3 gives text that is not ASCII as encoded words (RFC 2047).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from limner.orders import MAX_TAGS, ExternalId, Label, Metadata

TAGS, CATEGORY, EXTERNAL_ID, METADATA_PREFIX = "tags", "category", "limner-external-id", "limner-metadata-"
HEADER_PREFIX = "x-amz-meta-"
Value = TypeVar("Value")
_LABEL: TypeAdapter[str] = TypeAdapter(Label)
_EXTERNAL_ID: TypeAdapter[str] = TypeAdapter(ExternalId)
_METADATA: TypeAdapter[dict[str, str]] = TypeAdapter(Metadata)


class InvalidLabel(ValueError):
    """The message names the header and says what is allowed."""


@dataclass(frozen=True)
class ObjectLabels:
    """`tags` are all that the object has, for rules; `photo_tags` those that a photo can have."""

    tags: tuple[str, ...] = ()
    category: str | None = None
    external_id: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def photo_tags(self) -> tuple[str, ...]:
        return tuple(tag for tag in self.tags if _is_valid(_LABEL, tag))[:MAX_TAGS]


def labels_for_rules(metadata: Mapping[str, str]) -> ObjectLabels:
    """Tags and category alone, which are never invalid. `metadata` has names in lower case, without
    `x-amz-meta-`."""
    tags = (tag.strip() for tag in _decoded(metadata.get(TAGS, "")).split(","))
    category = metadata.get(CATEGORY)
    return ObjectLabels(
        tags=tuple(dict.fromkeys(tag for tag in tags if tag)), category=category and _decoded(category)
    )


def read_labels(metadata: Mapping[str, str]) -> ObjectLabels:
    """Raises InvalidLabel: a program that finds its photos by what it wrote on them must know that it is not
    there."""
    of_rules = labels_for_rules(metadata)
    own = {
        name.removeprefix(METADATA_PREFIX): _decoded(value)
        for name, value in metadata.items()
        if name.startswith(METADATA_PREFIX)
    }
    external_id = metadata.get(EXTERNAL_ID)
    if external_id is not None:
        external_id = _checked(_EXTERNAL_ID, EXTERNAL_ID, _decoded(external_id))
    checked = _checked(_METADATA, f"{METADATA_PREFIX}…", own)
    return replace(of_rules, external_id=external_id, metadata=checked)


def _checked(allowed: TypeAdapter[Value], name: str, value: object) -> Value:
    try:
        return allowed.validate_python(value)
    except ValidationError as error:
        reason = error.errors(include_url=False, include_input=False)[0]["msg"]
        raise InvalidLabel(f"{HEADER_PREFIX}{name}: {reason}") from error


def _is_valid(allowed: TypeAdapter[str], value: str) -> bool:
    try:
        allowed.validate_python(value)
    except ValidationError:
        return False
    return True


def _decoded(value: str) -> str:
    """As it is where it is no encoded word, or one that cannot be decoded."""
    if not value.startswith("=?"):
        return value
    try:
        return str(make_header(decode_header(value)))
    except (HeaderParseError, UnicodeDecodeError, LookupError):
        return value
