"""Campaigns in a DynamoDB table, with their photos and what is shown.

campaign_key   partition key: `{tenant}#campaigns`
record         sort key: the campaign's id
campaign       as it is now, one JSON text: the SDK takes microseconds for each value of an item, and a list
               reads all campaigns; `version` beside it is compared by every write
due_shard      partition key of the index Due, the same for all; while something happens by itself
due_at         its sort key, in Unix seconds
expires_at     Unix seconds; unless it is published

campaign_key   `{tenant}#campaign#{campaign id}`: a photo whose part in a run has ended
record         the photo's id

campaign_key   `{tenant}#placement#{placement}`: a campaign that is shown, or will be
record         the campaign's id; `expires_at` instead of the rest where it is shown no more
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from limner.adapters.dynamodb_campaign_items import due_keys, item_key, partition, partition_items, read_items
from limner.adapters.dynamodb_items import to_map
from limner.adapters.dynamodb_writes import TransactionRefused, conditional, transact
from limner.adapters.sdk import sdk_errors
from limner.campaigns.campaign import CAMPAIGN_LIFETIME, MEMBER_LIFETIME, Campaign, CampaignKey, Member
from limner.campaigns.errors import CampaignNotFound
from limner.campaigns.publications import ShownCampaign
from limner.errors import MalformedMessage, PhotoNotFound, StaleWrite

_DUE = "due"
_CAMPAIGNS = "campaigns"
_ENDED_SECONDS = 3_600
"""After which the row of a campaign that is shown no more may be deleted."""


class DynamoDbCampaigns:
    """`table` is a boto3 Table resource."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def add(self, campaign: Campaign) -> None:
        with sdk_errors("storing a campaign"):
            conditional(
                self._table,
                "put_item",
                Item=_to_item(campaign),
                ConditionExpression="attribute_not_exists(campaign_key)",
            )

    def get(self, tenant: str, campaign_id: str) -> Campaign:
        with sdk_errors("reading a campaign"):
            key = item_key(partition(tenant, _CAMPAIGNS), campaign_id)
            answer = self._table.get_item(Key=key, ConsistentRead=True)
        if "Item" not in answer:
            raise CampaignNotFound(f"no campaign {campaign_id}")
        return _to_campaign(answer["Item"])

    def list(self, tenant: str) -> list[Campaign]:
        found = [_to_campaign(item) for item in partition_items(self._table, partition(tenant, _CAMPAIGNS))]
        return sorted(found, key=lambda each: (each.created_at, each.campaign_id), reverse=True)

    def replace(self, before: Campaign, after: Campaign) -> Campaign:
        newer = after.model_copy(update={"version": before.version + 1})
        put = {
            "Item": _to_item(newer),
            "ConditionExpression": "version = :version",
            "ExpressionAttributeValues": {":version": before.version},
        }
        shown_before, shown_after = ShownCampaign.of(before), ShownCampaign.of(newer)
        if shown_before == shown_after:
            with sdk_errors("changing a campaign"):
                conditional(self._table, "put_item", **put)
            return newer
        shown = {"Item": _shown_item(newer, shown_after)}
        writes = [{"Put": {"TableName": self._table.name, **each}} for each in (put, shown)]
        try:
            transact(self._table.meta.client, writes, "publishing a campaign")
        except TransactionRefused:
            raise StaleWrite(f"campaign {before.campaign_id} has changed") from None
        return newer

    def shown(self, tenant: str, placement: str) -> Sequence[ShownCampaign]:
        items = partition_items(self._table, partition(tenant, "placement", placement))
        return [_to_shown(item) for item in items if "shown" in item]

    def put_member(self, key: CampaignKey, member: Member) -> None:
        with sdk_errors("storing a photo of a campaign"):
            self._table.put_item(Item=_member_item(key, member))

    def replace_member(self, key: CampaignKey, member: Member) -> None:
        with sdk_errors("changing a photo of a campaign"):
            conditional(
                self._table,
                "put_item",
                Item=_member_item(key, member),
                ConditionExpression="#member.#run = :run",
                ExpressionAttributeNames={"#member": "member", "#run": "run"},
                ExpressionAttributeValues={":run": member.run},
            )

    def member(self, key: CampaignKey, photo_id: str) -> Member:
        with sdk_errors("reading a photo of a campaign"):
            answer = self._table.get_item(Key=item_key(_members_key(key), photo_id), ConsistentRead=True)
        if "Item" not in answer:
            raise PhotoNotFound(f"no photo {photo_id} in the campaign")
        return _to_member(answer["Item"])

    def members(self, key: CampaignKey, *, after: str | None, limit: int) -> Sequence[Member]:
        request: dict[str, Any] = {
            "KeyConditionExpression": "campaign_key = :campaign_key AND #record > :after",
            "ExpressionAttributeNames": {"#record": "record"},
            "ExpressionAttributeValues": {":campaign_key": _members_key(key), ":after": after or "."},
            "Limit": limit,
            "ConsistentRead": True,
        }
        with sdk_errors("reading photos of a campaign"):
            return [_to_member(item) for item in self._table.query(**request)["Items"]]

    def members_of(
        self, keys: Sequence[CampaignKey], photo_ids: Sequence[str]
    ) -> dict[tuple[str, str], Member]:
        campaign_ids = {_members_key(key): key.campaign_id for key in keys}
        rows = [item_key(name, photo_id) for name in campaign_ids for photo_id in dict.fromkeys(photo_ids)]
        items = read_items(self._table, rows)
        return {(campaign_ids[item["campaign_key"]], item["record"]): _to_member(item) for item in items}


class DynamoDbDueCampaigns:
    """Of all tenants; `table` is a boto3 Table resource."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def due(self, now: datetime, limit: int) -> list[CampaignKey]:
        return [CampaignKey(*each) for each in due_keys(self._table, _DUE, now, limit)]


def _members_key(key: CampaignKey) -> str:
    return partition(key.tenant, "campaign", key.campaign_id)


def _member_item(key: CampaignKey, member: Member) -> dict[str, Any]:
    return {
        **item_key(_members_key(key), member.photo_id),
        "member": to_map(member),
        "expires_at": int((member.at + MEMBER_LIFETIME).timestamp()),
    }


def _to_item(campaign: Campaign) -> dict[str, Any]:
    item = {
        **item_key(partition(campaign.tenant, _CAMPAIGNS), campaign.campaign_id),
        "campaign": campaign.model_dump_json(exclude_none=True),
        "version": campaign.version,
    }
    if campaign.due_at is not None:
        item |= {"due_shard": _DUE, "due_at": int(campaign.due_at.timestamp())}
    if not campaign.is_shown:
        item["expires_at"] = int((campaign.changed_at + CAMPAIGN_LIFETIME).timestamp())
    return item


def _shown_item(campaign: Campaign, shown: ShownCampaign | None) -> dict[str, Any]:
    key = item_key(partition(campaign.tenant, "placement", campaign.placement), campaign.campaign_id)
    if shown is not None:
        return {**key, "shown": to_map(shown)}
    return {**key, "expires_at": int(campaign.changed_at.timestamp()) + _ENDED_SECONDS}


def _to_campaign(item: Mapping[str, Any]) -> Campaign:
    """Raises MalformedMessage."""
    try:
        return Campaign.model_validate_json(item["campaign"], extra="ignore")
    except (KeyError, ValidationError) as error:
        raise MalformedMessage(f"the row of campaign {item['record']} is invalid: {error!r}") from error


def _to_member(item: Mapping[str, Any]) -> Member:
    try:
        return Member.model_validate(item["member"], extra="ignore")
    except (KeyError, ValidationError) as error:
        raise MalformedMessage(f"the row of photo {item['record']} is invalid: {error!r}") from error


def _to_shown(item: Mapping[str, Any]) -> ShownCampaign:
    try:
        return ShownCampaign.model_validate(item["shown"], extra="ignore")
    except ValidationError as error:
        raise MalformedMessage(f"the row of campaign {item['record']} is invalid: {error!r}") from error
