"""Signs a manifest with a key that is elsewhere, in as few bytes as with a key that is here.

For a signature that a callback makes, c2pa reserves 10 KB in every file, more than some small pictures have,
and offers no way to reserve less. So the manifest is first signed with a placeholder key of this process, and
then its signature is replaced by the remote key's. Nothing else changes: the hash of the file leaves out the
manifest, and what is signed leaves out the signature.

The signature is a COSE_Sign1 structure (RFC 9052) over the claim; both are boxes of the manifest store
(ISO/IEC 19566-5).
"""

import struct
import zlib
from collections.abc import Callable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import load_pem_x509_certificate

_ALGORITHM = ec.ECDSA(hashes.SHA256())
_NUMBER_BYTES = 32
_SIGNATURE_BYTES = 2 * _NUMBER_BYTES
_COSE_SIGN1 = b"\xd2\x84"
"""Tag 18, an array of four: protected header, unprotected header, no payload, signature."""
_BOX_HEADER_BYTES = 8
_CBOR_BYTE_STRING = 0x40
_CBOR_LENGTH_BYTES = {24: 1, 25: 2, 26: 4}


class NotReplaced(Exception):
    """The placeholder's signature could not be replaced."""


_PLACEHOLDER = ec.generate_private_key(ec.SECP256R1())
"""Made at once: several threads may sign their first picture at the same time."""


def placeholder_key() -> str:
    """In PEM."""
    key = _PLACEHOLDER.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return key.decode()


def replace_signature(
    file: bytes, manifests: bytes, certificates: str, sign: Callable[[bytes], bytes]
) -> bytes:
    """The file with the active manifest signed by `sign`, which takes the bytes to sign and returns DER.
    `manifests` is the file's manifest store, signed with the placeholder key.

    Raises:
        NotReplaced: the store is not as expected, or the first of the certificates is of another key.
    """
    cose = _last_box(manifests, b"c2pa.signature\0")
    signed = _to_be_signed(cose, _last_box(manifests, b"c2pa.claim.v2\0"))
    old = cose[-_SIGNATURE_BYTES:]
    _check(_PLACEHOLDER.public_key(), _to_der(old), signed, "the manifest is not as expected")
    new = sign(signed)
    public_key = load_pem_x509_certificate(certificates.encode()).public_key()
    _check(public_key, new, signed, "the certificate is of another key")
    if file.count(old) != 1:  # a JPEG's store of more than 64 KB is divided, perhaps here
        raise NotReplaced("the signature is not in the file in one piece")
    return _with_valid_checksum(file.replace(old, _from_der(new)))


def _last_box(manifests: bytes, label: bytes) -> bytes:
    """The content of the last box with the label: the active manifest is the last one."""
    at = manifests.rfind(label)
    if at < 0:
        raise NotReplaced(f"there is no box {label!r}")
    start = at + len(label)
    (length,) = struct.unpack_from(">I", manifests, start)
    return manifests[start + _BOX_HEADER_BYTES : start + length]


def _to_be_signed(cose: bytes, claim: bytes) -> bytes:
    """RFC 9052, 4.4: an array of context, protected header, no external data, and the claim as payload."""
    if not cose.startswith(_COSE_SIGN1):
        raise NotReplaced("the signature is no COSE_Sign1 structure")
    protected = _byte_string_at(cose, len(_COSE_SIGN1))
    return b"\x84\x6aSignature1" + protected + _byte_string(b"") + _byte_string(claim)


def _byte_string_at(data: bytes, at: int) -> bytes:
    """The CBOR byte string at the position, with its head."""
    short_length = data[at] - _CBOR_BYTE_STRING
    width = _CBOR_LENGTH_BYTES.get(short_length, 0)
    length = int.from_bytes(data[at + 1 : at + 1 + width], "big") if width else short_length
    return data[at : at + 1 + width + length]


def _byte_string(content: bytes) -> bytes:
    """As a CBOR byte string, its length in as few bytes as possible."""
    length = len(content)
    if length < min(_CBOR_LENGTH_BYTES):
        return bytes([_CBOR_BYTE_STRING + length]) + content
    code, width = next(pair for pair in _CBOR_LENGTH_BYTES.items() if length < 1 << 8 * pair[1])
    return bytes([_CBOR_BYTE_STRING + code]) + length.to_bytes(width, "big") + content


def _check(key: object, signature: bytes, signed: bytes, message: str) -> None:
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            return key.verify(signature, signed, _ALGORITHM)
    except InvalidSignature:
        pass
    raise NotReplaced(message)


def _to_der(numbers: bytes) -> bytes:
    first, second = numbers[:_NUMBER_BYTES], numbers[_NUMBER_BYTES:]
    return encode_dss_signature(int.from_bytes(first, "big"), int.from_bytes(second, "big"))


def _from_der(signature: bytes) -> bytes:
    return b"".join(number.to_bytes(_NUMBER_BYTES, "big") for number in decode_dss_signature(signature))


def _with_valid_checksum(file: bytes) -> bytes:
    """A PNG has the manifest in a chunk with a checksum."""
    if not file.startswith(b"\x89PNG"):
        return file
    at = file.index(b"caBX")
    end = at + 4 + int.from_bytes(file[at - 4 : at], "big")
    return file[:end] + struct.pack(">I", zlib.crc32(file[at:end])) + file[end + 4 :]
