"""Faults on the local run: real processes are killed, real queues are poisoned, notices are forged."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class LocalFault:
    name: str
    ends: str = "READY"
    paid: int = 1
    dead: dict[str, int] = field(default_factory=dict)


LOCAL_FAULTS: list[LocalFault] = []
