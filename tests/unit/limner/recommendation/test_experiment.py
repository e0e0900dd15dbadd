"""The report's intervals cover the true difference as often as they say, also where visitors differ."""

from random import Random

from limner.recommendation.experiment import compare, total
from limner.recommendation.visitor_events import REPORT_BUCKETS, VisitorEventType
from limner.recommendation.visits import Group

IMPRESSION, CLICK = VisitorEventType.IMPRESSION, VisitorEventType.CLICK


def buckets(random, visitors=1_200, control_share=0.2, gain=0.05):
    """Visitors whose click rates differ much, each with 1 to 20 visits; those of the control group click less
    often by `gain`."""
    found = [{group: {IMPRESSION: 0, CLICK: 0} for group in Group} for _ in range(REPORT_BUCKETS)]
    for _ in range(visitors):
        group = Group.CONTROL if random.random() < control_share else Group.RECOMMENDED
        rate = random.choice((0.05, 0.45)) + (gain if group is Group.RECOMMENDED else 0.0)
        counts = found[random.randrange(REPORT_BUCKETS)][group]
        for _ in range(random.randint(1, 20)):
            counts[IMPRESSION] += 1
            counts[CLICK] += random.random() < rate
    return found


def test_intervals_of_95_percent_cover_the_true_difference():
    random, trials = Random(5), 150
    covered = 0
    for _ in range(trials):
        found = compare(buckets(random), CLICK)
        covered += found.low <= 0.05 <= found.high
    assert 0.89 <= covered / trials <= 0.99


def test_a_group_without_visits_has_no_rate_and_no_interval():
    found = compare([{} for _ in range(REPORT_BUCKETS)], CLICK)
    assert (found.recommended, found.control, found.difference, found.low) == (None, None, None, None)
    one = [{} for _ in range(REPORT_BUCKETS)]
    one[3] = {group: {IMPRESSION: 10, CLICK: 2} for group in Group}
    found = compare(one, CLICK)
    assert (found.recommended, found.control, found.low) == (0.2, 0.2, None)
    assert total(one, Group.CONTROL)[IMPRESSION] == 10
