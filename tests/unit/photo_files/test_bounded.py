"""A file cannot take down the function that opens it. Children really loop, allocate, crash and exit here."""

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

from photo_files import bounded, intake
from photo_files.child_process import isolation
from photo_files.child_process.fork_server import Bounds
from photo_files.child_process.isolation import (
    ChildDied,
    ChildRaised,
    ChildTimedOut,
    ForkServer,
    ForkServerFailed,
)
from photo_files.errors import DecoderUnavailable, FileProblem, FileRefused
from photo_files.intake import Limits
from photo_files.perceptual_hash import perceptual_hash
from photo_files.variants import encode_variants
from tests import makers, misbehaviour

BOUNDS = Bounds(cpu_seconds=5.0, memory_bytes=2**28)
SHORT_BOUNDS = Bounds(cpu_seconds=0.3, memory_bytes=2**28)
LIMITS = Limits()
ONE_OF_EACH_OUTCOME = [
    misbehaviour.segfault,
    misbehaviour.raise_system_exit,
    misbehaviour.raise_runtime_error,
    misbehaviour.echo,
]


@pytest.fixture(scope="module")
def server():
    server = ForkServer(prepare=misbehaviour.echo)
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def _next_call_works_and_no_process_is_left(server):
    yield
    assert server.run(BOUNDS, misbehaviour.echo, b"next call") == [b"next call"]
    assert becomes_true(lambda: not children_of(server)), f"left behind: {children_of(server)}"


def children_of(server):
    return psutil.Process(server._process.pid).children(recursive=True)


def becomes_true(condition, seconds=3.0):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


@pytest.mark.parametrize("blobs", [[], [b""], [b"a", b"", b"\x00" * 70_000], [b"x"] * 900])
def test_blobs_are_returned_unchanged(server, blobs):
    assert server.run(BOUNDS, misbehaviour.echo, *blobs) == blobs


def test_large_blobs_are_returned_unchanged(server):
    blobs = server.run(Bounds(10, 2**30), misbehaviour.return_large_blobs, 3, 40_000_000)
    assert [(len(blob), blob[0], blob[-1]) for blob in blobs] == [(40_000_000, n, n) for n in range(3)]


@pytest.mark.parametrize("function", [misbehaviour.loop, misbehaviour.loop_in_native_code])
def test_cpu_time_is_limited(server, function):
    with pytest.raises(ChildTimedOut):
        server.run(SHORT_BOUNDS, function)


def test_wall_clock_time_is_limited(server):
    with pytest.raises(ChildTimedOut, match="SIGALRM"):
        server.run(SHORT_BOUNDS, misbehaviour.sleep)


def test_a_part_of_a_call_may_have_a_shorter_time_limit(server):
    with pytest.raises(ChildTimedOut):
        server.run(Bounds(600, BOUNDS.memory_bytes), misbehaviour.loop_in_limited_part, 0.2)
    assert server.run(BOUNDS, misbehaviour.exceed_the_limit_of_a_finished_part) == [b"done"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux enforces RLIMIT_DATA")
def test_memory_is_limited(server):
    with pytest.raises(ChildDied):
        server.run(BOUNDS, misbehaviour.allocate)
    assert server.run(BOUNDS, misbehaviour.allocate_with_malloc) == [b"malloc returned NULL"]


@pytest.mark.parametrize(
    ("function", "cause"),
    [
        (misbehaviour.segfault, "SIGSEGV"),
        (misbehaviour.abort, "SIGABRT"),
        (misbehaviour.raise_system_exit, "exited with status 1"),
        (misbehaviour.exit_at_once, "exited with status 0"),
        (misbehaviour.announce_too_large_an_answer, "exited with status 0"),
    ],
)
def test_the_exit_status_is_reported(server, function, cause):
    with pytest.raises(ChildDied, match=cause):
        server.run(BOUNDS, function)


@pytest.mark.skipif(sys.platform != "linux", reason="macOS has no real-time signals")
def test_a_signal_without_a_name_is_reported(server):
    with pytest.raises(ChildDied, match=r"signal 3\d"):
        server.run(BOUNDS, misbehaviour.die_of_realtime_signal)


def test_an_exception_of_the_function_is_raised_with_its_traceback(server):
    with pytest.raises(ChildRaised, match="RuntimeError: a bug in our code"):
        server.run(BOUNDS, misbehaviour.raise_runtime_error)


def test_a_child_that_was_killed_once_is_tried_again(server):
    """As from the kernel, when another process has used up the memory."""
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(server.run, BOUNDS, misbehaviour.stop_and_echo, b"second attempt")
        (first,) = stopped_children(server, 1)
        first.kill()
        (second,) = stopped_children(server, 1, other_than=first)
        second.resume()
        assert call.result() == [b"second attempt"]


def test_a_dead_server_is_an_error_of_its_own_and_is_replaced(server):
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(server.run, BOUNDS, misbehaviour.stop_and_echo)
        for _attempt in range(2):
            (child,) = stopped_children(server, 1)
            dead = server._process
            dead.kill()
            child.kill()
            assert becomes_true(lambda dead=dead: call.done() or server._process is not dead)
        with pytest.raises(ForkServerFailed):
            call.result()


def stopped_children(server, count, other_than=None):
    """The children once this many of them have stopped themselves."""

    def stopped():
        with suppress(psutil.Error, AttributeError):
            return [
                child
                for child in children_of(server)
                if child.status() == psutil.STATUS_STOPPED and child != other_than
            ]
        return []

    assert becomes_true(lambda: len(stopped()) >= count, seconds=10)
    return stopped()


def test_calls_run_concurrently(server):
    with ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(server.run, BOUNDS, misbehaviour.stop_and_echo, b"%d" % n) for n in range(8)]
        for child in stopped_children(server, 8):
            child.resume()
        assert [call.result() for call in calls] == [[b"%d" % n] for n in range(8)]


def test_concurrent_calls_fail_independently(server):
    def outcome(function):
        try:
            return server.run(BOUNDS, function)
        except (ChildDied, ChildRaised) as error:
            return type(error)

    with ThreadPoolExecutor(8) as pool:
        assert (
            list(pool.map(outcome, ONE_OF_EACH_OUTCOME * 10)) == [ChildDied, ChildDied, ChildRaised, []] * 10
        )


def test_children_hold_no_descriptor_of_other_calls(server):
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(server.run, BOUNDS, misbehaviour.stop_and_echo)
        (child,) = stopped_children(server, 1)
        with pytest.raises(ChildDied):
            server.run(BOUNDS, misbehaviour.segfault)
        assert not slow.done(), "the end of one child is noticed while another child runs"
        child.resume()
        slow.result()


def test_a_killed_caller_leaves_no_process_and_no_file(tmp_path):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    caller = textwrap.dedent("""
        from photo_files.child_process.isolation import Bounds, ForkServer
        from tests import misbehaviour
        server = ForkServer(prepare=misbehaviour.echo)
        server.start()
        print(server._process.pid, flush=True)
        server.run(Bounds(60, 2**28), misbehaviour.sleep)
    """)
    process = subprocess.Popen(
        [sys.executable, "-c", caller],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": ".", "TMPDIR": str(temporary)},
    )
    server = psutil.Process(int(process.stdout.readline()))
    assert becomes_true(server.children, seconds=10)
    (child,) = server.children()
    process.kill()
    process.wait()
    process.stdout.close()
    assert becomes_true(lambda: has_ended(child.pid)), "the child outlived its caller"
    assert becomes_true(lambda: has_ended(server.pid)), "the server outlived its caller"
    assert list(temporary.iterdir()) == []


def has_ended(pid):
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_the_callers_main_module_does_not_run_again(tmp_path):
    """Unlike in a child of `multiprocessing`: a script needs no guard, and its imports cost a call nothing."""
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent("""
            from photo_files.child_process.isolation import Bounds, ForkServer
            from tests import misbehaviour
            print("main module", flush=True)
            print(ForkServer(prepare=misbehaviour.echo).run(Bounds(5, 2**28), misbehaviour.echo, b"x"))
        """)
    )
    environment = {**os.environ, "PYTHONPATH": "."}
    ran = subprocess.run(
        [sys.executable, script], env=environment, capture_output=True, text=True, check=False
    )
    assert (ran.stdout.splitlines(), ran.stderr) == (["main module", "[bytearray(b'x')]"], "")


def test_a_hanging_server_does_not_hang_its_caller(monkeypatch):
    """Neither in a call that waits for an exit status, nor in one that waits for a child, nor in `stop`."""
    monkeypatch.setattr(isolation, "ANSWER_GRACE_SECONDS", 0.3)
    monkeypatch.setattr(isolation, "KILL_GRACE_SECONDS", 0.3)
    server = ForkServer(prepare=misbehaviour.echo)
    assert server.run(BOUNDS, misbehaviour.echo) == []
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(server.run, SHORT_BOUNDS, misbehaviour.stop_and_echo)
        (child,) = stopped_children(server, 1)
        server._process.send_signal(signal.SIGSTOP)
        child.kill()
        with pytest.raises(ChildTimedOut):  # of the second attempt, which the hanging server never forks
            call.result()
    server.stop()
    assert server.run(BOUNDS, misbehaviour.echo, b"new server") == [b"new server"]
    server.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="counts in /proc")
def test_no_descriptor_is_left_open(server):
    def descriptors():
        """Of this process, and of the server, which shows them to root alone."""
        counted = ["self", server._process.pid] if os.geteuid() == 0 else ["self"]
        return [len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in counted]

    def some_calls():
        for function in ONE_OF_EACH_OUTCOME:
            with suppress(ChildDied, ChildRaised):
                server.run(BOUNDS, function)
        assert becomes_true(lambda: not children_of(server))

    some_calls()
    before = descriptors()
    some_calls()

    def none_is_left():
        return all(now <= then for now, then in zip(descriptors(), before, strict=True))

    assert becomes_true(none_is_left), (before, descriptors())


def test_sigterm_does_not_end_the_server(server):
    """When a container stops, SIGTERM reaches its whole process group, and the caller finishes its tickets."""
    os.kill(server._process.pid, signal.SIGTERM)
    assert server.run(BOUNDS, misbehaviour.echo, b"x") == [b"x"]


# ── Photos ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module", autouse=True)
def _photo_server():
    yield
    bounded._fork_server().stop()


def encoded(image, format_):
    file = io.BytesIO()
    image.save(file, format_)
    return file.getvalue()


def test_the_server_has_one_thread_when_it_forks():
    bounded.open_photo(makers.jpeg(), LIMITS)
    assert psutil.Process(bounded._fork_server()._process.pid).num_threads() == 1


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("format_", ["PNG", "WEBP", "AVIF"])
def test_an_opened_photo_equals_that_of_the_intake(mode, format_):
    noise = Image.frombytes(mode, (60, 40), random.Random(1).randbytes(60 * 40 * len(mode)))
    data = encoded(noise, format_)
    from_child, direct = bounded.open_photo(data, LIMITS).image, intake.open_photo(data, LIMITS)
    assert (from_child.mode, from_child.size, from_child.tobytes()) == (
        direct.mode,
        direct.size,
        direct.tobytes(),
    )


def test_variants_equal_those_encoded_directly():
    data = makers.jpeg(700, 500)
    made, photo = bounded.make_variants(data, LIMITS), intake.open_photo(data, LIMITS)
    assert list(made.pictures) == list(encode_variants(photo))
    assert (made.photo_width, made.hash, made.credentials) == (700, perceptual_hash(photo), None)


@pytest.mark.parametrize("call", [bounded.open_photo, bounded.make_variants])
@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", FileProblem.EMPTY_FILE),
        (b"GIF89a" + bytes(50), FileProblem.UNSUPPORTED_FORMAT),
        (makers.jpeg(300, 300)[:-300], FileProblem.DAMAGED_IMAGE),
        (makers.jpeg(20, 20), FileProblem.TOO_SMALL),
    ],
)
def test_refusals_equal_those_of_the_intake(call, data, code):
    with pytest.raises(FileRefused) as direct:
        intake.open_photo(data, LIMITS)
    with pytest.raises(FileRefused) as from_child:
        call(data, LIMITS)
    expected = direct.value
    assert (from_child.value.code, from_child.value.message) == (expected.code, expected.message)
    assert expected.code == code


@pytest.mark.parametrize("data", [b"segfault", b"allocate", b"loop", b"raise_system_exit"])
@pytest.mark.parametrize("name", ["open_photo", "make_variants"])
def test_a_file_that_breaks_its_decoder_is_refused(monkeypatch, name, data):
    monkeypatch.setattr(bounded, "OPEN_CPU_SECONDS", 0.3)
    monkeypatch.setattr(bounded, "ENCODE_CPU_SECONDS", 0.1)
    monkeypatch.setattr(bounded, "_open_in_child", misbehaviour.misbehave_as_named)
    monkeypatch.setattr(bounded, "_make_variants_in_child", misbehaviour.misbehave_as_named)
    with pytest.raises(FileRefused) as caught:
        getattr(bounded, name)(data, LIMITS)
    assert caught.value.code == FileProblem.DAMAGED_IMAGE
    assert "export it again" in caught.value.message


def test_a_failed_fork_server_is_no_refusal(monkeypatch):
    def fail(*_args):
        raise ForkServerFailed("no process left")

    monkeypatch.setattr(bounded._fork_server(), "run", fail)
    with pytest.raises(DecoderUnavailable, match="no process left"):
        bounded.open_photo(makers.jpeg(), LIMITS)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux enforces RLIMIT_DATA")
def test_a_picture_larger_than_its_header_says_exceeds_the_memory():
    """As when an AV1 frame overrides the size in its sequence header, which is all that the limits have seen."""
    data = encoded(Image.new("RGB", (5000, 5000)), "PNG")
    (head,) = bounded._fork_server().run(Bounds(10.0, 2**26), bounded._open_in_child, data, LIMITS)
    assert json.loads(head)["refused"] == FileProblem.DAMAGED_IMAGE
    assert bounded.open_photo(data, LIMITS).image.size == (5000, 5000), "with enough memory it opens"


def test_the_largest_photo_is_allowed_just_under_one_gibibyte():
    assert 0.9 * 2**30 < bounded.bounds_for(10.0, Limits()).memory_bytes < 2**30
