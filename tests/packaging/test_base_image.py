"""The container is built from a base image by digest: reading base-image.txt, looking a tag up, writing it back."""

import json

import pytest

from base_image import FILE, BaseImage, digest_of, pin, read
from tests.template_reader import ROOT

DIGEST, NEWER = f"sha256:{'a1' * 32}", f"sha256:{'b2' * 32}"


def registry(digest):
    return lambda _: json.dumps({"mediaType": "application/vnd.oci.image.index.v1+json", "digest": digest})


def unreachable(tagged):
    raise AssertionError(f"asked the registry for {tagged}")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "base-image.txt"
    path.write_text("# why, with python:3.12-slim in a comment\npython:3.12-slim\n")
    return path


@pytest.mark.parametrize(
    ("reference", "parts"),
    [
        ("python:3.12-slim", ("python", "3.12-slim", None)),
        (f"python:3.12-slim@{DIGEST}", ("python", "3.12-slim", DIGEST)),
        ("registry.example:5000/team/python:3.12", ("registry.example:5000/team/python", "3.12", None)),
    ],
)
def test_a_reference_round_trips(reference, parts):
    image = BaseImage.parse(reference)
    assert (image.name, image.tag, image.digest) == parts
    assert str(image) == reference


@pytest.mark.parametrize(
    "reference",
    [
        "python",
        f"python@{DIGEST}",
        "python:3.12@sha256:12",
        f"python:3.12@md5:{'a' * 64}",
        "python:3.12 slim",
    ],
)
def test_a_reference_without_a_tag_is_refused(reference):
    with pytest.raises(ValueError, match="is not name:tag"):
        BaseImage.parse(reference)


def test_a_missing_digest_is_looked_up_and_recorded(file):
    assert str(pin(file, registry(DIGEST))) == f"python:3.12-slim@{DIGEST}"
    assert file.read_text() == f"# why, with python:3.12-slim in a comment\npython:3.12-slim@{DIGEST}\n"
    assert pin(file, unreachable).digest == DIGEST


def test_a_recorded_digest_changes_only_with_renew(file):
    pin(file, registry(DIGEST))
    assert pin(file, registry(NEWER)).digest == DIGEST
    assert pin(file, registry(NEWER), renew=True).digest == NEWER
    assert read(file).digest == NEWER


@pytest.mark.parametrize("text", ["# nothing\n", "python:3.12-slim\ndebian:13\n"])
def test_a_file_without_exactly_one_reference_is_refused(file, text):
    file.write_text(text)
    with pytest.raises(ValueError, match="references, not one"):
        read(file)


def test_a_manifest_without_a_sha256_digest_is_refused():
    with pytest.raises(ValueError, match="SHA-256"):
        digest_of(json.dumps({"digest": "latest"}))


def test_the_dockerfile_uses_the_recorded_image():
    lines = (ROOT / "functions/stylizer/Dockerfile").read_text("utf-8").splitlines()
    assert "FROM ${BASE_IMAGE}" in lines
    assert f"ARG BASE_IMAGE={read(FILE).tagged}" in lines, "the same tag without make image"
    assert '--build-arg BASE_IMAGE="$$base"' in (ROOT / "Makefile").read_text("utf-8")
