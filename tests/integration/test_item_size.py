"""The largest photo that the contracts allow stays below DynamoDB's limit of 400 KB per item."""

from limner.adapters.dynamodb_items import to_map
from limner.looks import MAX_PICTURES, Look
from limner.report import Choice, Explanation, Gate, Step, Trial
from limner.reviews.review import MAX_REVIEWS, RejectionReason, Review, ReviewState
from limner.versions import MAX_VERSIONS, Version, VersionSource
from tests import makers
from tests.integration.test_write_units import size_of

MAX_ITEM_BYTES = 400 * 1024
KEYS_BYTES = 1024
"""For the attributes that are keys of the table and its indexes."""
NAMES = [f"gate_{number:02d}" + "x" * 24 for number in range(16)]


def longest_picture(number: int):
    """Every list and text at its maximum length."""
    look = Look(styles={f"{'s' * 37}-{n}": 0.123456 + n / 10 for n in range(4)}, strength=number / 100)
    rendition = makers.rendition(key="styled/" + "k" * 250)
    gates = tuple(Gate(name=name, value=-12345.123456, limit=0.123456, passed=False) for name in NAMES)
    trials = tuple(
        Trial(strength=n / 10, gates=dict.fromkeys(NAMES, 0.123456), passed=False) for n in range(11)
    )
    return makers.full_picture(
        look=look,
        renditions=(rendition,) * 9,
        metrics=dict.fromkeys(NAMES, 0.123456),
        verdict=makers.lowered(refused_by=NAMES, gates=gates),
        steps=tuple(Step(name="local_contrast", amount=0.123456, note="n" * 500) for _ in range(16)),
        chosen=Choice(look=look, reasons=("r" * 500,) * 16),
        explanation=Explanation(
            levels=dict.fromkeys("abcdefgh", 0.123456),
            styles=dict.fromkeys("abcd", 0.123456),
            difference=dict.fromkeys("abcdefgh", 0.123456),
            strip=trials,
            words="w" * 4000,
        ),
        exhibits=dict.fromkeys((f"exhibit-{n}" for n in range(8)), rendition),
    )


def longest_review(number: int):
    """Of the present pictures all is kept, of others the state."""
    return Review(
        picture_id=f"{number:020x}",
        state=ReviewState.REDONE,
        since=makers.NOON,
        at=makers.NOON,
        reason=RejectionReason.PRODUCT_CHANGED,
        redone_strength=0.123456,
    )


def test_the_largest_valid_photo_fits_into_a_dynamodb_item():
    pictures = tuple(longest_picture(number).without_explanation for number in range(MAX_PICTURES))
    photo = makers.photo(
        looks=tuple(picture.look for picture in pictures),
        filename="f" * 255,
        external_id="x" * 128,
        metadata={f"{n:02d}" + "m" * 38: "é" * 128 for n in range(16)},
        tags=tuple(f"{n:02d}" + "t" * 62 for n in range(16)),
        import_url="https://" + "u" * 2040,
        source=makers.source(),
        job=makers.job(),
        variants=makers.variants(renditions=(makers.rendition(key="v" * 250),) * 12),
        results=makers.results(pictures=pictures),
        versions=tuple(
            Version(
                number=number + 1,
                at=makers.NOON,
                source=VersionSource.LOOKS,
                model="m" * 40,
                sequencer=makers.SEQUENCER,
                looks=tuple(picture.look.slug for picture in pictures),
                jobs=(f"{number:012x}",) * MAX_PICTURES,
            )
            for number in range(MAX_VERSIONS)
        ),
        reviews=tuple(longest_review(number) for number in range(MAX_PICTURES))
        + tuple(longest_review(number).state_alone for number in range(MAX_REVIEWS - MAX_PICTURES)),
    )
    assert size_of(to_map(photo)) < MAX_ITEM_BYTES - KEYS_BYTES
