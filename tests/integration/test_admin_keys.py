"""`python -m limner_admin keys …` on moto."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from limner.adapters.api_keys import DynamoDbApiKeys
from limner.adapters.tenants import DynamoDbTenants
from limner.api_keys import parse_key
from limner.errors import ApiKeyNotFound, TenantNotFound
from limner.identity import Scope
from limner.use_cases.identify import FIRST_ADMIN_KEY_ID
from limner_admin import keys as commands
from limner_admin import output
from limner_admin import stack as stacks
from limner_admin.__main__ import app, main
from tests import makers
from tests.integration.conftest import NAMES
from tests.template_reader import properties

STACK = ["--stack", "limner-dev"]


FIRST_TENANT = {
    "first_tenant": "main",
    "default_styles": "oil",
    "default_strength": "1",
    "default_protection": "soft",
    "default_enhance": "true",
}


@pytest.fixture
def keys(api_keys_table, tenants_table, monkeypatch):
    monkeypatch.setattr(
        output.stdout, "_width", 250
    )  # fixed at its creation where the environment had COLUMNS
    monkeypatch.setattr(stacks, "physical_id", lambda stack, logical_id: NAMES[logical_id])
    monkeypatch.setattr(stacks, "parameters", lambda stack, settings: settings.model_validate(FIRST_TENANT))
    for tenant in ("acme", "other", "test_acme"):
        DynamoDbTenants(tenants_table).put(makers.tenant(tenant=tenant), 0)
    return DynamoDbApiKeys(api_keys_table)


def run(*arguments: str):
    ran = CliRunner().invoke(app, ["keys", *arguments], catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    return ran


def created(*arguments: str) -> str:
    return run("create", *STACK, *arguments).stdout.strip()


def test_create_prints_the_key_alone_and_stores_its_hash(keys):
    text = created("--tenant", "acme", "--scope", "photos:read", "--scope", "admin", "--name", "shop")
    presented = parse_key(text)
    stored = keys.get(presented.key_id)
    assert stored.matches(presented)
    assert (stored.tenant, stored.name, stored.scopes) == ("acme", "shop", (Scope.PHOTOS_READ, Scope.ADMIN))
    assert (stored.livemode, stored.expires_at) == (True, None)


def test_no_key_is_made_for_a_tenant_that_does_not_exist(keys):
    with pytest.raises(TenantNotFound):
        created("--tenant", "acem", "--scope", "photos:read")
    assert list(keys.keys_of("acem")) == []
    assert created("--tenant", "main", "--scope", "photos:read"), "the first tenant needs no settings"


def test_create_makes_test_keys_and_keys_that_expire(keys):
    text = created("--tenant", "acme", "--scope", "photos:read", "--test", "--expires-days", "30")
    stored = keys.get(parse_key(text).key_id)
    assert text.startswith("lk_test_")
    assert (stored.tenant, stored.livemode) == ("test_acme", False)
    assert created("--tenant", "test_acme", "--scope", "photos:read").startswith("lk_test_")
    with pytest.raises(TenantNotFound, match="test_other"):
        created("--tenant", "other", "--scope", "photos:read", "--test")
    assert stored.expires_at - stored.created_at == timedelta(days=30)


def test_list_shows_no_secret_and_no_hash(keys):
    text = created("--tenant", "acme", "--scope", "photos:read", "--name", "[red]shop[/]")
    created("--tenant", "other", "--scope", "photos:read")
    listed = run("list", *STACK, "--tenant", "acme").stdout
    presented = parse_key(text)
    assert presented.key_id in listed
    assert "[red]shop[/]" in listed
    assert "valid" in listed
    assert "other" not in listed
    assert "other" in run("list", *STACK).stdout
    assert presented.secret not in listed
    assert presented.hash not in listed


def test_a_revoked_key_is_listed_as_revoked(keys):
    key_id = parse_key(created("--tenant", "acme", "--scope", "photos:read")).key_id
    run("revoke", key_id, *STACK)
    assert keys.get(key_id).revoked_at is not None
    assert "revoked" in run("list", *STACK).stdout


def test_rotate_prints_a_new_key_and_lets_the_old_one_expire(keys):
    before = parse_key(created("--tenant", "acme", "--scope", "photos:read", "--name", "shop"))
    after = parse_key(run("rotate", before.key_id, *STACK, "--overlap-days", "2").stdout.strip())
    old, new = keys.get(before.key_id), keys.get(after.key_id)
    assert new.matches(after)
    assert (new.tenant, new.name, new.scopes) == (old.tenant, old.name, old.scopes)
    assert old.rotated_to == new.key_id
    assert timedelta(days=1, hours=23) < old.expires_at - datetime.now(UTC) <= timedelta(days=2)
    assert f"replaced by {new.key_id}" in run("list", *STACK).stdout


def test_the_stated_delay_of_a_revocation_is_the_caches(keys):
    assert (
        properties("StorefrontAuthorizer")["AuthorizerResultTtlInSeconds"]
        == commands.AUTHORIZER_CACHE_SECONDS
    )


def test_first_admin_calls_nothing_and_prints_the_hash_that_the_template_takes():
    ran = run("first-admin")
    presented = parse_key(ran.stdout.strip())
    assert presented.key_id == FIRST_ADMIN_KEY_ID
    (printed,) = re.findall(r"FirstAdminKeyHash=([0-9a-f]{64})", ran.stderr)
    assert printed == presented.hash
    assert presented.secret not in ran.stderr


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["revoke", "a" * 16, *STACK], "api_key_not_found: aaaaaaaaaaaaaaaa"),
        (["create", *STACK, "--tenant", "No Such", "--scope", "admin"], "invalid_request: tenant: "),
    ],
)
def test_an_error_is_one_line_with_a_code(keys, monkeypatch, capsys, arguments, line):
    monkeypatch.setattr("sys.argv", ["limner_admin", "keys", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert line in capsys.readouterr().err


def test_unknown_scopes_are_refused(keys):
    ran = CliRunner().invoke(app, ["keys", "create", *STACK, "--tenant", "acme", "--scope", "everything"])
    assert ran.exit_code == 2
    assert keys.keys_of(None) == []
    with pytest.raises(ApiKeyNotFound):
        keys.get("everything")
