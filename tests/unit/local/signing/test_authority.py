"""An authority of one's own: made once, private, renewed in time."""

import shutil
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from local.signing import authority
from tests.template_reader import ROOT

FILES = ("ca.pem", "ca-key.pem", "certificates.pem", "key.pem")


def contents(folder):
    return {name: (folder / name).read_bytes() for name in FILES}


@pytest.fixture
def folder(tmp_path, signing_folder):
    return shutil.copytree(signing_folder, tmp_path / "signing")


def in_years(years):
    return lambda: datetime.now(UTC) + timedelta(days=365.25 * years)


def test_keys_are_readable_by_their_owner_alone(tmp_path):
    authority.ensure(tmp_path / "new")
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
    for name in ("ca-key.pem", "key.pem"):
        assert (tmp_path / "new" / name).stat().st_mode & 0o777 == 0o600


def test_what_is_there_is_kept(folder):
    before = contents(folder)
    authority.ensure(folder)
    assert contents(folder) == before


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_text("broken")])
def test_what_is_missing_or_broken_is_made_again(folder, name, damage):
    damage(folder / name)
    own = authority.ensure(folder)
    certificate = x509.load_pem_x509_certificate((folder / "certificates.pem").read_bytes())
    certificate.verify_directly_issued_by(own.certificate)


def test_certificates_are_renewed_a_year_before_they_expire(folder):
    before = contents(folder)
    authority.ensure(folder, in_years(8.5))
    assert contents(folder) == before
    authority.ensure(folder, in_years(9.5))
    assert all(
        after != earlier for after, earlier in zip(contents(folder).values(), before.values(), strict=True)
    )


def test_a_certificate_has_what_c2pa_asks_for(folder):
    certificate = x509.load_pem_x509_certificate((folder / "certificates.pem").read_bytes())
    extensions = certificate.extensions
    usages = {
        usage.dotted_string for usage in extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    }
    assert usages == {"1.3.6.1.4.1.62558.2.1", "1.3.6.1.5.5.7.3.4"}
    assert extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature
    assert not extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert certificate.subject.get_attributes_for_oid(x509.NameOID.ORGANIZATION_NAME)


def test_the_folder_is_never_committed():
    assert f"{authority.FOLDER.name}/" in (ROOT / ".gitignore").read_text().splitlines()
    assert authority.FOLDER.parent == ROOT
