"""Content Credentials (C2PA): a signed manifest in a picture that names what it was made of, and how.

C2PA specification 2.2; library c2pa-python. A manifest binds the bytes of its file, so a picture is signed
last: saving it again drops the manifest, and changing one byte breaks it.

`c2pa` loads a library of 23 MB, so it is imported on first use: most functions never sign.
"""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from photo_files.credentials.upload_credentials import INGREDIENT_ID, UploadCredentials, offline_settings
from photo_files.variants import Encoded

if TYPE_CHECKING:
    import c2pa

logger = logging.getLogger(__name__)

ALGORITHM = "es256"
"""ECDSA on P-256 with SHA-256."""
PII = "c2pa.PII.present"
"""The reason that C2PA gives for a redaction of personal information."""


class SigningFailed(Exception):
    """The picture was not signed."""


class KeyFailed(SigningFailed):
    """A remote key raised; its error is the cause."""


@dataclass(frozen=True)
class LocalKey:
    """A private key in PEM, with its certificate chain in PEM, the key's own certificate first."""

    certificates: str
    private_key: str = field(repr=False)

    @classmethod
    def read(cls, folder: Path) -> "LocalKey":
        """From `certificates.pem` and `key.pem`. Raises OSError."""
        return cls((folder / "certificates.pem").read_text(), (folder / "key.pem").read_text())


@dataclass(frozen=True)
class RemoteKey:
    """A key that never leaves a service such as AWS KMS. `sign` takes the bytes to sign and returns a
    signature in DER."""

    certificates: str
    sign: Callable[[bytes], bytes] = field(repr=False)


SigningKey = LocalKey | RemoteKey


@dataclass(frozen=True)
class Action:
    """One entry of `c2pa.actions`. `parameters` are JSON values; `source_type` is a digital source type."""

    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    source_type: str = ""


@dataclass(frozen=True)
class History:
    """How a picture was made of an upload: by which version of this software, and by which actions after the
    upload was opened. `upload` are the upload's own credentials, if it has any."""

    version: str
    actions: Sequence[Action] = ()
    upload: UploadCredentials | None = None


def sign_picture(picture: Encoded, history: History, key: SigningKey) -> Encoded:
    """The picture with a signed manifest in its file. If the upload's own credentials cannot be included, the
    picture is signed without them.

    Raises:
        SigningFailed: the key or the library failed.
    """
    try:
        return _signed(picture, history, key)
    except SigningFailed as error:
        if history.upload is None or isinstance(error, KeyFailed):
            raise
        logger.warning("the upload's own credentials are left out: %s", error)
    return _signed(picture, replace(history, upload=None), key)


def _signed(picture: Encoded, history: History, key: SigningKey) -> Encoded:
    """Raises SigningFailed."""
    if isinstance(key, LocalKey):
        body, _ = _embedded(picture, history, key)
    else:
        body = _signed_remotely(picture, history, key)
    return replace(picture, body=body)


def _embedded(picture: Encoded, history: History, key: LocalKey) -> tuple[bytes, bytes]:
    """The file with its manifest, and its manifest store. Raises SigningFailed."""
    c2pa = _c2pa()
    output = BytesIO()
    info = [text.encode() for text in (ALGORITHM, key.certificates, key.private_key)]
    try:
        builder = c2pa.Builder(_manifest(picture.name, history), _signing_context())
        if history.upload:
            builder.add_ingredient_from_archive(BytesIO(history.upload.archive))
        with builder, c2pa.Signer.from_info(c2pa.C2paSignerInfo(*info, None)) as signer:
            manifests = builder.sign(signer, picture.content_type, BytesIO(picture.body), output)
    except c2pa.C2paError as error:
        raise SigningFailed(f"{picture.name}: {error}") from error
    return output.getvalue(), bytes(manifests)


def _signed_remotely(picture: Encoded, history: History, key: RemoteKey) -> bytes:
    """Raises SigningFailed."""
    from photo_files.credentials import remote_signature  # noqa: PLC0415 - imports cryptography

    placeholder = LocalKey(key.certificates, remote_signature.placeholder_key())
    body, manifests = _embedded(picture, history, placeholder)
    try:
        return remote_signature.replace_signature(body, manifests, key.certificates, key.sign)
    except remote_signature.NotReplaced as error:
        raise SigningFailed(f"{picture.name}: {error}") from error
    except Exception as error:
        raise KeyFailed(f"{picture.name}: {error}") from error


def _manifest(title: str, history: History) -> dict[str, Any]:
    opened = Action("c2pa.opened", {"ingredientIds": [INGREDIENT_ID]})
    redacted = history.upload.redactions if history.upload else ()
    manifest = {
        "claim_generator_info": [{"name": "Limner", "version": history.version}],
        "title": title,
        "assertions": [
            {
                "label": "c2pa.actions",
                "data": {"actions": [*map(_action, [opened, *history.actions]), *map(_redaction, redacted)]},
            }
        ],
    }
    if history.upload:
        return manifest | {"redactions": list(redacted)}
    return manifest | {
        "ingredients": [{"title": "upload", "relationship": "parentOf", "label": INGREDIENT_ID}]
    }


def _action(action: Action) -> dict[str, Any]:
    entry: dict[str, Any] = {"action": action.name}
    if action.parameters:
        entry["parameters"] = dict(action.parameters)
    if action.source_type:
        entry["digitalSourceType"] = action.source_type
    return entry


def _redaction(url: str) -> dict[str, Any]:
    return {"action": "c2pa.redacted", "reason": PII, "parameters": {"redacted": url}}


# ── Verification ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Credentials:
    """What a picture's manifest says, and whether it is valid. `is_trusted`: its signer's chain ends at a
    trusted certificate. `problems` are C2PA's codes of what is wrong. `serial` is the decimal number of the
    signer's certificate; with its authority it names the certificate."""

    is_valid: bool
    is_trusted: bool
    signer: str
    generator: str
    ingredients: tuple[str, ...]
    actions: tuple[Mapping[str, Any], ...]
    problems: tuple[str, ...]
    serial: str = ""

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> "Credentials":
        """From the JSON of `dataclasses.asdict`, whose tuples are lists."""
        lists = {name: tuple(fields[name]) for name in ("ingredients", "actions", "problems")}
        return cls(**{**fields, **lists})


def read_credentials(data: bytes, content_type: str, trusted: str = "") -> Credentials | None:
    """The credentials of a picture, or None if it has none. `trusted` are certificates in PEM.

    A manifest that cannot be parsed is invalid. Nothing is fetched from a network.
    """
    c2pa = _c2pa()
    try:
        with c2pa.Reader(content_type, BytesIO(data), context=_reading_context(trusted)) as reader:
            return _credentials(json.loads(reader.json()), reader.get_validation_state())
    except c2pa.C2paError.ManifestNotFound:
        return None
    except c2pa.C2paError as error:
        return Credentials(False, False, "", "", (), (), (str(error),))


def _credentials(store: Mapping[str, Any], state: str | None) -> Credentials:
    manifest = store["manifests"][store["active_manifest"]]
    signature = manifest.get("signature_info", {})
    actions = [
        action
        for assertion in manifest.get("assertions", [])
        if assertion["label"].startswith("c2pa.actions")
        for action in assertion["data"]["actions"]
    ]
    generators = (
        f"{info['name']} {info.get('version', '')}" for info in manifest.get("claim_generator_info", [])
    )
    return Credentials(
        is_valid=state in ("Valid", "Trusted"),
        is_trusted=state == "Trusted",
        signer=" / ".join(filter(None, (signature.get("issuer"), signature.get("common_name")))),
        generator=next(generators, "").strip(),
        ingredients=tuple(map(_ingredient, manifest.get("ingredients", []))),
        actions=tuple(actions),
        problems=tuple(problem["code"] for problem in store.get("validation_status", [])),
        serial=str(signature.get("cert_serial_number", "")),
    )


def _ingredient(ingredient: Mapping[str, Any]) -> str:
    own = " with its own credentials" if "active_manifest" in ingredient else ""
    return f"{ingredient.get('relationship', '')} {ingredient.get('title', 'untitled')}{own}"


# ── The library ──────────────────────────────────────────────────────────────────────────────────────


def _c2pa() -> Any:
    import c2pa  # noqa: PLC0415 - see the module's docstring

    return c2pa


@cache
def _signing_context() -> "c2pa.Context":
    settings = offline_settings()
    settings["verify"]["verify_after_sign"] = False
    return _c2pa().Context.from_dict(settings)


@cache
def _reading_context(trusted: str) -> "c2pa.Context":
    settings = offline_settings()
    if trusted:
        settings["trust"] = {"trust_anchors": trusted}
    return _c2pa().Context.from_dict(settings)
