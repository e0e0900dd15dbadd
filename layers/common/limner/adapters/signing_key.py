"""The signing key: its private part in AWS KMS, its certificates in a parameter of AWS Systems Manager."""

import hashlib
from typing import Any

from botocore.exceptions import ClientError

from limner.adapters.sdk import error_code, sdk_errors
from limner.errors import Unavailable
from photo_files.credentials.content_credentials import RemoteKey


class KmsSigningKey:
    """Finds the key. `kms` and `ssm` are boto3 clients; the key is an ECC_NIST_P256 key for signing.

    The certificates are made after the key, which is made by the stack, so at first there are none. They are
    looked up until they exist, and then kept.
    """

    def __init__(self, kms: Any, ssm: Any, *, key_id: str, certificates: str, is_required: bool) -> None:
        self._kms = kms
        self._ssm = ssm
        self._key_id = key_id
        self._certificates = certificates
        self._is_required = is_required
        self._found: RemoteKey | None = None

    def find(self) -> RemoteKey | None:
        """Raises Unavailable, also without certificates where they are required."""
        self._found = self._found or self._look_up()
        if self._found is None and self._is_required:
            raise Unavailable(
                f"pictures must be signed, and the parameter {self._certificates} has no certificates: "
                "see docs/how-to/sign-pictures.md"
            )
        return self._found

    def _look_up(self) -> RemoteKey | None:
        with sdk_errors("reading the signing certificates"):
            try:
                parameter = self._ssm.get_parameter(Name=self._certificates)["Parameter"]
            except ClientError as error:
                if error_code(error) == "ParameterNotFound":
                    return None
                raise
        return RemoteKey(parameter["Value"], self._sign)

    def _sign(self, data: bytes) -> bytes:
        """The digest is sent instead of the data, which may be longer than KMS accepts."""
        with sdk_errors("signing with KMS"):
            answer = self._kms.sign(
                KeyId=self._key_id,
                Message=hashlib.sha256(data).digest(),
                MessageType="DIGEST",
                SigningAlgorithm="ECDSA_SHA_256",
            )
        signature: bytes = answer["Signature"]
        return signature
