from benchmarks.quality.credentials import sign_and_verify, summary
from photo_files.credentials.content_credentials import LocalKey
from tests import makers


def test_every_file_of_a_photo_verifies_and_every_change_is_noticed(tmp_path, signing_key):
    (tmp_path / "photo.jpg").write_bytes(makers.jpeg(700, 500))
    files = list(sign_and_verify([tmp_path / "photo.jpg"], signing_key))
    assert {file.format for file in files} == {"jpeg", "webp", "avif"}
    figures = summary(files)
    assert figures["verified"] == figures["tampering_noticed"] == figures["files"] == len(files)
    assert 2500 < figures["added_bytes_median"] < 5000


def test_a_certificate_of_another_key_fails_the_verification(tmp_path, signing_key):
    from local.signing.authority import local_key

    (tmp_path / "photo.jpg").write_bytes(makers.jpeg(320, 200))
    other = local_key(tmp_path / "other")
    mixed = LocalKey(other.certificates, signing_key.private_key)
    assert not any(file.is_valid for file in sign_and_verify([tmp_path / "photo.jpg"], mixed))
