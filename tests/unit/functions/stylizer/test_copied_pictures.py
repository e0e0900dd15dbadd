"""Which pictures a style is not learned from: copies of each other, and of the shop's own published pictures."""

import io

import pytest
from PIL import Image
from skimage import data

from limner.own_styles import StyleProblem
from limner.ports import VARIANTS, PublishedPicture
from limner.tenancy import PhotoKey
from photo_files.perceptual_hash import perceptual_hash
from server.copied_pictures import refused_copies
from tests import makers
from tests.fakes import InMemoryPictureHashes

PICTURES = {
    name: Image.fromarray(getattr(data, name)()).convert("RGB") for name in ("coffee", "chelsea", "rocket")
}


def saved_again(image, share, quality):
    data = io.BytesIO()
    smaller = image.resize((int(image.width * share), int(image.height * share)))
    smaller.save(data, "JPEG", quality=quality)
    return Image.open(data).convert("RGB")


def refused(pictures, *published):
    hashes = InMemoryPictureHashes()
    hashes.record(published)
    failure = refused_copies(pictures, makers.TENANT, hashes)
    return failure and failure.code


def published(image, tenant=makers.TENANT, look=VARIANTS):
    return PublishedPicture(perceptual_hash(image), PhotoKey(tenant, makers.PHOTO_ID), "0123", look, "1")


def test_different_pictures_are_accepted_whatever_else_is_published():
    coffee, chelsea, rocket = PICTURES.values()
    assert refused([coffee, chelsea], published(rocket)) is None
    assert refused([]) is None


@pytest.mark.parametrize("image", PICTURES.values(), ids=PICTURES)
@pytest.mark.parametrize(("share", "quality"), [(1, 100), (0.5, 40), (1 / 3, 82)])
def test_a_picture_that_is_sent_twice_is_refused_also_scaled_and_saved_again(image, share, quality):
    assert refused([image, saved_again(image, share, quality)]) == "style_pictures_repeated"


@pytest.mark.parametrize("look", [VARIANTS, "oil-100.s80"])
def test_a_shops_own_photo_and_what_was_made_of_it_is_refused(look):
    coffee, chelsea, _ = PICTURES.values()
    own = published(saved_again(chelsea, 0.5, 60), look=look)
    assert refused([coffee, chelsea], own) == "style_picture_is_product_photo"


def test_a_refusal_does_not_say_what_other_shops_have():
    coffee = PICTURES["coffee"]
    assert refused([coffee], published(coffee, "walnut")) is None


def test_pictures_of_one_tone_are_no_copies_of_each_other():
    red, navy, white = (Image.new("RGB", (64, 64), colour) for colour in ("red", "navy", "white"))
    assert refused([red, navy], published(white)) is None


def test_both_codes_are_stable():
    assert {StyleProblem.REPEATED, StyleProblem.PRODUCT_PHOTO} == {
        "style_pictures_repeated",
        "style_picture_is_product_photo",
    }
