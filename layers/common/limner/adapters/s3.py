"""Objects and links in S3."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from urllib.parse import quote, urlsplit

from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError

from limner.adapters.sdk import RETRYABLE_ERROR_CODES, error_code, sdk_errors
from limner.errors import DependencyRefused, ObjectMissing, Unavailable
from limner.keys import PUBLIC_PREFIX
from limner.ports import Address, ListedObject, ObjectFacts, ObjectVersion, UploadForm

_MISSING_CODES = frozenset({"NoSuchKey", "NoSuchVersion", "404"})
_EMPTY_OBJECT_CODE = "InvalidRange"
"""S3's error for a range request on an empty object."""
_EXISTS_CODE = "PreconditionFailed"
PART_BYTES = 8 * 2**20
"""Of a multipart upload; S3 takes 10,000 parts, of 5 MB at least but for the last."""
DELETE_MAX_VERSIONS = 1000
"""S3's limit for one DeleteObjects."""
_IMMUTABLE = "max-age=31536000, immutable"


class S3Objects:
    """`client` is a boto3 S3 client. A browser keeps pictures for good, since no key is ever written again
    with other bytes; a shared cache keeps public ones alone, since it would outlive a link."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def get(self, bucket: str, key: str, version_id: str | None = None) -> bytes:
        return self._read(bucket, key, version_id)

    def get_head(self, bucket: str, key: str, version_id: str | None, limit: int) -> bytes:
        return self._read(bucket, key, version_id, Range=f"bytes=0-{limit - 1}")

    def describe(self, bucket: str, key: str) -> ObjectFacts:
        with self._translate_errors(bucket, key):
            answer = self._client.head_object(Bucket=bucket, Key=key)
        return ObjectFacts(
            answer["ContentLength"],
            answer.get("VersionId"),
            _unquoted(answer["ETag"]),
            {name.lower(): value for name, value in answer.get("Metadata", {}).items()},
            answer["LastModified"],
        )

    def list(self, bucket: str, prefix: str, *, after: str, limit: int) -> list[ListedObject]:
        with sdk_errors(f"listing {bucket}"):
            answer = self._client.list_objects_v2(
                Bucket=bucket, Prefix=prefix, StartAfter=after, MaxKeys=limit
            )
        entries = answer.get("Contents", [])
        return [
            ListedObject(entry["Key"], entry["LastModified"], _unquoted(entry["ETag"]), entry["Size"])
            for entry in entries
        ]

    def put(
        self, bucket: str, key: str, body: bytes, content_type: str, *, only_if_absent: bool = False
    ) -> bool:
        headers = {"CacheControl": _cache_control(key)} if content_type.startswith("image/") else {}
        if only_if_absent:
            headers["IfNoneMatch"] = "*"
        with sdk_errors(f"writing {key}"):
            try:
                self._client.put_object(
                    Bucket=bucket, Key=key, Body=body, ContentType=content_type, **headers
                )
            except ClientError as error:
                if error_code(error) == _EXISTS_CODE:
                    return False
                raise
        return True

    def put_stream(self, bucket: str, key: str, chunks: Iterator[bytes], content_type: str) -> None:
        """By a multipart upload, which is given up if `chunks` or S3 fails."""
        target = {"Bucket": bucket, "Key": key}
        with sdk_errors(f"writing {key}"):
            upload = self._client.create_multipart_upload(**target, ContentType=content_type)["UploadId"]
            try:
                parts = [
                    {"PartNumber": number, "ETag": self._put_part(target, upload, number, part)}
                    for number, part in enumerate(_parts(chunks), start=1)
                ]
                self._client.complete_multipart_upload(
                    **target, UploadId=upload, MultipartUpload={"Parts": parts}
                )
            except BaseException:
                self._client.abort_multipart_upload(**target, UploadId=upload)
                raise

    def _put_part(self, target: Mapping[str, str], upload: str, number: int, part: bytes) -> str:
        answer = self._client.upload_part(**target, UploadId=upload, PartNumber=number, Body=part)
        return str(answer["ETag"])

    def versions(self, bucket: str, prefix: str) -> Iterator[ObjectVersion]:
        pages = self._client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix)
        with sdk_errors(f"listing the versions in {bucket}"):
            for page in pages:
                yield from map(_version, page.get("Versions", []))
                for entry in page.get("DeleteMarkers", []):
                    yield replace(_version(entry), is_delete_marker=True)

    def delete_versions(self, bucket: str, versions: Iterable[ObjectVersion]) -> int:
        remaining, count = iter(versions), 0
        while batch := list(islice(remaining, DELETE_MAX_VERSIONS)):
            named = [{"Key": version.key, "VersionId": version.version_id} for version in batch]
            with sdk_errors(f"deleting from {bucket}"):
                answer = self._client.delete_objects(Bucket=bucket, Delete={"Objects": named, "Quiet": True})
            _check_all_deleted(bucket, answer.get("Errors", []))
            count += len(batch)
        return count

    def _read(self, bucket: str, key: str, version_id: str | None, **extra: str) -> bytes:
        if version_id:
            extra["VersionId"] = version_id
        with self._translate_errors(bucket, key):
            try:
                body: bytes = self._client.get_object(Bucket=bucket, Key=key, **extra)["Body"].read()
            except ClientError as error:
                if error_code(error) == _EMPTY_OBJECT_CODE:
                    return b""
                raise
        return body

    @contextmanager
    def _translate_errors(self, bucket: str, key: str) -> Iterator[None]:
        with sdk_errors(f"reading {key}"):
            try:
                yield
            except ClientError as error:
                if error_code(error) in _MISSING_CODES:
                    raise ObjectMissing(f"s3://{bucket}/{key}") from None
                raise


def _parts(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Of PART_BYTES at least, but for the last; one that is empty where there are no bytes."""
    waiting = bytearray()
    is_first = True
    for chunk in chunks:
        waiting += chunk
        if len(waiting) >= PART_BYTES:
            yield bytes(waiting)
            waiting.clear()
            is_first = False
    if waiting or is_first:
        yield bytes(waiting)


def _cache_control(key: str) -> str:
    return f"{'public' if key.startswith(PUBLIC_PREFIX) else 'private'}, {_IMMUTABLE}"


def _version(entry: Mapping[str, Any]) -> ObjectVersion:
    return ObjectVersion(entry["Key"], entry["VersionId"], entry["LastModified"])


def _check_all_deleted(bucket: str, errors: Sequence[Mapping[str, Any]]) -> None:
    codes = {str(error["Code"]) for error in errors}
    if codes:
        kind = Unavailable if codes <= RETRYABLE_ERROR_CODES else DependencyRefused
        raise kind(f"{len(errors)} versions in {bucket} were not deleted: {', '.join(sorted(codes))}")


def _unquoted(etag: str) -> str:
    return etag.strip('"')


class S3Links:
    """Presigned upload forms and download links, signed with the caller's role.

    `pictures_url` is the address of the bucket's public pictures, whose path is their key: that of a
    distribution, or of an emulator's bucket. Where it is empty, they too have links that expire.
    `credentials` are those of the client's session.
    """

    def __init__(
        self,
        client: Any,
        credentials: Any,
        *,
        uploads_bucket: str,
        results_bucket: str,
        pictures_url: str,
        link_lifetime: timedelta,
        form_lifetime: timedelta,
        now: Callable[[], datetime],
    ) -> None:
        self._client = client
        self._credentials = credentials
        self._uploads = uploads_bucket
        self._results_url = _bucket_url(client, results_bucket)
        self._pictures_url = pictures_url
        self._link_lifetime = link_lifetime
        self._form_lifetime = form_lifetime
        self._now = now

    def origins(self) -> frozenset[str]:
        """Scheme and host of the forms and links, for the page's content security policy."""
        samples = [
            self.upload_form("x", "image/jpeg", 1).url,
            self.download_link("x").url,
            self.download_link(f"{PUBLIC_PREFIX}x").url,
        ]
        return frozenset(f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, samples))

    def upload_form(self, key: str, content_type: str, max_bytes: int) -> UploadForm:
        """Good for this key, this content type and `form_lifetime` alone."""
        with sdk_errors("signing the upload"):
            post = self._client.generate_presigned_post(
                self._uploads,
                key,
                Fields={"Content-Type": content_type},
                Conditions=[{"Content-Type": content_type}, ["content-length-range", 0, max_bytes]],
                ExpiresIn=int(self._form_lifetime.total_seconds()),
            )
        return UploadForm(
            url=post["url"], fields=post["fields"], expires_at=self._now() + self._form_lifetime
        )

    def download_link(self, key: str) -> Address:
        if self._pictures_url and key.startswith(PUBLIC_PREFIX):
            return Address(f"{self._pictures_url}/{key}", expires_at=None)
        expires_at = (self._now() + self._link_lifetime).replace(microsecond=0)
        return Address(self._signed(f"{self._results_url}/{quote(key, safe='/~')}"), expires_at)

    def _signed(self, url: str) -> str:
        """As the SDK's `generate_presigned_url` does it, without resolving the bucket's endpoint for each key
        again: that is two thirds of its time, and a list has hundreds of links."""
        request = AWSRequest("GET", url)
        with sdk_errors("signing a link"):
            signer = S3SigV4QueryAuth(
                self._credentials.get_frozen_credentials(),
                "s3",
                self._client.meta.region_name,
                expires=int(self._link_lifetime.total_seconds()),
            )
            signer.add_auth(request)
        return str(request.url)


def _bucket_url(client: Any, bucket: str) -> str:
    """The bucket's address as this client resolves it, without a slash at its end."""
    key = "x"
    with sdk_errors("resolving a bucket"):
        link = client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key})
    return str(link).partition("?")[0].removesuffix(f"/{key}")
