"""Review: pictures that wait for a person's decision, the decisions, and what they were."""

from datetime import UTC, date, timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Query, Response

from limner.api.identity import CurrentCaller, private_router
from limner.api.photo_queries import alt_languages
from limner.api.problems import problem_responses
from limner.bootstrap import pipeline, storefront
from limner.bootstrap import reviews as reviews_bootstrap
from limner.errors import InvalidRequest
from limner.identity import Identity, Scope
from limner.json_types import Day
from limner.languages import Language
from limner.looks import StyleId
from limner.orders import Label
from limner.report import GateName
from limner.reviews.decisions import PictureInReview, ReviewId, ReviewKey
from limner.reviews.report import report_of
from limner.reviews.review import RejectionReason, ReviewState
from limner.use_cases.review_pictures import ReviewFilter
from limner.views.photos import LANGUAGES_OF_CARDS
from limner.views.rate_limits import rate_limit_headers
from limner.views.renditions import Link
from limner.views.reviews import (
    DecisionsView,
    RedoRequest,
    RejectionRequest,
    ReviewReportView,
    ReviewsView,
    ReviewView,
    decisions_view,
    review_report_view,
    review_view,
    reviews_view,
)

DEFAULT_REPORT_DAYS = 28
MAX_REPORT_DAYS = 92
CONFLICT = problem_responses(HTTPStatus.CONFLICT)

reading = private_router(Scope.PHOTOS_READ, prefix="/v1/reviews")
writing = private_router(Scope.PHOTOS_WRITE, prefix="/v1/reviews")


def _review_filter(
    state: Annotated[ReviewState, Query(description="What was decided.")] = ReviewState.WAITING,
    style: Annotated[StyleId | None, Query(description="One of the look's styles.")] = None,
    gate: Annotated[GateName | None, Query(description="A gate that is a reason to ask.")] = None,
    tag: Annotated[Label | None, Query(description="One of the photo's tags.")] = None,
    reason: Annotated[RejectionReason | None, Query(description="Of rejected pictures.")] = None,
) -> ReviewFilter:
    return ReviewFilter(state=state, style=style, gate=gate, tag=tag, reason=reason)


@reading.get("")
def list_reviews(
    caller: CurrentCaller,
    wanted: Annotated[ReviewFilter, Depends(_review_filter)],
    languages: Annotated[tuple[Language, ...] | None, Depends(alt_languages)],
    limit: Annotated[int, Query(ge=1, le=100, description="Photos, each with all its pictures.")] = 20,
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
) -> ReviewsView:
    """Pictures that wait for a decision, those first that have waited longest; or, by `state`, those that
    were decided about, of photos of which no picture waits any more. A page may have none and still a
    `next_cursor`."""
    use_case = reviews_bootstrap.list_reviews(caller.tenant)
    found, next_cursor = use_case(caller.tenant, wanted, limit=limit, cursor=cursor)
    return reviews_view(found, next_cursor, _link(caller), languages or LANGUAGES_OF_CARDS)


@reading.get("/decisions")
def list_decisions(
    caller: CurrentCaller,
    day: Annotated[Day | None, Query(description="In UTC; by default today.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
) -> DecisionsView:
    """Who decided what on a day, in the order in which it was decided."""
    use_case = reviews_bootstrap.list_decisions(caller.tenant)
    return decisions_view(*use_case(caller.tenant, day or _today(), limit=limit, cursor=cursor))


@reading.get("/report")
def get_review_report(
    caller: CurrentCaller,
    since: Annotated[Day | None, Query(description="The first day (UTC); by default 27 days before.")] = None,
    until: Annotated[Day | None, Query(description="The last day (UTC); by default today.")] = None,
) -> ReviewReportView:
    """How many pictures were approved, rejected and redone, and why they were rejected, by style."""
    last = until or _today()
    first = since or date.fromordinal(max(date.min.toordinal(), last.toordinal() - DEFAULT_REPORT_DAYS + 1))
    if not 0 <= (last - first).days < MAX_REPORT_DAYS:
        raise InvalidRequest(f"since and until: from one day to {MAX_REPORT_DAYS}, in this order")
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    decisions = storefront.tenant_stores(caller.tenant).reviews.decisions_of(caller.tenant, days)
    return review_report_view(first, last, report_of(decisions))


@reading.get("/{review_id}")
def get_review(
    caller: CurrentCaller,
    review_id: ReviewId,
    languages: Annotated[tuple[Language, ...] | None, Depends(alt_languages)],
) -> ReviewView:
    """One picture in review."""
    found = reviews_bootstrap.get_review(caller.tenant)(ReviewKey.of(caller.tenant, review_id))
    return review_view(found, _link(caller), languages or LANGUAGES_OF_CARDS)


@writing.post("/{review_id}/approve", responses=CONFLICT)
def approve_picture(caller: CurrentCaller, review_id: ReviewId) -> ReviewView:
    """Let the picture be shown: by campaigns, in what is published, and in recommendations."""
    decide = reviews_bootstrap.decide_review(caller.tenant)
    key = ReviewKey.of(caller.tenant, review_id)
    return _view(caller, decide(key, ReviewState.APPROVED, by=caller.key_id))


@writing.post("/{review_id}/reject", responses=CONFLICT)
def reject_picture(caller: CurrentCaller, review_id: ReviewId, rejection: RejectionRequest) -> ReviewView:
    """Never show the picture. The reason is counted, and recommendations learn from it, also where the
    picture is approved later. The same rejection with another comment is recorded as another decision."""
    decide = reviews_bootstrap.decide_review(caller.tenant)
    key = ReviewKey.of(caller.tenant, review_id)
    decided = decide(
        key, ReviewState.REJECTED, by=caller.key_id, reason=rejection.reason, comment=rejection.comment
    )
    return _view(caller, decided)


@writing.post("/{review_id}/redo", status_code=HTTPStatus.ACCEPTED, responses=CONFLICT)
def redo_picture(
    caller: CurrentCaller, review_id: ReviewId, order: RedoRequest, response: Response
) -> ReviewView:
    """Order the look with a lower strength. The new picture takes the place of this one, in campaigns too,
    once the gates are sure of it or it is approved."""
    redo = reviews_bootstrap.redo_picture(caller.tenant)
    key = ReviewKey.of(caller.tenant, review_id)
    redone, standing = redo(key, order.strength, by=caller.key_id, key_id=caller.key_id)
    if standing:
        response.headers.update(rate_limit_headers(standing, pipeline.now()))
    return _view(caller, redone)


def _view(caller: Identity, decided: PictureInReview) -> ReviewView:
    return review_view(decided, _link(caller), LANGUAGES_OF_CARDS)


def _link(caller: Identity) -> Link:
    return storefront.tenant_stores(caller.tenant).links.download_link


def _today() -> date:
    return pipeline.now().astimezone(UTC).date()
