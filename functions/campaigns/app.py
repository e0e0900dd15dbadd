"""A message arrives on CampaignQueue: do the next step of a campaign. Every minute: ask for those that are
due."""

from limner.bootstrap import campaigns
from limner.campaigns.campaign import CampaignKey
from limner.campaigns.contracts import CampaignTick, parse_campaign_message
from limner.queues import queue_handler
from limner.use_cases.outcomes import Outcome


def advance(body: str) -> list[Outcome]:
    message = parse_campaign_message(body)
    if isinstance(message, CampaignTick):
        return [Outcome.CAMPAIGNS_DUE] * campaigns.ask_for_due_campaigns()()
    key = CampaignKey(message.tenant, message.campaign_id)
    return [campaigns.advance_campaign(message.tenant)(key)]


handler = queue_handler(advance)
