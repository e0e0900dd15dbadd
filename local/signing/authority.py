"""A certificate authority of one's own, in a folder that only its owner can read.

    ca.pem               the authority's certificate: what a verifier must trust
    ca-key.pem           its private key
    certificates.pem     the certificate of the local signing key
    key.pem              the local signing key

Viewers do not know such an authority, so they show its signatures as valid and the signer as unknown.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from photo_files.credentials.content_credentials import LocalKey

FOLDER = Path(__file__).resolve().parents[2] / ".signing"
LIFETIME = timedelta(days=3650)
"""Long, because a signature without a time stamp is valid only until its certificate expires."""
RENEWED_BEFORE_EXPIRY = timedelta(days=365)
_CLOCK_SKEW = timedelta(minutes=5)
_CLAIM_SIGNING = x509.ObjectIdentifier("1.3.6.1.4.1.62558.2.1")
"""C2PA's own extended key usage, c2pa-kp-claimSigning."""
_CURVE = ec.SECP256R1()


@dataclass(frozen=True)
class Authority:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> str:
        return _pem(self.certificate)

    def certify(self, public_key: ec.EllipticCurvePublicKey, name: str, now: datetime) -> str:
        """A certificate for signing pictures, in PEM. Its own certificate is not in the chain: verifiers must
        have it anyway, and every picture would carry it."""
        # Older verifiers know only the second.
        usages = [_CLAIM_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION]
        issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        builder = (
            _builder(name, self.certificate.subject, public_key, now)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
            .add_extension(issuer_key, critical=False)
        )
        return _pem(builder.sign(self.key, hashes.SHA256()))


def ensure(folder: Path = FOLDER, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Authority:
    """The folder's authority, with a local key beside it. What is missing or about to expire is made."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority = _read_authority(folder, now())
    if authority is None:
        authority = _make_authority(now())
        _write_private(folder / "ca-key.pem", _private_pem(authority.key))
        (folder / "ca.pem").write_text(authority.pem)
    if not _is_local_key_current(folder, authority, now()):
        key = ec.generate_private_key(_CURVE)
        _write_private(folder / "key.pem", _private_pem(key))
        certificate = authority.certify(key.public_key(), "Limner local signing", now())
        (folder / "certificates.pem").write_text(certificate)
    return authority


def local_key(folder: Path = FOLDER) -> LocalKey:
    ensure(folder)
    return LocalKey.read(folder)


def _read_authority(folder: Path, now: datetime) -> Authority | None:
    """None if it is missing, unreadable or about to expire."""
    try:
        certificate = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
        key = load_pem_private_key((folder / "ca-key.pem").read_bytes(), None)
    except (OSError, ValueError):
        return None
    is_pair = isinstance(key, ec.EllipticCurvePrivateKey) and key.public_key() == certificate.public_key()
    if not is_pair or _expires_soon(certificate, now):
        return None
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return Authority(certificate, key)


def _make_authority(now: datetime) -> Authority:
    key = ec.generate_private_key(_CURVE)
    builder = (
        _builder("Limner local authority", _name("Limner local authority"), key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
    )
    return Authority(builder.sign(key, hashes.SHA256()), key)


def _is_local_key_current(folder: Path, authority: Authority, now: datetime) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate((folder / "certificates.pem").read_bytes())
        certificate.verify_directly_issued_by(authority.certificate)
        key = load_pem_private_key((folder / "key.pem").read_bytes(), None)
    except Exception:
        return False
    return key.public_key() == certificate.public_key() and not _expires_soon(certificate, now)


def _expires_soon(certificate: x509.Certificate, now: datetime) -> bool:
    return certificate.not_valid_after_utc - now < RENEWED_BEFORE_EXPIRY


def _builder(
    name: str, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _name(common_name: str) -> x509.Name:
    """C2PA's certificate profile asks for an organization."""
    attributes = {NameOID.ORGANIZATION_NAME: "Limner", NameOID.COMMON_NAME: common_name}
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes.items()])


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def _private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write_private(path: Path, data: bytes) -> None:
    """Readable by its owner alone from the first byte on."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
