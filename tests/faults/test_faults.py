"""Each fault ends as the catalogue says, and leaves nothing stuck, doubled or stray."""

import pytest

from tests.faults.catalogue import FAULTS
from tests.faults.play import Played
from tests.faults.table import soaked, table, written
from tests.template_reader import properties, resources


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_it_ends_as_it_should(fault, ended):
    played: Played = ended(fault.name)
    assert (played.ends, played.paid, played.dead) == (fault.ends, fault.paid, fault.dead)
    assert played.breaches == []


def test_every_fault_that_gives_up_a_message_or_a_photo_is_noticed(ended):
    for fault in FAULTS:
        if fault.dead or "deadline_passed" in fault.ends:
            assert ended(fault.name).noticed, fault.name


def test_every_photo_that_fails_moves_a_metric_that_has_an_alarm(ended):
    alarmed = {properties(alarm)["MetricName"] for alarm in resources("AWS::CloudWatch::Alarm")}
    for fault in FAULTS:
        if ended(fault.name).ends.startswith("FAILED"):
            assert alarmed & set(ended(fault.name).noticed), fault.name


def test_every_dead_letter_queue_of_the_table_has_its_alarm(ended):
    queues = {name for fault in FAULTS for name in ended(fault.name).dead}
    assert queues >= {"RouterDLQ", "ThumbDLQ", "DoneDLQ"}
    assert {f"{name}Alarm" for name in queues} <= set(resources("AWS::CloudWatch::Alarm"))


def test_a_second_payment_has_its_reason():
    assert [fault.name for fault in FAULTS if fault.paid > fault.uploads and not fault.why_paid] == []


def test_names_are_unique():
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 40


def test_the_table_in_the_docs_is_up_to_date(ended):
    """`python -m tests.faults` writes it."""
    assert written("faults") == table({fault.name: ended(fault.name) for fault in FAULTS})


def test_the_soak_in_the_docs_is_the_one_that_was_run():
    assert written("soak") == soaked()
    assert "0 breaches" in soaked()
