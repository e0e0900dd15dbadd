"""A simulated SQS queue: visibility time-out, redelivery, and dead-letter queue."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.template_reader import properties


@dataclass
class Message:
    body: str
    visible_at: float
    receives: int = 0
    sent_at: float = 0


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
        """The queue as declared in template.yaml."""
        facts = properties(logical_id)
        redrive = facts["RedrivePolicy"]
        return cls(
            name=logical_id,
            visibility=facts["VisibilityTimeout"],
            max_receives=redrive["maxReceiveCount"],
            dead_letters=redrive["deadLetterTargetArn"]["Fn::GetAtt"][0],
        )

    def send(self, body: str, at: float, delay: float = 0) -> None:
        self.messages.append(Message(body, at + delay, sent_at=at))

    def receive(self, now: float, limit: int) -> list[Message]:
        """At most `limit` visible messages; those received `max_receives` times become dead letters instead."""
        self._move_to_dead_letters(now)
        received = [message for message in self.messages if message.visible_at <= now][:limit]
        for message in received:
            message.receives += 1
            message.visible_at = now + self.visibility
        return received

    def delete(self, messages: Iterable[Message]) -> None:
        deleted = {id(message) for message in messages}
        self.messages = [message for message in self.messages if id(message) not in deleted]

    def redrive(self, now: float) -> None:
        """As StartMessageMoveTask: dead letters become new messages."""
        self.messages += [Message(body, now, sent_at=now) for body in self.dead]
        self.dead.clear()

    def next_visible(self) -> float | None:
        return min((message.visible_at for message in self.messages), default=None)

    def _move_to_dead_letters(self, now: float) -> None:
        exhausted = [
            message
            for message in self.messages
            if message.visible_at <= now and message.receives >= self.max_receives
        ]
        self.dead += [message.body for message in exhausted]
        self.delete(exhausted)
