"""Who signs this stack's pictures: the certificates in a parameter of AWS Systems Manager."""

import re
from typing import Any

from botocore.exceptions import ClientError

from limner.adapters.sdk import error_code, sdk_errors
from limner.signing import Signer

_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n?", re.DOTALL)


class OwnSigner:
    """`ssm` is a boto3 client. The certificates are looked up until they exist, and then kept."""

    def __init__(self, ssm: Any, certificates: str) -> None:
        self._ssm = ssm
        self._certificates = certificates
        self._found = Signer()

    def find(self) -> Signer:
        self._found = self._found if self._found.serial else self._look_up()
        return self._found

    def _look_up(self) -> Signer:
        with sdk_errors("reading the signing certificates"):
            try:
                chain = self._ssm.get_parameter(Name=self._certificates)["Parameter"]["Value"]
            except ClientError as error:
                if error_code(error) == "ParameterNotFound":
                    return Signer()
                raise
        own, *authorities = _CERTIFICATE.findall(chain) or [""]
        return Signer(_serial(own), "".join(authorities)) if own else Signer()


def _serial(certificate: str) -> str:
    from cryptography import x509  # noqa: PLC0415 - for this look-up alone

    return str(x509.load_pem_x509_certificate(certificate.encode()).serial_number)
