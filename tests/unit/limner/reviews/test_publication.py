"""Which pictures of a photo may be shown, and what is kept of their reviews."""

import pytest

from limner.keys import attempt_prefix, job_id_of
from limner.looks import Look
from limner.packs.pack import PackProblem, picture_of
from limner.report import Gate, Verdict
from limner.reviews.publication import (
    picture_id_of,
    review_of,
    reviews_with,
    shown_in_place_of,
    shown_pictures,
    waiting_pictures,
)
from limner.reviews.review import MAX_REVIEWS, Review, ReviewState
from limner.versions import Version, VersionSource
from tests import makers

FIRST_JOB, SECOND_JOB = (job_id_of(makers.KEY, digit * 12) for digit in "ab")
SOFT, WEAK = Look(styles={"oil": 1.0}), Look(styles={"oil": 1.0}, strength=0.5)
SURE = Verdict(outcome="passed", strength=1, gates=(Gate(name="delta_e", value=1, limit=7, passed=True),))


def picture(look=SOFT, job_id=FIRST_JOB, verdict=None):
    file = makers.rendition(key=f"{attempt_prefix(job_id, '1')}{look.slug}/full.jpg")
    made = makers.results().pictures[0]
    return made.model_copy(
        update={"look": look, "renditions": (file,), "verdict": verdict or makers.lowered()}
    )


def photo(*pictures, is_reviewed=True, job_id=FIRST_JOB, **changes):
    facts = {
        "looks": tuple(each.look for each in pictures),
        "source": makers.source(),
        "job": makers.job(job_id=job_id, is_reviewed=is_reviewed),
        "results": makers.results(pictures=pictures),
    }
    row = makers.photo(**(facts | changes))
    return row.model_copy(update={"reviews": reviews_with(row, row.results)})


def decided(row, state, of=0, **changes):
    reviews = list(row.reviews)
    reviews[of] = reviews[of].model_copy(update={"state": state, **changes})
    return row.model_copy(update={"reviews": tuple(reviews)})


def test_pictures_that_the_gates_are_sure_of_are_shown_alone():
    unsure, sure = picture(SOFT), picture(WEAK, verdict=SURE)
    row = photo(unsure, sure)
    assert shown_pictures(row) == (sure,)
    assert waiting_pictures(row) == (unsure,)


def test_without_review_every_picture_is_shown():
    row = photo(picture(), is_reviewed=False)
    assert row.reviews is None
    assert shown_pictures(row) == row.results.pictures


@pytest.mark.parametrize(
    ("state", "is_shown"),
    [
        (ReviewState.WAITING, False),
        (ReviewState.APPROVED, True),
        (ReviewState.REJECTED, False),
        (ReviewState.REDONE, False),
    ],
)
def test_of_the_others_the_approved_ones_alone_are_shown(state, is_shown):
    row = decided(photo(picture()), state)
    assert bool(shown_pictures(row)) is is_shown


def test_in_place_of_a_picture_that_was_redone_the_new_one_is_shown_once_it_may_be():
    row = decided(photo(picture(SOFT)), ReviewState.REDONE, redone_strength=WEAK.strength)
    assert shown_in_place_of(row, SOFT.slug) is None
    new = picture(WEAK, SECOND_JOB, SURE)
    results = row.results.model_copy(update={"pictures": (*row.results.pictures, new)})
    assert shown_in_place_of(row.model_copy(update={"results": results}), SOFT.slug) == new


def test_pictures_that_were_redone_as_each_other_are_not_shown():
    row = photo(picture(SOFT), picture(WEAK))
    row = decided(row, ReviewState.REDONE, 0, redone_strength=WEAK.strength)
    row = decided(row, ReviewState.REDONE, 1, redone_strength=SOFT.strength)
    assert shown_in_place_of(row, SOFT.slug) is None


def test_a_new_result_of_the_same_look_waits_again():
    row = decided(photo(picture()), ReviewState.APPROVED)
    again = picture(job_id=SECOND_JOB)
    after = row.model_copy(update={"job": makers.job(job_id=SECOND_JOB, is_reviewed=True)})
    results = makers.results(pictures=(again,))
    after = after.model_copy(update={"reviews": reviews_with(after, results), "results": results})
    assert review_of(after, again).state is ReviewState.WAITING
    assert shown_pictures(after) == ()


def test_pictures_of_an_earlier_job_are_not_asked_about_by_a_later_one():
    row = photo(picture(), is_reviewed=False)
    new = picture(WEAK, SECOND_JOB)
    later = row.model_copy(update={"job": makers.job(job_id=SECOND_JOB, is_reviewed=True)})
    results = makers.results(pictures=(*row.results.pictures, new))
    assert [each.picture_id for each in reviews_with(later, results)] == [picture_id_of(new)]


def test_what_was_decided_stays_as_long_as_the_picture_can_be_restored():
    rejected = decided(photo(picture()), ReviewState.REJECTED)
    version = Version(
        number=1, at=makers.NOON, source=VersionSource.ORDER, model="m", sequencer=makers.SEQUENCER,
        looks=(SOFT.slug,), jobs=("a" * 12,),
    )  # fmt: skip
    others = makers.results(pictures=(picture(WEAK, SECOND_JOB, SURE),))
    kept = reviews_with(rejected.model_copy(update={"versions": (version,)}), others)
    assert [each.state for each in kept] == [ReviewState.REJECTED]
    assert reviews_with(rejected, others) == ()


def test_of_a_replaced_file_nothing_is_shown_until_its_own_pictures_are_there():
    row = decided(photo(picture()), ReviewState.APPROVED)
    replaced = row.model_copy(update={"source": makers.source(sequencer="f" * 32)})
    assert shown_pictures(replaced) == ()
    assert shown_in_place_of(replaced, SOFT.slug) is None


def test_reviews_in_a_row_of_dynamodb_are_one_text_that_reads_as_they_were():
    row = photo(picture())
    assert row.model_validate(row.model_dump(mode="json")) == row
    assert isinstance(row.reviews[0], Review)


def test_a_restored_picture_whose_decision_is_no_longer_known_waits_unless_the_gates_are_sure_of_it():
    row = photo(picture(), picture(WEAK, verdict=SURE))
    full = tuple(Review(picture_id=f"{number:020x}") for number in range(MAX_REVIEWS))
    row = row.model_copy(update={"reviews": full})
    assert [each.look for each in waiting_pictures(row)] == [SOFT]
    assert [each.look for each in shown_pictures(row)] == [WEAK]


def test_the_reviews_of_the_present_pictures_are_kept_first():
    row = photo(picture())
    version = Version(
        number=1, at=makers.NOON, source=VersionSource.ORDER, model="m", sequencer=makers.SEQUENCER,
        looks=(SOFT.slug,), jobs=("c" * 12,),
    )  # fmt: skip
    others = tuple(Review(picture_id=f"{'c' * 12}{number:08x}") for number in range(MAX_REVIEWS))
    row = row.model_copy(update={"versions": (version,), "reviews": (*row.reviews, *others)})
    kept = reviews_with(row, row.results)
    assert len(kept) == MAX_REVIEWS
    assert kept[-1].picture_id == picture_id_of(picture())


@pytest.mark.parametrize("state", [ReviewState.WAITING, ReviewState.REJECTED, ReviewState.REDONE])
def test_no_pack_is_made_of_a_picture_that_may_not_be_shown(state):
    row = decided(photo(picture()), state)
    assert picture_of(row, SOFT.slug, "results") is PackProblem.NOT_APPROVED
    assert picture_of(row, WEAK.slug, "results") is PackProblem.LOOK_MISSING


def test_packs_are_made_of_approved_pictures_and_of_those_that_took_the_place_of_redone_ones():
    row = decided(photo(picture(SOFT), picture(WEAK)), ReviewState.APPROVED, 1)
    row = decided(row, ReviewState.REDONE, 0, redone_strength=WEAK.strength)
    for look in (SOFT, WEAK):
        assert picture_of(row, look.slug, "results").key == row.results.pictures[1].renditions[0].key
