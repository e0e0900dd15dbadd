"""The profiles that are shipped, and a shop's own: read, refused with the entry's name, and judged."""

from datetime import date
from io import BytesIO
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image

from photo_files.metadata.provenance import UNKNOWN
from photo_files.packs.encoding import JPEG_QUALITIES, encode_pack
from photo_files.packs.profile import ProfileInvalid, is_accepted, load_profile, profile_ids, read_profile
from photo_files.packs.rules import BytesRule
from tests.unit.photo_files.packs.test_rules import FILE, Measures

CANVAS = {"white": True, "long_side_px": 800}
OWN_RULE = {"source": "own", "read_on": date(2026, 11, 28)}


def profile(*rules, canvas=None):
    return read_profile("own", {"canvas": canvas or CANVAS, "rules": [rule | OWN_RULE for rule in rules]})


def test_there_is_a_profile_for_each_marketplace():
    assert profile_ids() == [
        "amazon-additional", "amazon-main", "ebay", "etsy", "google-merchant", "own-shop", "shopify",
        "tiktok-shop",
    ]  # fmt: skip


@pytest.mark.parametrize("profile_id", [each for each in profile_ids() if each != "own-shop"])
def test_every_rule_of_a_marketplace_names_its_source_and_day(profile_id):
    rules = load_profile(profile_id).rules
    assert rules
    for rule in rules:
        assert urlsplit(rule.source).scheme == "https"
        assert rule.read_on >= date(2026, 11, 28)


def test_amazons_main_image_has_the_rules_that_its_canvas_meets():
    amazon = load_profile("amazon-main")
    assert amazon.rule("fill").min_fill == 0.85 < amazon.canvas.fill
    assert {rule.kind for rule in amazon.rules if rule.required} == {
        "format", "pixels", "background", "fill", "border", "overlay", "illustration",
    }  # fmt: skip


def test_a_shops_own_profile_is_read_from_a_file(tmp_path):
    path = tmp_path / "shop.toml"
    path.write_text("[canvas]\nwhite = true\nlong_side_px = 900\nfill = 1\n", "utf-8")
    own = load_profile(str(path))
    assert (own.id, own.canvas.fill, own.rules) == ("shop", 1, ())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"canvas": {"white": True}}, "lacks long_side_px"),
        ({"canvas": CANVAS | {"colour": "red"}}, "has no colour"),
        ({"canvas": CANVAS | {"fill": "much"}}, "fill = 'much'"),
        ({"canvas": CANVAS | {"fill": 1.2}}, "fill above 0 to 1"),
        ({"canvas": CANVAS | {"format": "GIF"}}, "JPEG or PNG"),
        ({"canvas": CANVAS | {"white": False}}, "aspect"),
        ({"canvas": CANVAS, "rules": [{"rule": "colour"}]}, "rule 'colour'"),
        ({"canvas": CANVAS, "rules": [{"rule": "bytes", **OWN_RULE}]}, "lacks max_bytes"),
        ({"canvas": CANVAS, "rules": [{"rule": "bytes", "max_bytes": True, **OWN_RULE}]}, "max_bytes = True"),
        ({"canvas": CANVAS, "rules": "all"}, "rules"),
    ],
)
def test_an_invalid_profile_is_refused_with_the_entry(content, message):
    with pytest.raises(ProfileInvalid, match=message):
        read_profile("own", content)


@pytest.mark.parametrize("name", ["amazon", "missing.toml"])
def test_an_unknown_profile_is_refused_with_those_there_are(name):
    with pytest.raises(ProfileInvalid, match="amazon-main"):
        load_profile(name)


def test_a_file_that_is_no_toml_is_refused(tmp_path):
    (tmp_path / "bad.toml").write_text("[canvas", "utf-8")
    with pytest.raises(ProfileInvalid, match=r"bad\.toml"):
        load_profile(str(tmp_path / "bad.toml"))


def test_a_recommended_rule_that_fails_and_a_required_one_that_passes_are_accepted():
    own = profile({"rule": "aspect", "aspect": 2.0, "required": False}, {"rule": "border"})
    verdicts = own.check(FILE, Measures())
    assert [verdict.finding.code for verdict in verdicts] == ["wrong_aspect", "passed"]
    assert is_accepted(verdicts)


@pytest.mark.parametrize("measures", [Measures(fill=0.5), Measures(fill=None)])
def test_a_required_rule_that_fails_or_cannot_be_checked_is_not_accepted(measures):
    assert not is_accepted(profile({"rule": "fill", "min_fill": 0.85}).check(FILE, measures))


def test_a_verdict_in_json_has_its_code_reason_and_source():
    verdict = profile({"rule": "border"}).check(FILE, Measures(has_border=True))[0].to_json()
    assert verdict == {
        "rule": "border", "required": True, "outcome": "failed", "code": "border_found",
        "reason": "There is a border, bars or rounded corners around the photo.", "source": "own",
        "read_on": "2026-11-28",
    }  # fmt: skip


def noise(side_px=400):
    return Image.fromarray(np.random.default_rng(1).integers(0, 256, (side_px, side_px, 3), np.uint8))


def test_a_picture_is_encoded_at_the_best_quality_within_the_most_bytes():
    best = len(encode_pack(noise(), profile(), UNKNOWN).body)
    limited = encode_pack(noise(), profile({"rule": "bytes", "max_bytes": best - 1}), UNKNOWN)
    assert 0.6 * best < len(limited.body) < best
    assert limited.name == "own.jpg"
    assert limited.content_type == "image/jpeg"


def test_a_picture_that_cannot_be_small_enough_has_the_least_quality_and_breaks_the_rule():
    own = profile({"rule": "bytes", "max_bytes": 100})
    encoded = encode_pack(noise(), own, UNKNOWN)
    least = BytesIO()
    noise().save(least, "JPEG", quality=JPEG_QUALITIES[-1], subsampling="4:4:4")
    assert encoded.body == least.getvalue()
    assert isinstance(own.rules[0], BytesRule)


def test_a_png_is_exact():
    own = profile(canvas=CANVAS | {"format": "PNG"})
    with Image.open(BytesIO(encode_pack(noise(), own, UNKNOWN).body)) as image:
        assert image.tobytes() == noise().tobytes()
