"""No file takes its function down: children that really loop, allocate, crash and leave."""

import io
import json
import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from PIL import Image

from limner.errors import PhotoRefused, RefusalCode, Unavailable
from limner.images import bounded, intake
from limner.images.intake import Limits
from limner.images.isolation import Bounds, ChildLost, ChildOverran, ChildRaised, ForkServer, ServerLost
from limner.images.variants import encode_variants
from tests import makers, misbehaviour

BOUNDS = Bounds(seconds=5.0, memory=2**28)
SHORT = Bounds(seconds=0.3, memory=2**28)
LIMITS = Limits()


@pytest.fixture(scope="module")
def server():
    server = ForkServer(prepare=misbehaviour.echo)
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def _nothing_is_left(server):
    """Whatever the child did, the next one works, and no process remains."""
    yield
    assert server.run(BOUNDS, misbehaviour.echo, b"still here") == [b"still here"]
    assert soon(lambda: not offspring(server)), f"left behind: {offspring(server)}"


def offspring(server):
    return psutil.Process(server._process.pid).children(recursive=True)


def soon(holds, seconds=3.0):
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.01)
    return holds()


@pytest.mark.parametrize("blobs", [[], [b""], [b"a", b"", b"\x00" * 70_000], [b"x"] * 900])
def test_blobs_come_back_as_they_were(server, blobs):
    assert server.run(BOUNDS, misbehaviour.echo, *blobs) == blobs


def test_large_answers(server):
    blobs = server.run(Bounds(10, 2**30), misbehaviour.large, 3, 40_000_000)
    assert [(len(blob), blob[0], blob[-1]) for blob in blobs] == [(40_000_000, n, n) for n in range(3)]


@pytest.mark.parametrize("work", [misbehaviour.loop, misbehaviour.loop_in_native_code])
def test_a_loop_ends_with_its_time(server, work):
    with pytest.raises(ChildOverran):
        server.run(SHORT, work)


def test_one_that_only_waits_ends_too(server):
    with pytest.raises(ChildOverran, match="SIGALRM"):
        server.run(SHORT, misbehaviour.sleep)


def test_a_part_may_have_less_time_than_the_whole(server):
    with pytest.raises(ChildOverran):
        server.run(Bounds(600, BOUNDS.memory), misbehaviour.loop_in_a_part, 0.2)
    assert server.run(BOUNDS, misbehaviour.part_in_time) == [b"done"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits a process's memory")
def test_memory_ends(server):
    with pytest.raises(ChildLost):
        server.run(BOUNDS, misbehaviour.allocate)
    assert server.run(BOUNDS, misbehaviour.allocate_natively) == [b"malloc said no"]


@pytest.mark.parametrize(
    ("work", "death"),
    [
        (misbehaviour.segfault, "SIGSEGV"),
        (misbehaviour.abort, "SIGABRT"),
        (misbehaviour.leave, "ended by itself"),
        (misbehaviour.leave_silently, "ended by itself"),
        (misbehaviour.answer_with_lies, "ended by itself"),
    ],
)
def test_a_death_is_told(server, work, death):
    with pytest.raises(ChildLost, match=death):
        server.run(BOUNDS, work)


def test_a_bug_is_not_the_files_fault(server):
    with pytest.raises(ChildRaised, match="RuntimeError: a bug of ours"):
        server.run(BOUNDS, misbehaviour.fail)


def test_one_kill_from_outside_is_forgiven(server, tmp_path):
    assert server.run(BOUNDS, misbehaviour.die_the_first_time, str(tmp_path / "x")) == [b"the second time"]


def test_a_server_that_dies_is_replaced_and_nothing_is_blamed_on_the_file(server):
    with pytest.raises(ServerLost):
        server.run(SHORT, misbehaviour.kill_the_server)


def test_children_work_side_by_side(server, tmp_path):
    with ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(server.run, BOUNDS, misbehaviour.meet, str(tmp_path), 8) for _ in range(8)]
        assert len({bytes(call.result()[0]) for call in calls}) == 8


def test_many_children_at_once_some_of_them_bad(server):
    work = [misbehaviour.segfault, misbehaviour.leave, misbehaviour.fail, misbehaviour.echo] * 10

    def outcome(function):
        try:
            return server.run(BOUNDS, function)
        except (ChildLost, ChildRaised) as error:
            return type(error)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(outcome, work)) == [ChildLost, ChildLost, ChildRaised, []] * 10


def test_children_have_no_descriptor_of_other_calls(server, tmp_path):
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(server.run, BOUNDS, misbehaviour.meet, str(tmp_path), 2)
        assert soon(lambda: list(tmp_path.iterdir()))
        with pytest.raises(ChildLost):
            server.run(BOUNDS, misbehaviour.segfault)
        assert not slow.done(), "a death is known while another child lives"
        (tmp_path / "the other").touch()
        slow.result()


def test_nothing_is_left_when_the_caller_is_killed(tmp_path):
    marker = tmp_path / "child"
    caller = textwrap.dedent(f"""
        from limner.images.isolation import Bounds, ForkServer
        from tests import misbehaviour
        server = ForkServer(prepare=misbehaviour.echo)
        server.start()
        print(server._process.pid, flush=True)
        server.run(Bounds(60, 2**28), misbehaviour.spawn_and_hang, {str(marker)!r})
    """)
    process = subprocess.Popen(
        [sys.executable, "-c", caller], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": "."}
    )
    server_pid = int(process.stdout.readline())
    assert soon(lambda: marker.exists() and marker.read_text())
    process.kill()
    process.wait()
    process.stdout.close()
    assert soon(lambda: not psutil.pid_exists(int(marker.read_text()))), "the child outlived its caller"
    assert soon(lambda: not psutil.pid_exists(server_pid) or is_zombie(server_pid)), "the server outlived it"


def is_zombie(pid):
    return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


@pytest.mark.skipif(sys.platform != "linux", reason="counts in /proc")
def test_no_descriptor_is_left_open(server):
    def descriptors():
        return [len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in ("self", server._process.pid)]

    def some_calls():
        for work in (misbehaviour.echo, misbehaviour.segfault, misbehaviour.fail, misbehaviour.leave):
            with suppress(ChildLost, ChildRaised):
                server.run(BOUNDS, work)
        assert soon(lambda: not offspring(server))

    some_calls()
    before = descriptors()
    some_calls()
    assert soon(lambda: descriptors() == before), (before, descriptors())


def test_a_drain_leaves_the_server_at_work(server):
    """SIGTERM reaches the whole group of a container that stops; its caller still has tickets in hand."""
    os.kill(server._process.pid, signal.SIGTERM)
    assert server.run(BOUNDS, misbehaviour.echo, b"x") == [b"x"]


# ── Photos ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module", autouse=True)
def _photo_server():
    yield
    bounded._server().stop()


def encoded(image, format_):
    file = io.BytesIO()
    image.save(file, format_)
    return file.getvalue()


def test_the_server_has_no_thread_when_it_forks():
    bounded.open_photo(makers.jpeg(), LIMITS)
    assert psutil.Process(bounded._server()._process.pid).num_threads() == 1


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("format_", ["PNG", "WEBP", "AVIF"])
def test_a_photo_is_what_the_intake_makes_of_it(mode, format_):
    noise = Image.frombytes(mode, (60, 40), random.Random(1).randbytes(60 * 40 * len(mode)))
    data = encoded(noise, format_)
    there, here = bounded.open_photo(data, LIMITS).image, intake.open_photo(data, LIMITS)
    assert (there.mode, there.size, there.tobytes()) == (here.mode, here.size, here.tobytes())


def test_variants_are_what_they_are_without():
    data = makers.jpeg(700, 500)
    assert list(bounded.make_variants(data, LIMITS)) == list(encode_variants(intake.open_photo(data, LIMITS)))


@pytest.mark.parametrize("call", [bounded.open_photo, bounded.make_variants])
@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", RefusalCode.EMPTY_FILE),
        (b"GIF89a" + bytes(50), RefusalCode.UNSUPPORTED_FORMAT),
        (makers.jpeg(300, 300)[:-300], RefusalCode.DAMAGED_IMAGE),
        (makers.jpeg(20, 20), RefusalCode.TOO_SMALL),
    ],
)
def test_refusals_cross_the_border(call, data, code):
    with pytest.raises(PhotoRefused) as here:
        intake.open_photo(data, LIMITS)
    with pytest.raises(PhotoRefused) as there:
        call(data, LIMITS)
    assert (there.value.code, there.value.message) == (here.value.code, here.value.message)
    assert there.value.code == code


@pytest.mark.parametrize("deed", [b"segfault", b"allocate", b"loop", b"leave"])
@pytest.mark.parametrize("name", ["open_photo", "make_variants"])
def test_a_file_that_breaks_its_decoder_is_refused(monkeypatch, name, deed):
    monkeypatch.setattr(bounded, "OPENING_SECONDS", 0.3)
    monkeypatch.setattr(bounded, "ENCODING_SECONDS", 0.1)
    monkeypatch.setattr(bounded, "_opened", misbehaviour.open_like_photo)
    monkeypatch.setattr(bounded, "_variants", misbehaviour.open_like_photo)
    with pytest.raises(PhotoRefused) as caught:
        getattr(bounded, name)(deed, LIMITS)
    assert caught.value.code == RefusalCode.DAMAGED_IMAGE
    assert "export it again" in caught.value.message


def test_a_worker_that_cannot_be_had_is_no_refusal(monkeypatch):
    def lost(*_args):
        raise ServerLost("no process left")

    monkeypatch.setattr(bounded._server(), "run", lost)
    with pytest.raises(Unavailable, match="no process left"):
        bounded.open_photo(makers.jpeg(), LIMITS)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits a process's memory")
def test_a_picture_larger_than_its_header_says_finds_no_room():
    """As when an AV1 frame overrides the size that its sequence states: the limits have passed it on."""
    data = encoded(Image.new("RGB", (5000, 5000)), "PNG")
    (head,) = bounded._server().run(Bounds(10.0, 2**26), bounded._opened, data, LIMITS)
    assert json.loads(head)["refused"] == RefusalCode.DAMAGED_IMAGE
    assert bounded.open_photo(data, LIMITS).image.size == (5000, 5000), "with room, it opens"


def test_the_largest_photo_has_room_in_a_gibibyte():
    assert 0.9 * 2**30 < bounded.bounds_for(10.0, Limits()).memory < 2**30
