"""Run a Python script or module as a process that ends when its parent ends, however the parent ends.

    python -m local.child functions/stylizer/__main__.py serve

The parent holds the write end of this process's stdin and never writes to it. The kernel closes it when the
parent ends, also by SIGKILL, where no handler of the parent runs.
"""

import os
import runpy
import signal
import sys
import threading
import time
from pathlib import Path

KILL_GRACE_SECONDS = 5


def bind_to_parent() -> None:
    """End this process when its stdin is closed: SIGTERM first, exit after KILL_GRACE_SECONDS."""
    threading.Thread(target=_end_with_parent, name="parent-watch", daemon=True).start()


def _end_with_parent() -> None:
    # os.read and not sys.stdin: a daemon thread inside a buffered reader aborts the interpreter's shutdown.
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(KILL_GRACE_SECONDS)
    os._exit(1)


def main() -> None:
    bind_to_parent()
    script, *arguments = sys.argv[1:]
    sys.argv = [script, *arguments]
    sys.path.insert(0, str(Path(script).resolve().parent))
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    main()
