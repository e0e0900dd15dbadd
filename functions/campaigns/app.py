"""A message arrives on CampaignQueue: do the next step of a campaign. Every minute: ask for those that are
due."""

from limner import campaign_bootstrap
from limner.campaign_contracts import CampaignTick, parse_campaign_message
from limner.campaigns import CampaignKey
from limner.queues import queue_handler
from limner.use_cases.outcomes import Outcome


def advance(body: str) -> list[Outcome]:
    message = parse_campaign_message(body)
    if isinstance(message, CampaignTick):
        return [Outcome.CAMPAIGNS_DUE] * campaign_bootstrap.ask_for_due_campaigns()()
    key = CampaignKey(message.tenant, message.campaign_id)
    return [campaign_bootstrap.advance_campaign(message.tenant)(key)]


handler = queue_handler(advance)
