"""Where the container stores a picture that a person has yet to decide about."""

import sys

import pytest
from PIL import Image

from limner.tenancy import Visibility
from photo_files.bounded import open_photo
from photo_files.intake import Limits
from style_engine.safety.gates import Gate, Verdict
from tests import makers
from tests.fakes import InMemoryObjects
from tests.template_reader import ROOT

sys.path.insert(0, str(ROOT / "functions/stylizer"))  # as in the container

from server.publishing import FinishedPicture, Publisher
from server.stopwatch import Stopwatch

LIMIT = 7.0


def stored_under(ticket, delta_e):
    """The first folders of the keys of one picture with this ΔE."""
    gates = (Gate("delta_e", delta_e, LIMIT, passed=True),)
    fields = {"metrics": {}, "steps": (), "verdict": Verdict("passed", 1.0, (), gates)}
    image = Image.new("RGB", (320, 240), "teal")
    finished = FinishedPicture(image, fields, {}, is_painted=True, is_changed=True)
    photo = open_photo(makers.jpeg(320, 240), Limits())
    publisher = Publisher(InMemoryObjects(), "results", ticket, "1", photo, "m@1", None, Stopwatch())
    picture = publisher.publish(makers.OIL, finished)
    return {rendition.key.partition("/")[0] for rendition in picture.renditions}


@pytest.mark.parametrize(
    ("is_reviewed", "delta_e", "folder"),
    [(True, 1.0, "public"), (True, 6.9, "styled"), (False, 6.9, "public")],
)
def test_of_public_pictures_those_that_wait_are_stored_privately(is_reviewed, delta_e, folder):
    ticket = makers.ticket(visibility=Visibility.PUBLIC, is_reviewed=is_reviewed)
    assert stored_under(ticket, delta_e) == {folder}
