"""A tenant's photos: lists of them, one, and why its pictures look as they do."""

from typing import Annotated

from fastapi import Depends, Query, Request, Response

from limner.api.conditional import Answer
from limner.api.identity import CurrentCaller, private_router
from limner.api.photo_queries import alt_languages, expansion, next_link, photo_query
from limner.bootstrap import pipeline, storefront
from limner.identity import Scope
from limner.languages import LANGUAGES, Language
from limner.photo_lists import MAX_LISTED_PHOTOS, PhotoQuery
from limner.photos import Photo
from limner.ports import LinkSigner
from limner.tenancy import PhotoId, PhotoKey
from limner.use_cases.wait_for_photo import MAX_WAIT_SECONDS
from limner.views.explanations import ExplanationView, explanation_view
from limner.views.photos import Expandable, PhotosView, PhotoView, photo_view, photos_view
from limner.views.waiting import retry_after_seconds

router = private_router(Scope.PHOTOS_READ, prefix="/v1/photos")
AltLanguages = Annotated[tuple[Language, ...] | None, Depends(alt_languages)]


@router.get("")
def list_photos(  # noqa: PLR0917
    caller: CurrentCaller,
    request: Request,
    response: Response,
    answer: Answer,
    query: Annotated[PhotoQuery, Depends(photo_query)],
    expand: Annotated[frozenset[Expandable], Depends(expansion)],
    languages: AltLanguages,
    limit: Annotated[int, Query(ge=1, le=MAX_LISTED_PHOTOS)] = 20,
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
) -> PhotosView:
    """Photos, newest first, as cards. A page may have fewer photos than `limit`, also none; the list goes on
    while there is a `next_cursor`, whose address is also in the header `Link`."""
    list_of = storefront.list_photos(caller.tenant)
    page = list_of(caller.tenant, query, limit=limit, cursor=cursor, whole=bool(expand))
    if page.cursor:
        response.headers["Link"] = next_link(request.query_params, page.cursor)
    return answer(lambda link: photos_view(page, link, expand, languages), _links(caller.tenant))


@router.get("/{photo_id}")
def get_photo(  # noqa: PLR0917
    caller: CurrentCaller,
    photo_id: PhotoId,
    response: Response,
    answer: Answer,
    languages: AltLanguages,
    wait: Annotated[
        int,
        Query(ge=0, le=MAX_WAIT_SECONDS, description="Seconds to wait for the photo to be READY or FAILED."),
    ] = 0,
) -> PhotoView:
    """One photo: its status, and links to its pictures that expire. While it is neither READY nor FAILED,
    `Retry-After` says when to ask again; with `wait` the answer comes when it is one of them, or after so
    many seconds."""
    photo = storefront.wait_for_photo(caller.tenant)(PhotoKey(caller.tenant, photo_id), wait)
    _say_when_to_ask_again(response, photo)
    return answer(
        lambda link: photo_view(photo, link, languages=languages or LANGUAGES), _links(caller.tenant)
    )


@router.get("/{photo_id}/explanation")
def get_explanation(caller: CurrentCaller, photo_id: PhotoId, answer: Answer) -> ExplanationView:
    """Why each picture looks as it does: verdict, shares, and links to its exhibits that expire."""
    photo = storefront.explain_photo(caller.tenant)(caller.tenant, photo_id)
    return answer(lambda link: explanation_view(photo, link), _links(caller.tenant))


def _links(tenant: str) -> LinkSigner:
    return storefront.tenant_stores(tenant).links


def _say_when_to_ask_again(response: Response, photo: Photo) -> None:
    seconds = retry_after_seconds(photo, pipeline.now())
    if seconds is not None:
        response.headers["Retry-After"] = str(seconds)
