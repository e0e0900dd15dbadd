"""Buckets of tenants whose uploads are styled where they are: the originals stay, and are only read."""

from collections.abc import Sequence
from typing import Annotated, Protocol

from pydantic import StringConstraints

from limner.looks import FrozenModel
from limner.tenancy import TenantId

BucketName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
KeyPrefix = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=512)]


class AttachedPrefix(FrozenModel):
    """Objects of `bucket` whose keys begin with `prefix` are uploads of `tenant`. An empty prefix is the
    whole bucket."""

    bucket: BucketName
    prefix: KeyPrefix
    tenant: TenantId


class AttachedPrefixes(Protocol):
    def attach(self, attached: AttachedPrefix) -> None:
        """Attaching again changes nothing. Raises PrefixTaken: the same prefix is another tenant's."""

    def detach(self, attached: AttachedPrefix) -> None:
        """Nothing happens if it is not attached. Raises PrefixTaken as above."""

    def of_bucket(self, bucket: str) -> Sequence[AttachedPrefix]: ...

    def of_tenant(self, tenant: str) -> Sequence[AttachedPrefix]: ...


def longest_match(attached: Sequence[AttachedPrefix], key: str) -> AttachedPrefix | None:
    """Of prefixes of one bucket, the one that decides whose the object is."""
    matching = [candidate for candidate in attached if key.startswith(candidate.prefix)]
    return max(matching, key=lambda candidate: len(candidate.prefix), default=None)
