"""The messages on the queue of campaigns: the next step of one, or the regular tick."""

from typing import Literal

from pydantic import TypeAdapter, ValidationError

from limner.campaigns.campaign import CampaignId
from limner.errors import MalformedMessage
from limner.looks import FrozenModel
from limner.tenancy import TenantId


class CampaignStep(FrozenModel):
    """Do what is due of a campaign."""

    request_version: Literal[1] = 1
    tenant: TenantId
    campaign_id: CampaignId


class CampaignTick(FrozenModel):
    """Ask for every campaign that is due; sent by the schedule."""

    request_version: Literal[1] = 1
    tick: Literal[True]


_MESSAGE: TypeAdapter[CampaignStep | CampaignTick] = TypeAdapter(CampaignStep | CampaignTick)


def parse_campaign_message(body: str) -> CampaignStep | CampaignTick:
    """Raises MalformedMessage."""
    try:
        return _MESSAGE.validate_json(body)
    except ValidationError as error:
        raise MalformedMessage(f"not a message about campaigns: {error}") from error
