"""The handler of archives, on ministack's own EventBridge."""

from ministack.services import eventbridge

from local.aws.archives import create_archive, delete_archive

BUS = "arn:aws:events:eu-central-1:000000000000:event-bus/limner-test-events"


def test_an_archive_is_made_with_a_generated_name_and_deleted():
    name, attributes = create_archive("EventsArchive", {"SourceArn": BUS, "RetentionDays": "30"}, "limner")
    assert attributes["Arn"].endswith(f"archive/{name}")
    assert attributes["ArchiveName"] == name
    stored = eventbridge._archives[name]
    assert (stored["EventSourceArn"], stored["RetentionDays"], stored["EventPattern"]) == (BUS, 30, "")
    delete_archive(name, {})
    assert name not in eventbridge._archives
