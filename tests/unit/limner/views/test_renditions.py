from datetime import timedelta

import pytest

from limner.ports import Address
from limner.views.photos import photo_view
from limner.views.renditions import rendition_views, sizes_of, srcset_of
from tests import makers

TYPES = {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg"}
LATER = makers.NOON + timedelta(minutes=30)


def files(*names, nbytes=999):
    return tuple(
        makers.rendition(
            key=f"public/main/x/1-a/original/{name}",
            width=int("".join(filter(str.isdigit, name)) or 4000),
            content_type=TYPES[name.rpartition(".")[2]],
            bytes=5 * nbytes if name.startswith("full") else nbytes,
        )
        for name in names
    )


def link(key):
    return Address(f"https://cdn.example/{key}", None if key.startswith("public/") else LATER)


def views(*names):
    return rendition_views(files(*names), link)


def test_a_srcset_has_the_widths_of_one_format_narrowest_first():
    made = srcset_of(views("full.jpg", "w1600.avif", "w1600.jpg", "w320.avif", "w320.jpg"))
    folder = "https://cdn.example/public/main/x/1-a/original"
    assert made == {
        "avif": f"{folder}/w320.avif 320w, {folder}/w1600.avif 1600w",
        "jpeg": f"{folder}/w320.jpg 320w, {folder}/w1600.jpg 1600w, {folder}/full.jpg 4000w",
    }


def test_of_two_files_of_one_width_a_srcset_has_the_smaller_one():
    renditions = (*files("full.jpg"), makers.rendition(key="public/w4000.jpg", width=4000, bytes=7))
    assert srcset_of(rendition_views(renditions, link)) == {
        "jpeg": "https://cdn.example/public/w4000.jpg 4000w"
    }


def test_sizes_end_at_the_width_that_every_format_has():
    assert sizes_of(views("full.jpg", "w1600.avif", "w1600.webp")) == "(max-width: 1600px) 100vw, 1600px"
    assert sizes_of([]) is None


def test_a_format_that_pages_do_not_use_is_in_no_srcset():
    odd = rendition_views([makers.rendition(content_type="image/tiff")], link)
    assert srcset_of(odd) == {}
    assert sizes_of(odd) is None


@pytest.mark.parametrize(("prefix", "expires_at"), [("public/", None), ("styled/", LATER)])
def test_an_address_that_lives_has_no_end(prefix, expires_at):
    (view,) = rendition_views([makers.rendition(key=f"{prefix}x.jpg")], link)
    assert view.expires_at == expires_at


def test_photos_and_pictures_of_older_releases_have_no_placeholder():
    photo = makers.photo(
        source=makers.source(), variants=makers.variants(), results=makers.results(), due_at=None
    )
    view = photo_view(photo, link)
    for each in (view, view.results[0]):
        assert (each.dominant_colour, each.placeholder) == (None, None)
        assert each.srcset.keys() == {"jpeg"}


def test_a_photo_without_pictures_has_empty_srcsets():
    view = photo_view(makers.photo(), link)
    assert (view.srcset, view.sizes, view.placeholder) == ({}, None, None)
