"""Content Credentials of pictures: signed, verified, broken, and those that an upload has of its own."""

import importlib.util
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO

import c2pa
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from PIL import Image
from skimage.data import coffee

from photo_files import bounded
from photo_files.__main__ import main
from photo_files.credentials import content_credentials
from photo_files.credentials.content_credentials import (
    Action,
    History,
    LocalKey,
    RemoteKey,
    SigningFailed,
    read_credentials,
    sign_picture,
)
from photo_files.credentials.picture_history import converted, styled
from photo_files.credentials.upload_credentials import UploadCredentials
from photo_files.intake import Limits
from photo_files.metadata.provenance import STYLED, TRAINED, Provenance
from photo_files.metadata.provenance_reader import read_provenance
from photo_files.variants import encode_exhibit, encode_rendition, encode_variants
from tests.pictures import FORMATS, chart, encoded

OWNER = Provenance(("Zoë",), "© Mugs").styled
OIL = styled(
    {"oil": 1.0}, strength=0.6, ordered_strength=1, protection="soft", model="m@1", source_type=STYLED
)
CAPTURED = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"


def every_picture():
    photo = chart(640, 480)
    yield from encode_variants(photo, OWNER)
    yield encode_rendition(photo, OWNER)
    yield encode_rendition(photo.convert("RGBA"), OWNER)
    yield encode_rendition(photo.convert("RGBA").resize((40, 16_384)), OWNER)
    yield encode_exhibit("strip", photo, OWNER)


def verify(picture, trusted=""):
    return read_credentials(picture.body, picture.content_type, trusted)


@pytest.fixture
def trusted(signing_folder):
    return (signing_folder / "ca.pem").read_text()


# ── Pictures ─────────────────────────────────────────────────────────────────────────────────────────


def test_every_picture_in_every_format_is_signed_and_verifies(signing_key, trusted):
    formats = set()
    for picture in every_picture():
        signed = sign_picture(picture, History("1.2", (OIL, *converted(picture, 640))), signing_key)
        credentials = verify(signed, trusted)
        assert credentials.is_valid, picture.name
        assert credentials.is_trusted, picture.name
        assert credentials.problems == ()
        assert credentials.signer == "Limner / Limner local signing"
        assert credentials.generator == "Limner 1.2"
        assert read_provenance(signed.body) == OWNER, "metadata is kept"
        assert (signed.name, signed.width, signed.height) == (picture.name, picture.width, picture.height)
        formats.add(signed.content_type)
    assert len(formats) == len(FORMATS)


def test_a_manifest_says_how_the_picture_was_made(signing_key):
    picture = next(each for each in encode_variants(chart(640, 480)) if each.name == "w320.webp")
    signed = sign_picture(picture, History("1", (OIL, *converted(picture, 640))), signing_key)
    credentials = verify(signed)
    opened, edited, conversion, resized = credentials.actions
    assert credentials.ingredients == ("parentOf upload",)
    assert opened["action"] == "c2pa.opened"
    assert edited["action"] == "c2pa.edited"
    assert edited["digitalSourceType"] == STYLED
    assert edited["parameters"] == {
        "limner.styles": {"oil": 1.0},
        "limner.strength": 0.6,
        "limner.ordered_strength": 1,
        "limner.protection": "soft",
        "limner.model": "m@1",
    }
    assert conversion["action"] == "c2pa.converted"
    assert resized["parameters"] == {"limner.width_px": 320, "limner.height_px": 240}
    assert "c2pa.created" not in {action["action"] for action in credentials.actions}


def test_a_signer_is_unknown_without_its_authority(signing_key):
    credentials = verify(sign_picture(next(every_picture()), History("1"), signing_key))
    assert (credentials.is_valid, credentials.is_trusted) == (True, False)
    assert credentials.problems == ("signingCredential.untrusted",)


def test_an_unsigned_picture_has_no_credentials():
    assert verify(next(every_picture())) is None


def test_a_picture_that_is_saved_again_loses_its_manifest(signing_key):
    signed = sign_picture(encode_rendition(chart()), History("1"), signing_key)
    again = BytesIO()
    Image.open(BytesIO(signed.body)).save(again, "JPEG")
    assert read_credentials(again.getvalue(), "image/jpeg") is None


def _last_pixel_byte(body, content_type):
    """A position inside the compressed pixels of each format."""
    if content_type == "image/png":
        return body.rindex(b"IDAT") + 40
    if content_type == "image/avif":
        return body.index(b"mdat") + 40
    if content_type == "image/webp":
        return next(re.finditer(rb"VP8[L ]", body[30:])).end() + 30 + 40
    return len(body) - 40


def test_a_changed_pixel_byte_is_noticed_in_every_format(signing_key):
    for picture in every_picture():
        signed = sign_picture(picture, History("1"), signing_key)
        changed = bytearray(signed.body)
        changed[_last_pixel_byte(signed.body, signed.content_type)] ^= 1
        credentials = read_credentials(bytes(changed), signed.content_type)
        assert not credentials.is_valid, picture.name
        assert any("mismatch" in problem for problem in credentials.problems), credentials.problems


def test_changed_metadata_is_noticed(signing_key):
    signed = sign_picture(encode_rendition(chart(), OWNER), History("1"), signing_key)
    changed = signed.body.replace("Zoë".encode(), b"Mia!")
    assert changed != signed.body
    assert not read_credentials(changed, "image/jpeg").is_valid


def test_a_changed_manifest_is_noticed(signing_key):
    signed = sign_picture(encode_rendition(chart()), History("1", (OIL,)), signing_key)
    changed = signed.body.replace(b"limner.strength", b"limner.strangth")
    assert not read_credentials(changed, "image/jpeg").is_valid


def test_a_manifest_of_garbage_is_invalid(signing_key):
    signed = sign_picture(encode_rendition(chart()), History("1"), signing_key)
    at = signed.body.index(b"jumb") + 30
    garbage = signed.body[:at] + bytes(200) + signed.body[at + 200 :]
    assert not read_credentials(garbage, "image/jpeg").is_valid


# ── Keys ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def remote_key(signing_key):
    """Signs with the local key, as a service would."""
    private = load_pem_private_key(signing_key.private_key.encode(), None)
    return RemoteKey(signing_key.certificates, lambda data: private.sign(data, ec.ECDSA(hashes.SHA256())))


def test_a_remote_key_signs_without_its_private_part(signing_key, remote_key, trusted):
    upload = bounded.open_photo(_camera_photo(signing_key), Limits()).credentials
    for picture in every_picture():
        for history in (History("1"), History("1", (OIL,), upload)):
            signed, local = (sign_picture(picture, history, key) for key in (remote_key, signing_key))
            assert verify(signed, trusted).is_trusted
            assert verify(signed).ingredients == verify(local).ingredients
            assert abs(len(signed.body) - len(local.body)) < 16, "no larger than with a local key"


def test_a_certificate_of_another_key_is_noticed_before_a_picture_is_published(signing_key):
    other = ec.generate_private_key(ec.SECP256R1())
    remote = RemoteKey(signing_key.certificates, lambda data: other.sign(data, ec.ECDSA(hashes.SHA256())))
    with pytest.raises(SigningFailed, match="another key"):
        sign_picture(next(every_picture()), History("1"), remote)


def test_a_remote_key_signs_a_store_that_fills_several_segments_of_a_jpeg(signing_key, remote_key, trusted):
    upload = bounded.open_photo(_camera_photo(signing_key, size=(4000, 3000)), Limits()).credentials
    whole = replace(upload, redactions=())
    signed = sign_picture(encode_rendition(chart()), History("1", (), whole), remote_key)
    assert len(signed.body) > 2**16
    assert verify(signed, trusted).is_trusted


def test_threads_that_sign_their_first_pictures_at_the_same_time_have_one_placeholder():
    """In a copy of the module that has not signed anything, whose keys take a while to make."""
    spec = importlib.util.find_spec("photo_files.credentials.remote_signature")
    copy = importlib.util.module_from_spec(spec)
    generate = ec.generate_private_key

    def slowly(curve):
        time.sleep(0.05)
        return generate(curve)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ec, "generate_private_key", slowly)
        spec.loader.exec_module(copy)
        with ThreadPoolExecutor(4) as pool:
            assert len(set(pool.map(lambda _: copy.placeholder_key(), range(4)))) == 1


def test_a_signature_that_is_not_in_one_piece_is_not_replaced(remote_key, monkeypatch):
    embedded = content_credentials._embedded
    monkeypatch.setattr(content_credentials, "_embedded", lambda *arguments: (b"", embedded(*arguments)[1]))
    with pytest.raises(SigningFailed, match="one piece"):
        sign_picture(next(every_picture()), History("1"), remote_key)


@pytest.mark.parametrize(
    "damage",
    [
        lambda store: store.replace(b"c2pa.signature", b"c2pa.signatura"),
        lambda store: store.replace(b"c2pa.claim.v2", b"c2pa.claim.v3"),
        lambda store: store.replace(b"\xd2\x84", b"\xd2\x83"),
        lambda store: store.replace(b"alg", b"alk"),
    ],
)
def test_a_store_of_another_form_is_not_signed(signing_key, monkeypatch, damage):
    """As a later release of the library might make it."""
    embedded = content_credentials._embedded
    monkeypatch.setattr(
        content_credentials, "_embedded", lambda *arguments: (b"", damage(embedded(*arguments)[1]))
    )
    remote = RemoteKey(signing_key.certificates, lambda data: pytest.fail("the key was asked"))
    with pytest.raises(SigningFailed):
        sign_picture(next(every_picture()), History("1"), remote)


def test_a_remote_key_s_error_is_the_cause(signing_key):
    def fail(data):
        raise TimeoutError("KMS")

    upload = UploadCredentials(b"", ())
    for history in (History("1"), History("1", upload=replace(upload, archive=b"x"))):
        with pytest.raises(SigningFailed) as caught:
            sign_picture(next(every_picture()), history, RemoteKey(signing_key.certificates, fail))
        assert isinstance(caught.value.__cause__, TimeoutError)


@pytest.mark.parametrize(
    "certificates", ["", "no PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"]
)
def test_invalid_certificates_are_a_signing_failure(signing_key, certificates):
    with pytest.raises(SigningFailed):
        sign_picture(next(every_picture()), History("1"), LocalKey(certificates, signing_key.private_key))


def test_private_keys_are_not_printed(signing_key):
    assert "PRIVATE" not in repr(signing_key)


# ── Uploads with credentials of their own ────────────────────────────────────────────────────────────


def _detailed(width, height):
    """With detail that a thumbnail keeps."""
    return Image.fromarray(coffee()).resize((width, height))


def _camera_photo(signing_key, format_="JPEG", source_type=CAPTURED, size=(900, 600)):
    """A photo as a camera signs it: with a thumbnail, and its position."""
    settings = {"version": 1, "builder": {"thumbnail": {"enabled": True}}}
    manifest = {
        "claim_generator_info": [{"name": "Camera", "version": "1"}],
        "title": "DSC1",
        "assertions": [
            {
                "label": "c2pa.actions",
                "data": {"actions": [{"action": "c2pa.created", "digitalSourceType": source_type}]},
            },
            {
                "label": "stds.exif",
                "kind": "Json",
                "data": {
                    "@context": {"exif": "http://ns.adobe.com/exif/1.0/"},
                    "exif:GPSLatitude": "48,12.0N",
                },
            },
        ],
    }
    output, content_type = BytesIO(), f"image/{format_.lower()}"
    key = signing_key
    info = c2pa.C2paSignerInfo(b"es256", key.certificates.encode(), key.private_key.encode(), None)
    with (
        c2pa.Builder(manifest, c2pa.Context.from_dict(settings)) as builder,
        c2pa.Signer.from_info(info) as signer,
    ):
        builder.sign(signer, content_type, BytesIO(encoded(_detailed(*size), format_)), output)
    return output.getvalue()


@pytest.mark.parametrize("format_", FORMATS)
def test_an_upload_s_own_credentials_are_kept_as_ingredient(signing_key, trusted, format_):
    data = _camera_photo(signing_key, format_)
    assert b"c2pa.thumbnail" in data or format_ == "AVIF", "the library makes none of an AVIF"
    assert b"48,12.0N" in data
    made = bounded.make_variants(data, Limits())
    for picture in made.pictures:
        signed = sign_picture(picture, History("1", converted(picture, 900), made.credentials), signing_key)
        credentials = verify(signed, trusted)
        assert credentials.is_trusted, credentials
        assert credentials.ingredients == ("parentOf upload with its own credentials",)
        assert b"Camera" in signed.body, "the upload's manifest is in the picture"
        assert b"48,12.0N" not in signed.body, "its position is not"
        assert len(signed.body) - len(picture.body) < 16_000, "nor its thumbnail"
    opened = bounded.open_photo(data, Limits())
    assert opened.credentials.redactions == made.credentials.redactions


def test_what_an_upload_s_credentials_say_of_its_making_counts_for_its_pictures(signing_key):
    generated = _camera_photo(signing_key, source_type=TRAINED)
    assert bounded.open_photo(generated, Limits()).provenance.styled.source == TRAINED
    variants = bounded.make_variants(generated, Limits()).pictures
    assert {read_provenance(variant.body).source for variant in variants} == {TRAINED}


def test_an_upload_that_was_changed_after_its_signing_is_kept_as_such(signing_key):
    data = bytearray(_camera_photo(signing_key))
    data[-40] ^= 1
    opened = bounded.open_photo(bytes(data), Limits())
    signed = sign_picture(encode_rendition(opened.image), History("1", (), opened.credentials), signing_key)
    assert verify(signed).is_valid, "our manifest is valid"
    assert b"assertion.dataHash.mismatch" in signed.body, "and records that the upload's is not"


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data.replace(b"c2pa.claim", b"c2pa.clarm"),
        lambda data: data[: data.index(b"jumb") + 30] + bytes(300) + data[data.index(b"jumb") + 330 :],
    ],
    ids=["a renamed claim", "zeros"],
)
def test_a_photo_with_broken_credentials_is_accepted(signing_key, damage):
    opened = bounded.open_photo(damage(_camera_photo(signing_key)), Limits())
    signed = sign_picture(encode_rendition(opened.image), History("1", (), opened.credentials), signing_key)
    assert verify(signed).is_valid


def test_credentials_that_cannot_be_included_are_left_out_and_reported(signing_key, caplog):
    odd = UploadCredentials(b"no archive at all", ("self#jumbf=/c2pa/nowhere/c2pa.assertions/c2pa.metadata",))
    signed = sign_picture(next(every_picture()), History("1", (), odd), signing_key)
    assert verify(signed).is_valid
    assert "left out" in caplog.text


def test_nothing_is_fetched_for_a_file_that_names_an_address(signing_key):
    """A unit test has no network: a request would fail it."""
    xmp = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dcterms="http://purl.org/dc/terms/">' \
          '<rdf:Description dcterms:provenance="http://127.0.0.1:9/c2pa/jumb"/></rdf:RDF>'  # fmt: skip
    data = encoded(chart(), "JPEG", xmp=xmp.encode())
    assert bounded.open_photo(data, Limits()).credentials is None
    assert read_credentials(data, "image/jpeg") is None or not read_credentials(data, "image/jpeg").is_valid


def test_credentials_beyond_the_maximum_size_are_left_out(signing_key, monkeypatch):
    from photo_files.credentials import upload_credentials

    data = _camera_photo(signing_key)
    monkeypatch.setattr(upload_credentials, "MAX_ARCHIVE_BYTES", 1000)
    assert upload_credentials.read_upload_credentials(data, "image/jpeg") is None


def test_most_uploads_never_load_the_library(monkeypatch):
    from photo_files.credentials import upload_credentials

    monkeypatch.setattr(upload_credentials, "_read", lambda *_: pytest.fail("the library was called"))
    assert upload_credentials.read_upload_credentials(encoded(chart(), "JPEG"), "image/jpeg") is None


# ── The command ──────────────────────────────────────────────────────────────────────────────────────


def test_verify_prints_what_each_file_says(tmp_path, signing_key, signing_folder, capsys):
    paths = []
    for number, picture in enumerate(every_picture()):
        signed = sign_picture(picture, History("1", (OIL,)), signing_key)
        paths.append(tmp_path / f"{number}-{picture.name}")
        paths[-1].write_bytes(signed.body)
    assert main(["verify", *map(str, paths), "--trust", str(signing_folder / "ca.pem")]) == 0
    output = capsys.readouterr().out
    assert output.count("valid, signer trusted") == len(paths)
    for words in ("Limner local signing", "c2pa.edited", '"oil": 1.0', "parentOf upload", "© Mugs"):
        assert output.count(words) == len(paths), words


def test_verify_fails_for_a_file_that_is_changed_unsigned_or_no_picture(tmp_path, signing_key, capsys):
    signed = sign_picture(encode_rendition(chart()), History("1"), signing_key).body
    files = {
        "valid.jpg": signed,
        "changed.jpg": signed[:-40] + bytes([signed[-40] ^ 1]) + signed[-39:],
        "unsigned.jpg": encode_rendition(chart()).body,
        "text.txt": b"no picture at all, but a text of some length",
        "short.jpg": signed[:10],
    }
    for name, body in files.items():
        (tmp_path / name).write_bytes(body)
    status = {name: main(["verify", str(tmp_path / name)]) for name in [*files, "missing.jpg"]}
    assert [name for name, code in status.items() if code == 0] == ["valid.jpg"]
    assert main(["verify", str(tmp_path / "changed.jpg"), str(tmp_path / "valid.jpg")]) == 1
    output = capsys.readouterr().out
    for words in (
        "NOT VALID",
        "not signed",
        "not a JPEG, PNG, WebP or AVIF",
        "cannot be read",
        "signer unknown",
    ):
        assert words in output


def test_actions_without_parameters_are_kept_short():
    assert content_credentials._action(Action("c2pa.edited")) == {"action": "c2pa.edited"}
