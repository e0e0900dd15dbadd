"""Which looks an upload gets, and which settings are refused."""

import pytest
from pydantic import ValidationError

from limner.attached_buckets import AttachedPrefix, longest_match
from limner.errors import TenantSuspended
from limner.looks import Look, Protection
from limner.tenants import MAX_RULES, Rule, Upload
from tests import makers

UKIYO_E = Look(styles={"ukiyo-e": 1.0})


def looks_of(rules, upload, **changes):
    return makers.tenant(rules=rules, **changes).looks_for(upload)


def test_everything_under_a_prefix_gets_the_looks_of_its_rule():
    rules = (Rule(prefix="shoes/", looks=(UKIYO_E,), protection=Protection.STRICT),)
    (look,) = looks_of(rules, Upload("shoes/red/1.jpg"))
    assert (look.styles, look.protection) == ({"ukiyo-e": 1.0}, Protection.STRICT)
    assert looks_of(rules, Upload("bags/shoes/1.jpg")) == (makers.OIL,)


def test_the_first_rule_that_matches_decides():
    rules = (Rule(prefix="shoes/", strength=0.5), Rule(prefix="shoes/red/", strength=0.1))
    assert [look.strength for look in looks_of(rules, Upload("shoes/red/1.jpg"))] == [0.5]
    assert [look.strength for look in looks_of(rules[::-1], Upload("shoes/red/1.jpg"))] == [0.1]


def test_all_given_conditions_must_match():
    rules = (Rule(prefix="shoes/", tag="sale", category="boots", enhance=False),)
    matching = Upload("shoes/1.jpg", frozenset({"sale", "new"}), "boots")
    assert not looks_of(rules, matching)[0].enhance
    for other in (
        Upload("bags/1.jpg", matching.tags, "boots"),
        Upload("shoes/1.jpg", frozenset({"new"}), "boots"),
        Upload("shoes/1.jpg", matching.tags, None),
    ):
        assert looks_of(rules, other) == (makers.OIL,)


def test_options_of_a_rule_change_every_look_and_nothing_else():
    defaults = (makers.OIL, UKIYO_E)
    rules = (Rule(category="boots", strength=0.0, enhance=False),)
    changed = looks_of(rules, Upload("1.jpg", category="boots"), looks=defaults)
    expected = [look.model_copy(update={"strength": 0, "enhance": False}) for look in defaults]
    assert list(changed) == expected


def test_looks_that_an_option_makes_equal_are_ordered_once():
    both = (makers.OIL, makers.OIL.model_copy(update={"strength": 0.3}))
    rules = (Rule(prefix="shoes/", strength=0.5),)
    assert len(looks_of(rules, Upload("shoes/1.jpg"), looks=both)) == 1


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ({"strength": 0.5}, "rule_without_condition"),
        ({"prefix": "shoes/"}, "rule_without_effect"),
        ({"prefix": "shoes/", "strength": 1e-9}, "share_too_small"),
        ({"prefix": "shoes/", "looks": [{"styles": {"oil": 1e-120}}]}, "share_too_small"),
        ({"prefix": "", "strength": 0.5}, "string_pattern_mismatch"),
        ({"prefix": "a\nb", "strength": 0.5}, "string_pattern_mismatch"),
        ({"prefix": "a" * 257, "strength": 0.5}, "string_too_long"),
        ({"tag": "one,two", "strength": 0.5}, "string_pattern_mismatch"),
        ({"prefix": "shoes/", "strength": 0.5, "styles": {}}, "extra_forbidden"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(rule, code):
    with pytest.raises(ValidationError) as caught:
        Rule.model_validate(rule)
    assert [error["type"] for error in caught.value.errors()] == [code]


def test_settings_are_bounded():
    rule = Rule(prefix="shoes/", strength=0.5)
    for changes in (
        {"rules": (rule,) * (MAX_RULES + 1)},
        {"looks": ()},
        {"name": "n" * 101},
        {"quotas": {f"quota_{n}": 1 for n in range(21)}},
        {"quotas": {"jobs": float("inf")}},
        {"retention": {"originals_days": 0}},
        {"tenant": "Not-An-Id"},
    ):
        with pytest.raises(ValidationError):
            makers.tenant(**changes)


def test_metadata_are_needed_for_tags_and_categories_alone():
    assert not makers.tenant(rules=(Rule(prefix="shoes/", strength=0.5),)).need_metadata
    assert makers.tenant(rules=(Rule(tag="sale", strength=0.5),)).need_metadata
    assert makers.tenant(rules=(Rule(category="boots", strength=0.5),)).need_metadata


def test_a_suspended_tenant_is_refused():
    assert makers.tenant().require_active() == makers.tenant()
    with pytest.raises(TenantSuspended):
        makers.tenant(is_suspended=True).require_active()


def test_the_longest_prefix_of_a_key_decides_whose_it_is():
    attached = [
        AttachedPrefix(bucket="photos", prefix=prefix, tenant=tenant)
        for prefix, tenant in (("shops/", "walnut"), ("shops/acorn/", "acorn"))
    ]
    owners = {
        key: (longest_match(attached, key) or AttachedPrefix(bucket="xxx", prefix="", tenant="none")).tenant
        for key in ("shops/acorn/1.jpg", "shops/acorns/1.jpg", "shops", "other/1.jpg")
    }
    assert owners == {
        "shops/acorn/1.jpg": "acorn",
        "shops/acorns/1.jpg": "walnut",
        "shops": "none",
        "other/1.jpg": "none",
    }
