"""Batches: each order for itself, within what is left of the quota."""

from datetime import timedelta

import pytest

from limner.catalogue import catalogue
from limner.errors import AddressRefused, InvalidRequest, QuotaExceeded, TenantSuspended, Unavailable
from limner.looks import Look
from limner.orders import Order
from limner.photos import Photo
from limner.quotas import Quotas
from limner.use_cases.batches import RequestBatch
from limner.use_cases.own_styles import RequireStyles
from limner.use_cases.request_import import RequestImport
from limner.use_cases.request_upload import RequestUpload
from tests import makers
from tests.fake_batches import InMemoryBatches
from tests.fake_own_styles import InMemoryOwnStyles
from tests.fake_tenants import InMemoryTenants
from tests.fakes import InMemoryLinks, InMemoryPhotos
from tests.fakes_usage import InMemoryUsage

URL = "https://cdn.example.com/mug.jpg"


class InMemoryImportQueue(list):
    send = list.append


class World:
    def __init__(self, orders_per_day=1_000, **tenant) -> None:
        ids = (f"{number:032x}" for number in range(10_000))
        self.photos, self.usage = InMemoryPhotos(), InMemoryUsage()
        self.batches, self.queue = InMemoryBatches(), InMemoryImportQueue()
        orders = RequestUpload(
            photos=self.photos,
            links=InMemoryLinks(lambda: makers.NOON),
            require_styles=RequireStyles(
                catalogue=catalogue(), styles=InMemoryOwnStyles(), now=lambda: makers.NOON
            ),
            new_id=lambda: next(ids),
            now=lambda: makers.NOON,
            find_tenant=InMemoryTenants(makers.tenant(**tenant)).get,
            max_bytes=1000,
            deadline=timedelta(minutes=30),
            usage=self.usage,
            quotas_of=lambda tenant: Quotas(orders_per_day=orders_per_day),
        )
        self.request = RequestBatch(
            orders=orders,
            imports=RequestImport(orders=orders, queue=self.queue, allow_local_http=False),
            batches=self.batches,
            new_id=lambda: next(ids),
            now=lambda: makers.NOON,
        )

    def __call__(self, *orders):
        return self.request(makers.TENANT, orders)

    @property
    def counted(self):
        return self.usage.read(makers.TENANT, Quotas(), makers.NOON).orders


def orders(count, **changes):
    return [Order(filename="mug.jpg", external_id=f"MUG-{number}", **changes) for number in range(count)]


def test_each_valid_order_is_a_photo_of_the_batch():
    world = World()
    upload, imported = Order(filename="mug.jpg", external_id="A"), Order(filename="b", import_url=URL)
    batch, placed, _ = world(upload, imported)
    assert world.batches.all() == [batch]
    assert [photo.photo_id for photo in placed] == list(batch.photo_ids)
    assert {photo.batch_id for photo in placed} == {batch.batch_id}
    assert [world.photos.get(photo.key).external_id for photo in placed] == ["A", None]
    assert world.queue == [placed[1].key], "the other is uploaded"
    assert world.counted == 2


def test_an_order_that_is_refused_does_not_stop_the_others():
    world = World()
    unknown = Order(filename="a", looks=(Look(styles={"none-such": 1}),))
    private = Order(filename="b", import_url="https://10.0.0.1/mug.jpg")
    batch, placed, _ = world(unknown, *orders(1), private)
    assert [type(each) for each in placed] == [InvalidRequest, Photo, AddressRefused]
    assert [(each.index, each.code) for each in batch.refused] == [
        (0, "invalid_request"),
        (2, "address_refused"),
    ]
    assert world.counted == 1


@pytest.mark.parametrize("left", [0, 1, 2, 3, 63, 64, 99, 100, 101])
def test_orders_are_accepted_up_to_the_quota_in_their_order(left):
    world = World(orders_per_day=left)
    _, placed, standing = world(*orders(100))
    accepted = min(left, 100)
    assert [isinstance(each, Photo) for each in placed] == [True] * accepted + [False] * (100 - accepted)
    assert all(isinstance(each, QuotaExceeded) for each in placed[accepted:])
    assert world.counted == standing.usage.orders == accepted


def test_an_order_that_cannot_be_stored_is_refused_for_itself(monkeypatch):
    world = World()
    add = world.photos.add

    def fail_for_the_second(photo, expires_at):
        if photo.external_id == "MUG-1":
            raise Unavailable("busy")
        add(photo, expires_at)

    monkeypatch.setattr(world.photos, "add", fail_for_the_second)
    batch, *_ = world(*orders(3))
    assert [each.code for each in batch.refused] == ["unavailable"]
    assert len(batch.photo_ids) == 2


def test_nothing_is_ordered_for_a_suspended_tenant():
    world = World(is_suspended=True)
    with pytest.raises(TenantSuspended):
        world(*orders(3))
    assert world.counted == 0
    assert world.batches.all() == []
