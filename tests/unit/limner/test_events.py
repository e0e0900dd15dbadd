"""Every event says which mode it is of, by its tenant."""

import pytest

from limner.events import EVENT, EVENT_MODELS
from tests import makers

FACTS_BY_MODEL = {
    "PhotoData": {"photo_id": makers.PHOTO_ID, "status": "READY", "looks": ["oil"]},
    "BatchData": {"batch_id": "b" * 32, "outcomes": {}},
    "StyleData": {"style_id": makers.STYLE_ID},
    "QuotaData": {"photo_id": makers.PHOTO_ID, "message": "The reason."},
    "WebhookData": {"webhook_id": makers.ENDPOINT_ID},
}
FAILURE = {"failure": {"code": "too_small", "message": "The reason."}}
FACTS_BY_MODEL |= {
    "FailedPhotoData": FACTS_BY_MODEL["PhotoData"] | FAILURE,
    "ReviewedPhotoData": FACTS_BY_MODEL["PhotoData"] | {"look": "oil", "state": "approved"},
    "FailedStyleData": FACTS_BY_MODEL["StyleData"] | FAILURE,
    "DisabledWebhookData": FACTS_BY_MODEL["WebhookData"] | {"reason": "gone"},
}


def event_of(model, **data):
    facts = FACTS_BY_MODEL[model.model_fields["data"].annotation.__name__] | data
    attributes = {"source": "limner/test", "subject": "x", "time": makers.NOON, "sequence": "1"}
    return model(id=makers.event_id(1), **attributes, data=facts)


@pytest.mark.parametrize("model", EVENT_MODELS, ids=lambda model: model.__name__)
def test_an_event_is_in_the_mode_of_its_tenant(model):
    test, live = event_of(model, tenant="test_walnut"), event_of(model, tenant="walnut")
    assert (test.data.livemode, live.data.livemode) == (False, True)
    assert EVENT.validate_json(test.model_dump_json()) == test


@pytest.mark.parametrize("data", [{}, {"tenant": 7}, {"tenant": "walnut", "livemode": "perhaps"}])
def test_an_event_without_a_valid_tenant_or_mode_is_refused(data):
    with pytest.raises(ValueError, match=r"tenant|livemode"):
        event_of(EVENT_MODELS[0], **data)
