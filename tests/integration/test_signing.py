"""The signing key in KMS, its certificates and certificate requests, on the emulator of the local run.

moto's KMS does not sign digests.
"""

from types import SimpleNamespace
from uuid import uuid4

import pytest
from cryptography import x509
from typer.testing import CliRunner

from limner.adapters.signing_key import KmsSigningKey
from limner.errors import Unavailable
from limner.signing import sign_picture as sign_for_limner
from local.aws.emulator import Emulator, Image
from local.signing import __main__ as commands
from local.signing import authority, kms
from photo_files.credentials.content_credentials import History, read_credentials, sign_picture
from photo_files.variants import encode_variants
from tests.pictures import chart
from tests.template_reader import ROOT


@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    image = Image(
        script=ROOT / "functions/stylizer/__main__.py", artefacts=ROOT / "engine/models/fusenet-lite"
    )
    with Emulator(image, logs=tmp_path_factory.mktemp("emulator")) as emulator:
        yield emulator


@pytest.fixture(scope="module")
def clients(emulator):
    clients = SimpleNamespace(kms=emulator.client("kms"), ssm=emulator.client("ssm"))
    yield clients
    clients.kms.close()
    clients.ssm.close()


@pytest.fixture
def key_id(clients):
    created = clients.kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    return created["KeyMetadata"]["Arn"]


@pytest.fixture
def parameter():
    return f"/{uuid4()}/signing-certificates"


@pytest.fixture
def finder(clients, parameter):
    def make(key_id, is_required=True):
        settings = {"key_id": key_id, "certificates": parameter, "is_required": is_required}
        return KmsSigningKey(clients.kms, clients.ssm, **settings).find

    return make


@pytest.fixture
def publish(clients, signing_folder, parameter):
    def certify(key_id):
        own = authority.ensure(signing_folder)
        kms.publish_certificate(own, clients.kms, clients.ssm, key_id, parameter)

    return certify


def test_a_picture_is_signed_by_the_key_in_kms(key_id, finder, publish, signing_folder):
    publish(key_id)
    trusted = (signing_folder / "ca.pem").read_text()
    for picture in encode_variants(chart(400, 300)):
        signed = sign_picture(picture, History("1"), finder(key_id)())
        credentials = read_credentials(signed.body, signed.content_type, trusted)
        assert credentials.is_trusted, credentials
        assert credentials.signer == "Limner / Limner signing"


def test_certificates_are_used_as_soon_as_they_are_there(key_id, finder, publish):
    find = finder(key_id, is_required=False)
    assert find() is None
    publish(key_id)
    assert "BEGIN CERTIFICATE" in find().certificates


def test_certificates_are_read_once(key_id, finder, publish, clients, parameter):
    publish(key_id)
    find = finder(key_id)
    first = find()
    clients.ssm.delete_parameter(Name=parameter)
    assert find() is first


def test_without_certificates_a_required_signature_is_unavailable(key_id, finder):
    with pytest.raises(Unavailable, match=r"sign-pictures\.md"):
        finder(key_id)()


def test_a_certificate_of_another_key_is_noticed(key_id, finder, publish, clients):
    other = clients.kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    publish(other["KeyMetadata"]["Arn"])
    with pytest.raises(Unavailable, match="another key"):
        sign_for_limner(next(encode_variants(chart(400, 300))), (), None, finder(key_id)())


def test_a_key_that_is_disabled_is_unavailable(key_id, finder, publish, clients):
    publish(key_id)
    key = finder(key_id)()
    clients.kms.disable_key(KeyId=key_id)
    with pytest.raises(Unavailable, match="signing with KMS"):
        key.sign(b"x")
    with pytest.raises(Unavailable):
        sign_for_limner(next(encode_variants(chart(400, 300))), (), None, key)


def test_commands_certify_a_key_and_request_a_certificate(
    key_id, finder, clients, parameter, signing_folder, monkeypatch
):
    monkeypatch.setattr(commands, "_client", lambda service: getattr(clients, service))
    monkeypatch.setattr(commands, "ensure", lambda: authority.ensure(signing_folder))
    run = CliRunner().invoke
    assert run(commands.app, ["certify", "--key", key_id, "--parameter", parameter]).exit_code == 0
    assert finder(key_id)() is not None
    requested = run(commands.app, ["request", "--key", key_id, "--organization", "Mugs & Co."])
    request = x509.load_pem_x509_csr(requested.output.encode())
    assert request.is_signature_valid
    assert "O=Mugs & Co." in request.subject.rfc4514_string()


def test_a_key_of_another_kind_cannot_be_certified(clients):
    created = clients.kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")
    with pytest.raises(ValueError, match="ECC_NIST_P256"):
        kms.public_key(clients.kms, created["KeyMetadata"]["Arn"])
