"""Looks that differ little share what is learned about them."""

from limner.looks import Look
from limner.recommendation.arms import PHOTO_ARM, Arm, arm_of, looks_by_arm
from limner.report import Choice
from tests import makers


def picture(look, **changes):
    return makers.full_picture(**({"look": look, "chosen": None, "verdict": None} | changes))


def test_an_arm_is_the_main_style_with_its_strength_in_tenths():
    mix = Look(styles={"pencil": 0.3, "oil": 0.7}, strength=0.84)
    assert arm_of(picture(mix)) == Arm("oil@8", "painting")
    assert arm_of(picture(Look(styles={"own-0123456789ab": 1.0}))) == Arm("own-0123456789ab@10", "own")
    assert arm_of(picture(Look(styles={"removed-style": 1.0}))).family == "removed-style"


def test_what_was_painted_counts_not_what_was_ordered():
    auto = Look(styles={"auto": 1.0})
    chosen = Choice(look=Look(styles={"watercolour": 1.0}, strength=0.8), reasons=())
    assert arm_of(picture(auto, chosen=chosen)) == Arm("watercolour@8", "painting")
    assert arm_of(picture(auto, chosen=chosen, verdict=makers.lowered())) == Arm("watercolour@6", "painting")
    refused = makers.lowered(outcome="fallback", strength=0)
    assert arm_of(picture(makers.OIL, verdict=refused)) == PHOTO_ARM


def test_of_the_looks_of_one_arm_the_first_is_shown():
    refused = makers.lowered(outcome="fallback", strength=0)
    pencil = picture(Look(styles={"pencil": 1.0}, strength=0.8))
    as_photo = [picture(Look(styles={style: 1.0}), verdict=refused) for style in ("oil", "flat")]
    assert looks_by_arm([as_photo[0], pencil, as_photo[1]]) == {
        PHOTO_ARM: as_photo[0],
        Arm("pencil@8", "drawing"): pencil,
    }
