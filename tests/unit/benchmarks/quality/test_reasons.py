"""The check of `auto`'s reasons against the labels of pictures."""

import json

import numpy as np
import pytest
from PIL import Image

from benchmarks.quality.reasons import (
    LABELS,
    CheckedReason,
    LabelledPhoto,
    check_reasons,
    labelled_photos,
    tabulate,
)
from benchmarks.quality.regions import cut_outs, on_another_page
from samples.labelled_photos import LABELLED_PHOTOS
from style_engine import Stylizer, auto
from training.shared.paths import MODEL

TRAITS = {"people", "text", "plain", "dark", "pale", "grey", "vivid", "textured", "smooth", "product"}


@pytest.fixture(scope="module")
def stylizer() -> Stylizer:
    return Stylizer.load(MODEL)


def test_labels_name_known_pictures_and_traits():
    labels = json.loads(LABELS.read_text("utf-8"))
    assert set(labels["samples"]) == set(LABELLED_PHOTOS)
    assert len(labels["samples"]) + len(labels["photos"]) >= 100
    assert {trait for group in labels.values() for traits in group.values() for trait in traits} == TRAITS


def test_every_claim_is_a_trait():
    claims = {claim for rule in (*auto.STYLE_RULES, *auto.CAUTIONS) for claim in rule.claims}
    assert {claim.removeprefix("not ") for claim in claims} <= TRAITS


@pytest.mark.parametrize(
    "name", ["red mug", "terracotta pot", "ribs with highlights", "black bottle on dark"]
)
def test_reasons_for_a_picture_are_true(stylizer, name):
    photo = next(photo for photo in labelled_photos(None) if photo.name == name)
    assert all(reason.true for reason in check_reasons(stylizer, photo))


def test_a_false_claim_is_reported(stylizer):
    mug = LABELLED_PHOTOS["red mug"]()
    reasons = check_reasons(stylizer, LabelledPhoto("mug", mug, frozenset({"grey"})))
    assert any(not reason.true for reason in reasons)


def test_the_table_has_a_row_for_each_reason_and_the_totals():
    counts = {"given": 2, "true": 1, "precision": 0.5}
    table = tabulate({"reasons": {"Because.": counts}, "all": counts, "photos": 2, "photos_true": 0.5})
    assert table.row_count == 3
    assert CheckedReason("mug", "Because.", (), True).true


def test_a_cut_out_on_another_page_has_its_mask():
    layers = cut_outs(LABELLED_PHOTOS["red mug"]())
    picture = on_another_page(layers[0], np.random.default_rng(1))
    assert 0.1 < picture.product.mean() < 0.9
    assert cut_outs(Image.effect_noise((64, 64), 90).convert("RGB")) == []
