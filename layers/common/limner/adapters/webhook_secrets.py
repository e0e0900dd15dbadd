"""Secrets of webhooks, encrypted by a key of AWS KMS for one endpoint each."""

import base64
from collections import OrderedDict
from typing import Any

from limner.adapters.sdk import sdk_errors
from limner.webhooks import secret_context

MAX_KEPT = 1_000
"""Decrypted secrets that a process keeps; the least recently used goes first."""


class KmsSecretBox:
    """`client` is a boto3 KMS client, `key_id` a symmetric key.

    The tenant and the endpoint are the encryption context: KMS decrypts nothing for another endpoint, and a
    role can be limited to one tenant's.
    """

    def __init__(self, client: Any, key_id: str) -> None:
        self._client = client
        self._key_id = key_id
        self._kept: OrderedDict[tuple[str, str, str], str] = OrderedDict()

    def encrypt(self, secret: str, tenant: str, endpoint_id: str) -> str:
        with sdk_errors("encrypting a webhook's secret"):
            answer = self._client.encrypt(
                KeyId=self._key_id,
                Plaintext=secret.encode(),
                EncryptionContext=secret_context(tenant, endpoint_id),
            )
        return base64.b64encode(answer["CiphertextBlob"]).decode()

    def decrypt(self, ciphertext: str, tenant: str, endpoint_id: str) -> str:
        key = (ciphertext, tenant, endpoint_id)
        if key not in self._kept:
            self._kept[key] = self._decrypt(*key)
            if len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]

    def _decrypt(self, ciphertext: str, tenant: str, endpoint_id: str) -> str:
        with sdk_errors("decrypting a webhook's secret"):
            answer = self._client.decrypt(
                KeyId=self._key_id,
                CiphertextBlob=base64.b64decode(ciphertext),
                EncryptionContext=secret_context(tenant, endpoint_id),
            )
        return bytes(answer["Plaintext"]).decode()
