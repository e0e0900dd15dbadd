"""The composition of the look-up of a picture's provenance, in the storefront's app."""

from functools import cache

from limner import intake
from limner.adapters.own_signer import OwnSigner
from limner.bootstrap import pipeline
from limner.bootstrap.storefront import storefront_settings, tenant_stores
from limner.use_cases.look_up_provenance import LookUpProvenance
from photo_files.bounded import IdentifiedPicture


def look_up_provenance(tenant: str) -> LookUpProvenance:
    stores = tenant_stores(tenant)
    return LookUpProvenance(
        identify=_identify, find_signer=_own_signer().find, hashes=stores.hashes, photos=stores.photos
    )


def _identify(data: bytes, authorities: str) -> IdentifiedPicture:
    settings = storefront_settings()
    max_pixels = int(settings.max_megapixels * 1_000_000)
    limits = intake.Limits(max_bytes=settings.max_upload_bytes, max_pixels=max_pixels)
    return intake.identify(data, limits, authorities)


@cache
def _own_signer() -> OwnSigner:
    return OwnSigner(pipeline.client("ssm"), storefront_settings().signing_certificates)
