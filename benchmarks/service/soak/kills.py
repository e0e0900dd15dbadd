"""SIGKILL for function workers and the model server, at random times, with a record of each kill."""

import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import psutil

from local.aws.emulator import Emulator

MODEL_SERVER = "model server"
MODEL_SERVER_SHARE = 0.25  # of the kills, until the model server has been killed often enough
EXCLUDED_FUNCTIONS = ("Storefront", "Sweeper")
"""The soak calls both itself: a killed storefront would fail its request, a killed sweeper its count."""
STOP_SECONDS = 10


@dataclass(frozen=True)
class Kill:
    at: datetime
    process: str


@dataclass
class Kills:
    record: list[Kill] = field(default_factory=list)

    def count(self) -> dict[str, int]:
        return dict(Counter(kill.process for kill in self.record))

    def of(self, name: str) -> list[Kill]:
        """The kills of processes whose name contains `name`."""
        return [kill for kill in self.record if name in kill.process]


@contextmanager
def killing(emulator: Emulator, kills: Kills, every: float, model_servers: int, seed: int) -> Iterator[None]:
    """Kill a worker about every `every` seconds (0: never), the model server `model_servers` times in all."""
    stopped, rng = threading.Event(), random.Random(seed)

    def keep_killing() -> None:
        while every > 0 and not stopped.wait(rng.uniform(0.5, 1.5) * every):
            kill_model_server = (
                len(kills.of(MODEL_SERVER)) < model_servers and rng.random() < MODEL_SERVER_SHARE
            )
            _kill(choose_process(emulator, rng, model_server=kill_model_server), kills)

    thread = threading.Thread(target=keep_killing, name="kills", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join(timeout=STOP_SECONDS)


def choose_process(
    emulator: Emulator, rng: random.Random, *, model_server: bool
) -> tuple[str, psutil.Process] | None:
    """A random function worker, or the model server, with its name; None if there is none."""
    named = [(name, process) for process in emulator.processes() if (name := _name_of(process))]
    candidates = [pair for pair in named if (pair[0] == MODEL_SERVER) is model_server]
    return rng.choice(candidates) if candidates else None


def _name_of(process: psutil.Process) -> str | None:
    """The function that a worker runs, or MODEL_SERVER; None for the emulator and excluded functions."""
    with suppress(psutil.Error):
        if "local.child" in process.cmdline():
            return MODEL_SERVER
        name = process.environ().get("AWS_LAMBDA_FUNCTION_NAME", "").removeprefix("limner-").partition("-")[0]
        return name if name and not any(excluded in name for excluded in EXCLUDED_FUNCTIONS) else None
    return None


def _kill(choice: tuple[str, psutil.Process] | None, kills: Kills) -> None:
    if choice:
        name, process = choice
        with suppress(psutil.Error):
            process.kill()
            kills.record.append(Kill(datetime.now(UTC), name))
