"""`python -m local` with a model server without a neural network, so that it starts in seconds.

python tests/e2e/hold_stack.py <folder for logs>
"""

import functools
import signal
import sys
from pathlib import Path

from local import __main__ as cli
from local.aws.emulator import Image
from local.aws.running import running

FAKE_IMAGE = Image(script=Path(__file__).with_name("fake_serve.py"), artefacts=Path(__file__).parent)

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts background jobs with SIGINT ignored
vars(cli)["running"] = functools.partial(running, image=FAKE_IMAGE, logs=Path(sys.argv[1]))
cli.app([])
