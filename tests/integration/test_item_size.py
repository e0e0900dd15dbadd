"""The largest photo that the contracts allow stays below DynamoDB's limit of 400 KB per item."""

import json

from boto3.dynamodb.types import TypeSerializer

from limner.adapters.dynamodb_items import to_map
from limner.looks import MAX_LOOKS, Look
from limner.report import Choice, Explanation, Gate, Step, Trial
from tests import makers

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


def test_the_largest_valid_photo_fits_into_a_dynamodb_item():
    pictures = tuple(longest_picture(number) for number in range(MAX_LOOKS))
    photo = makers.photo(
        looks=tuple(picture.look for picture in pictures),
        filename="f" * 255,
        external_id="e" * 128,
        metadata={f"{number:040d}": "v" * 128 for number in range(16)},
        tags=tuple(f"{number:064d}" for number in range(16)),
        import_url="https://" + "u" * 2040,
        source=makers.source(),
        job=makers.job(),
        variants=makers.variants(renditions=(makers.rendition(key="v" * 250),) * 12),
        results=makers.results(pictures=pictures),
    )
    item = TypeSerializer().serialize(to_map(photo))
    assert len(json.dumps(item, default=str).encode()) < 400 * 1024, "as JSON, which is larger"
