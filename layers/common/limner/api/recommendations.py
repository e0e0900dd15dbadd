"""Which look a visitor of the shop is shown, what visitors did, and what it has brought."""

from datetime import UTC, date, timedelta
from typing import Annotated

from fastapi import Path, Query

from limner.api.identity import CurrentCaller, private_router
from limner.bootstrap import pipeline, recommendation, storefront
from limner.errors import InvalidRequest
from limner.identity import Scope
from limner.json_types import Day, QueryBoolean
from limner.recommendation.visitor_events import VISITOR_PATTERN
from limner.tenancy import PhotoId, PhotoKey
from limner.views.recommendations import (
    RecommendationReportView,
    RecommendationView,
    VisitorEventsRequest,
    VisitorEventsView,
    outcomes_view,
    recommendation_view,
    report_view,
)

DEFAULT_REPORT_DAYS = 28
MAX_REPORT_DAYS = 92

recommendations_router = private_router(Scope.PHOTOS_READ, prefix="/v1/recommendations")
events_router = private_router(Scope.PHOTOS_WRITE, prefix="/v1/events")
visitors_router = private_router(Scope.PHOTOS_WRITE, prefix="/v1/visitors")


@recommendations_router.get("")
def recommend_look(
    caller: CurrentCaller,
    photo: PhotoId,
    visitor: Annotated[str, Query(pattern=VISITOR_PATTERN)],
    consent: Annotated[
        QueryBoolean, Query(description="Whether the visitor agreed that its history is used.")
    ] = False,
) -> RecommendationView:
    """The look of this photo to show to this visitor. Report with `POST /v1/events` that it was shown, and
    what the visitor did."""
    use_case = recommendation.recommend_look(caller.tenant)
    made = use_case(PhotoKey(caller.tenant, photo), visitor, has_consent=consent)
    return recommendation_view(photo, made)


@recommendations_router.get("/report")
def get_recommendation_report(
    caller: CurrentCaller,
    since: Annotated[Day | None, Query(description="The first day (UTC); by default 27 days before.")] = None,
    until: Annotated[Day | None, Query(description="The last day (UTC); by default today.")] = None,
) -> RecommendationReportView:
    """What recommendations have brought, compared with the first look of each photo, which a share of the
    visitors is always shown; with intervals of 95 %."""
    last = until or pipeline.now().astimezone(UTC).date()
    first = since or date.fromordinal(max(date.min.toordinal(), last.toordinal() - DEFAULT_REPORT_DAYS + 1))
    if not 0 <= (last - first).days < MAX_REPORT_DAYS:
        raise InvalidRequest(f"since and until: from one day to {MAX_REPORT_DAYS}, in this order")
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    store = storefront.tenant_stores(caller.tenant).recommendations
    return report_view(first, last, store.report(caller.tenant, days))


@events_router.post("")
def count_visitor_events(caller: CurrentCaller, sent: VisitorEventsRequest) -> VisitorEventsView:
    """Report what visitors did with recommended pictures, up to 100 events in a call. Each is counted once,
    however often it is sent."""
    use_case = recommendation.count_visitor_events(caller.tenant)
    return outcomes_view(use_case(caller.tenant, [each.sent for each in sent.events]))


@visitors_router.delete("/{visitor}", status_code=204)
def erase_visitor(caller: CurrentCaller, visitor: Annotated[str, Path(pattern=VISITOR_PATTERN)]) -> None:
    """Erase the history of a visitor; without effect where there is none."""
    recommendation.erase_visitor(caller.tenant)(caller.tenant, visitor)
