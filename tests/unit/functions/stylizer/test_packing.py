"""The container packs a photo with the released model: canvas, file and verdicts; and what it refuses."""

import io
import itertools

import pytest
from PIL import Image

from benchmarks.quality.drawn_packs import PRODUCTS
from limner.errors import ForeignTicket
from limner.intake import Limits
from limner.keys import styled_prefix
from limner.packs.contracts import PackTicket, pack_job_id, pack_report_key, parse_pack_report
from limner.photos import Source
from limner.tenancy import PhotoKey
from limner.use_cases.check_ticket import PackTicketCheck
from limner.use_cases.new_photos import UploadOwners
from photo_files.metadata.provenance import STYLED, UNKNOWN, Provenance
from photo_files.metadata.provenance_writer import save_options
from server.packing import PackService
from server.processor_pool import ProcessorPool
from server.retrying_engine import RetryingEngine
from tests import makers
from tests.fakes import InMemoryObjects

MODEL = "fusenet-lite@abc"
PACK_ID = "d" * 32
PHOTO = PhotoKey(makers.TENANT, makers.PHOTO_ID)
UPLOAD = Source(bucket="uploads", key=f"uploads/{makers.TENANT}/{makers.PHOTO_ID}", sequencer="61", bytes=9)


def ticket(picture=UPLOAD, profiles=("amazon-main", "ebay"), photo=PHOTO, **changes):
    job_id = pack_job_id(photo, PACK_ID, picture, profiles, MODEL)
    facts = {"job_id": job_id, "pack_id": PACK_ID, "picture": picture, "profiles": profiles, "model": MODEL}
    return PackTicket(**facts | changes)


@pytest.fixture(scope="module")
def engine(stylizer):
    return RetryingEngine(stylizer)


@pytest.fixture
def objects():
    return InMemoryObjects()


class RecordingPool(ProcessorPool):
    def __init__(self):
        super().__init__(1)
        self.tenants = []

    def submit(self, tenant, call):
        self.tenants.append(tenant)
        return super().submit(tenant, call)


@pytest.fixture
def processors():
    return RecordingPool()


@pytest.fixture
def pack(engine, objects, processors):
    attempts = itertools.count(1)
    owners = UploadOwners(uploads_bucket="uploads", attached_prefixes=lambda bucket: ())
    return PackService(
        engine,
        objects,
        processors=processors,
        limits=Limits(),
        signing_key=lambda: None,
        check=PackTicketCheck(owners, results_bucket="results"),
        results_bucket="results",
        new_attempt=lambda: str(next(attempts)),
    )


@pytest.fixture(scope="module")
def mug():
    image = Image.new("RGB", (1100, 1100), (246, 246, 244))
    layer = PRODUCTS["mug"]()
    image.paste(layer, (200, 120), layer)
    return image


def store(objects, image, source, provenance=UNKNOWN):
    data = io.BytesIO()
    image.save(data, "PNG", **save_options(provenance, "PNG"))
    objects.put(source.bucket, source.key, data.getvalue(), "image/png")


def outcomes(findings):
    return {each.rule: each.outcome.value for each in findings if each.required}


def test_decoding_and_each_marketplace_are_turns_of_the_tenant(pack, objects, processors, mug):
    store(objects, mug, UPLOAD)
    pack(ticket())
    assert processors.tenants == [makers.TENANT] * 3


def test_a_photo_becomes_pictures_that_meet_the_rules(pack, objects, mug):
    store(objects, mug, UPLOAD)
    amazon, ebay = pack(ticket()).profiles
    assert outcomes(amazon.photo)["background"] == "failed"
    assert set(outcomes(amazon.picture).values()) == {"passed"}
    with Image.open(io.BytesIO(objects.get("results", amazon.file.key))) as picture:
        assert picture.size == (amazon.file.width, amazon.file.height)
        assert picture.getpixel((3, 3)) == (255, 255, 255)
    assert amazon.file.key.startswith(f"packs/{makers.TENANT}/{makers.PHOTO_ID}/")
    assert ebay.file is not None


def test_a_styled_picture_of_the_photo_is_refused_where_illustrations_are(pack, objects, mug):
    key = f"{styled_prefix(makers.JOB_ID)}1/oil-100.s100/full.png"
    picture = Source(bucket="results", key=key, sequencer="", bytes=9)
    store(objects, mug, picture, Provenance(source=STYLED))
    amazon, ebay = pack(ticket(picture)).profiles
    assert (amazon.file, amazon.refusal) == (None, "illustration_not_allowed")
    assert outcomes(amazon.photo)["illustration"] == "failed"
    assert ebay.file is not None


def test_a_photo_without_a_certain_product_gets_no_white_canvas(pack, objects, scene):
    store(objects, scene, UPLOAD)
    (amazon,) = pack(ticket(profiles=("amazon-main",))).profiles
    assert (amazon.file, amazon.refusal) == (None, "product_not_found")


def test_a_second_delivery_gets_the_first_report(pack, objects, mug):
    store(objects, mug, UPLOAD)
    first = pack(ticket(profiles=("ebay",)))
    assert pack(ticket(profiles=("ebay",))) == first
    stored = objects.get("results", pack_report_key(first.job_id))
    assert parse_pack_report(first.job_id, stored) == first


def test_a_file_that_is_no_photo_is_a_result(pack, objects):
    objects.put(UPLOAD.bucket, UPLOAD.key, b"no photo", "image/png")
    assert pack(ticket()).refusal.code == "not_an_image"
    key = f"{styled_prefix(makers.JOB_ID)}1/oil-100.s100/gone.png"
    assert (
        pack(ticket(Source(bucket="results", key=key, sequencer="", bytes=9))).refusal.code == "upload_gone"
    )


OTHERS_UPLOAD = UPLOAD.model_copy(update={"key": f"uploads/other/{makers.PHOTO_ID}"})
OTHERS_PICTURE = Source(
    bucket="results",
    key=f"styled/other/{'b' * 32}/other.{'b' * 32}.{'0' * 12}/1/x/full.jpg",
    sequencer="",
    bytes=1,
)
TESTS_PHOTO = PhotoKey("test_main", makers.PHOTO_ID)


@pytest.mark.parametrize(
    "foreign",
    [
        ticket(OTHERS_UPLOAD),
        ticket(OTHERS_PICTURE),
        ticket(Source(bucket="results", key="endpoint/output/1.out", sequencer="", bytes=1)),
        ticket(profiles=("ebay",)).model_copy(update={"profiles": ("etsy",)}),
        ticket(UPLOAD, photo=TESTS_PHOTO),
    ],
    ids=["upload of another", "picture of another", "no picture", "other job", "test tenant"],
)
def test_a_ticket_that_contradicts_itself_is_refused(pack, objects, foreign):
    with pytest.raises(ForeignTicket):
        pack(foreign)
    assert not objects.bodies
