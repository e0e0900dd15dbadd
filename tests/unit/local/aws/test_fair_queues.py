"""Fair queues of the emulator."""

from ministack.services import sqs

from local.aws.fair_queues import in_fair_order

NOW = 1_000.0


def message(name, group=None, *, age=0, in_flight=False):
    return {
        "id": name,
        "group_id": group,
        "sent_at": NOW - age,
        "visible_at": NOW + 30 if in_flight else NOW - age,
        "receive_count": int(in_flight),
    }


def names(messages):
    return [each["id"] for each in in_fair_order(messages, NOW) if each["visible_at"] <= NOW]


def test_messages_of_a_group_with_many_in_flight_are_behind_those_of_others():
    flood = [message(f"flood {n}", "flood", age=9 - n) for n in range(3)]
    under_way = [message("under way", "flood", age=20, in_flight=True)]
    quiet, without = message("quiet", "quiet", age=1), message("without a group", age=2)
    assert names([*under_way, *flood, without, quiet]) == [
        "without a group", "quiet", "flood 0", "flood 1", "flood 2",
    ]  # fmt: skip


def test_without_a_flood_the_oldest_message_is_first():
    assert names([message("b", "one", age=1), message("a", "two", age=2)]) == ["a", "b"]


def test_ministack_has_the_name_that_is_replaced():
    assert callable(sqs._collect_msgs)
