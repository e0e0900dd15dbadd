"""Ages of the emulator's queues, as CloudWatch has them."""

from ministack.services import cloudwatch, sqs

from local.aws.queue_ages import METRIC, record_ages


def test_the_age_of_each_queues_oldest_message_is_recorded(monkeypatch):
    recorded = {}

    def record(namespace, metric, value, unit, dimensions):
        recorded[dimensions["QueueName"]] = (namespace, metric, value, unit)

    queues = {
        "u1": {"name": "busy", "messages": [{"sent_at": 70.0}, {"sent_at": 40.0}]},
        "u2": {"name": "empty", "messages": []},
    }
    monkeypatch.setattr(sqs, "_queues", queues)
    monkeypatch.setattr(cloudwatch, "record_metric", record)
    record_ages(100.0)
    assert recorded == {"busy": ("AWS/SQS", METRIC, 60.0, "Seconds")}


def test_ministack_has_the_names_that_are_used():
    assert callable(cloudwatch._get_metric_statistics)
    assert callable(cloudwatch._put_composite_alarm)
    assert isinstance(cloudwatch._composite_alarms, object)
