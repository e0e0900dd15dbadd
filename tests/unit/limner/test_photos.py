"""A photo's status and parts."""

import pytest

from limner.photos import Failure, Photo, PhotoStatus
from tests import makers

OLDER_SEQUENCER = "0" * 32


def failure(**changes):
    facts = {"sequencer": makers.SEQUENCER, "code": "too_small", "message": "…", "at": makers.NOON}
    return Failure(**(facts | changes))


SUBMITTED = makers.job(submitted_at=makers.NOON)


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ({}, PhotoStatus.AWAITING_UPLOAD),
        ({"source": makers.source()}, PhotoStatus.UPLOADED),
        ({"source": makers.source(), "job": makers.job()}, PhotoStatus.UPLOADED),
        ({"source": makers.source(), "job": SUBMITTED}, PhotoStatus.PROCESSING),
        (
            {"source": makers.source(), "job": SUBMITTED, "variants": makers.variants()},
            PhotoStatus.PROCESSING,
        ),
        ({"source": makers.source(), "job": SUBMITTED, "results": makers.results()}, PhotoStatus.PROCESSING),
        (
            {"source": makers.source(), "results": makers.results(), "variants": makers.variants()},
            PhotoStatus.READY,
        ),
        (
            {"source": makers.source(), "failure": failure(), "variants": makers.variants()},
            PhotoStatus.FAILED,
        ),
    ],
)
def test_status_is_derived_from_the_parts(parts, status):
    assert makers.photo(**parts).status == status


def test_parts_of_an_older_upload_are_ignored():
    photo = makers.photo(
        source=makers.source(),
        job=SUBMITTED.model_copy(update={"sequencer": OLDER_SEQUENCER}),
        results=makers.results(sequencer=OLDER_SEQUENCER),
        variants=makers.variants(sequencer=OLDER_SEQUENCER),
        failure=failure(sequencer=OLDER_SEQUENCER),
    )
    assert photo.status == PhotoStatus.UPLOADED
    assert photo.newest == makers.photo(source=makers.source())


def test_a_photo_round_trips_through_json():
    photo = makers.photo(
        source=makers.source(),
        job=SUBMITTED,
        variants=makers.variants(),
        results=makers.results(),
        failure=failure(),
    )
    assert Photo.model_validate_json(photo.model_dump_json()) == photo
