"""SQS as far as a worker sees it: visibility, redelivery, and the dead-letter queue after so many receives."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.template_reader import properties


@dataclass
class Message:
    body: str
    visible_at: float
    receives: int = 0


@dataclass
class Queue:
    """`visibility` in seconds; times are Unix seconds."""

    name: str
    visibility: int
    max_receives: int
    dead_letters: str
    messages: list[Message] = field(default_factory=list)
    dead: list[str] = field(default_factory=list)

    @classmethod
    def declared(cls, logical_id: str) -> "Queue":
        """As template.yaml has it."""
        facts = properties(logical_id)
        redrive = facts["RedrivePolicy"]
        return cls(
            name=logical_id,
            visibility=facts["VisibilityTimeout"],
            max_receives=redrive["maxReceiveCount"],
            dead_letters=redrive["deadLetterTargetArn"]["Fn::GetAtt"][0],
        )

    def send(self, body: str, at: float) -> None:
        self.messages.append(Message(body, at))

    def receive(self, now: float, limit: int) -> list[Message]:
        """Messages that are visible; those received too often already go to the dead letters instead."""
        self._bury(now)
        taken = [message for message in self.messages if message.visible_at <= now][:limit]
        for message in taken:
            message.receives += 1
            message.visible_at = now + self.visibility
        return taken

    def delete(self, messages: Iterable[Message]) -> None:
        gone = {id(message) for message in messages}
        self.messages = [message for message in self.messages if id(message) not in gone]

    def redrive(self, now: float) -> None:
        """StartMessageMoveTask: the dead letters come back as new messages."""
        self.messages += [Message(body, now) for body in self.dead]
        self.dead.clear()

    def next_visible(self) -> float | None:
        return min((message.visible_at for message in self.messages), default=None)

    def _bury(self, now: float) -> None:
        worn = [
            each for each in self.messages if each.visible_at <= now and each.receives >= self.max_receives
        ]
        self.dead += [message.body for message in worn]
        self.delete(worn)
