"""The benchmark of packs: what counts as agreement, and that the drawn pictures are what they are said to be."""

import pytest

from benchmarks.quality import packs
from benchmarks.quality.drawn_packs import WAYS, drawn_packs
from photo_files.packs.profile import load_profile
from style_engine.regions.finder import RegionFinder


@pytest.fixture(scope="module")
def finder():
    return RegionFinder.load(packs.MODEL)


def drawn(way, product="mug"):
    return next(each for each in drawn_packs() if each.name == f"{product}, {way}")


def labelled(picture, faults=None):
    found = next(each for each in packs.labelled_packs(None) if each.name == picture.name)
    return found if faults is None else packs.LabelledPack(found.name, found.data, found.photo, faults)


def test_a_missed_and_an_invented_fault_are_named(finder):
    picture = labelled(drawn("small on white"), frozenset({"border"}))
    verdicts = packs.check_file(picture.data, picture.photo, load_profile(packs.PROFILE), finder)
    checked = packs.judge(picture, verdicts)
    assert (checked.missed, checked.invented, checked.agrees) == (("border",), ("fill",), False)


def test_figures_count_pictures_and_faults_by_rule(finder):
    pictures = [labelled(drawn("on white")), labelled(drawn("small on white"), frozenset())]
    figures = packs.measure(iter(pictures), load_profile(packs.PROFILE), finder, None)
    assert figures["agreement"] == 0.5
    assert figures["by_rule"]["fill"] == {"missed": 0, "invented": 1, "undecided": 0}


def test_every_way_of_drawing_is_named_once():
    names = [each.name for each in drawn_packs()]
    assert len(set(names)) == len(names) == 10 * len(WAYS)


def test_every_label_is_a_rule_that_is_judged():
    labels = packs.json.loads(packs.LABELS.read_text("utf-8"))
    assert {fault for faults in labels.values() for fault in faults} <= set(packs.JUDGED_RULES)
