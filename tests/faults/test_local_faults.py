"""Faults on the local run, in sequence, each with its own photo."""

from collections.abc import Iterator

import pytest

from benchmarks.service.soak.settings import NO_CAPS
from local.aws.running import running
from tests.faults.local_faults import LOCAL_FAULTS, LocalFault
from tests.faults.local_lab import Lab


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    parameters = {
        "DefaultStyles": "oil",
        "DefaultStrength": "0",
        "DefaultProtection": "off",
        "DefaultEnhance": "false",
        "DefaultQuotas": NO_CAPS,  # a flood must reach the endpoint
    }
    with running(logs=tmp_path_factory.mktemp("logs"), parameters=parameters) as everything:
        yield Lab(everything)


@pytest.mark.parametrize("fault", LOCAL_FAULTS, ids=lambda fault: fault.name)
def test_local_fault_has_the_expected_end(lab: Lab, fault: LocalFault) -> None:
    lab.begin(LOCAL_FAULTS.index(fault) + 1)
    fault.script(lab)
    ends = lab.run_until_idle()
    assert (ends, lab.paid(), lab.dead()) == (fault.ends, fault.paid, fault.dead)
    assert not lab.is_open()
