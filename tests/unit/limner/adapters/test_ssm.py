import pytest
from botocore.exceptions import ClientError

from limner.adapters.ssm import CACHE_SECONDS, PauseParameter
from limner.errors import DependencyRefused


class FakeSsm:
    def __init__(self) -> None:
        self.value = "running"
        self.reads = 0
        self.fails = False

    def get_parameter(self, Name):  # noqa: N803 - boto3's names
        self.reads += 1
        if self.fails:
            raise ClientError({"Error": {"Code": "AccessDenied"}}, "GetParameter")
        return {"Parameter": {"Value": self.value}}


@pytest.fixture
def ssm():
    return FakeSsm()


@pytest.fixture
def time():
    return [0.0]


@pytest.fixture
def is_paused(ssm, time):
    return PauseParameter(ssm, "limner-submissions", lambda: time[0])


@pytest.mark.parametrize(("value", "paused"), [("running", False), ("paused", True), ("anything", True)])
def test_only_running_is_not_paused(ssm, is_paused, value, paused):
    ssm.value = value
    assert is_paused() == paused


def test_a_change_is_noticed_within_the_cache_time(ssm, is_paused, time):
    assert not is_paused()
    ssm.value = "paused"
    time[0] = CACHE_SECONDS - 1
    assert not is_paused()
    time[0] = CACHE_SECONDS
    assert is_paused()
    assert ssm.reads == 2


def test_the_last_value_holds_while_it_cannot_be_read(ssm, is_paused, time):
    assert not is_paused()
    ssm.fails = True
    time[0] = CACHE_SECONDS
    assert not is_paused()


def test_without_any_value_the_caller_must_try_later(ssm, is_paused):
    ssm.fails = True
    with pytest.raises(DependencyRefused):
        is_paused()
