import pytest
from pydantic import ValidationError

from limner.photos import Failure, Look, Photo, PhotoStatus
from tests import makers

OLDER = "0" * 32


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
def test_status_follows_from_the_parts(parts, status):
    assert makers.photo(**parts).status == status


def test_parts_of_an_older_upload_do_not_count():
    again = makers.photo(
        source=makers.source(),
        job=SUBMITTED.model_copy(update={"sequencer": OLDER}),
        results=makers.results(sequencer=OLDER),
        variants=makers.variants(sequencer=OLDER),
        failure=failure(sequencer=OLDER),
    )
    assert again.status == PhotoStatus.UPLOADED
    assert again.newest == makers.photo(source=makers.source())


def test_slug_is_ascii_and_blind_to_order_and_scale():
    look = Look(styles={"watercolour": 0.3, "oil": 0.7}, strength=0.85)
    assert look.slug == "oil-70.watercolour-30.s85"
    assert look.slug == Look(styles={"oil": 0.14, "watercolour": 0.06}, strength=0.85).slug


@pytest.mark.parametrize(
    "bad",
    [
        {"styles": {}},
        {"styles": {"Oil": 1}},
        {"styles": {"oil": 0}},
        {"styles": {"oil": -1}},
        {"styles": {"oil": 1}, "strength": 1.01},
        {"styles": {"oil": 1}, "strenght": 1},
        {"styles": dict.fromkeys("abcde", 1)},
    ],
)
def test_looks_out_of_range_are_refused(bad):
    with pytest.raises(ValidationError):
        Look.model_validate(bad)


def test_the_same_look_twice_is_refused():
    with pytest.raises(ValidationError, match="twice"):
        makers.photo(looks=(makers.OIL, Look(styles={"oil": 0.5}, strength=0.8)))


def test_a_photo_survives_json():
    whole = makers.photo(
        source=makers.source(),
        job=SUBMITTED,
        variants=makers.variants(),
        results=makers.results(),
        failure=failure(),
    )
    assert Photo.model_validate_json(whole.model_dump_json()) == whole
