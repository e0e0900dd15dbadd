"""Errors of collections and campaigns, a branch of the tree in `limner.errors`."""

from enum import StrEnum

from limner.errors import LimnerError


class CampaignProblem(StrEnum):
    """Stable reasons why something cannot be done with a collection or campaign."""

    NOT_ALLOWED = "campaign_not_allowed"
    EMPTY_COLLECTION = "empty_collection"
    TOO_MANY_PHOTOS = "too_many_photos"
    NOTHING_MADE = "nothing_made"
    WINDOW_OVER = "window_over"
    TOO_MANY_COLLECTIONS = "too_many_collections"
    TOO_MANY_CAMPAIGNS = "too_many_campaigns"
    TOO_MANY_SHOWN = "too_many_shown"
    NOT_A_LIST = "not_a_list"


class CollectionNotFound(LimnerError):
    """No such collection, or another tenant's."""

    code = "collection_not_found"


class CampaignNotFound(LimnerError):
    """No such campaign, or another tenant's."""

    code = "campaign_not_found"


class CampaignRefused(LimnerError):
    """The campaign's status or contents do not allow what is asked for; `code` is the reason."""

    def __init__(self, code: CampaignProblem, message: str) -> None:
        super().__init__(message)
        self.code = code
