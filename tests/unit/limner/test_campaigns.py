"""Campaigns: which status allows what, the edges of windows, and who is shown where windows overlap."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from limner.campaigns.campaign import (
    TRANSITIONS,
    Campaign,
    CampaignAction,
    CampaignStatus,
    Counts,
    Member,
    MemberOutcome,
    Run,
    at_edges,
    changed,
    published,
)
from limner.campaigns.errors import CampaignProblem, CampaignRefused
from limner.campaigns.publications import ShownCampaign, by_precedence, published_of
from limner.campaigns.windows import Window
from tests import campaign_makers as made
from tests import makers

S, A = CampaignStatus, CampaignAction
ALLOWED = {
    S.DRAFT: {A.RUN, A.CANCEL},
    S.RUNNING: {A.PAUSE, A.CANCEL, A.FINISH},
    S.PAUSED: {A.RESUME, A.CANCEL},
    S.FINISHED: {A.RUN, A.CANCEL, A.PUBLISH},
    S.SCHEDULED: {A.START, A.UNPUBLISH},
    S.PUBLISHED: {A.UNPUBLISH, A.END},
    S.ENDED: set(),
    S.CANCELLED: set(),
}


@pytest.mark.parametrize(("status", "action"), [*product(S, A)])
def test_a_status_allows_its_actions_and_no_others(status, action):
    campaign = made.campaign(status=status)
    if action in ALLOWED[status]:
        assert changed(campaign, action, makers.NOON).status is TRANSITIONS[status, action]
        return
    with pytest.raises(CampaignRefused) as refused:
        changed(campaign, action, makers.NOON)
    assert refused.value.code == CampaignProblem.NOT_ALLOWED


def test_every_status_can_be_reached_and_only_two_are_for_good():
    assert {S.DRAFT, *TRANSITIONS.values()} == set(S)
    assert set(S) - {status for status, _ in TRANSITIONS} == {S.ENDED, S.CANCELLED}


NOVEMBER = Window(starts_at=datetime(2026, 11, 27), ends_at=datetime(2026, 12, 1), time_zone="Europe/Berlin")
START, END = datetime(2026, 11, 26, 23, tzinfo=UTC), datetime(2026, 11, 30, 23, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_a_publication_waits_for_its_start_and_ends_at_its_end():
    scheduled = published(made.finished(window=NOVEMBER), START - SECOND)
    assert (scheduled.status, scheduled.due_at) == (S.SCHEDULED, START)
    begun = at_edges(scheduled, START)
    assert (begun.status, begun.due_at) == (S.PUBLISHED, END)
    ended = at_edges(begun, END)
    assert (ended.status, ended.due_at) == (S.ENDED, None)


def test_a_publication_in_its_window_begins_at_once():
    begun = published(made.finished(window=NOVEMBER), START)
    assert (begun.status, begun.due_at, begun.published_at) == (S.PUBLISHED, END, START)


def test_a_publication_whose_edges_were_both_missed_has_ended():
    assert at_edges(published(made.finished(window=NOVEMBER), START - SECOND), END).status is S.ENDED


def test_a_publication_without_a_window_lasts_until_it_is_taken_back():
    begun = published(made.finished(), makers.NOON)
    assert (begun.status, begun.due_at) == (S.PUBLISHED, None)


@pytest.mark.parametrize(
    ("campaign", "now", "problem"),
    [
        (made.finished(window=NOVEMBER), END, CampaignProblem.WINDOW_OVER),
        (made.finished(counts=Counts(failed=2)), makers.NOON, CampaignProblem.NOTHING_MADE),
        (made.campaign(), makers.NOON, CampaignProblem.NOT_ALLOWED),
    ],
    ids=["its window is over", "no picture", "it was not run"],
)
def test_what_cannot_be_published(campaign, now, problem):
    with pytest.raises(CampaignRefused) as refused:
        published(campaign, now)
    assert refused.value.code == problem


def shown(number: int, **changes: object) -> ShownCampaign:
    campaign = published(made.finished(campaign_id=f"{number:032x}", **changes), makers.NOON)
    found = ShownCampaign.of(campaign)
    assert found is not None
    return found


def order_of(campaigns: list[ShownCampaign], now: datetime) -> list[int]:
    return [int(each.campaign_id, 16) for each in by_precedence(campaigns, now)]


def test_the_highest_priority_takes_precedence_while_its_window_is_open():
    season, sale = shown(1, priority=1), shown(2, priority=9, window=NOVEMBER)
    assert order_of([season, sale], START - SECOND) == [1]
    assert order_of([season, sale], START) == [2, 1]
    assert order_of([season, sale], END) == [1]


def test_of_equal_priorities_the_campaign_that_began_last_takes_precedence():
    season, sale = shown(1), shown(2, window=NOVEMBER)
    assert order_of([sale, season], START) == [2, 1]


def test_a_campaign_that_is_not_published_is_not_shown():
    assert ShownCampaign.of(made.finished()) is None


PHOTO = makers.photo(source=makers.source(), results=makers.results(), variants=makers.variants())


def member(**changes: object) -> Member:
    facts = {
        "photo_id": makers.PHOTO_ID,
        "outcome": MemberOutcome.READY,
        "sequencer": makers.SEQUENCER,
        "at": makers.NOON,
        "run": 1,
    }
    return Member(**(facts | changes))


def campaign_shown_for(photo, members: dict[int, Member], campaigns: list[ShownCampaign]) -> int | None:
    found = published_of(photo, campaigns, lambda campaign, _: members.get(int(campaign, 16)))
    assert bool(found.pictures) == (found.campaign_id is not None)
    return int(found.campaign_id, 16) if found.campaign_id else None


def test_a_photo_shows_the_pictures_of_the_first_campaign_that_has_some():
    campaigns = [shown(2, priority=9), shown(1)]
    assert campaign_shown_for(PHOTO, {1: member(), 2: member()}, campaigns) == 2
    assert campaign_shown_for(PHOTO, {1: member()}, campaigns) == 1
    assert campaign_shown_for(PHOTO, {}, campaigns) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": MemberOutcome.FAILED},
        {"is_withdrawn": True},
        {"sequencer": "an earlier file"},
        {"run": 0},
    ],
    ids=["it failed", "it was withdrawn", "its file was replaced", "it was in an earlier run"],
)
def test_a_photo_shows_nothing_of_a_campaign_in_which_it_has_no_part(changes):
    assert campaign_shown_for(PHOTO, {1: member(**changes)}, [shown(1)]) is None


def test_a_photo_shows_all_pictures_of_a_campaign_or_none():
    cartoon = makers.OIL.model_copy(update={"styles": {"cartoon": 1.0}})
    assert campaign_shown_for(PHOTO, {1: member()}, [shown(1, looks=(makers.OIL, cartoon))]) is None


def test_outcomes_are_added_to_the_counts():
    counts = Counts(ready=1).with_outcomes([MemberOutcome.READY, MemberOutcome.GONE])
    assert counts == Counts(ready=2, gone=1)
    assert counts.total == 3


def test_a_campaign_survives_its_row():
    campaign: Campaign = made.finished(window=NOVEMBER, looks=(makers.OIL,))
    assert Campaign.model_validate_json(campaign.model_dump_json(exclude_none=True)) == campaign
    assert isinstance(campaign.run, Run)
