"""Focus: faces are skin round facial features; lettering on skin is none."""

import torch

from style_engine.painting.media.focus import face_area, lettering_area
from style_engine.painting.media.subject import Subject


def person() -> Subject:
    """A head with eyes and mouth above, a bare arm below, before white."""
    photo, skin = torch.ones(1, 3, 240, 240), torch.zeros(1, 1, 240, 240)
    for rows, columns in ((slice(30, 100), slice(90, 150)), (slice(150, 220), slice(40, 200))):
        photo[..., rows, columns], skin[..., rows, columns] = 0.7, 1
    for rows, columns in (
        (slice(52, 56), slice(102, 112)),
        (slice(52, 56), slice(128, 138)),
        (slice(80, 84), slice(108, 132)),
    ):
        photo[..., rows, columns] = 0.2
    product = torch.ones_like(skin)
    return Subject(photo, photo, product, 0 * product, skin)


def test_skin_round_features_is_a_face_and_a_bare_arm_is_none():
    face = face_area(person())
    assert float(face[..., 45:90, 105:135].mean()) > 0.8
    assert float(face[..., 170:200, 70:170].amax()) < 0.1
    assert float(face[..., :20, :].amax()) == 0


def test_a_mouth_is_no_lettering():
    subject = person()
    subject.text[..., 75:90, 100:140] = 1
    assert float(lettering_area(subject)[..., 70:95, 95:145].amax()) < 0.1


def test_a_faint_text_mask_counts_as_lettering():
    photo = torch.full((1, 3, 100, 100), 0.6)
    text = torch.zeros(1, 1, 100, 100)
    text[..., 40:60, 20:80] = 0.5
    area = lettering_area(Subject(photo, photo, torch.ones_like(text), text))
    assert float(area[..., 45:55, 25:75].amin()) == 1
    assert float(area[..., :30, :].amax()) == 0
