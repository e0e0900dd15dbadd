"""Certificates and certificate requests for a signing key in AWS KMS, which never leaves it."""

from datetime import UTC, datetime
from typing import Any, NoReturn

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key
from cryptography.x509.oid import NameOID

from local.signing.authority import Authority

CERTIFICATE_NAME = "Limner signing"


def publish_certificate(authority: Authority, kms: Any, ssm: Any, key_id: str, parameter: str) -> None:
    """Certify the key by an own authority, and put the certificate where the functions look for it."""
    certificate = authority.certify(public_key(kms, key_id), CERTIFICATE_NAME, datetime.now(UTC))
    ssm.put_parameter(
        Name=parameter, Value=certificate, Type="String", Tier="Intelligent-Tiering", Overwrite=True
    )


def certificate_request(kms: Any, key_id: str, *, organization: str, name: str) -> str:
    """A certificate signing request in PEM, signed by the key itself."""
    attributes = {NameOID.ORGANIZATION_NAME: organization, NameOID.COMMON_NAME: name}
    subject = x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes.items()])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject)
    return request.sign(_KmsPrivateKey(kms, key_id), hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def public_key(kms: Any, key_id: str) -> ec.EllipticCurvePublicKey:
    """Raises ValueError for a key that cannot sign pictures."""
    answer = kms.get_public_key(KeyId=key_id)
    key = load_der_public_key(answer["PublicKey"])
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError(f"{key_id} is a {answer['KeySpec']} key; it must be ECC_NIST_P256")
    return key


class _KmsPrivateKey(ec.EllipticCurvePrivateKey):
    """Signs by KMS. Everything that would need the private number is refused."""

    def __init__(self, kms: Any, key_id: str) -> None:
        self._kms = kms
        self._key_id = key_id

    @property
    def curve(self) -> ec.EllipticCurve:
        return self.public_key().curve

    @property
    def key_size(self) -> int:
        return self.curve.key_size

    def public_key(self) -> ec.EllipticCurvePublicKey:
        return public_key(self._kms, self._key_id)

    def sign(self, data: Any, signature_algorithm: ec.EllipticCurveSignatureAlgorithm) -> bytes:
        """DER, of SHA-256."""
        digest = hashes.Hash(hashes.SHA256())
        digest.update(bytes(data))
        is_digest = isinstance(signature_algorithm.algorithm, Prehashed)
        signature: bytes = self._kms.sign(
            KeyId=self._key_id,
            Message=bytes(data) if is_digest else digest.finalize(),
            MessageType="DIGEST",
            SigningAlgorithm="ECDSA_SHA_256",
        )["Signature"]
        return signature

    def exchange(self, algorithm: ec.ECDH, peer_public_key: ec.EllipticCurvePublicKey) -> NoReturn:
        raise NotImplementedError

    def private_numbers(self) -> NoReturn:
        raise NotImplementedError

    def private_bytes(self, *_arguments: object, **_options: object) -> NoReturn:
        raise NotImplementedError

    def __copy__(self) -> "_KmsPrivateKey":
        return self

    def __deepcopy__(self, _memo: dict[int, object]) -> "_KmsPrivateKey":
        return self
