"""Everything up, and everything down again."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.aws.emulator import Emulator, Image
from local.aws.stack import Stack, deploy, wait_for_model, warm_up

ROOT = Path(__file__).resolve().parents[2]
STYLIZER = Image(
    script=ROOT / "functions/stylizer/__main__.py",
    artefacts=ROOT / "engine/models/fusenet-lite",
)
LOGS = ROOT / "build/local"


@dataclass(frozen=True)
class Running:
    emulator: Emulator
    stack: Stack


def _silent(_: str) -> None:
    pass


@contextmanager
def running(
    *,
    image: Image = STYLIZER,
    logs: Path = LOGS,
    parameters: Mapping[str, str] | None = None,
    say: Callable[[str], None] = _silent,
) -> Iterator[Running]:
    """The whole template, until the block ends; `say` hears what is being waited for.

    Raises:
        DidNotStart: the emulator did not come up.
        DeployFailed: the template or the model did not.
    """
    say("starting the emulator")
    with Emulator(image, logs) as emulator:
        say("deploying template.yaml")
        stack = deploy(emulator, ROOT / "template.yaml", parameters or {})
        say("loading the model")
        warm_up(emulator, stack)
        wait_for_model(emulator, stack)
        yield Running(emulator, stack)
