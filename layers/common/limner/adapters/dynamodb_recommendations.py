"""Recommendations in one DynamoDB table: sums, log, and counters of the report.

    subject                          record                   what the item is
    `{tenant}#visits`                shard                    `visits` that were counted
    `{tenant}#shop`                  `{generation}#{shard}`   sums over the shop
    `{tenant}#kind#{kind}`           the same                 over products of a kind
    `{tenant}#photo#{photo id}`      `{generation}#0`         over a photo's visits
    `{tenant}#visitor#{key}`         the same                 over a visitor's
    `{tenant}#day#{date}`            bucket                   counters by group and type of event
    `{tenant}#log#{date}#{digit}`    recommendation id        one recommendation with its events

Sums are two attributes for each arm and family: `e:{key}` expected, `r:{key}` rewarded. All amounts are added
(`ADD`), so that nothing is lost between two writers; they are written in one transaction with the log's
items, whose conditions let each event in once. All items but `visits` expire.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from limner.adapters.dynamodb_items import to_map
from limner.adapters.dynamodb_queries import BATCH_GET_MAX_ROWS, read_batch
from limner.adapters.dynamodb_writes import TransactionRefused, transact
from limner.adapters.recommendation_items import (
    SUM_SHARDS,
    VISITS,
    Key,
    Uncounted,
    add_tallies,
    bucket_of,
    day_subject,
    full_subject,
    item_key,
    lifetime_of,
    log_key,
    rejection_amounts,
    sum_keys,
    to_number,
)
from limner.adapters.sdk import sdk_errors
from limner.errors import Unavailable
from limner.recommendation.arms import Arm
from limner.recommendation.decay import Clock
from limner.recommendation.experiment import Buckets
from limner.recommendation.rates import Tally, VisitTallies
from limner.recommendation.visitor_events import (
    LOG_LIFETIME,
    REPORT_BUCKETS,
    EventOutcome,
    IssuedRecommendation,
    VisitorEvent,
    VisitorEventType,
)
from limner.recommendation.visits import SHOP, Subjects
from limner.tenancy import KEY_SEPARATOR
from limner.use_cases.known_tenants import Kept

RECOMMENDATIONS_IN_A_TRANSACTION = 16
"""With at most five items for each and two more: below DynamoDB's limit of 100."""
COUNT_ATTEMPTS = 6


class DynamoDbRecommendations:
    """`table` is a boto3 Table resource; `monotonic` are seconds that only grow."""

    def __init__(self, table: Any, now: Callable[[], datetime], monotonic: Callable[[], float]) -> None:
        self._table = table
        self._now = now
        self._client = table.meta.client
        self._clocks: Kept[str, Clock] = Kept(self._read_clock, monotonic)

    def tallies(self, tenant: str, subjects: Subjects) -> VisitTallies:
        clock = self._clocks(tenant)
        found = self._read(tenant, list(sum_keys(subjects, clock)), consistent=False)
        tallies: dict[str, dict[str, Tally]] = defaultdict(dict)
        now = int(self._now().timestamp())
        for (subject, record), item in found.items():
            if item["expires_at"] <= now:  # DynamoDB deletes it some days later
                continue
            scale = clock.scale_of(int(record.partition(KEY_SEPARATOR)[0]))
            add_tallies(tallies[subject], item, scale)
        none: dict[str, Tally] = {}
        return VisitTallies(
            shop=tallies[SHOP],
            kind=tallies[subjects.kind_subject] if subjects.kind_subject else none,
            photo=tallies[subjects.photo_subject],
            visitor=tallies[subjects.visitor_subject] if subjects.visitor_subject else none,
        )

    def count(self, tenant: str, events: Sequence[VisitorEvent]) -> list[EventOutcome]:
        now = self._now()
        by_id: dict[str, list[VisitorEvent]] = defaultdict(list)
        for event in events:
            by_id[event.recommendation.id].append(event)
        counted: set[tuple[str, VisitorEventType]] = set()
        groups = list(by_id.values())
        for first in range(0, len(groups), RECOMMENDATIONS_IN_A_TRANSACTION):
            counted |= self._count(tenant, groups[first : first + RECOMMENDATIONS_IN_A_TRANSACTION], now)
        outcomes = []
        for event in events:
            key = (event.recommendation.id, event.type)
            outcomes.append(EventOutcome.COUNTED if key in counted else EventOutcome.REPEATED)
            counted.discard(key)
        return outcomes

    def count_rejection(self, tenant: str, subjects: Subjects, arm: Arm) -> None:
        clock, shard = self._clocks(tenant), str(random.randrange(SUM_SHARDS))  # noqa: S311 - no secret
        now = self._now()
        writes = [
            self._addition(tenant, key, {name: amount}, now)
            for key, name, amount in rejection_amounts(subjects, arm, clock, shard)
        ]
        transact(self._client, writes, "counting a rejection")

    def report(self, tenant: str, days: Sequence[date]) -> Buckets:
        keys = [(day_subject(day), str(bucket)) for day in days for bucket in range(REPORT_BUCKETS)]
        found: dict[Key, Mapping[str, Any]] = {}
        for first in range(0, len(keys), BATCH_GET_MAX_ROWS):
            found |= self._read(tenant, keys[first : first + BATCH_GET_MAX_ROWS], consistent=False)
        return [
            bucket_of([item for key, item in found.items() if key[1] == str(bucket)])
            for bucket in range(REPORT_BUCKETS)
        ]

    def erase(self, tenant: str, visitor_key: str) -> None:
        """Empty items take the place of what is erased, since the storefront may delete nothing."""
        subjects = Subjects(photo_id="", visitor=visitor_key)
        subject = str(subjects.visitor_subject)
        with sdk_errors("finding a visitor"):
            found = self._table.query(
                KeyConditionExpression="subject = :subject",
                ExpressionAttributeValues={":subject": full_subject(tenant, subject)},
                ProjectionExpression="#record",
                ExpressionAttributeNames={"#record": "record"},
                ConsistentRead=True,
            )
        with sdk_errors("erasing a visitor"):
            for item in found["Items"]:
                key = item_key(tenant, (subject, item["record"]))
                self._table.put_item(Item={**key, "expires_at": int(self._now().timestamp())})

    def _count(
        self, tenant: str, groups: Sequence[Sequence[VisitorEvent]], now: datetime
    ) -> set[tuple[str, VisitorEventType]]:
        """What was not counted before, of events by recommendation; together or not at all."""
        for _ in range(COUNT_ATTEMPTS):
            logged = self._logged_types(tenant, [events[0].recommendation for events in groups])
            new = [Uncounted(events, logged[events[0].recommendation.id]) for events in groups]
            to_count = [each for each in new if each.types]
            if not to_count:
                return set()
            try:
                transact(self._client, self._writes(tenant, to_count, now), "counting visitors' events")
            except TransactionRefused:
                continue
            return {(each.recommendation.id, each_type) for each in to_count for each_type in each.types}
        raise Unavailable("counting visitors' events failed: they are being counted by others")

    def _writes(self, tenant: str, new: Sequence["Uncounted"], now: datetime) -> list[dict[str, Any]]:
        clock, shard = self._clocks(tenant), str(random.randrange(SUM_SHARDS))  # noqa: S311 - no secret
        amounts: dict[Key, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        for each in new:
            for key, name, amount in each.amounts(clock, shard):
                amounts[key][name] += amount
        visits = sum(VisitorEventType.IMPRESSION in each.types for each in new)
        if visits:
            amounts[VISITS, shard] = {VISITS: visits}
        log = [self._log_update(tenant, each, now) for each in new]
        return log + [self._addition(tenant, key, added, now) for key, added in amounts.items()]

    def _addition(self, tenant: str, key: Key, added: Mapping[str, float], now: datetime) -> dict[str, Any]:
        lifetime = lifetime_of(key[0])
        numbered = list(enumerate(added.items()))
        names = {f"#{number}": name for number, (name, _) in numbered}
        values: dict[str, Any] = {f":{number}": to_number(amount) for number, (_, amount) in numbered}
        add = "ADD " + ", ".join(f"#{number} :{number}" for number, _ in numbered)
        if lifetime:
            add = f"SET expires_at = :expires_at {add}"
            values[":expires_at"] = int((now + lifetime).timestamp())
        return self._update(
            tenant, key, add, ExpressionAttributeNames=names, ExpressionAttributeValues=values
        )

    def _log_update(self, tenant: str, new: "Uncounted", now: datetime) -> dict[str, Any]:
        """Its condition: of these events none is in the log, and of the others those that were."""
        names = {f"#{each}": each.value for each in VisitorEventType}
        facts = to_map(new.recommendation)
        names |= {f"#fact{number}": name for number, name in enumerate(facts)}
        values: dict[str, Any] = {f":fact{number}": value for number, value in enumerate(facts.values())}
        settings = [f"#fact{number} = :fact{number}" for number in range(len(facts))]
        settings += [f"#{each} = :now" for each in new.types]
        missing = [f"attribute_not_exists(#{each})" for each in VisitorEventType if each not in new.logged]
        present = [f"attribute_exists(#{each})" for each in VisitorEventType if each in new.logged]
        values |= {":now": now.isoformat(), ":expires_at": int((now + LOG_LIFETIME).timestamp())}
        return self._update(
            tenant,
            log_key(new.recommendation),
            f"SET expires_at = :expires_at, {', '.join(settings)}",
            ConditionExpression=" AND ".join(missing + present),
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
        )

    def _update(self, tenant: str, key: Key, expression: str, **more: Any) -> dict[str, Any]:
        named = {"TableName": self._table.name, "Key": item_key(tenant, key)}
        return {"Update": {**named, "UpdateExpression": expression, **more}}

    def _logged_types(
        self, tenant: str, recommendations: Sequence[IssuedRecommendation]
    ) -> dict[str, frozenset[VisitorEventType]]:
        keys = [log_key(each) for each in recommendations]
        found = self._read(tenant, keys, consistent=True)
        return {
            each.id: frozenset(set(VisitorEventType) & set(found.get(key, {})))
            for each, key in zip(recommendations, keys, strict=True)
        }

    def _read_clock(self, tenant: str) -> Clock:
        keys = [(VISITS, str(shard)) for shard in range(SUM_SHARDS)]
        found = self._read(tenant, keys, consistent=False)
        return Clock(sum(int(item[VISITS]) for item in found.values()))

    def _read(self, tenant: str, keys: Sequence[Key], *, consistent: bool) -> dict[Key, Mapping[str, Any]]:
        """The items that there are; at most 100 keys."""
        asked = {"Keys": [item_key(tenant, key) for key in keys], "ConsistentRead": consistent}
        prefix = f"{tenant}{KEY_SEPARATOR}"
        return {
            (item["subject"].removeprefix(prefix), item["record"]): item
            for item in read_batch(self._table, asked, "reading recommendations")
        }
