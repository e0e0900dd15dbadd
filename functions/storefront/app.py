"""The storefront's HTTP API and the page it serves, as one Lambda behind an API Gateway HTTP API.

The routes are in limner.api, a module for each resource; each calls one use case.
"""

import gc
from pathlib import Path

from mangum import Mangum
from starlette.middleware.gzip import GZipMiddleware

from limner import __version__
from limner.api import (
    batches,
    campaigns,
    collections,
    erasures,
    orders,
    own_styles,
    packs,
    photos,
    provenance,
    published,
    recommendations,
    reviews,
    settings,
    uploads,
    usage,
    webhooks,
)
from limner.api.conditional import add_conditional_answers
from limner.api.description import DescribedApi, name_of_route
from limner.api.headers import add_headers
from limner.api.page import page_router
from limner.api.page_assets import PageAssets
from limner.api.problems import PROBLEM_MEDIA_TYPE, add_problems, problem_responses
from limner.api.styles import search_router, styles_router

COMPRESSED_FROM_BYTES = 1_000
"""Below that a compressed answer is hardly shorter on its way."""
PAGES = Path(__file__).parent / "pages"

assets = PageAssets(PAGES)
app = DescribedApi(
    title="Limner",
    version=__version__,
    docs_url=None,
    redoc_url=None,
    redirect_slashes=False,  # it would redirect to the scheme and host that the function sees
    generate_unique_id_function=name_of_route,
    responses=problem_responses(404, 413, 422, 429, 500, 503),
)
for router in (
    styles_router(assets),
    search_router(assets),
    own_styles.reading,
    own_styles.writing,
    uploads.router,
    batches.orders_router,
    batches.reading_router,
    photos.router,
    orders.router,
    orders.reading,
    collections.reading,
    collections.writing,
    campaigns.reading,
    campaigns.writing,
    published.router,
    packs.marketplaces_router,
    packs.reading,
    packs.writing,
    erasures.router,
    settings.router,
    usage.router,
    provenance.router,
    webhooks.router,
    recommendations.recommendations_router,
    recommendations.events_router,
    recommendations.visitors_router,
    reviews.reading,
    reviews.writing,
    page_router(assets),
):
    app.include_router(router)
app.mount("/assets", assets)
add_problems(app)
add_headers(app)
add_conditional_answers(app)
app.add_middleware(GZipMiddleware, minimum_size=COMPRESSED_FROM_BYTES, compresslevel=6)

handler = Mangum(app, lifespan="off", text_mime_types=["text/", "application/json", PROBLEM_MEDIA_TYPE])

gc.freeze()  # a full collection would look at everything imported, tens of milliseconds within some call
