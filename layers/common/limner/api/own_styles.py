"""A tenant's own styles: order one from pictures, list them, read one, delete one."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Path, Response

from limner.api.idempotency import Json, renewed_by
from limner.api.identity import CurrentCaller, private_router
from limner.api.problems import problem_responses
from limner.bootstrap import pipeline, storefront
from limner.identity import Identity, Scope
from limner.looks import OWN_STYLE_PATTERN
from limner.views.own_styles import (
    OrderedStyleView,
    OwnStylesView,
    OwnStyleView,
    StyleRequest,
    ordered_style_view,
    own_style_view,
    own_styles_view,
)
from limner.views.rate_limits import rate_limit_headers
from limner.views.renditions import Link
from limner.views.uploads import form_view

StylePath = Annotated[str, Path(pattern=rf"^{OWN_STYLE_PATTERN}$", description="The id of an own style.")]

reading = private_router(Scope.PHOTOS_READ, prefix="/v1/styles/own")
writing = private_router(Scope.STYLES_WRITE, prefix="/v1/styles")


def _with_new_forms(caller: Identity, answer: Json, requested: Json) -> Json:
    order = storefront.order_style(caller.tenant)
    content_types = [picture["content_type"] for picture in requested["pictures"]]
    forms = order.forms(caller.tenant, answer["style"]["id"], content_types)
    uploads = [form_view(form, order.max_bytes).model_dump(mode="json") for form in forms]
    return {**answer, "uploads": uploads}


@writing.post("", status_code=HTTPStatus.CREATED, responses=problem_responses(409, 429))
@renewed_by(_with_new_forms)
def order_style(caller: CurrentCaller, order: StyleRequest, response: Response) -> OrderedStyleView:
    """Order a style of one's own and receive a form for each of its pictures; the last upload starts the
    learning."""
    use_case = storefront.order_style(caller.tenant)
    content_types = [picture.content_type for picture in order.pictures]
    style, forms, standing = use_case(
        caller.tenant, order.name, content_types, order.refinement_steps, key_id=caller.key_id
    )
    response.headers.update(rate_limit_headers(standing, pipeline.now()))
    response.headers["Location"] = f"styles/own/{style.style_id}"
    return ordered_style_view(style, forms, _link(caller.tenant), pipeline.now(), use_case.max_bytes)


@reading.get("")
def list_own_styles(caller: CurrentCaller) -> OwnStylesView:
    """All own styles, oldest first."""
    styles = storefront.tenant_stores(caller.tenant).own_styles.list(caller.tenant)
    return own_styles_view(styles, _link(caller.tenant), pipeline.now())


@reading.get("/{style_id}")
def get_own_style(caller: CurrentCaller, style_id: StylePath) -> OwnStyleView:
    """One own style: its status, its preview, or why there is none."""
    style = storefront.tenant_stores(caller.tenant).own_styles.get(caller.tenant, style_id)
    return own_style_view(style, _link(caller.tenant), pipeline.now())


@writing.delete("/own/{style_id}", status_code=HTTPStatus.NO_CONTENT, responses=problem_responses(409))
def delete_own_style(caller: CurrentCaller, style_id: StylePath) -> None:
    """Delete an own style and its files. Pictures that were painted in it stay."""
    storefront.delete_style(caller.tenant)(caller.tenant, style_id)


def _link(tenant: str) -> Link:
    return storefront.tenant_stores(tenant).links.download_link
