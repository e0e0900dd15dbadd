"""The file of an order comes from its URL into the bucket, or the photo fails with the reason."""

import pytest

from limner.errors import AddressRefused, AddressUnreachable, AnswerTooLarge, ObjectMissing, PhotoNotFound
from limner.keys import upload_key
from limner.photos import PhotoStatus
from limner.use_cases.import_photo import Fetched, ImportPhoto
from limner.use_cases.outcomes import Outcome
from tests import makers
from tests.fake_tenants import InMemoryTenants
from tests.fakes import InMemoryImportFailures, InMemoryObjects, InMemoryPhotos

URL = "https://cdn.example.com/mug.jpg"
FILE = makers.jpeg()


class World:
    def __init__(self, tenant=None) -> None:
        self.photos, self.objects = InMemoryPhotos(), InMemoryObjects()
        self.asked = []
        self.answer = Fetched(200, FILE)
        self.import_photo = ImportPhoto(
            photos=self.photos,
            failures=InMemoryImportFailures(self.photos),
            objects=self.objects,
            fetch=self._fetch,
            find_tenant=InMemoryTenants(tenant or makers.tenant()).get,
            now=lambda: makers.NOON,
            uploads_bucket="uploads",
            max_bytes=20_000,
        )

    def order(self, **changes):
        self.photos.add(makers.photo(**({"import_url": URL} | changes)), makers.NOON)

    def _fetch(self, url, max_bytes):
        self.asked.append((url, max_bytes))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    @property
    def photo(self):
        return self.photos.get(makers.KEY)


@pytest.fixture
def world():
    return World()


def test_a_file_is_put_where_an_upload_would_be(world):
    world.order()
    assert world.import_photo(makers.KEY) is Outcome.IMPORTED
    assert world.objects.get("uploads", upload_key(makers.KEY)) == FILE
    assert world.asked == [(URL, 20_000)]
    assert world.photo.status is PhotoStatus.AWAITING_UPLOAD, "the bucket's event makes it UPLOADED"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (AddressRefused("not public"), "import_address_refused"),
        (AddressUnreachable("no answer"), "import_unreachable"),
        (AnswerTooLarge("too large"), "import_too_large"),
        (Fetched(404, b""), "import_not_found"),
        (Fetched(500, b""), "import_not_found"),
        (Fetched(302, b""), "import_not_found"),
    ],
)
def test_what_cannot_be_fetched_fails_with_its_reason(world, answer, code):
    world.order()
    world.answer = answer
    assert world.import_photo(makers.KEY) is Outcome.IMPORT_FAILED
    assert (world.photo.status, world.photo.newest.failure.code) == (PhotoStatus.FAILED, code)
    assert world.photo.due_at is None
    with pytest.raises(ObjectMissing):
        world.objects.get("uploads", upload_key(makers.KEY))


def test_a_failure_is_final_and_its_message_that_comes_again_asks_nobody(world):
    world.order()
    world.answer = Fetched(404, b"")
    world.import_photo(makers.KEY)
    assert world.import_photo(makers.KEY) is Outcome.SUPERSEDED
    assert len(world.asked) == 1


def test_a_message_that_comes_again_writes_no_second_version(world):
    world.order()
    world.import_photo(makers.KEY)
    world.answer = Fetched(200, b"another file")
    assert world.import_photo(makers.KEY) is Outcome.IMPORTED
    assert world.objects.get("uploads", upload_key(makers.KEY)) == FILE


def test_an_upload_after_a_failed_import_is_the_photos(world):
    world.order()
    world.answer = Fetched(404, b"")
    world.import_photo(makers.KEY)
    world.photos.record_upload(makers.photo(source=makers.source()))
    assert world.photo.status is PhotoStatus.UPLOADED
    assert world.import_photo(makers.KEY) is Outcome.SUPERSEDED


def test_nothing_is_fetched_for_a_photo_that_is_erased_or_was_not_ordered_by_url(world):
    assert world.import_photo(makers.KEY) is Outcome.SUPERSEDED
    with pytest.raises(PhotoNotFound):
        _ = world.photo
    world.order(import_url=None)
    assert world.import_photo(makers.KEY) is Outcome.SUPERSEDED
    assert world.asked == []


def test_nothing_is_fetched_for_a_suspended_tenant():
    world = World(makers.tenant(is_suspended=True))
    world.order()
    assert world.import_photo(makers.KEY) is Outcome.IMPORT_FAILED
    assert world.photo.failure.code == "tenant_suspended"
    assert world.asked == []
