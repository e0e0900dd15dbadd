import json

import pytest
from pydantic import ValidationError

from limner.views.orders import LooksRequest, RestoreRequest
from limner.views.own_styles import StyleRequest
from limner.views.settings import SettingsRequest
from limner.views.uploads import FormRequest
from limner.views.webhooks import RotationRequest, WebhookChange

SETTINGS = {"name": "Acorn", "looks": [{"styles": {"oil": 1}}]}
NUMBERS = [
    (LooksRequest, {"looks": [{"styles": {"oil": 1}}]}, ["looks", 0, "styles", "oil"]),
    (LooksRequest, {"looks": [{"styles": {"oil": 1}, "strength": 1}]}, ["looks", 0, "strength"]),
    (LooksRequest, {"looks": [{"styles": {"oil": 1}, "levels": {"colour": 1}}]}, ["looks", 0, "levels", "colour"]),
    (RestoreRequest, {"version": 1}, ["version"]),
    (StyleRequest, {"name": "x", "pictures": [{"content_type": "image/jpeg"}], "refinement_steps": 1},
     ["refinement_steps"]),
    (SettingsRequest, {**SETTINGS, "retention": {"originals_days": 1}}, ["retention", "originals_days"]),
    (RotationRequest, {"overlap_hours": 1}, ["overlap_hours"]),
]  # fmt: skip
TRUTH_VALUES = [
    (LooksRequest, {"looks": [{"styles": {"oil": 1}, "enhance": True}]}, ["looks", 0, "enhance"]),
    (SettingsRequest, {**SETTINGS, "review": True}, ["review"]),
    (FormRequest, {"content_type": "image/jpeg", "replace": True}, ["replace"]),
    (WebhookChange, {"enabled": True}, ["enabled"]),
]


def changed(body, path, value):
    """As it arrives: FastAPI parses the body before pydantic validates it."""
    copy = json.loads(json.dumps(body))
    *parents, name = path
    inner = copy
    for parent in parents:
        inner = inner[parent]
    inner[name] = value
    return copy


@pytest.mark.parametrize(("model", "body", "path"), NUMBERS)
def test_a_number_is_neither_text_nor_a_truth_value(model, body, path):
    model.model_validate(body)
    model.model_validate(changed(body, path, 1.0))
    for other in ("1", True, False, [1]):
        with pytest.raises(ValidationError):
            model.model_validate(changed(body, path, other))


@pytest.mark.parametrize(("model", "body", "path"), TRUTH_VALUES)
def test_a_truth_value_is_neither_text_nor_a_number(model, body, path):
    model.model_validate(body)
    for other in ("true", "yes", 1, 0, [True]):
        with pytest.raises(ValidationError):
            model.model_validate(changed(body, path, other))
