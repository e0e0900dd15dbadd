"""The composition root of imports by URL."""

from functools import cache

from limner.adapters.outbound import OutboundClient
from limner.bootstrap import pipeline
from limner.bootstrap.tenants import kept_tenants
from limner.settings import ImporterSettings
from limner.use_cases.import_photo import Fetch, Fetched, ImportPhoto


@cache
def import_photo() -> ImportPhoto:
    settings = ImporterSettings.read()
    return ImportPhoto(
        photos=pipeline.photos(settings.photos_table),
        failures=pipeline.import_failures(settings.photos_table),
        objects=pipeline.objects(),
        fetch=fetch_with(OutboundClient(allow_local_http=not settings.require_tls)),
        find_tenant=kept_tenants(settings),
        now=pipeline.now,
        uploads_bucket=settings.uploads_bucket,
        max_bytes=settings.max_upload_bytes,
    )


def fetch_with(client: OutboundClient) -> Fetch:
    def fetch(url: str, max_bytes: int) -> Fetched:
        answer = client.get(url, max_bytes=max_bytes, headers={"Accept": "image/*"})
        return Fetched(answer.status, answer.body)

    return fetch
