"""Messages on the queue of campaigns, parsed from the recorded payloads in events/."""

import json

import pytest

from limner.campaigns.contracts import CampaignStep, CampaignTick, parse_campaign_message
from limner.errors import MalformedMessage
from tests.recorded import bodies
from tests.template_reader import properties


def test_a_step_names_its_campaign():
    request = parse_campaign_message(bodies("campaigns-step")[0])
    assert request == CampaignStep(tenant="main", campaign_id="0123456789abcdef0123456789abcdef")
    assert parse_campaign_message(request.model_dump_json()) == request


def test_what_the_schedule_sends_is_the_recorded_tick():
    sent = properties("CampaignTick")["Target"]["Input"]
    assert json.loads(sent) == json.loads(bodies("campaigns-tick")[0])
    assert parse_campaign_message(sent) == CampaignTick(tick=True)


@pytest.mark.parametrize(
    "change",
    [{"tenant": "Main"}, {"campaign_id": "1"}, {"request_version": 2}, {"tick": True}, {"looks": []}],
    ids=str,
)
def test_a_foreign_message_is_malformed(change):
    body = json.loads(bodies("campaigns-step")[0]) | change
    with pytest.raises(MalformedMessage):
        parse_campaign_message(json.dumps(body))
