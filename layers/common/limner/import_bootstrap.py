"""The composition root of imports by URL."""

from functools import cache

from limner import bootstrap
from limner.adapters.outbound import OutboundClient
from limner.settings import ImporterSettings
from limner.tenant_bootstrap import kept_tenants
from limner.use_cases.import_photo import Fetch, Fetched, ImportPhoto


@cache
def import_photo() -> ImportPhoto:
    settings = ImporterSettings.read()
    return ImportPhoto(
        photos=bootstrap.photos(settings.photos_table),
        failures=bootstrap.import_failures(settings.photos_table),
        objects=bootstrap.objects(),
        fetch=fetch_with(OutboundClient(allow_local_http=not settings.require_tls)),
        find_tenant=kept_tenants(settings),
        now=bootstrap.now,
        uploads_bucket=settings.uploads_bucket,
        max_bytes=settings.max_upload_bytes,
    )


def fetch_with(client: OutboundClient) -> Fetch:
    def fetch(url: str, max_bytes: int) -> Fetched:
        answer = client.get(url, max_bytes=max_bytes, headers={"Accept": "image/*"})
        return Fetched(answer.status, answer.body)

    return fetch
