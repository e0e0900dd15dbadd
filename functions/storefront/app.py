"""The storefront's HTTP API and the page it serves, as one Lambda behind an API Gateway HTTP API.

The routes are in limner.api, a module for each resource; each calls one use case.
"""

from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from mangum import Mangum

from limner import __version__
from limner.api import batches, erasures, orders, own_styles, photos, settings, uploads
from limner.api.headers import add_headers
from limner.api.page import page_router
from limner.api.problems import PROBLEM_MEDIA_TYPE, add_problems, problem_responses
from limner.api.styles import styles_router

PAGES = Path(__file__).parent / "pages"

app = FastAPI(
    title="Limner",
    version=__version__,
    docs_url=None,
    redoc_url=None,
    responses=problem_responses(404, 413, 422, 500, 503),
)
for router in (
    styles_router(PAGES),
    own_styles.reading,
    own_styles.writing,
    uploads.router,
    batches.orders_router,
    batches.reading_router,
    photos.router,
    orders.router,
    orders.reading,
    erasures.router,
    settings.router,
    page_router(PAGES),
):
    app.include_router(router)
app.mount("/assets", StaticFiles(directory=PAGES))
add_problems(app)
add_headers(app)

handler = Mangum(app, lifespan="off", text_mime_types=["text/", "application/json", PROBLEM_MEDIA_TYPE])
