"""SIGKILL for function workers and the model server, at random times, and a book of who died when."""

import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import psutil

from local.aws.emulator import Emulator

MODEL = "model server"
SPARED = ("Storefront", "Sweeper")
"""The storefront's caller would see the error itself; the sweeper's runs are made and counted by the soak."""


@dataclass(frozen=True)
class Kill:
    at: datetime
    who: str


@dataclass
class Kills:
    book: list[Kill] = field(default_factory=list)

    def count(self) -> dict[str, int]:
        return dict(Counter(kill.who for kill in self.book))

    def of(self, who: str) -> list[Kill]:
        return [kill for kill in self.book if who in kill.who]


@contextmanager
def killing(emulator: Emulator, kills: Kills, every: float, models: int, seed: int) -> Iterator[None]:
    """Kill a worker about every `every` seconds (never at 0), and the model server `models` times in all."""
    done, chance = threading.Event(), random.Random(seed)

    def keep_killing() -> None:
        while every > 0 and not done.wait(chance.uniform(0.5, 1.5) * every):
            model = len(kills.of(MODEL)) < models and chance.random() < 0.25
            _kill(victim_of(emulator, chance, model=model), kills)

    thread = threading.Thread(target=keep_killing, name="kills", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(timeout=10)


def victim_of(emulator: Emulator, chance: random.Random, *, model: bool) -> tuple[str, psutil.Process] | None:
    candidates = [(who, each) for each in emulator.processes() if (who := _who(each))]
    fit = [pair for pair in candidates if (pair[0] == MODEL) is model]
    return chance.choice(fit) if fit else None


def _who(process: psutil.Process) -> str | None:
    """The function a worker runs, or the model server; None for the emulator and for what is spared."""
    with suppress(psutil.Error):
        if "local.child" in process.cmdline():
            return MODEL
        name = process.environ().get("AWS_LAMBDA_FUNCTION_NAME", "").removeprefix("limner-").partition("-")[0]
        return name if name and not any(spared in name for spared in SPARED) else None
    return None


def _kill(victim: tuple[str, psutil.Process] | None, kills: Kills) -> None:
    if victim:
        who, process = victim
        with suppress(psutil.Error):
            process.kill()
            kills.book.append(Kill(datetime.now(UTC), who))
