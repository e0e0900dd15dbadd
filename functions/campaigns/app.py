"""A message arrives on CampaignQueue: do the next step of a campaign or pack, or assemble an archive of one.
Every minute: ask for those that are due."""

from limner.bootstrap import campaigns, packs
from limner.campaigns.campaign import CampaignKey
from limner.campaigns.contracts import CampaignTick, parse_campaign_message
from limner.packs.contracts import ArchiveRequest, PackStep
from limner.packs.pack import PackKey
from limner.queues import queue_handler
from limner.use_cases.outcomes import Outcome


def advance(body: str) -> list[Outcome]:
    message = parse_campaign_message(body)
    match message:
        case CampaignTick():
            due = [Outcome.CAMPAIGNS_DUE] * campaigns.ask_for_due_campaigns()()
            return due + [Outcome.PACKS_DUE] * packs.ask_for_due_packs()()
        case PackStep():
            key = PackKey(message.tenant, message.pack_id)
            return [packs.advance_pack(message.tenant)(key, has_ended=message.has_ended)]
        case ArchiveRequest():
            key = PackKey(message.tenant, message.pack_id)
            return [packs.assemble_archive(message.tenant)(key, message.archive_of)]
    return [campaigns.advance_campaign(message.tenant)(CampaignKey(message.tenant, message.campaign_id))]


handler = queue_handler(advance)
