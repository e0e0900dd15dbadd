"""A child that decodes a file can reach nothing that decoding does not need: attempts from inside of one."""

import io
import json
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from photo_files import bounded, intake
from photo_files.intake import Limits
from photo_files.metadata.provenance import Provenance
from photo_files.metadata.provenance_reader import read_provenance
from photo_files.metadata.provenance_writer import save_options
from photo_files.variants import encode_variants
from tests import makers, pictures

SECRET = "canary-of-a-secret"
AS_ORDINARY_USER = ["setpriv", "--reuid=65533", "--regid=65533", "--clear-groups"]
READ_ANY_FILE = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
"""Only to start the interpreter, which may be installed in root's home."""
CALLER = textwrap.dedent("""
    import json, os, subprocess, sys
    from photo_files.child_process.isolation import Bounds, ChildDied, ForkServer
    from tests import misbehaviour

    def attempt(name):
        try:
            return server.run(Bounds(10, 2**28), misbehaviour.attempt, name, os.getpid())[0].decode()
        except ChildDied as error:
            return f"died: {error}"

    server = ForkServer(prepare=misbehaviour.echo)
    outcomes = {name: attempt(name) for name in (*misbehaviour.ATTEMPTS, *misbehaviour.ATTEMPTS_ON_CALLER)}
    peer = subprocess.run(["cat", f"/proc/{os.getpid()}/environ"], capture_output=True)
    outcomes["environment of the caller in a program of its user"] = str(b"canary" in peer.stdout)
    outcomes["user"] = str(os.getuid())
    print(json.dumps(outcomes))
""")

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="macOS has no prctl and no /proc")


def outcomes(tmp_path: Path, *prefix: str) -> dict[str, str]:
    """What became of each attempt in the children of a process that has a secret in its environment."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "AWS_SECRET_ACCESS_KEY": SECRET}
    with (tmp_path / "stderr").open("wb") as stderr:
        ran = subprocess.run(
            [*prefix, sys.executable, "-c", CALLER],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=stderr,
            cwd=Path(__file__).parents[3],
            check=False,
        )
    error = (tmp_path / "stderr").read_text()
    assert ran.returncode == 0, error
    assert "canary" not in error, "a child wrote to a file"
    return dict(json.loads(ran.stdout))


@pytest.fixture(scope="module", params=["this user", "an ordinary user"])
def attempts(request, tmp_path_factory) -> dict[str, str]:
    prefix = []
    if request.param == "an ordinary user" and os.geteuid() == 0:
        if not shutil.which("setpriv"):
            pytest.skip("no setpriv to change the user with")
        prefix = [*AS_ORDINARY_USER, *READ_ANY_FILE]
    return outcomes(tmp_path_factory.mktemp("caller"), *prefix)


@linux_only
@pytest.mark.parametrize(
    ("attempt", "errors"),
    [
        ("open_file", {"EMFILE"}),
        ("open_environment_of", {"EMFILE", "EACCES"}),
        ("create_file", {"EMFILE"}),
        ("write_to_stderr", {"EFBIG"}),
        ("open_socket", {"EMFILE"}),
        ("connect", {"EISCONN", "ENOENT"}),
        ("duplicate_descriptor", {"EMFILE", "EINVAL"}),
        ("fork", {"EAGAIN"}),
        ("start_thread", {"can't start new thread"}),
        ("raise_limit", {"not allowed to raise maximum limit"}),
        ("become_root", {"EPERM"}),
        ("trace", {"EPERM"}),
        ("read_memory_of", {"EPERM"}),
    ],
)
def test_a_child_cannot(attempts: dict[str, str], attempt: str, errors: set[str]) -> None:
    assert attempts[attempt] in errors


@linux_only
def test_a_child_has_no_secret_in_its_environment(attempts: dict[str, str]) -> None:
    assert attempts["read_environment"].startswith("reached")
    assert SECRET not in attempts["read_environment"]
    assert "AWS" not in attempts["read_environment"]


@linux_only
def test_a_program_that_a_child_becomes_cannot_even_load_its_libraries(attempts: dict[str, str]) -> None:
    """As root's child it is not started at all; as another's it ends at once, with the loader's status."""
    assert attempts["execute"] in {"EAGAIN", "died: exited with status 127"}


@linux_only
def test_the_callers_environment_is_closed_to_other_programs_of_its_user(attempts: dict[str, str]) -> None:
    """Root's is not; there the child is another user's."""
    expected = str(attempts["user"] == "0")
    assert attempts["environment of the caller in a program of its user"] == expected


@linux_only
def test_a_child_of_root_cannot_signal_its_caller(attempts: dict[str, str]) -> None:
    if attempts["user"] == "0":
        assert attempts["send_signal_to"] == "EPERM"


@pytest.mark.skipif(os.geteuid() != 0, reason="changes the user")
def test_a_container_without_the_capability_to_change_users_still_decodes(tmp_path: Path) -> None:
    if not shutil.which("setpriv"):
        pytest.skip("no setpriv to drop capabilities with")
    reached = outcomes(tmp_path, "setpriv", "--bounding-set=-setuid,-setgid,-sys_ptrace", "--inh-caps=-all")
    assert (reached["open_file"], reached["read_memory_of"], reached["trace"]) == ("EMFILE", "EPERM", "EPERM")


# ── Decoding needs nothing of that ───────────────────────────────────────────────────────────────────


def with_metadata(format_: str) -> bytes:
    provenance = Provenance(("Ana Example", "Žofie Přílišná"), "© 2026", "Example Studio")
    return pictures.encoded(pictures.chart(), format_, **save_options(provenance, format_))


def two_pictures() -> bytes:
    file = io.BytesIO()
    chart = pictures.chart()
    chart.save(file, "MPO", save_all=True, append_images=[chart.resize((48, 32))])
    return file.getvalue()


def of_20_megabytes() -> bytes:
    body = makers.jpeg(1200, 900)
    comment = b"\xff\xfe\xff\xff" + bytes(65_533)
    count = (20 * 2**20 - len(body)) // len(comment)
    return body[:2] + count * comment + body[2:]


PHOTOS = {
    **{f"{format_} with metadata": (lambda f=format_: with_metadata(f)) for format_ in pictures.FORMATS},
    **{
        f"{format_} with a profile": (
            lambda f=format_: pictures.encoded(
                pictures.chart(), f, icc_profile=pictures.rgb_profile(pictures.DISPLAY_P3, 2.2)
            )
        )
        for format_ in pictures.FORMATS
    },
    **{
        f"{format_} cut-out": (lambda f=format_: pictures.encoded(pictures.chart(mode="RGBA"), f))
        for format_ in ("PNG", "WEBP", "AVIF")
    },
    "CMYK JPEG": lambda: pictures.encoded(pictures.chart(mode="CMYK"), "JPEG"),
    "grey JPEG": lambda: pictures.encoded(pictures.chart(mode="L"), "JPEG"),
    "palette PNG": lambda: pictures.encoded(pictures.chart(mode="P"), "PNG"),
    "rotated JPEG": lambda: pictures.with_orientation(pictures.chart(), "JPEG", 6),
    "two pictures in a JPEG": two_pictures,
    "AVIF of 4 megapixels": lambda: pictures.encoded(pictures.chart(2400, 1600), "AVIF", quality=60),
    "JPEG of 20 MB": of_20_megabytes,
}


@pytest.mark.parametrize("name", PHOTOS)
def test_a_photo_is_decoded_as_without_confinement(name: str) -> None:
    data = PHOTOS[name]()
    opened, direct = bounded.open_photo(data, Limits()), intake.open_photo(data, Limits())
    assert (opened.image.mode, opened.image.size) == (direct.mode, direct.size)
    assert opened.image.tobytes() == direct.tobytes()
    assert opened.provenance == read_provenance(data)


@pytest.mark.parametrize("name", ["JPEG with metadata", "PNG cut-out", "AVIF cut-out", "JPEG with a profile"])
def test_variants_are_encoded_as_without_confinement(name: str) -> None:
    data = PHOTOS[name]()
    direct = encode_variants(intake.open_photo(data, Limits()), read_provenance(data))
    assert list(bounded.make_variants(data, Limits()).pictures) == list(direct)
