"""Sessions of the tenant role: tagged, kept, replaced in time, bounded; errors of STS."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from limner.adapters import tenant_sessions
from limner.adapters.tenant_sessions import SESSION_LIFE, TenantSessions
from limner.errors import DependencyRefused, Unavailable
from tests.makers import NOON

ROLE = "arn:aws:iam::000000000000:role/limner-TenantRole"


class Sts:
    """Answers as STS does; `error` is the code of the error to answer with."""

    meta = SimpleNamespace(region_name="eu-central-1")

    def __init__(self):
        self.calls = []
        self.now = NOON
        self.error = None

    def assume_role(self, **call):
        self.calls.append(call)
        if self.error:
            raise ClientError({"Error": {"Code": self.error, "Message": "…"}}, "AssumeRole")
        return {
            "Credentials": {
                "AccessKeyId": f"ASIA{len(self.calls)}",
                "SecretAccessKey": "secret",
                "SessionToken": "token",
                "Expiration": self.now + timedelta(seconds=call["DurationSeconds"]),
            }
        }


@pytest.fixture
def sts():
    return Sts()


@pytest.fixture
def key_for(sts):
    """The access key of a tenant's session."""
    return TenantSessions(sts, ROLE, lambda session: session.get_credentials().access_key, lambda: sts.now)


def test_a_session_is_tagged_with_its_tenant(sts, key_for):
    key_for("acme")
    (call,) = sts.calls
    assert call["RoleArn"] == ROLE
    assert call["Tags"] == [{"Key": "tenant", "Value": "acme"}]
    assert call["DurationSeconds"] == 3600


def test_a_session_is_of_the_functions_region_with_all_its_credentials(sts):
    session = TenantSessions(sts, ROLE, lambda session: session, lambda: sts.now)("acme")
    credentials = session.get_credentials()
    assert (credentials.access_key, credentials.secret_key, credentials.token) == (
        "ASIA1",
        "secret",
        "token",
    )
    assert session.region_name == "eu-central-1"
    assert session.client("s3").meta.region_name == "eu-central-1"


def test_each_tenant_has_its_own_session_which_is_kept(sts, key_for):
    assert [key_for(tenant) for tenant in ("acme", "other", "acme", "other")] == [
        "ASIA1",
        "ASIA2",
        "ASIA1",
        "ASIA2",
    ]


def test_a_session_is_replaced_when_less_than_half_of_its_life_is_left(sts, key_for):
    first = key_for("acme")
    sts.now += SESSION_LIFE / 2
    assert key_for("acme") == first
    sts.now += timedelta(seconds=1)
    assert key_for("acme") != first


def test_the_least_recently_used_session_goes_first(sts, key_for, monkeypatch):
    monkeypatch.setattr(tenant_sessions, "MAX_TENANTS", 2)
    for tenant in ("a", "b", "a", "c"):
        key_for(tenant)
    asked = len(sts.calls)
    key_for("a")
    key_for("c")
    assert len(sts.calls) == asked
    key_for("b")
    assert len(sts.calls) == asked + 1


def test_threads_that_ask_at_once_share_one_session(sts, key_for):
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(key_for, ["acme"] * 32)) == {"ASIA1"}


@pytest.mark.parametrize("tenant", ["", "A", "a/b", "*", "a" * 19, "a\n"])
def test_no_session_is_asked_for_what_is_no_tenant(sts, key_for, tenant):
    with pytest.raises(ValueError, match="not a tenant"):
        key_for(tenant)
    assert not sts.calls


@pytest.mark.parametrize(
    ("code", "error"), [("Throttling", Unavailable), ("AccessDenied", DependencyRefused)]
)
def test_errors_of_sts_are_ours_and_nothing_is_kept(sts, key_for, code, error):
    sts.error = code
    with pytest.raises(error):
        key_for("acme")
    sts.error = None
    assert key_for("acme") == "ASIA2"
