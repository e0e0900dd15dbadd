"""Each fault ends as the catalogue says and violates no invariant."""

from collections.abc import Callable

import pytest

from limner.errors import RefusalCode
from tests.faults.all_faults import FAULTS
from tests.faults.catalogue import Fault
from tests.faults.play import Played
from tests.faults.table import current_soak_table, part_in_document, table
from tests.template_reader import resources, watched

Ended = Callable[[str], Played]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_fault_has_the_expected_end(fault: Fault, ended: Ended) -> None:
    played = ended(fault.name)
    assert (played.ends, played.paid, played.dead) == (fault.ends, fault.paid, fault.dead)
    assert played.breaches == []
    assert fault.pictures in {None, played.pictures}
    assert fault.answers in {None, tuple(played.answers)}


def test_every_fault_with_a_dead_letter_or_an_expired_deadline_moves_a_metric(ended: Ended) -> None:
    for fault in FAULTS:
        if fault.dead or "deadline_passed" in fault.ends:
            assert ended(fault.name).metrics, fault.name


def test_every_failed_photo_moves_a_metric_with_an_alarm(ended: Ended) -> None:
    """But one that its caller has cancelled."""
    alarmed = {watched(alarm)[0][1] for alarm in resources("AWS::CloudWatch::Alarm")}
    for fault in FAULTS:
        ends = ended(fault.name).ends
        if ends.startswith("FAILED") and RefusalCode.CANCELLED not in ends:
            assert alarmed & set(ended(fault.name).metrics), fault.name


def test_every_dead_letter_queue_in_the_table_has_an_alarm(ended: Ended) -> None:
    queues = {name for fault in FAULTS for name in ended(fault.name).dead}
    assert queues >= {"RouterDLQ", "ThumbDLQ", "DoneDLQ"}
    assert {f"{name}Alarm" for name in queues} <= set(resources("AWS::CloudWatch::Alarm"))


def test_every_fault_that_is_paid_twice_has_a_reason() -> None:
    assert [
        fault.name for fault in FAULTS if fault.paid > fault.uploads + fault.orders and not fault.why_paid
    ] == []


def test_fault_names_are_unique() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 40


def test_the_faults_table_in_the_docs_is_up_to_date(ended: Ended) -> None:
    """`python -m tests.faults` writes it."""
    assert part_in_document("faults") == table({fault.name: ended(fault.name) for fault in FAULTS})


def test_the_soak_table_in_the_docs_is_up_to_date_and_without_breaches() -> None:
    assert part_in_document("soak") == current_soak_table()
    assert "0 breaches" in current_soak_table()
