"""Orders get the tenant's looks where they name none, and are accepted for active tenants alone."""

from datetime import timedelta

import pytest

from limner.errors import PhotoNotFound, TenantNotFound, TenantSuspended
from limner.looks import Look
from limner.orders import Order
from limner.quotas import Quotas
from limner.use_cases.request_upload import RequestUpload
from tests import makers
from tests.fake_tenants import InMemoryTenants
from tests.fakes import InMemoryLinks, InMemoryPhotos
from tests.fakes_usage import InMemoryUsage

ORDERED = (Look(styles={"watercolour": 1.0}),)


def ordering(*tenants):
    return RequestUpload(
        photos=InMemoryPhotos(),
        links=InMemoryLinks(lambda: makers.NOON),
        require_styles=lambda tenant, looks: None,
        new_id=lambda: makers.PHOTO_ID,
        now=lambda: makers.NOON,
        find_tenant=InMemoryTenants(*tenants).get,
        max_bytes=1000,
        deadline=timedelta(minutes=30),
        usage=InMemoryUsage(),
        quotas_of=lambda tenant: Quotas(),
    )


def ordered(**changes):
    return Order(**({"filename": "mug.jpg", "content_type": "image/jpeg"} | changes))


def test_a_photo_keeps_what_its_caller_wrote_on_the_order():
    notes = {
        "external_id": "SKU 7",
        "metadata": {"season": "spring"},
        "tags": ("mugs",),
        "batch_id": "b" * 32,
    }
    photo, _, _ = ordering(makers.tenant())(makers.TENANT, ordered(**notes))
    assert photo.model_dump(include=set(notes)) == notes


def test_an_order_without_looks_gets_its_tenants():
    order = ordering(makers.tenant(), makers.tenant(tenant="walnut", looks=ORDERED))
    assert order("walnut", ordered())[0].looks == ORDERED
    assert order(makers.TENANT, ordered())[0].looks == (makers.OIL,)


def test_an_order_keeps_the_looks_that_it_names():
    assert ordering(makers.tenant())(makers.TENANT, ordered(looks=ORDERED))[0].looks == ORDERED


@pytest.mark.parametrize(
    ("tenants", "error"), [([makers.tenant(is_suspended=True)], TenantSuspended), ([], TenantNotFound)]
)
def test_nothing_is_ordered_for_a_suspended_or_unknown_tenant(tenants, error):
    order = ordering(*tenants)
    with pytest.raises(error):
        order(makers.TENANT, ordered(looks=ORDERED))
    with pytest.raises(PhotoNotFound):
        order.photos.get(makers.KEY)
