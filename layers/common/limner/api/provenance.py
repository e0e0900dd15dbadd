"""Whose a picture is, and how it was made."""

from typing import Annotated

from fastapi import Depends, Request

from limner.api.identity import CurrentCaller, private_router
from limner.api.problems import problem_responses
from limner.api.strict_route import refuse_other_type
from limner.bootstrap import provenance
from limner.identity import Scope
from limner.provenance import LOOK_UP_PATH, MAX_PICTURE_BYTES
from limner.views.provenance import ProvenanceView, provenance_view

PICTURE_TYPES = ("image/jpeg", "image/png", "image/webp", "image/avif", "application/octet-stream")
_BODY = {"schema": {"type": "string", "format": "binary", "maxLength": MAX_PICTURE_BYTES}}

router = private_router(Scope.PHOTOS_READ, prefix=LOOK_UP_PATH)


async def picture(request: Request) -> bytes:
    """The request's body. Raises UnsupportedMediaType."""
    refuse_other_type(request, PICTURE_TYPES)
    return await request.body()


@router.post(
    "",
    responses=problem_responses(415),
    openapi_extra={"requestBody": {"required": True, "content": dict.fromkeys(PICTURE_TYPES, _BODY)}},
)
def look_up_provenance(caller: CurrentCaller, data: Annotated[bytes, Depends(picture)]) -> ProvenanceView:
    """Whether a picture (JPEG, PNG, WebP or AVIF, up to 4.5 MB, as the request's body) is one of yours, also
    where its metadata was removed: which photo, version and look it is, and what was done."""
    return provenance_view(provenance.look_up_provenance(caller.tenant)(caller.tenant, data))
