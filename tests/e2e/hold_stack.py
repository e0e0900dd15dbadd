"""`python -m local` with the container that needs no network, so that it is up in seconds.

python tests/e2e/hold_stack.py <folder for logs>
"""

import functools
import signal
import sys
from pathlib import Path

from local import __main__ as cli
from local.aws.emulator import Image
from local.aws.running import running

FAKE = Image(script=Path(__file__).with_name("fake_serve.py"), artefacts=Path(__file__).parent)

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs are born deaf to it
vars(cli)["running"] = functools.partial(running, image=FAKE, logs=Path(sys.argv[1]))
cli.app([])
