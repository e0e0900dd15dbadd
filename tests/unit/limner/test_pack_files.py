"""Names of a pack's files are safe in every file system, and each comes once."""

import re

import pytest

from limner.packs.file_names import MAX_STEM_CHARACTERS, file_names, safe_stem

PHOTO_ID = "0" * 32


@pytest.mark.parametrize(
    ("external_id", "stem"),
    [
        ("SKU-1042", "SKU-1042"),
        ("Tasse blau/groß", "Tasse-blau-gro"),
        ("Café 1", "Cafe-1"),
        ("../../etc/passwd", "etc-passwd"),
        ("a.b_c", "a.b_c"),
        ("...", PHOTO_ID),
        ("マグカップ", PHOTO_ID),
        ("CON", PHOTO_ID),
        ("lpt1.jpg", PHOTO_ID),
        ("x\n\0y", "x-y"),
        (None, PHOTO_ID),
        ("", PHOTO_ID),
    ],
)
def test_names_are_the_shops_ids_as_far_as_they_are_safe(external_id, stem):
    assert safe_stem(external_id, PHOTO_ID) == stem


def test_no_name_is_longer_than_file_systems_take():
    assert len(safe_stem("x" * 128, PHOTO_ID)) == MAX_STEM_CHARACTERS


@pytest.mark.parametrize("external_id", [chr(code) * 3 for code in range(128)])
def test_every_ascii_character_makes_a_safe_name(external_id):
    assert re.fullmatch(r"\w[\w.-]*", safe_stem(external_id, PHOTO_ID), re.ASCII)


def test_names_that_come_again_are_numbered_without_regard_to_case():
    names = list(file_names(["a", "A", "a-2", "b", "a"], "jpg"))
    assert names == ["a.jpg", "A-2.jpg", "a-2-2.jpg", "b.jpg", "a-3.jpg"]
    assert len({name.lower() for name in names}) == len(names)
