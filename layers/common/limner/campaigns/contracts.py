"""The messages on the queue of campaigns: the next step of a campaign or pack, an archive, the regular
tick."""

from typing import Literal

from pydantic import TypeAdapter, ValidationError

from limner.campaigns.campaign import CampaignId
from limner.errors import MalformedMessage
from limner.looks import FrozenModel
from limner.packs.contracts import ArchiveRequest, PackStep
from limner.tenancy import TenantId


class CampaignStep(FrozenModel):
    """Do what is due of a campaign."""

    request_version: Literal[1] = 1
    tenant: TenantId
    campaign_id: CampaignId


class CampaignTick(FrozenModel):
    """Ask for every campaign and pack that is due; sent by the schedule."""

    request_version: Literal[1] = 1
    tick: Literal[True]


CampaignMessage = CampaignStep | CampaignTick | PackStep | ArchiveRequest
_MESSAGE: TypeAdapter[CampaignMessage] = TypeAdapter(CampaignMessage)


def parse_campaign_message(body: str) -> CampaignMessage:
    """Raises MalformedMessage."""
    try:
        return _MESSAGE.validate_json(body)
    except ValidationError as error:
        raise MalformedMessage(f"not a message about campaigns: {error}") from error
